"""Row-level security in one list: of every table, whose rows a transaction may read and write.

PostgreSQL holds the rules made from it (migration 0012, and each later migration that changes one);
a test compares both, and a table that stands nowhere here fails the build. The rules are
comparisons with the settings that :mod:`models.scope` tells. Where a row knows only its case, one
look at the case's office by its key decides: a column of offices on thirty tables, to be moved with
each transfer, could be wrong; a look cannot. With no context there is no row.

An **opening** is a name that one function sets for the few statements that need it
(``scope.opened``): so a query elsewhere that forgets its bounds still finds nothing.
"""

from dataclasses import dataclass

OPENINGS = {
    "accounts": "who it is that acts is found out, or an account is changed (package accounts)",
    "links": "whoever holds a link and its code is found out (referral.partner_links)",
    "trail": "an entry is linked to its chain, a chain is read or checked (package access)",
    "post": "a notice is put into the box of somebody else (package notifications)",
    "search": "the index of names and exact values is asked over all missions (models.index)",
    "oversight": "a data protection officer, who oversees all missions, acts",
    "kept": "a form is kept after a session, or goes with its case (web.keeping); a page that was "
    "shown is gone back to (web.shown)",
    "books": "a manager, who keeps the money and figures of all missions, acts",
}

# Sub-selects without a link to the row are asked once for a statement, not once for a row.
OFFICES = "(SELECT coalesce(nullif(current_setting('sc.offices', true), ''), '{}')::int[])::int[]"
CASES = "(SELECT coalesce(nullif(current_setting('sc.cases', true), ''), '{}')::int[])::int[]"
STAYS = "(SELECT coalesce(nullif(current_setting('sc.stays', true), ''), '{}')::text[])::text[]"
TOUCHED = "(SELECT coalesce(nullif(current_setting('sc.touched', true), ''), '{}')::int[])::int[]"
OPEN = "(SELECT coalesce(nullif(current_setting('sc.open', true), ''), '{}')::text[])::text[]"
ME = "(SELECT nullif(current_setting('sc.user', true), '')::int)"
WHO = "(SELECT coalesce(current_setting('sc.who', true), '') <> '')"
WHOLE = "(SELECT coalesce(current_setting('sc.whole', true), '') = 'on')"
ALWAYS, NEVER = "true", "false"


@dataclass(frozen=True)
class Wall:
    """The rule of a table: ``kind`` in a word, who may read a row, who may write one (INSERT,
    UPDATE and DELETE, the row before and the row after), and why where it is common. ``hold``:
    who may lock a row that they may not change, if that is another rule.
    """

    kind: str
    read: str
    write: str
    why: str = ""
    hold: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """What a migration writes down: reading, writing, holding; none twice."""
        if self.hold:
            return self.read, self.write, self.hold
        return (self.read,) if self.read == self.write else (self.read, self.write)


def _any(*ways: str) -> str:
    return " OR ".join(dict.fromkeys(ways))


def _open(*names: str) -> str:
    return _any(*(f"'{name}' = ANY ({OPEN})" for name in names))


def _at(*columns: str) -> str:
    """One of the columns names an office of who acts."""
    return _any(*(f"{column} = ANY ({OFFICES})" for column in columns))


def _mine(column: str = "user_id") -> str:
    return f"{column} = {ME}"


def _of(table: str, column: str = "case_id") -> str:
    """The case is of an office of who acts, or opened to them alone."""
    look = f"SELECT 1 FROM cases WHERE cases.id = {table}.{column} AND {_at('cases.office_id')}"
    return _any(f"{table}.{column} = ANY ({CASES})", f"EXISTS ({look})")


def _touched(column: str = "case_id") -> str:
    """The case of the record that the policy let them act on."""
    return f"{column} = ANY ({TOUCHED})"


def _through(table: str, above: str, column: str) -> str:
    """The row above is theirs: its own rule decides."""
    return f"EXISTS (SELECT 1 FROM {above} WHERE {above}.id = {table}.{column})"


