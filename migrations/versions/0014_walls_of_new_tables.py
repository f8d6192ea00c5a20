"""row-level security on the tables that came with accounts, releases and partners cut off

On SQLite there is nothing to do. Which rule a table has, and why, stands in models/walls.py.
"""

from alembic import op

revision = "0014"
down_revision = "0013"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
TOUCHED = "(SELECT coalesce(nullif(current_setting('sc.touched', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
ME = "(SELECT nullif(current_setting('sc.user', true), '')::int)"
WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"

# A copy of models/walls.py as it was: who may read a row, who may write it where that is another rule.
WALLS: dict[str, tuple[str, ...]] = {
    "case_releases": ("{WHOLE} OR recipient_id = ANY ({OFFICES}) OR 'links' = ANY ({OPEN}) OR case_id = ANY ({TOUCHED}) OR case_releases.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = case_releases.case_id AND cases.office_id = ANY ({OFFICES}))", "{WHOLE} OR case_id = ANY ({TOUCHED}) OR case_releases.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = case_releases.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "cut_off_cases": ("{WHOLE} OR 'oversight' = ANY ({OPEN}) OR cut_off_cases.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = cut_off_cases.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "return_step_entries": ("{WHOLE} OR EXISTS (SELECT 1 FROM returns WHERE returns.id = return_step_entries.return_id)",),
    "access_changes": ("{WHOLE} OR {WHO} OR 'accounts' = ANY ({OPEN})", "{WHOLE} OR 'accounts' = ANY ({OPEN})",),
    "cut_offs": ("{WHOLE} OR {WHO}", "{WHOLE} OR 'oversight' = ANY ({OPEN})",),
}
SETTINGS = {"OFFICES": OFFICES, "CASES": CASES, "TOUCHED": TOUCHED, "OPEN": OPEN, "ME": ME, "WHO": WHO, "WHOLE": WHOLE}


def upgrade() -> None:
    """Forward."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, rules in WALLS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        _put_up(table, *(rule.format_map(SETTINGS) for rule in rules))


def _put_up(table: str, read: str, write: str = "") -> None:
    on, to = f"ON {table} FOR", "TO safeconduct_app"
    if not write:
        op.execute(f"CREATE POLICY safeconduct {on} ALL {to} USING ({read}) WITH CHECK ({read})")
        return
    op.execute(f"CREATE POLICY safeconduct_select {on} SELECT {to} USING ({read})")
    op.execute(f"CREATE POLICY safeconduct_insert {on} INSERT {to} WITH CHECK ({write})")
    op.execute(f"CREATE POLICY safeconduct_update {on} UPDATE {to} USING ({write}) WITH CHECK ({write})")
    op.execute(f"CREATE POLICY safeconduct_delete {on} DELETE {to} USING ({write})")


def downgrade() -> None:
    """Back."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, rules in WALLS.items():
        for name in ("",) if len(rules) == 1 else ("_select", "_insert", "_update", "_delete"):
            op.execute(f"DROP POLICY safeconduct{name} ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
