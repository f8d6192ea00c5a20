"""codes, days, names of the address book and of houses can be sealed; a stay names its case under a key

On PostgreSQL the columns become text; on SQLite, which does not mind what a column was declared as, they stay as they are. What stands in them is
sealed afterwards by the start (operations/upgrading.py), which has the keys. Until then it is read as it stands. The way back opens it again and needs
the keys too.
"""

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0016"
down_revision = "0015"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
STAYS = "(SELECT coalesce(nullif(current_setting('sc.stays', true), ''), '{}')::text[])::text[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OFFICES": OFFICES, "CASES": CASES, "STAYS": STAYS, "OPEN": OPEN, "WHO": WHO, "WHOLE": WHOLE}

_HOUSE = "EXISTS (SELECT 1 FROM facilities WHERE facilities.id = placements.facility_id AND facilities.organisation_id = ANY ({OFFICES}))"
# A copy of models/walls.py as it was: who may read a row, who may write it where that is another rule.
WALLS: dict[str, tuple[str, ...]] = {
    "placements": (
        "{WHOLE} OR 'accounts' = ANY ({OPEN}) OR " + _HOUSE + " OR office_id = ANY ({OFFICES}) OR case_id = ANY ({STAYS})",
        "{WHOLE} OR " + _HOUSE + " OR office_id = ANY ({OFFICES}) OR case_id = ANY ({STAYS})",
    ),
    "bed_nights": ("{WHOLE} OR {WHO}",),
    "handouts": ("{WHOLE} OR {WHO}",),
}
# As they were before, by migration 0012.
_CASE = "{table}.case_id = ANY ({{CASES}}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = {table}.case_id AND cases.office_id = ANY ({{OFFICES}}))"
_STAY = "EXISTS (SELECT 1 FROM placements WHERE placements.id = {table}.placement_id)"
BEFORE: dict[str, tuple[str, ...]] = {
    "placements": (
        "{WHOLE} OR 'accounts' = ANY ({OPEN}) OR " + _HOUSE + " OR " + _CASE.format(table="placements"),
        "{WHOLE} OR " + _HOUSE + " OR " + _CASE.format(table="placements"),
    ),
    "bed_nights": ("{WHOLE} OR " + _STAY.format(table="bed_nights") + " OR " + _CASE.format(table="bed_nights"),),
    "handouts": ("{WHOLE} OR " + _STAY.format(table="handouts"),),
}
# Table → column → what it was on PostgreSQL.
COLUMNS: dict[str, dict[str, str]] = {
    "bed_nights": {"bed_id": "INTEGER", "case_id": "INTEGER", "placement_id": "INTEGER"},
    "funds": {"name": "VARCHAR(120)", "hosts": "JSON"},
    "handouts": {"case_id": "INTEGER", "placement_id": "INTEGER", "kind": "VARCHAR(12)", "period": "VARCHAR(24)", "at": "TIMESTAMP WITH TIME ZONE", "by_id": "INTEGER"},
    "organisations": {"code": "VARCHAR(20)", "name": "VARCHAR(120)", "country": "VARCHAR(2)", "city": "VARCHAR(80)", "timezone": "VARCHAR(40)", "email": "VARCHAR(200)", "services": "JSON", "languages": "JSON", "area": "VARCHAR(120)", "hours": "VARCHAR(120)", "eligibility": "VARCHAR(500)", "contact": "VARCHAR(300)", "capacity": "JSON"},
    "trail": {"actor": "VARCHAR(60)", "subject": "VARCHAR(60)", "fields": "VARCHAR(2000)", "purpose": "VARCHAR(60)"},
    "users": {"email": "VARCHAR(200)", "name": "VARCHAR(120)", "timezone": "VARCHAR(40)"},
    "facilities": {"name": "VARCHAR(60)", "sex": "VARCHAR(10)", "ages": "VARCHAR(10)"},
    "hooks": {"url": "VARCHAR(300)"},
    "movements": {"country": "VARCHAR(2)", "kind": "VARCHAR(10)", "carrier": "VARCHAR(80)"},
    "teams": {"name": "VARCHAR(80)"},
    "cases": {"channel": "VARCHAR(20)", "sex": "VARCHAR(24)", "age_band": "VARCHAR(8)", "citizenship": "VARCHAR(2)", "categories": "JSON", "exploitation": "JSON", "trafficking_status": "VARCHAR(12)", "kept_because": "VARCHAR(12)", "opened_on": "DATE", "closed_on": "DATE", "closure_reason": "VARCHAR(30)", "outcome": "VARCHAR(12)", "created_at": "TIMESTAMP WITH TIME ZONE"},
    "shelter_rooms": {"name": "VARCHAR(40)", "step_free": "BOOLEAN", "one_household": "BOOLEAN"},
    "attachments": {"kind": "VARCHAR(20)"},
    "beds": {"name": "VARCHAR(20)"},
    "blocks": {"reason": "VARCHAR(30)"},
    "consents": {"purpose": "VARCHAR(20)", "answer": "VARCHAR(10)", "given_by": "VARCHAR(10)", "manner": "VARCHAR(20)", "language": "VARCHAR(8)", "given_on": "DATE"},
    "cut_off_cases": {"fields": "JSON"},
    "emergencies": {"reason": "VARCHAR(30)", "finding": "VARCHAR(15)"},
    "events": {"kind": "VARCHAR(30)", "reference": "VARCHAR(16)"},
    "fund_requests": {"sector": "VARCHAR(4)"},
    "inward": {"decline_reason": "VARCHAR(30)"},
    "records": {"due_on": "DATE"},
    "referrals": {"service": "VARCHAR(30)", "fields": "JSON", "sex": "VARCHAR(24)", "age_band": "VARCHAR(8)", "language": "VARCHAR(8)", "decline_reason": "VARCHAR(30)", "alternative": "VARCHAR(120)"},
    "returns": {"country": "VARCHAR(2)", "purpose": "VARCHAR(12)", "from_transit": "BOOLEAN", "programme": "VARCHAR(20)", "sex": "VARCHAR(24)", "age_band": "VARCHAR(8)", "escort_needed": "BOOLEAN", "escort_given": "BOOLEAN", "outcome": "VARCHAR(16)", "closed_on": "DATE", "travel_on": "DATE", "departed_on": "DATE", "arrived_on": "DATE"},
    "tasks": {"kind": "VARCHAR(30)"},
    "assistance": {"kind": "VARCHAR(30)", "dimension": "VARCHAR(15)", "level": "VARCHAR(12)", "form": "VARCHAR(5)"},
    "case_releases": {"kind": "VARCHAR(12)", "reference": "VARCHAR(24)", "purpose": "VARCHAR(20)", "fields": "JSON", "ended_because": "VARCHAR(16)"},
    "follow_ups": {"manner": "VARCHAR(12)", "outcome": "VARCHAR(20)", "economic": "INTEGER", "social": "INTEGER", "psychosocial": "INTEGER", "business": "VARCHAR(12)"},
    "fund_request_lines": {"line": "VARCHAR(20)"},
    "ledger": {"line": "VARCHAR(20)"},
    "placements": {"card": "VARCHAR(24)", "case_id": "INTEGER", "from_on": "DATE", "until_on": "DATE", "left_on": "DATE", "left_to": "VARCHAR(20)", "presence_at": "TIMESTAMP WITH TIME ZONE", "made_by_id": "INTEGER"},
    "return_events": {"kind": "VARCHAR(30)"},
    "return_step_entries": {"step": "VARCHAR(30)", "done_on": "DATE", "outcome": "VARCHAR(30)", "valid_until": "DATE", "detail": "JSON"},
    "return_steps": {"step": "VARCHAR(30)", "done_on": "DATE", "outcome": "VARCHAR(30)", "valid_until": "DATE", "detail": "JSON"},
    "return_warnings": {"figures": "JSON"},
    "services": {"kind": "VARCHAR(30)", "given_on": "DATE", "outcome": "VARCHAR(20)"},
    "surveys": {"economic": "INTEGER", "social": "INTEGER", "psychosocial": "INTEGER", "composite": "INTEGER"},
}
LINKS = {
    "placements": {"case_id": "cases", "made_by_id": "users"},
    "bed_nights": {"bed_id": "beds", "case_id": "cases", "placement_id": "placements"},
    "handouts": {"placement_id": "placements", "by_id": "users"},
}


