"""whether a file shows the person"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Forward."""
    op.add_column("attachments", sa.Column("shows_person", sa.String(length=4), server_default="", nullable=False))


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.drop_column("shows_person")
