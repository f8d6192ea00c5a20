"""organisations keep what they were called before"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Forward. Names that were changed before this are not known."""
    words = sa.Text().with_variant(sa.JSON(), "sqlite")
    op.add_column("organisations", sa.Column("former_names", words, nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("organisations", "former_names")
