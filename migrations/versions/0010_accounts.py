"""changes of who may act; wrong tries of sessions and links; when and from where accounts and tokens were used"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "access_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("headquarters", sa.Boolean(), nullable=False),
        sa.Column("partner", sa.Boolean(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_access_changes_user_id_users")),
        sa.ForeignKeyConstraint(["office_id"], ["organisations.id"], name=op.f("fk_access_changes_office_id_organisations")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_access_changes_team_id_teams")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_access_changes_asked_by_id_users")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_access_changes_decided_by_id_users")),
        sa.ForeignKeyConstraint(["stopped_by_id"], ["users.id"], name=op.f("fk_access_changes_stopped_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_changes")),
    )
    op.create_index(op.f("ix_access_changes_user_id"), "access_changes", ["user_id"])
    op.create_index("ix_access_changes_state", "access_changes", ["state", "due_at"])
    op.create_index("ix_access_changes_office", "access_changes", ["office_id", "id"])
    op.add_column("grants", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True))
    for table in ("sessions", "invitations"):
        op.add_column(table, sa.Column("wrong", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("api_tokens", sa.Column("used_from", sa.String(length=45), nullable=False, server_default=""))
    # A token without scopes did everything that tokens may; from now on it does nothing.
    op.execute("UPDATE api_tokens SET revoked_at = CURRENT_TIMESTAMP WHERE CAST(scopes AS VARCHAR) = '[]' AND revoked_at IS NULL")


def downgrade() -> None:
    """Back."""
    op.drop_column("api_tokens", "used_from")
    for table in ("invitations", "sessions"):
        op.drop_column(table, "wrong")
    op.drop_column("users", "signed_in_at")
    op.drop_column("grants", "since")
    op.drop_index("ix_access_changes_office", "access_changes")
    op.drop_index("ix_access_changes_state", "access_changes")
    op.drop_index(op.f("ix_access_changes_user_id"), "access_changes")
    op.drop_table("access_changes")
