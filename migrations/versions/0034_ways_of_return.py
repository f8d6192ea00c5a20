"""kinds of return, why a country that is not theirs, and which mission receives"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

CODES = {"kind": 12, "basis": 16, "admission": 16}


def upgrade() -> None:
    """Forward."""
    for name, length in CODES.items():
        was = sa.Text().with_variant(sa.String(length), "sqlite")
        op.add_column("returns", sa.Column(name, was, nullable=False, server_default=""))
    op.add_column("returns", sa.Column("mission_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Back: who nobody receives is as before a handover."""
    op.execute("UPDATE returns SET handover = '' WHERE handover = 'kept'")
    op.drop_column("returns", "mission_id")
    for name in CODES:
        op.drop_column("returns", name)
