"""forms that are kept and deeds that were answered say, under a key, whose case they are about

So that they go with it when it is erased. What was kept before says nothing: it is gone in a week.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

TABLES = ("kept_forms", "sent_forms")
ME = "(SELECT nullif(current_setting('sc.user', true), '')::int)"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OPEN": OPEN, "ME": ME, "WHOLE": WHOLE}

# A copy of models/walls.py as it was.
WALLS: dict[str, tuple[str, ...]] = {
    "sent_forms": ("{WHOLE} OR user_id = {ME} OR 'kept' = ANY ({OPEN})",),
}
BEFORE = "{WHOLE} OR user_id = {ME}"


def upgrade() -> None:
    """Forward."""
    for table in TABLES:
        op.add_column(table, sa.Column("about", sa.LargeBinary(), nullable=True))
        op.create_index(op.f(f"ix_{table}_about"), table, ["about"])
    _put_up(*WALLS["sent_forms"])


def downgrade() -> None:
    """Back."""
    _put_up(BEFORE)
    for table in TABLES:
        op.drop_index(op.f(f"ix_{table}_about"), table)
        op.drop_column(table, "about")


def _put_up(rule: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    can = rule.format_map(SETTINGS)
    op.execute("DROP POLICY safeconduct ON sent_forms")
    op.execute(
        "CREATE POLICY safeconduct ON sent_forms FOR ALL TO safeconduct_app "
        f"USING ({can}) WITH CHECK ({can})"
    )
