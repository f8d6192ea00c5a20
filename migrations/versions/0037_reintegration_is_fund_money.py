"""items of reintegration are asked of a fund; why a receipt counts again; what was given, and from whose money"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Forward: items of before are from no fund, as they were."""
    op.add_column("assistance", sa.Column("request_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_assistance_request_id"), "assistance", ["request_id"])
    op.add_column("instalments", sa.Column("entry_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_instalments_entry_id"), "instalments", ["entry_id"])
    op.add_column("services", sa.Column("entry_id", sa.Integer(), nullable=True))
    not_ours = sa.Column("not_ours", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("services", not_ours)
    at_home = sa.Column("at_home", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("fund_requests", at_home)
    words = sa.Text() if op.get_bind().dialect.name == "postgresql" else sa.String(length=200)
    for table in ("ledger", "instalments"):
        op.add_column(table, sa.Column("why", words, nullable=False, server_default=""))


def downgrade() -> None:
    """Back: the books stay as they are; an item says no more which request it was paid from."""
    op.execute("UPDATE assistance SET state = 'refused' WHERE state = 'ended'")
    op.execute("UPDATE assistance SET state = 'approved' WHERE state = 'partly'")
    op.drop_index(op.f("ix_assistance_request_id"), "assistance")
    op.drop_column("assistance", "request_id")
    op.drop_index(op.f("ix_instalments_entry_id"), "instalments")
    op.drop_column("instalments", "entry_id")
    op.drop_column("fund_requests", "at_home")
    for column in ("entry_id", "not_ours"):
        op.drop_column("services", column)
    for table in ("ledger", "instalments"):
        op.drop_column(table, "why")
