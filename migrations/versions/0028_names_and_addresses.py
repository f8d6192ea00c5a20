"""names and mail addresses of people can change; who keeps an account ends its calendar's address"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
ME = "(SELECT nullif(current_setting('sc.user', true), '')::int)"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OPEN": OPEN, "ME": ME, "WHOLE": WHOLE}

# A copy of models/walls.py as it was: who may read and write a row.
WALLS: dict[str, tuple[str, ...]] = {
    "calendar_feeds": ("{WHOLE} OR user_id = {ME} OR 'accounts' = ANY ({OPEN})",),
}
BEFORE = (
    "{WHOLE} OR 'accounts' = ANY ({OPEN}) OR user_id = {ME}",
    "{WHOLE} OR user_id = {ME}",
)
PARTS = ("", "_select", "_insert", "_update", "_delete")


def upgrade() -> None:
    """Forward."""
    words = sa.Text().with_variant(sa.String(200), "sqlite")
    op.add_column("access_changes", sa.Column("before", words, nullable=True))
    op.add_column("access_changes", sa.Column("wanted", words, nullable=True))
    if _on_postgresql():
        _take_down()
        (rule,) = (each.format_map(SETTINGS) for each in WALLS["calendar_feeds"])
        op.execute(
            "CREATE POLICY safeconduct ON calendar_feeds FOR ALL TO safeconduct_app "
            f"USING ({rule}) WITH CHECK ({rule})"
        )


def downgrade() -> None:
    """Back: what was called how stays in the trail alone."""
    if _on_postgresql():
        _take_down()
        _put_up(*(each.format_map(SETTINGS) for each in BEFORE))
    op.drop_column("access_changes", "wanted")
    op.drop_column("access_changes", "before")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _take_down() -> None:
    for part in PARTS:
        op.execute(f"DROP POLICY IF EXISTS safeconduct{part} ON calendar_feeds")


def _put_up(read: str, write: str) -> None:
    on, to = "ON calendar_feeds FOR", "TO safeconduct_app"
    op.execute(f"CREATE POLICY safeconduct_select {on} SELECT {to} USING ({read})")
    op.execute(f"CREATE POLICY safeconduct_insert {on} INSERT {to} WITH CHECK ({write})")
    both = f"USING ({write}) WITH CHECK ({write})"
    op.execute(f"CREATE POLICY safeconduct_update {on} UPDATE {to} {both}")
    op.execute(f"CREATE POLICY safeconduct_delete {on} DELETE {to} USING ({write})")
