"""row-level security on every table: by case, by office, by recipient, by account, or common

On SQLite there is nothing to do. Which rule a table has, and why, stands in models/walls.py.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
TOUCHED = "(SELECT coalesce(nullif(current_setting('sc.touched', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
ME = "(SELECT nullif(current_setting('sc.user', true), '')::int)"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"

# A copy of models/walls.py as it was: who may read a row, who may write it where that is another rule.
WALLS: dict[str, tuple[str, ...]] = {
    "alerts": ("{WHOLE} OR 'oversight' = ANY ({OPEN}) OR 'post' = ANY ({OPEN})",),
    "api_tokens": (
        "{WHOLE} OR user_id = {ME} OR 'accounts' = ANY ({OPEN})",
        "{WHOLE} OR 'accounts' = ANY ({OPEN})",
    ),
    "approvals": ("{WHOLE} OR office_id = ANY ({OFFICES}) OR approvals.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = approvals.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "assistance": ("{WHOLE} OR EXISTS (SELECT 1 FROM returns WHERE returns.id = assistance.return_id)",),
    "attachments": ("{WHOLE} OR attachments.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = attachments.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "bed_nights": ("{WHOLE} OR EXISTS (SELECT 1 FROM placements WHERE placements.id = bed_nights.placement_id) OR bed_nights.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = bed_nights.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "beds": ("{WHOLE} OR EXISTS (SELECT 1 FROM shelter_rooms WHERE shelter_rooms.id = beds.room_id)",),
    "blind_tokens": (
        "{WHOLE} OR 'search' = ANY ({OPEN}) OR blind_tokens.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = blind_tokens.case_id AND cases.office_id = ANY ({OFFICES}))",
        "{WHOLE} OR blind_tokens.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = blind_tokens.case_id AND cases.office_id = ANY ({OFFICES}))",
    ),
    "blocks": (
        "{WHOLE} OR 'accounts' = ANY ({OPEN}) OR 'oversight' = ANY ({OPEN}) OR blocks.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = blocks.case_id AND cases.office_id = ANY ({OFFICES}))",
        "{WHOLE} OR blocks.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = blocks.case_id AND cases.office_id = ANY ({OFFICES}))",
    ),
    "calendar_feeds": (
        "{WHOLE} OR 'accounts' = ANY ({OPEN}) OR user_id = {ME}",
        "{WHOLE} OR user_id = {ME}",
    ),
    "case_documents": ("{WHOLE} OR case_documents.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = case_documents.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "case_facts": (
        "{WHOLE} OR {WHO}",
        "{WHOLE} OR false",
    ),
    "case_keys": (
        "{WHOLE} OR ('search' = ANY ({OPEN})) AND case_keys.compartment = 'index' OR case_keys.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = case_keys.case_id AND cases.office_id = ANY ({OFFICES}))",
        "{WHOLE} OR case_keys.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = case_keys.case_id AND cases.office_id = ANY ({OFFICES}))",
    ),
    "cases": (
        "{WHOLE} OR {WHO}",
        "{WHOLE} OR office_id = ANY ({OFFICES}) OR id = ANY ({CASES}) OR id = ANY ({TOUCHED})",
    ),
    "consents": ("{WHOLE} OR case_id = ANY ({TOUCHED}) OR consents.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = consents.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "deliveries": ("{WHOLE} OR user_id = {ME}",),
    "done_jobs": ("{WHOLE} OR false",),
    "drafts": ("{WHOLE} OR author_id = {ME}",),
    "emergencies": (
        "{WHOLE} OR 'accounts' = ANY ({OPEN}) OR user_id = {ME} OR 'oversight' = ANY ({OPEN}) OR emergencies.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = emergencies.case_id AND cases.office_id = ANY ({OFFICES}))",
        "{WHOLE} OR user_id = {ME} OR 'oversight' = ANY ({OPEN}) OR emergencies.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = emergencies.case_id AND cases.office_id = ANY ({OFFICES}))",
    ),
    "erasures": ("{WHOLE} OR 'oversight' = ANY ({OPEN}) OR erasures.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = erasures.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "events": ("{WHOLE} OR case_id = ANY ({TOUCHED}) OR events.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = events.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "external_identities": (
        "{WHOLE} OR user_id = {ME} OR 'accounts' = ANY ({OPEN})",
        "{WHOLE} OR 'accounts' = ANY ({OPEN})",
    ),
    "facilities": (
        "{WHOLE} OR 'accounts' = ANY ({OPEN}) OR organisation_id = ANY ({OFFICES})",
        "{WHOLE} OR organisation_id = ANY ({OFFICES})",
    ),
    "fact_changes": (
        "{WHOLE} OR false",
        "{WHOLE} OR {WHO}",
    ),
    "fact_state": (
        "{WHOLE} OR {WHO}",
        "{WHOLE} OR false",
    ),
    "feedback": ("{WHOLE} OR EXISTS (SELECT 1 FROM referrals WHERE referrals.id = feedback.referral_id)",),
    "flags": ("{WHOLE} OR user_id = {ME} OR flags.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = flags.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "follow_ups": ("{WHOLE} OR EXISTS (SELECT 1 FROM returns WHERE returns.id = follow_ups.return_id)",),
    "fund_request_lines": ("{WHOLE} OR EXISTS (SELECT 1 FROM fund_requests WHERE fund_requests.id = fund_request_lines.request_id)",),
    "fund_request_persons": ("{WHOLE} OR EXISTS (SELECT 1 FROM fund_requests WHERE fund_requests.id = fund_request_persons.request_id) OR fund_request_persons.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = fund_request_persons.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "fund_requests": ("{WHOLE} OR office_id = ANY ({OFFICES}) OR 'books' = ANY ({OPEN}) OR fund_requests.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = fund_requests.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "funds": ("{WHOLE} OR {WHO}",),
    "grants": (
        "{WHOLE} OR {WHO} OR 'accounts' = ANY ({OPEN})",
        "{WHOLE} OR 'accounts' = ANY ({OPEN})",
    ),
    "handouts": ("{WHOLE} OR EXISTS (SELECT 1 FROM placements WHERE placements.id = handouts.placement_id)",),
    "hook_messages": ("{WHOLE} OR 'post' = ANY ({OPEN}) OR EXISTS (SELECT 1 FROM hooks WHERE hooks.id = hook_messages.hook_id)",),
    "hooks": ("{WHOLE} OR organisation_id = ANY ({OFFICES}) OR 'post' = ANY ({OPEN})",),
    "house_notes": ("{WHOLE} OR EXISTS (SELECT 1 FROM facilities WHERE facilities.id = house_notes.facility_id)",),
    "households": ("{WHOLE} OR office_id = ANY ({OFFICES}) OR EXISTS (SELECT 1 FROM members WHERE members.household_id = households.id)",),
    "import_faults": ("{WHOLE} OR EXISTS (SELECT 1 FROM imports WHERE imports.id = import_faults.import_id)",),
    "imported_rows": (
        "{WHOLE} OR 'search' = ANY ({OPEN}) OR imported_rows.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = imported_rows.case_id AND cases.office_id = ANY ({OFFICES}))",
        "{WHOLE} OR imported_rows.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = imported_rows.case_id AND cases.office_id = ANY ({OFFICES}))",
    ),
    "imports": ("{WHOLE} OR by_id = {ME}",),
    "instalments": ("{WHOLE} OR EXISTS (SELECT 1 FROM assistance WHERE assistance.id = instalments.assistance_id)",),
    "invitations": (
        "{WHOLE} OR user_id = {ME} OR 'accounts' = ANY ({OPEN})",
        "{WHOLE} OR 'accounts' = ANY ({OPEN})",
    ),
    "inward": ("{WHOLE} OR office_id = ANY ({OFFICES}) OR partner_id = ANY ({OFFICES}) OR inward.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = inward.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "judgements": ("{WHOLE} OR {WHO}",),
    "ledger": (
        "{WHOLE} OR {WHO}",
        "{WHOLE} OR 'books' = ANY ({OPEN}) OR EXISTS (SELECT 1 FROM fund_requests WHERE fund_requests.id = ledger.request_id)",
    ),
    "manifest": ("{WHOLE} OR EXISTS (SELECT 1 FROM movements WHERE movements.id = manifest.movement_id) OR EXISTS (SELECT 1 FROM returns WHERE returns.id = manifest.return_id)",),
    "members": ("{WHOLE} OR members.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = members.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "merges": ("{WHOLE} OR {WHO}",),
    "messages": ("{WHOLE} OR user_id = {ME} OR 'post' = ANY ({OPEN})",),
    "movements": ("{WHOLE} OR office_id = ANY ({OFFICES})",),
    "name_cards": (
        "{WHOLE} OR 'search' = ANY ({OPEN}) OR name_cards.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = name_cards.case_id AND cases.office_id = ANY ({OFFICES}))",
        "{WHOLE} OR name_cards.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = name_cards.case_id AND cases.office_id = ANY ({OFFICES}))",
    ),
    "name_rows": ("{WHOLE} OR {WHO}",),
    "organisations": (
        "{WHOLE} OR {WHO} OR 'accounts' = ANY ({OPEN}) OR 'links' = ANY ({OPEN})",
        "{WHOLE} OR id = ANY ({OFFICES}) OR 'accounts' = ANY ({OPEN})",
    ),
    "passkeys": (
        "{WHOLE} OR user_id = {ME} OR 'accounts' = ANY ({OPEN})",
        "{WHOLE} OR 'accounts' = ANY ({OPEN})",
    ),
    "persons": ("{WHOLE} OR {WHO}",),
    "placements": (
        "{WHOLE} OR 'accounts' = ANY ({OPEN}) OR EXISTS (SELECT 1 FROM facilities WHERE facilities.id = placements.facility_id AND facilities.organisation_id = ANY ({OFFICES})) OR placements.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = placements.case_id AND cases.office_id = ANY ({OFFICES}))",
        "{WHOLE} OR EXISTS (SELECT 1 FROM facilities WHERE facilities.id = placements.facility_id AND facilities.organisation_id = ANY ({OFFICES})) OR placements.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = placements.case_id AND cases.office_id = ANY ({OFFICES}))",
    ),
    "privacy_spending": ("{WHOLE} OR {WHO}",),
    "published_tables": ("{WHOLE} OR {WHO}",),
    "records": ("{WHOLE} OR records.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = records.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "recovery_codes": (
        "{WHOLE} OR user_id = {ME} OR 'accounts' = ANY ({OPEN})",
        "{WHOLE} OR 'accounts' = ANY ({OPEN})",
    ),
    "referral_links": ("{WHOLE} OR 'links' = ANY ({OPEN}) OR EXISTS (SELECT 1 FROM referrals WHERE referrals.id = referral_links.referral_id)",),
    "referrals": (
        "{WHOLE} OR 'links' = ANY ({OPEN}) OR office_id = ANY ({OFFICES}) OR partner_id = ANY ({OFFICES}) OR case_id = ANY ({TOUCHED}) OR referrals.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = referrals.case_id AND cases.office_id = ANY ({OFFICES}))",
        "{WHOLE} OR office_id = ANY ({OFFICES}) OR partner_id = ANY ({OFFICES}) OR case_id = ANY ({TOUCHED}) OR referrals.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = referrals.case_id AND cases.office_id = ANY ({OFFICES}))",
    ),
    "releases": ("{WHOLE} OR {WHO}",),
    "return_events": ("{WHOLE} OR EXISTS (SELECT 1 FROM returns WHERE returns.id = return_events.return_id)",),
    "return_steps": ("{WHOLE} OR EXISTS (SELECT 1 FROM returns WHERE returns.id = return_steps.return_id)",),
    "return_warnings": ("{WHOLE} OR EXISTS (SELECT 1 FROM returns WHERE returns.id = return_warnings.return_id)",),
    "returns": ("{WHOLE} OR sending_id = ANY ({OFFICES}) OR receiving_id = ANY ({OFFICES}) OR transit_id = ANY ({OFFICES}) OR case_id = ANY ({TOUCHED}) OR 'books' = ANY ({OPEN}) OR returns.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = returns.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "saved_filters": ("{WHOLE} OR user_id = {ME}",),
    "saved_reports": ("{WHOLE} OR user_id = {ME}",),
    "services": ("{WHOLE} OR EXISTS (SELECT 1 FROM referrals WHERE referrals.id = services.referral_id)",),
    "sessions": (
        "{WHOLE} OR user_id = {ME} OR 'accounts' = ANY ({OPEN})",
        "{WHOLE} OR 'accounts' = ANY ({OPEN})",
    ),
    "shelter_rooms": ("{WHOLE} OR EXISTS (SELECT 1 FROM facilities WHERE facilities.id = shelter_rooms.facility_id)",),
    "surveys": ("{WHOLE} OR EXISTS (SELECT 1 FROM returns WHERE returns.id = surveys.return_id)",),
    "system_keys": (
        "true",
        "{WHOLE}",
        "{WHO}",
    ),
    "tasks": ("{WHOLE} OR owner_id = {ME} OR case_id = ANY ({TOUCHED}) OR tasks.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = tasks.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "teams": (
        "{WHOLE} OR {WHO} OR 'accounts' = ANY ({OPEN})",
        "{WHOLE} OR organisation_id = ANY ({OFFICES}) OR 'accounts' = ANY ({OPEN})",
    ),
    "trail": (
        "{WHOLE} OR 'oversight' = ANY ({OPEN}) OR 'trail' = ANY ({OPEN})",
        "{WHOLE} OR 'trail' = ANY ({OPEN})",
    ),
    "trail_cases": (
        "{WHOLE} OR 'oversight' = ANY ({OPEN}) OR trail_cases.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = trail_cases.case_id AND cases.office_id = ANY ({OFFICES})) OR 'trail' = ANY ({OPEN})",
        "{WHOLE} OR 'trail' = ANY ({OPEN})",
    ),
    "trail_heads": ("{WHOLE} OR 'trail' = ANY ({OPEN})",),
    "trail_seals": ("{WHOLE} OR 'trail' = ANY ({OPEN})",),
    "transfers": ("{WHOLE} OR from_office_id = ANY ({OFFICES}) OR to_office_id = ANY ({OFFICES}) OR to_user_id = {ME} OR transfers.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = transfers.case_id AND cases.office_id = ANY ({OFFICES}))",),
    "users": (
        "{WHOLE} OR {WHO} OR 'accounts' = ANY ({OPEN})",
        "{WHOLE} OR 'accounts' = ANY ({OPEN})",
    ),
    "versions": ("{WHOLE} OR versions.case_id = ANY ({CASES}) OR EXISTS (SELECT 1 FROM cases WHERE cases.id = versions.case_id AND cases.office_id = ANY ({OFFICES}))",),
}

SETTINGS = {"OFFICES": OFFICES, "CASES": CASES, "TOUCHED": TOUCHED, "OPEN": OPEN, "ME": ME, "WHO": WHO, "WHOLE": WHOLE}

# What had a wall before (0003, 0004), with what was let through beside.
BEFORE = {
    "cases": "",
    "case_keys": " OR case_keys.compartment = 'index'",
    "case_documents": "",
    "attachments": "",
    "records": "",
    "versions": "",
}


def upgrade() -> None:
    """Forward."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in BEFORE:
        op.execute(f"DROP POLICY safeconduct ON {table}")
    for table, rules in WALLS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        _put_up(table, *(rule.format_map(SETTINGS) for rule in rules))


