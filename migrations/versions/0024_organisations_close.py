"""organisations have an address for letters and can be closed; teams can end"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Forward. An empty address stands in the clear until the row is next written."""
    words = sa.Text().with_variant(sa.String(300), "sqlite")
    op.add_column("organisations", sa.Column("address", words, nullable=False, server_default=""))
    op.add_column("organisations", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column("teams", sa.Column("ended_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("teams", "ended_on")
    op.drop_column("organisations", "closed_on")
    op.drop_column("organisations", "address")