def _of_house(column: str) -> str:
    """It is about a house of an organisation of who acts."""
    theirs = f"SELECT 1 FROM facilities WHERE facilities.id = {column}"
    return f"EXISTS ({theirs} AND {_at('facilities.organisation_id')})"


def _wall(kind: str, *ways: str, read: tuple[str, ...] = (), why: str = "") -> Wall:
    """``ways`` to read and write; ``read``: more ways to read."""
    return Wall(kind, _any(WHOLE, *read, *ways), _any(WHOLE, *ways), why)


def _by_case(table: str, *more: str, read: tuple[str, ...] = ()) -> Wall:
    return _wall("by case", *more, _of(table), read=read)


def _common(why: str, *, write: str = WHO, read: str = WHO) -> Wall:
    return Wall("common", _any(WHOLE, read), _any(WHOLE, write), why)


def _account(*ways: str, read: tuple[str, ...] = ()) -> Wall:
    """Changed by accounts alone: no request elsewhere can make itself somebody."""
    return _wall("own account", _open("accounts"), read=(*ways, *read))


_REFERRED_THERE = (
    "EXISTS (SELECT 1 FROM referrals WHERE referrals.partner_id = facilities.organisation_id"
    f" AND {_at('referrals.office_id')})"
)
CONTENTS = ("case_documents", "versions", "records")  # what the case says: nobody else's, ever
BESIDE = ("events", "consents")  # what a deed of a recipient leaves with the case
OF_A_RETURN = (
    "return_steps",
    "return_step_entries",
    "follow_ups",
    "visit_attempts",
    "return_events",
    "return_versions",
    "surveys",
    "return_warnings",
)
_HIT_ELSEWHERE = "a hit elsewhere must say which office to ask: coded columns, contents sealed"
_BOX = "events of rows are queued for counting by triggers of the database, numbers alone"
_KEYED = "numbers under a key: which bed, stay or case they are stands nowhere"

