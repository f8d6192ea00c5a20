"""an index of names for each office

The keys are made at the next start; the periodic task moves cases from the common index, which is
read until then. The way back leaves cases without an index: ``keys rotate --index`` of the version
before makes it anew from the cards.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"WHO": WHO, "WHOLE": WHOLE}

# A copy of models/walls.py as it was: who may read a row, who may write it, who may hold it.
WALLS: dict[str, tuple[str, ...]] = {
    "index_keys": ("{WHOLE} OR {WHO}", "{WHOLE}", "{WHO}"),
}
FIRST = 1001  # the numbers of offices' indexes


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "index_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("master_version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("beside_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["office_id"], ["organisations.id"], name=op.f("fk_index_keys_office_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_keys")),
    )
    op.create_index("ix_index_keys_office", "index_keys", ["office_id"])
    with op.batch_alter_table("name_cards") as batch:
        batch.add_column(sa.Column("index_number", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("enrolled", sa.LargeBinary(), nullable=True))
        batch.create_index(op.f("ix_name_cards_index_number"), ["index_number"])
    op.create_index(op.f("ix_name_rows_generation"), "name_rows", ["generation"])
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, rules in WALLS.items():
        sees, writes, holds = (rule.format_map(SETTINGS) for rule in rules)
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        on, to = f"ON {table} FOR", "TO safeconduct_app"
        op.execute(f"CREATE POLICY safeconduct_select {on} SELECT {to} USING ({sees})")
        op.execute(f"CREATE POLICY safeconduct_insert {on} INSERT {to} WITH CHECK ({writes})")
        both = f"USING ({holds}) WITH CHECK ({writes})"
        op.execute(f"CREATE POLICY safeconduct_update {on} UPDATE {to} {both}")
        op.execute(f"CREATE POLICY safeconduct_delete {on} DELETE {to} USING ({writes})")


def downgrade() -> None:
    """Back: one index for all."""
    for table in ("name_rows", "blind_tokens"):
        op.execute(f"DELETE FROM {table} WHERE generation >= {FIRST}")
    op.drop_index(op.f("ix_name_rows_generation"), "name_rows")
    with op.batch_alter_table("name_cards") as batch:
        batch.drop_index(op.f("ix_name_cards_index_number"))
        batch.drop_column("enrolled")
        batch.drop_column("index_number")
    op.drop_table("index_keys")
