"""pages that a form was answered with, kept for some minutes; after how many one's screen is blank"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

ME = "(SELECT nullif(current_setting('sc.user', true), '')::int)"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OPEN": OPEN, "ME": ME, "WHOLE": WHOLE}

# A copy of models/walls.py as it was.
WALLS: dict[str, tuple[str, ...]] = {
    "shown_pages": ("{WHOLE} OR user_id = {ME} OR 'kept' = ANY ({OPEN})",),
}


def upgrade() -> None:
    """Forward."""
    op.add_column(
        "users", sa.Column("blank_minutes", sa.Integer(), nullable=False, server_default="3")
    )
    op.create_table(
        "shown_pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("session", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session"],
            ["sessions.token"],
            name=op.f("fk_shown_pages_session_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_shown_pages_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_pages")),
        sa.UniqueConstraint("key", name=op.f("uq_shown_pages_key")),
    )
    op.create_index(op.f("ix_shown_pages_session"), "shown_pages", ["session"])
    op.create_index(op.f("ix_shown_pages_expires_at"), "shown_pages", ["expires_at"])
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, (rule,) in WALLS.items():
        can = rule.format_map(SETTINGS)
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY safeconduct ON {table} FOR ALL TO safeconduct_app "
            f"USING ({can}) WITH CHECK ({can})"
        )


def downgrade() -> None:
    """Back: what was kept is asked for again."""
    op.drop_table("shown_pages")
    op.drop_column("users", "blank_minutes")
