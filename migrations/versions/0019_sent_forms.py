"""forms that are kept until they can go on, deeds that count once"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"

ME = "(SELECT nullif(current_setting('sc.user', true), '')::int)"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"

# A copy of models/walls.py as it was.
WALLS: dict[str, tuple[str, ...]] = {
    "kept_forms": ("{WHOLE} OR author_id = {ME} OR 'kept' = ANY ({OPEN})",),
    "sent_forms": ("{WHOLE} OR user_id = {ME}",),
}
SETTINGS = {"OPEN": OPEN, "ME": ME, "WHOLE": WHOLE}


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "kept_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.LargeBinary(), nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_kept_forms_author_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_forms")),
        sa.UniqueConstraint("key", name=op.f("uq_kept_forms_key")),
    )
    op.create_index("ix_kept_forms_page", "kept_forms", ["author_id", "page"])
    op.create_index("ix_kept_forms_author", "kept_forms", ["author_id", "changed_at"])
    op.create_index(op.f("ix_kept_forms_expires_at"), "kept_forms", ["expires_at"])
    op.create_table(
        "sent_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sent_forms_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_forms")),
        sa.UniqueConstraint("key", name=op.f("uq_sent_forms_key")),
    )
    op.create_index(op.f("ix_sent_forms_at"), "sent_forms", ["at"])
    op.create_index("ix_ledger_receipt", "ledger", ["fund_id", "receipt"])
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
    """Back: what was kept is lost, as it was before."""
    op.drop_index("ix_ledger_receipt", "ledger")
    op.drop_table("sent_forms")
    op.drop_table("kept_forms")
