"""which decision on identification somebody is asked to read"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Forward: what was asked before is about no single record."""
    op.add_column("approvals", sa.Column("record_key", sa.String(40), nullable=True))


def downgrade() -> None:
    """Back: who waits for a reader stays presumed; an approval that was called off was refused."""
    op.execute("UPDATE approvals SET state = 'refused' WHERE state = 'withdrawn'")
    op.execute("DELETE FROM approvals WHERE what = 'identified'")
    op.drop_column("approvals", "record_key")
