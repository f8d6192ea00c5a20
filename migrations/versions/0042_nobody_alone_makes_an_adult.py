"""until when a child counts as one although what was written since says adult"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Forward: nobody is held by what was written before."""
    column = sa.Column("age_held", sa.Text().with_variant(sa.JSON(), "sqlite"), nullable=True)
    op.add_column("cases", column)


def downgrade() -> None:
    """Back: what is known counts at once, as it did."""
    op.drop_column("cases", "age_held")
