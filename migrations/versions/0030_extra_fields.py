"""what offices ask on the forms of their cases besides"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OFFICES": OFFICES, "OPEN": OPEN, "WHO": WHO, "WHOLE": WHOLE}

# A copy of models/walls.py as it was: who may read a row, who may write it.
WALLS: dict[str, tuple[str, ...]] = {
    "extra_fields": (
        "{WHOLE} OR {WHO}",
        "{WHOLE} OR organisation_id = ANY ({OFFICES}) OR 'accounts' = ANY ({OPEN})",
    ),
}


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "extra_fields",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("past", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_extra_fields_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["users.id"], name=op.f("fk_extra_fields_asked_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_extra_fields_decided_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_fields")),
    )
    op.create_index(
        op.f("ix_extra_fields_organisation_id"), "extra_fields", ["organisation_id"], unique=False
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
    """Back: forms ask what they were shipped with; answers stay in their cases, unread."""
    op.drop_table("extra_fields")
