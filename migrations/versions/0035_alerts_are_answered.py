"""an alert is answered in words"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Forward."""
    op.add_column("alerts", sa.Column("finding", sa.String(15), nullable=True))
    op.add_column("alerts", sa.Column("words_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Back: that it was seen, by whom and when, stays."""
    op.drop_column("alerts", "words_sealed")
    op.drop_column("alerts", "finding")
