"""whose wrapping key it is: one for each office, beside the installation's own

Rows stay as they are: all wrapping keys are the installation's own until each office has its key and
what it holds is wrapped anew (a periodic task of the worker, or ``flask keys by-office``). Processes
of the version before open every case meanwhile; they do not open drafts, files on their way in or
out, addresses and numbers that this version seals under an office's key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("system_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("office_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_system_keys_office_id_organisations", "organisations", ["office_id"], ["id"])


def downgrade() -> None:
    """Back. Case keys open as before; what lies under an office's key outside cases does not."""
    with op.batch_alter_table("system_keys", schema=None) as batch_op:
        batch_op.drop_constraint("fk_system_keys_office_id_organisations", type_="foreignkey")
        batch_op.drop_column("office_id")
