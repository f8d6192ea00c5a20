"""whatever decides bears a MAC: who may act, who sees, who is told, what a rule says of a person

The start covers the rows that are there. After a way back the version before says at each start
that its mark is gone, and after another way forward no row is covered by itself, because the trail
says that it was done: look at ``./run flask audit rows``, then run it with ``--cover``.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"

COVERED = (
    "access_changes",
    "approvals",
    "calendar_feeds",
    "callers",
    "code_entries",
    "cut_offs",
    "deliveries",
    "drafts",
    "erasures",
    "extra_fields",
    "facilities",
    "house_notes",
    "imports",
    "inward",
    "kept_forms",
    "letter_templates",
    "office_settings",
    "placements",
    "readings_on",
    "records",
    "referral_links",
    "releases",
    "saved_reports",
    "transfers",
)
MORE = ("cases", "organisations", "users")


def upgrade() -> None:
    """Forward."""
    for table, name in _columns():
        op.add_column(table, sa.Column(name, sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Back."""
    op.execute("DELETE FROM marks WHERE name = 'all_rows_sealed'")
    for table, name in _columns():
        op.drop_column(table, name)


def _columns() -> list[tuple[str, str]]:
    return [*((table, "seal") for table in COVERED), *((table, "seal_more") for table in MORE), ("cases", "seal_seldom")]
