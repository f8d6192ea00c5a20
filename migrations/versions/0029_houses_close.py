"""houses, rooms and beds are closed from a night on"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

TABLES = ("facilities", "shelter_rooms", "beds")


def upgrade() -> None:
    """Forward."""
    for table in TABLES:
        op.add_column(table, sa.Column("closed_from", sa.Date(), nullable=True))


def downgrade() -> None:
    """Back: what was closed is open again."""
    for table in TABLES:
        op.drop_column(table, "closed_from")