def _put_up(table: str, read: str, write: str = "", hold: str = "") -> None:
    on, to = f"ON {table} FOR", "TO safeconduct_app"
    if not write:
        op.execute(f"CREATE POLICY safeconduct {on} ALL {to} USING ({read}) WITH CHECK ({read})")
        return
    op.execute(f"CREATE POLICY safeconduct_select {on} SELECT {to} USING ({read})")
    op.execute(f"CREATE POLICY safeconduct_insert {on} INSERT {to} WITH CHECK ({write})")
    op.execute(f"CREATE POLICY safeconduct_update {on} UPDATE {to} USING ({hold or write}) WITH CHECK ({write})")
    op.execute(f"CREATE POLICY safeconduct_delete {on} DELETE {to} USING ({write})")


def downgrade() -> None:
    """Back, to the walls of 0003 and 0004."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, rules in WALLS.items():
        for name in ("",) if len(rules) == 1 else ("_select", "_insert", "_update", "_delete"):
            op.execute(f"DROP POLICY safeconduct{name} ON {table}")
        if table not in BEFORE:
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table, rule in BEFORE.items():
        using = WHO if table == "cases" else f"{WHO} AND ({WHOLE} OR {table}.case_id = ANY ({CASES}) OR {_own(table)}{rule})"
        op.execute(f"CREATE POLICY safeconduct ON {table} FOR ALL TO safeconduct_app USING ({using}) WITH CHECK ({WHO})")


def _own(table: str) -> str:
    return f"EXISTS (SELECT 1 FROM cases WHERE cases.id = {table}.case_id AND cases.office_id = ANY ({OFFICES}))"
