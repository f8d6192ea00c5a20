"""a partner's answer by telephone or on paper, written down by whoever sent the referral"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"

_SEALED = (("answer_on", sa.Date()), ("answer_teller", sa.String(120)))


def upgrade() -> None:
    """Forward: of what was answered before, the partner answered all itself."""
    op.add_column("referrals", sa.Column("answer_how", sa.String(12), nullable=True))
    for name, plain in _SEALED:
        coded = sa.Text().with_variant(plain, "sqlite")
        op.add_column("referrals", sa.Column(name, coded, nullable=True))
    op.add_column("referrals", sa.Column("answer_by_id", sa.Integer(), nullable=True))
    # Of a journey in a crisis who left counts from now on: their facts are made anew.
    op.execute(
        "INSERT INTO fact_changes (case_id) SELECT DISTINCT case_id FROM fund_request_persons"
        " WHERE return_id IS NOT NULL"
    )


def downgrade() -> None:
    """Back: that it was told, and by whom, is not kept."""
    op.drop_column("referrals", "answer_by_id")
    for name, _plain in reversed(_SEALED):
        op.drop_column("referrals", name)
    op.drop_column("referrals", "answer_how")
