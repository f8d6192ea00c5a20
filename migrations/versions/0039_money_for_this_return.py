"""money for a journey is for one return; why money for the same is approved twice; who came home by another way"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

# What was asked before is for the newest return that the person had by then.
_ITS_RETURN = """
UPDATE fund_request_persons SET return_id = (
    SELECT max(returns.id) FROM returns, fund_requests
    WHERE fund_requests.id = fund_request_persons.request_id
      AND returns.case_id = fund_request_persons.case_id
      AND NOT fund_requests.at_home
      AND returns.created_at <= fund_requests.asked_at
)
"""
# Or, of who had none by then, for the first that was begun after it.
_THE_FIRST_AFTER = """
UPDATE fund_request_persons SET return_id = (
    SELECT min(returns.id) FROM returns, fund_requests
    WHERE fund_requests.id = fund_request_persons.request_id
      AND returns.case_id = fund_request_persons.case_id
      AND NOT fund_requests.at_home
) WHERE return_id IS NULL
"""
_CODES = (("fund_requests", "twice", 300), ("returns", "came_from", 2))


def upgrade() -> None:
    """Forward."""
    op.add_column("fund_request_persons", sa.Column("return_id", sa.Integer(), nullable=True))
    index = op.f("ix_fund_request_persons_return_id")
    op.create_index(index, "fund_request_persons", ["return_id"])
    op.execute(_ITS_RETURN)
    op.execute(_THE_FIRST_AFTER)
    for table, name, length in _CODES:
        coded = sa.Text().with_variant(sa.String(length), "sqlite")
        op.add_column(table, sa.Column(name, coded, nullable=False, server_default=""))


def downgrade() -> None:
    """Back: any money of the case is for any return."""
    for table, name, _length in _CODES:
        op.drop_column(table, name)
    op.drop_index(op.f("ix_fund_request_persons_return_id"), "fund_request_persons")
    op.drop_column("fund_request_persons", "return_id")
