"""Every column of every table in one list: what a thief of the database reads of it without keys,
who may see its rows, and what erasing makes of it.

``python -m models.columns --write`` puts the list into ``docs/columns.md``; a test compares both.
So a new column in the clear is seen by whoever reads the change, and bytes of which nobody said
whether they are sealed, keyed or clear fail the build.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Column, LargeBinary, Table

from models import erasure, marks
from models.base import Base
from models.coded import Alike, Sealed
from models.sealed_by_office import OfficeColumn
from models.sealed_records import OwnDocument, SealedCodes, SealedDocument, SealedText
from models.walls import WALLS

PAGE = Path(__file__).parent.parent / "docs" / "columns.md"
HEAD = """# What stands in which column

Made by `python -m models.columns --write`; a test compares. *Sealed* and *keyed* columns tell a
thief of a copy nothing without keys, but that two keyed ones are equal; the columns *in the clear*
tell what their names say.
[Security](security.md) says what follows from them.
"""
# Opened by keys that are not in the database; or a wrapped key itself.
SEALED = frozenset(
    (
        "callers.content",
        "case_documents.content",
        "case_facts.content",
        "case_keys.content",
        "case_keys.previous",
        "deliveries.content",
        "drafts.content",
        "imports.content",
        "index_keys.content",
        "inward.own_key",
        "kept_forms.content",
        "key_wraps.content",
        "name_cards.content",
        "name_rows.content",
        "referrals.own_key",
        "releases.content",
        "returns.own_key",
        "sent_forms.answer",
        "sessions.content",
        "shown_pages.content",
        "system_keys.content",
    )
)
# Sealed under keys that belong to no office, and why: every machine of the installation opens them.
OF_THE_INSTALLATION = {
    "case_facts.content": "coded facts of all offices are counted together",
    "cases.profile_sealed": "codes that are counted for all offices",
    "hooks.before_sealed": "a secret to sign with, for a process that opens no record",
    "hooks.secret_sealed": "a secret to sign with, for a process that opens no record",
    "releases.content": "open data, of no person",
    "sessions.content": "read before it is known who acts",
    "system_keys.content": "keys themselves, wrapped by the master key",
    "users.totp_sealed": "asked before it is known who acts",
}
# A hash or a MAC: equal values can be seen where the same key made them, and nothing else.
KEYED = frozenset(
    (
        "api_tokens.token",
        "blind_tokens.token",
        "calendar_feeds.token_hash",
        "case_keys.newest",
        "imported_rows.token",
        "invitations.token",
        "kept_forms.about",
        "kept_forms.page",
        "name_cards.enrolled",
        "name_rows.label",
        "records.kind_token",
        "recovery_codes.token",
        "referral_links.code",
        "referral_links.token",
        "sent_forms.about",
        "sent_forms.asked",
        "sent_forms.key",
        "sessions.token",
        "shown_pages.key",
        "shown_pages.session",
        "trail.hash",
        "trail_heads.hash",
        "trail_heads.mac",
        "trail_seals.hash",
        "trail_seals.previous",
        "trail_seals.signature",
        "users.ending_token",
        "marks.mac",
        "office_pairs.hash",
        "office_pairs.previous",
        "users.password_hash",
    )
)
# Bytes that are no secret: public keys, and signatures made with the private ones.
OPEN = frozenset(
    (
        "key_wraps.signature",
        "office_pairs.sealing",
        "office_pairs.signing",
        "passkeys.credential",
        "passkeys.public_key",
    )
)
_SORTS = ("sealed", "keyed", "in the clear")


def sort_of(column: Column[Any]) -> str:
    """*sealed*, *keyed* or *in the clear*. Raises ``LookupError`` for bytes nobody decided on."""
    name = str(column)
    if isinstance(column.type, Sealed):
        return "keyed" if isinstance(column.type, Alike) else "sealed"
    if column.name.endswith("_sealed") or name in SEALED:
        return "sealed"
    if name in KEYED or marks.LAYER in column.info:  # the MAC of a row
        return "keyed"
    if isinstance(column.type, LargeBinary) and name not in OPEN:
        raise LookupError(f"say in models/columns.py whether {name} is sealed, keyed or open")
    return "in the clear"


CASE, RECORD, OFFICE, INSTALLATION = "the case", "the record", "its office", "the installation"
_OF_CASES = frozenset(
    (
        "case_documents.content",
        "case_keys.content",
        "case_keys.previous",
        "name_cards.content",
        "versions.before_sealed",
    )
)


_OF_OFFICES = frozenset(("index_keys.content", "key_wraps.content", "name_rows.content"))


def key_of(column: Column[Any]) -> str:
    """Whose key opens a sealed column: that of the case or of the record, which a key of the office
    that holds it wraps; its office's; or the installation's. Raises ``LookupError`` where nobody
    said.
    """
    if str(column) in OF_THE_INSTALLATION or isinstance(column.type, Sealed):
        return INSTALLATION  # codes of lists and counts are read beside those of other offices
    if str(column) in _OF_CASES:
        return CASE
    if column.name == "own_key" or str(column) == "return_versions.before_sealed":
        return RECORD
    return OFFICE if str(column) in _OF_OFFICES else _as_declared(column)


def _as_declared(column: Column[Any]) -> str:
    model = _models()[column.table.name]
    for declared, whose in _WHOSE.items():
        for each in vars(model).values():
            if isinstance(each, declared) and getattr(each, "column", "") == column.name:
                return whose
    raise LookupError(f"say in models/columns.py under whose key {column} is sealed")


_WHOSE: dict[type, str] = {
    SealedText: CASE,
    SealedDocument: CASE,
    SealedCodes: CASE,
    OwnDocument: RECORD,
    OfficeColumn: OFFICE,
}


def _models() -> dict[str, type]:
    return {each.class_.__tablename__: each.class_ for each in Base.registry.mappers}


def sealed_columns() -> list[Column[Any]]:
    """Every sealed column there is."""
    tables = Base.metadata.sorted_tables
    return [each for table in tables for each in table.columns if sort_of(each) == "sealed"]


def left_after_erasure(table: Table) -> list[str]:
    """The columns of a table that keep their value when a case is erased, where rows stay at all.

    Empty where the rows go, or never knew of a case.
    """
    for model, other in erasure.tables():
        decided = erasure.decision(model)
        if other is table and isinstance(decided, tuple):
            return [name for name in decided if sort_of(table.columns[name]) == "in the clear"]
    return []


def page() -> str:
    """The page of all columns."""
    return HEAD + "".join(_table(table) for _name, table in sorted(Base.metadata.tables.items()))


def _table(table: Table) -> str:
    return f"\n## {table.name}\n\n" + "".join(f"- {line}\n" for line in _lines(table))


def _lines(table: Table) -> Iterator[str]:
    wall = WALLS[table.name]
    yield f"rows: {wall.kind}" + (f" ({wall.why})" if wall.why else "")
    for whose in (CASE, RECORD, OFFICE, INSTALLATION):
        sealed = [each for each in table.columns if sort_of(each) == "sealed"]
        names = [each.name for each in sealed if key_of(each) == whose]
        if names:
            yield f"sealed under a key of {whose}: {', '.join(names)}"
    for sort in _SORTS[1:]:
        names = [column.name for column in table.columns if sort_of(column) == sort]
        if names:
            yield f"{sort}: {', '.join(names)}"
    model = _models()[table.name]
    decided = erasure.decision(model)
    if isinstance(decided, tuple):
        yield f"stays after an erasure: {', '.join(left_after_erasure(table)) or 'nothing'}"
    elif decided is not None:
        yield f"after an erasure: {decided}"


def _main() -> None:
    import_module("application")  # which knows all packages, and so all tables
    text = page()
    if "--write" in sys.argv:
        PAGE.write_text(text, "utf-8")
    elif PAGE.read_text("utf-8") != text:
        sys.exit("docs/columns.md is not what the models say: python -m models.columns --write")


if __name__ == "__main__":
    _main()
