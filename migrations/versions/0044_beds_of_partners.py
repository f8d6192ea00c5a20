"""who refers to a partner sees which of its houses has a bed, on PostgreSQL as on SQLite"""

from alembic import op

revision = "0044"
down_revision = "0043"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
SETTINGS = {"OFFICES": OFFICES, "OPEN": OPEN, "WHOLE": WHOLE}
_HOUSE = "EXISTS (SELECT 1 FROM facilities WHERE facilities.id = {column}"
_OF_ROOM = _HOUSE.replace("{column}", "shelter_rooms.facility_id")
_OF_NOTE = _HOUSE.replace("{column}", "house_notes.facility_id")
_THEIRS = " AND facilities.organisation_id = ANY ({OFFICES}))"
_ROOM_OF_BED = "EXISTS (SELECT 1 FROM shelter_rooms WHERE shelter_rooms.id = beds.room_id"
_OF_BED = _ROOM_OF_BED + " AND " + _OF_ROOM + _THEIRS + ")"
_REFERRED_THERE = (
    "EXISTS (SELECT 1 FROM referrals WHERE referrals.partner_id = facilities.organisation_id"
    " AND referrals.office_id = ANY ({OFFICES}))"
)
_ACCOUNTS = "{WHOLE} OR 'accounts' = ANY ({OPEN})"
_OWN = "organisation_id = ANY ({OFFICES})"
# A copy of models/walls.py as it was: who may read and write a row.
WALLS: dict[str, tuple[str, ...]] = {
    "facilities": (f"{_ACCOUNTS} OR {_REFERRED_THERE} OR {_OWN}", "{WHOLE} OR " + _OWN),
    "shelter_rooms": (
        "{WHOLE} OR " + _OF_ROOM + ") OR " + _OF_ROOM + _THEIRS,
        "{WHOLE} OR " + _OF_ROOM + _THEIRS,
    ),
    "beds": ("{WHOLE} OR " + _ROOM_OF_BED + ") OR " + _OF_BED, "{WHOLE} OR " + _OF_BED),
    "house_notes": ("{WHOLE} OR " + _OF_NOTE + _THEIRS,),
}
_BEFORE: dict[str, tuple[str, ...]] = {
    "facilities": (f"{_ACCOUNTS} OR {_OWN}", "{WHOLE} OR " + _OWN),
    "shelter_rooms": ("{WHOLE} OR " + _OF_ROOM + ")",),
    "beds": ("{WHOLE} OR " + _ROOM_OF_BED + ")",),
    "house_notes": ("{WHOLE} OR " + _OF_NOTE + ")",),
}


def upgrade() -> None:
    """Forward: houses, rooms and beds of partners are read, and written by their own people."""
    _put_up(WALLS)


def downgrade() -> None:
    """Back: nobody but its own people sees a house."""
    _put_up(_BEFORE)


def _put_up(walls: dict[str, tuple[str, ...]]) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, rules in walls.items():
        for name in ("", "_select", "_insert", "_update", "_delete"):
            op.execute(f"DROP POLICY IF EXISTS safeconduct{name} ON {table}")
        sees, writes = (rules[0].format_map(SETTINGS), rules[-1].format_map(SETTINGS))
        both = f"USING ({writes}) WITH CHECK ({writes})"
        if len(rules) == 1:
            op.execute(f"CREATE POLICY safeconduct ON {table} FOR ALL TO safeconduct_app {both}")
            continue
        for verb, clause in (
            ("select", f"USING ({sees})"),
            ("insert", f"WITH CHECK ({writes})"),
            ("update", both),
            ("delete", f"USING ({writes})"),
        ):
            op.execute(
                f"CREATE POLICY safeconduct_{verb} ON {table} FOR {verb.upper()}"
                f" TO safeconduct_app {clause}"
            )
