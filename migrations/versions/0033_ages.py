"""the age of today, what an assessment found, and what records say to the rules"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

COLUMNS = {"childhood": sa.String(8), "age_turns": sa.Date(), "age_assessed": sa.JSON()}


def _sealed(name: str, was: sa.types.TypeEngine[object]) -> sa.Column[object]:
    return sa.Column(name, sa.Text().with_variant(was, "sqlite"), nullable=True)


def upgrade() -> None:
    """Forward: ages are looked at anew by the hourly task; until then the group of before counts."""
    for name, was in COLUMNS.items():
        op.add_column("cases", _sealed(name, was))
    op.create_index("ix_cases_age_turns", "cases", ["age_turns"])
    op.add_column("records", _sealed("says", sa.JSON()))


def downgrade() -> None:
    """Back."""
    op.drop_column("records", "says")
    op.drop_index("ix_cases_age_turns", table_name="cases")
    for name in reversed(COLUMNS):
        op.drop_column("cases", name)