WALLS: dict[str, Wall] = {
    # Cases and what hangs on them.
    "cases": Wall(
        "by case",
        _any(WHOLE, WHO),
        _any(WHOLE, _at("office_id"), f"id = ANY ({CASES})", _touched("id")),
        f"every office reads: {_HIT_ELSEWHERE}",
    ),
    **{table: _by_case(table) for table in CONTENTS},
    **{table: _by_case(table, _touched()) for table in BESIDE},
    "tasks": _by_case("tasks", _mine("owner_id"), _touched()),
    "attachments": _by_case(
        "attachments",
        "(attachments.return_id IS NOT NULL AND "
        f"{_through('attachments', 'returns', 'return_id')})",
    ),
    "case_keys": _by_case(
        "case_keys", read=(f"({_open('search')}) AND case_keys.compartment = 'index'",)
    ),
    # Of a record that two offices hold: each finds its own, to take what came and to let it go.
    "key_wraps": _by_case(
        "key_wraps", _touched(), _at("holder_id", "sender_id"), read=(_open("links"),)
    ),
    "name_cards": _by_case("name_cards", read=(_open("search"),)),
    "blind_tokens": _by_case("blind_tokens", read=(_open("search"),)),
    "imported_rows": _by_case("imported_rows", read=(_open("search"),)),
    "members": _by_case("members"),
    "flags": _by_case("flags", _mine()),
    "blocks": _by_case("blocks", read=(_open("accounts", "oversight"),)),
    "emergencies": _by_case("emergencies", _mine(), _open("oversight"), read=(_open("accounts"),)),
    "erasures": _by_case("erasures", _open("oversight")),
    "person_requests": _by_case("person_requests", _open("oversight")),
    "approvals": _by_case("approvals", _at("office_id")),
    "transfers": _by_case("transfers", _at("from_office_id", "to_office_id"), _mine("to_user_id")),
    "case_releases": _by_case(
        "case_releases", _touched(), read=(_at("recipient_id"), _open("links"))
    ),
    "cut_off_cases": _by_case("cut_off_cases", _open("oversight")),
    "fact_changes": _common(_BOX, read=NEVER),
    "case_facts": _common("sealed codes without a number, counted in memory", write=NEVER),
    "fact_state": _common("one number: up to where was counted", write=NEVER),
    # Shelter: the house is its organisation's, the stay also the case's.
    # Who refers to a partner sees its houses and beds; who sleeps there it sees of its own.
    "facilities": _wall(
        "by office", _at("organisation_id"), read=(_open("accounts"), _REFERRED_THERE)
    ),
    "shelter_rooms": _wall(
        "by office",
        _of_house("shelter_rooms.facility_id"),
        read=(_through("shelter_rooms", "facilities", "facility_id"),),
    ),
    "beds": _wall(
        "by office",
        "EXISTS (SELECT 1 FROM shelter_rooms WHERE shelter_rooms.id = beds.room_id"
        f" AND {_of_house('shelter_rooms.facility_id')})",
        read=(_through("beds", "shelter_rooms", "room_id"),),
    ),
    "office_versions": _wall("by office", _at("organisation_id")),
    "house_notes": _wall("by office", _of_house("house_notes.facility_id")),
    # Its case stands there under a key: an office of its own says whose it is.
    "placements": _wall(
        "by case",
        _of_house("placements.facility_id"),
        _at("office_id"),
        f"case_id = ANY ({STAYS})",
        read=(_open("accounts"),),
    ),
    "bed_nights": _common(_KEYED),
    "handouts": _common(_KEYED),
    # Before there is a case: the office that was called, and nobody else.
    "callers": _wall("by office", _at("office_id")),
    "households": _wall(
        "by office",
        _at("office_id"),
        "EXISTS (SELECT 1 FROM members WHERE members.household_id = households.id)",
    ),
    # What goes to a recipient: their row and no other.
    "referrals": _by_case(
        "referrals", _at("office_id", "partner_id"), _touched(), read=(_open("links"),)
    ),
    "referral_links": _wall(
        "by recipient",
        _open("links"),
        _through("referral_links", "referrals", "referral_id"),
    ),
    "services": _wall("by recipient", _through("services", "referrals", "referral_id")),
    "feedback": _wall("by recipient", _through("feedback", "referrals", "referral_id")),
    "inward": _by_case("inward", _at("office_id", "partner_id")),
    "returns": _by_case(
        "returns",
        _at("sending_id", "receiving_id", "transit_id"),
        _touched(),
        _open("books"),
    ),
    **{
        table: _wall("by recipient", _through(table, "returns", "return_id"))
        for table in (*OF_A_RETURN, "assistance")
    },
    "instalments": _wall("by recipient", _through("instalments", "assistance", "assistance_id")),
    "movements": _wall("by office", _at("office_id")),
    "manifest": _wall(
        "by office",
        _through("manifest", "movements", "movement_id"),
        _through("manifest", "returns", "return_id"),
    ),
    "missed_seats": _wall(
        "by office",
        _through("missed_seats", "movements", "movement_id"),
        _through("missed_seats", "returns", "return_id"),
    ),
    # Money.
    "funds": _common("what money there is for whom; no person"),
    "ledger": _common(
        "a fund's books: entries are numbered over all offices; sums, no person",
        write=_any(_open("books"), _through("ledger", "fund_requests", "request_id")),
    ),
    "fund_requests": _by_case("fund_requests", _at("office_id"), _open("books")),
    "crisis_operations": _wall("by office", _at("office_id"), _open("books")),
    "advances": _wall("by office", _at("office_id"), _open("books")),
    "operation_persons": _wall(
        "by office", _through("operation_persons", "crisis_operations", "operation_id")
    ),
    "fund_request_lines": _wall(
        "by office", _through("fund_request_lines", "fund_requests", "request_id")
    ),
    "fund_request_persons": _by_case(
        "fund_request_persons", _through("fund_request_persons", "fund_requests", "request_id")
    ),
    # Accounts.
    "users": _account(read=(WHO,)),
    "grants": _account(read=(WHO,)),
    "access_changes": _account(read=(WHO,)),
    "invitations": _account(_mine()),
    "passkeys": _account(_mine()),
    "recovery_codes": _account(_mine()),
    "external_identities": _account(_mine()),
    "api_tokens": _account(_mine()),
    "sessions": _account(_mine()),
    "calendar_feeds": _wall("own account", _mine(), _open("accounts")),
    "saved_filters": _wall("own account", _mine()),
    "saved_reports": _wall("own account", _mine()),
    "deliveries": _wall("own account", _mine()),
    "drafts": _wall("own account", _mine("author_id")),
    "kept_forms": _wall("own account", _mine("author_id"), _open("kept")),
    "sent_forms": _wall("own account", _mine(), _open("kept")),
    "shown_pages": _wall("own account", _mine(), _open("kept")),
    "imports": _wall("own account", _mine("by_id"), read=(_at("office_id"),)),
    "import_faults": _wall("own account", _through("import_faults", "imports", "import_id")),
    # Notices go to one person or one organisation; who acts posts to others.
    "messages": _wall("own account", _mine(), _open("post")),
    "hooks": _wall("by office", _at("organisation_id"), _open("post")),
    "hook_messages": _wall(
        "by office", _open("post"), _through("hook_messages", "hooks", "hook_id")
    ),
    "readings_on": _wall("by office", _mine(), _at("office_id"), read=(_open("oversight"),)),
    "alerts": Wall(
        "own account",
        _any(WHOLE, _open("oversight", "post")),
        _any(WHOLE, _open("oversight", "post")),
    ),
    # The trail. That it only grows is the work of triggers and of what the role may not.
    "trail": _wall("by office", _open("trail"), read=(_open("oversight"),)),
    "trail_cases": _wall("by case", _open("trail"), read=(_open("oversight"), _of("trail_cases"))),
    "trail_heads": _wall("by office", _open("trail")),
    "trail_seals": _wall("by office", _open("trail")),
    # Common.
    "organisations": _common(
        "an address book; partners keep their own entry",
        read=_any(WHO, _open("accounts", "links")),
        write=_any(_at("id"), _open("accounts")),
    ),
    "extra_fields": _common(
        "what offices ask on their forms; no person, no answer",
        write=_any(_at("organisation_id"), _open("accounts")),
    ),
    "code_entries": _common(
        "what offices call what they do; no person",
        read=_any(WHO, _open("links")),
        write=_any(_at("organisation_id"), _open("accounts")),
    ),
    "letter_templates": _common(
        "letters as offices word them, without anybody's name",
        write=_any(_at("organisation_id"), _open("accounts")),
    ),
    "office_settings": _common(
        "what offices decided of their own work; no person",
        write=_any(_at("organisation_id"), _open("accounts")),
    ),
    "teams": _common(
        "names of teams",
        read=_any(WHO, _open("accounts")),
        write=_any(_at("organisation_id"), _open("accounts")),
    ),
    "cut_offs": _common("which partner was cut off, by whom; no person", write=_open("oversight")),
    "persons": _common("a number and a day; what is said of it stands in cases"),
    "judgements": _common("pairs of numbers that are, or are not, the same person"),
    "merges": _common("pairs of numbers that were found to be the same person"),
    "name_rows": _common("indexes of all missions; sealed under their keys, labels are random"),
    "office_pairs": _common(
        "public keys to seal to; private ones lie under a key of their office",
        write=_open("accounts"),
    ),
    "index_keys": Wall(
        "common",
        _any(WHOLE, WHO),
        WHOLE,
        "wrapped keys: an office's index is asked by all who have its key; held while one is used",
        hold=WHO,
    ),
    "published_tables": _common("published"),
    "privacy_spending": _common("what was spent of the year's budget of privacy"),
    "releases": _common("open data and who approved it; no person"),
    "system_keys": Wall(
        "common",
        ALWAYS,
        WHOLE,
        "wrapped keys: without the master key they open nothing; held while one is used",
        hold=WHO,
    ),
    "marks": _common("what was done once, under a MAC", read=ALWAYS, write=NEVER),
    "done_jobs": _common("numbers of jobs that ran, of the worker alone", read=NEVER, write=NEVER),
}
