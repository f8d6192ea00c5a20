"""what offices add to the lists they choose from"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OFFICES": OFFICES, "OPEN": OPEN, "WHO": WHO, "WHOLE": WHOLE}

# A copy of models/walls.py as it was: who may read a row, who may write it.
WALLS: dict[str, tuple[str, ...]] = {
    "code_entries": (
        "{WHOLE} OR {WHO} OR 'links' = ANY ({OPEN})",
        "{WHOLE} OR organisation_id = ANY ({OFFICES}) OR 'accounts' = ANY ({OPEN})",
    ),
}


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "code_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("list_name", sa.String(length=20), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("counted_as", sa.String(length=30), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_code_entries_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["users.id"], name=op.f("fk_code_entries_changed_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_entries")),
    )
    op.create_index(
        op.f("ix_code_entries_organisation_id"), "code_entries", ["organisation_id"], unique=False
    )
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, (read, write) in WALLS.items():
        sees, writes = read.format_map(SETTINGS), write.format_map(SETTINGS)
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        on, to = f"ON {table} FOR", "TO safeconduct_app"
        op.execute(f"CREATE POLICY safeconduct_select {on} SELECT {to} USING ({sees})")
        op.execute(f"CREATE POLICY safeconduct_insert {on} INSERT {to} WITH CHECK ({writes})")
        both = f"USING ({writes}) WITH CHECK ({writes})"
        op.execute(f"CREATE POLICY safeconduct_update {on} UPDATE {to} {both}")
        op.execute(f"CREATE POLICY safeconduct_delete {on} DELETE {to} USING ({writes})")


def downgrade() -> None:
    """Back: the lists that were shipped; codes that were chosen stay as they are."""
    op.drop_table("code_entries")
