"""what a partner tells the office of a referral by another way; a contact and files at home"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0041"

_REPORTED = (("reported_on", 10), ("reporter", 120))


def upgrade() -> None:
    """Forward: of what was logged before, the partner logged all itself."""
    for table in ("referrals", "services"):
        op.add_column(table, sa.Column("reported_how", sa.String(12), nullable=True))
        for name, length in _REPORTED:
            plain = sa.Date() if name == "reported_on" else sa.String(length)
            coded = sa.Text().with_variant(plain, "sqlite")
            op.add_column(table, sa.Column(name, coded, nullable=True))
    op.add_column("referrals", sa.Column("written_by_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Back: it looks as if the partner had logged it itself."""
    op.drop_column("referrals", "written_by_id")
    for table in ("referrals", "services"):
        for name in ("reported_how", *(name for name, _length in _REPORTED)):
            op.drop_column(table, name)
