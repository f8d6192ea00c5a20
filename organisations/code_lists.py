"""An office adds to the lists its people choose from; each of its own is counted as one of ours.

Services belong to all, because missions share their partners: the headquarters alone add them.
"""

from collections.abc import Hashable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import require
from models import taking_back
from models.base import db, now
from models.code_entries import CodeEntry
from models.people import Organisation
from models.rules import RuleBroken
from models.scope import opened
from organisations import queries
from standards import assistance, lists
from standards.grown import Grown
from standards.languages import LANGUAGES, SOURCE

LISTS: tuple[tuple[Grown, Any], ...] = (
    (lists.SERVICES, _l("Services")),
    (lists.CHANNELS, _l("How people reach us")),
    (lists.CLOSURE, _l("Reasons to close a case")),
    (assistance.NEEDS, _l("Needs")),
    (assistance.HELP, _l("Help given")),
)
_OF_ALL = frozenset({lists.SERVICES.name})
# What the product does itself with: nobody chooses them, so nothing is counted as them.
_OURS_ALONE = frozenset({"crisis_list", "import", "died"})
MOST = 60


def options(place: Organisation | None = None) -> list[tuple[str, str]]:
    """As what a new one can be counted, as (list/code, words): at one place, or at all."""
    adds_all = place is None or place.kind == "headquarters"
    return [
        (f"{each.name}/{code}", f"{label}: {word}")
        for each, label in LISTS
        for code, word in each.shipped
        if code not in _OURS_ALONE and (adds_all or each.name not in _OF_ALL)
    ]


def of_office(place: Organisation) -> list[CodeEntry]:
    """All that an office added, list by list; those offered no longer too."""
    return sorted(queries.rows_of(CodeEntry, place), key=lambda entry: entry.list_name)


@opened("accounts")
def add(*, by: Actor, place: Organisation, given: Mapping[str, Any]) -> CodeEntry:
    """Add one (:class:`organisations.schemas.CodeEntrySchema`).

    Raises :class:`models.rules.RuleBroken` where it is not the office's to add, or stands already.
    """
    require(by, Permission.ORGANISATION_CHANGE, place)
    name, _slash, counted_as = given["counted_as"].partition("/")
    if place.kind == "partner" or (name in _OF_ALL and place.kind != "headquarters"):
        raise RuleBroken(
            _("Missions share their partners: the headquarters add services."), "counted_as"
        )
    standing = [each for each in of_office(place) if each.list_name == name]
    if len(standing) >= MOST:
        raise RuleBroken(_("There are %(num)s already: nobody finds one.", num=MOST), "counted_as")
    labels = _labels(given)
    grown = next(each for each, _label in LISTS if each.name == name)
    taken = {each.labels.get(SOURCE, "") for each in standing}
    taken |= {str(word) for _code, word in grown.shipped}
    if labels[SOURCE].casefold() in {word.casefold() for word in taken}:
        raise RuleBroken(_("This stands in the list already."), "label_en")
    made = CodeEntry(
        organisation=place,
        list_name=name,
        counted_as=counted_as,
        labels=labels,
        changed_by_id=by.id,
    )
    db.session.add(made)
    _note("code_added", made)
    return made


@opened("accounts")
def rename(*, by: Actor, entry: CodeEntry, given: Mapping[str, Any]) -> None:
    """Call it otherwise; what it is counted as stays."""
    require(by, Permission.ORGANISATION_CHANGE, entry.organisation)
    entry.labels, entry.changed_by_id, entry.changed_at = _labels(given), by.id, now()
    _note("code_renamed", entry)


@opened("accounts")
def offer(*, by: Actor, entry: CodeEntry, offered: bool, as_left: str = "") -> bool:
    """Offer it no longer, or again; where it was chosen it stays. Gives whether that changed
    anything. ``as_left``: the mark of what was just done. Raises
    :class:`models.taking_back.ChangedSince`.
    """
    require(by, Permission.ORGANISATION_CHANGE, entry.organisation)
    taking_back.only_as_left(as_left, *stands(entry))
    if entry.ended != offered:
        return False
    entry.ended = not offered
    entry.changed_by_id, entry.changed_at = by.id, now()
    _note("code_offered" if offered else "code_ended", entry)
    return True


def stands(entry: CodeEntry) -> tuple[Hashable, ...]:
    """Whether it is offered, and since when, for the mark of a way back."""
    return entry.id, entry.ended, entry.changed_at


def _labels(given: Mapping[str, Any]) -> dict[str, str]:
    said = {code: given.get(f"label_{code}", "") for code in LANGUAGES}
    return {code: text for code, text in said.items() if text}


def _note(deed: str, entry: CodeEntry) -> None:
    db.session.flush()
    audit.record(deed, subject=f"{entry.organisation.code} {entry.list_name} {entry.code}")