def upgrade() -> None:
    """Forward."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("DROP TRIGGER facts_placements ON placements")
        op.execute("DROP FUNCTION facts_placements()")
        for table in WALLS:
            _take_down(table, BEFORE[table])
    _cut_links()
    if not postgresql:
        return
    for table, columns in COLUMNS.items():
        changes = [f'ALTER COLUMN "{name}" DROP DEFAULT, ALTER COLUMN "{name}" TYPE text USING "{name}"::text' for name in columns]
        op.execute(f"ALTER TABLE {table} {', '.join(changes)}")
    for table, rules in WALLS.items():
        _put_up(table, *(rule.format_map(SETTINGS) for rule in rules))


def _cut_links() -> None:
    """No foreign key says any more whose stay it is; the office of the case stands on it instead.

    On SQLite the tables are built anew and lose their triggers, which here is what is wanted: a stay marks its case by itself.
    """
    op.add_column("placements", sa.Column("office_id", sa.Integer(), nullable=True))
    op.execute("UPDATE placements SET office_id = (SELECT office_id FROM cases WHERE cases.id = placements.case_id)")
    op.add_column("handouts", sa.Column("case_id", sa.Integer(), nullable=True))
    op.execute("UPDATE handouts SET case_id = (SELECT case_id FROM placements WHERE placements.id = handouts.placement_id)")
    for table, links in LINKS.items():
        with op.batch_alter_table(table) as batch:
            for column, target in links.items():
                batch.drop_constraint(f"fk_{table}_{column}_{target}", type_="foreignkey")
            if table == "placements":
                batch.alter_column("office_id", existing_type=sa.Integer(), nullable=False)
                batch.create_foreign_key("fk_placements_office_id_organisations", "organisations", ["office_id"], ["id"])
                batch.drop_index("ix_placements_facility")
                batch.create_index("ix_placements_facility", ["facility_id"])
            if table == "handouts":
                batch.alter_column("case_id", existing_type=sa.Integer(), nullable=False)
                batch.create_index("ix_handouts_case_id", ["case_id"])
    op.drop_index("ix_case_releases_of", "case_releases")
    op.create_index("ix_case_releases_of", "case_releases", ["reference"])


def _take_down(table: str, rules: tuple[str, ...]) -> None:
    for name in ("",) if len(rules) == 1 else ("_select", "_insert", "_update", "_delete"):
        op.execute(f"DROP POLICY safeconduct{name} ON {table}")


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
    _open_again()
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        for table, rules in WALLS.items():
            _take_down(table, rules)
        for table, columns in COLUMNS.items():
            changes = [f'ALTER COLUMN "{name}" TYPE {was} USING "{name}"::{was}' for name, was in columns.items()]
            op.execute(f"ALTER TABLE {table} {', '.join(changes)}")
    _tie_links()
    if postgresql:
        for table, rules in BEFORE.items():
            _put_up(table, *(rule.format_map(SETTINGS) for rule in rules))
    _watch_stays(postgresql)


def _open_again() -> None:
    """What was sealed is opened where it stands; without keys there is no way back."""
    if "keyring" not in current_app.extensions:
        raise RuntimeError("The way back needs the keys of this installation.")
    from models import coded  # noqa: PLC0415 -- on the way back alone

    coded.open_all(op.get_bind(), COLUMNS)


def _tie_links() -> None:
    op.drop_index("ix_case_releases_of", "case_releases")
    op.create_index("ix_case_releases_of", "case_releases", ["kind", "reference"])
    for table, links in LINKS.items():
        with op.batch_alter_table(table) as batch:
            for column, target in links.items():
                batch.create_foreign_key(f"fk_{table}_{column}_{target}", target, [column], ["id"])
            if table == "placements":
                batch.drop_constraint("fk_placements_office_id_organisations", type_="foreignkey")
                batch.drop_index("ix_placements_facility")
                batch.create_index("ix_placements_facility", ["facility_id", "left_on", "until_on"])
                batch.drop_column("office_id")
            if table == "handouts":
                batch.drop_index("ix_handouts_case_id")
                batch.drop_column("case_id")


def _watch_stays(postgresql: bool) -> None:
    """The triggers of migration 0007 on placements."""
    new, old = (f"INSERT INTO fact_changes (case_id) SELECT {row}.case_id;" for row in ("NEW", "OLD"))
    if not postgresql:
        for verb, insert in (("insert", new), ("update", new), ("delete", old)):
            op.execute(f"CREATE TRIGGER facts_placements_{verb} AFTER {verb.upper()} ON placements BEGIN {insert} END")
        return
    body = f"BEGIN IF TG_OP = 'DELETE' THEN {old} ELSE {new} END IF; RETURN NULL; END"
    op.execute(f"CREATE FUNCTION facts_placements() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    op.execute("CREATE TRIGGER facts_placements AFTER INSERT OR UPDATE OR DELETE ON placements FOR EACH ROW EXECUTE FUNCTION facts_placements()")
