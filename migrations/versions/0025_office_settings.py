"""what offices decide for themselves"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OFFICES": OFFICES, "OPEN": OPEN, "WHO": WHO, "WHOLE": WHOLE}

# A copy of models/walls.py as it was: who may read a row, who may write it.
WALLS: dict[str, tuple[str, ...]] = {
    "office_settings": (
        "{WHOLE} OR {WHO}",
        "{WHOLE} OR organisation_id = ANY ({OFFICES}) OR 'accounts' = ANY ({OPEN})",
    ),
}


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "office_settings",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text().with_variant(sa.String(2000), "sqlite"), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_office_settings_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_office_settings_by_id_users")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "name", name=op.f("pk_office_settings")),
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
    """Back: offices decide what stands in the code again."""
    op.drop_table("office_settings")
