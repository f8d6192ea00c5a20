"""An office writes letters of its own: made, changed, offered no longer, and again."""

from collections.abc import Hashable, Mapping
from typing import Any

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import require
from models import taking_back
from models.base import db, now
from models.letter_templates import LetterTemplate
from models.people import Organisation
from models.scope import opened
from organisations import queries

SAYS = ("name", "language", "title", "body", "signatory")


def of_office(place: Organisation) -> list[LetterTemplate]:
    """All of an office, by name; those offered no longer last."""
    found = queries.rows_of(LetterTemplate, place)
    return sorted(found, key=lambda letter: (letter.ended, letter.name, letter.language))


@opened("accounts")
def make(*, by: Actor, place: Organisation, given: Mapping[str, Any]) -> LetterTemplate:
    """Make a letter (:class:`organisations.schemas.LetterTemplateSchema`)."""
    require(by, Permission.ORGANISATION_CHANGE, place)
    made = LetterTemplate(organisation=place, changed_by_id=by.id)
    _say(made, given)
    db.session.add(made)
    _note("letter_made", made)
    return made


@opened("accounts")
def change(*, by: Actor, letter: LetterTemplate, given: Mapping[str, Any]) -> bool:
    """Say it otherwise, as a new version; gives whether anything changed."""
    require(by, Permission.ORGANISATION_CHANGE, letter.organisation)
    stood = {name: getattr(letter, name) for name in SAYS}
    if stood == {name: given.get(name, "") for name in SAYS}:
        return False
    before = {**stood, "version": letter.version, "until": now().isoformat()}
    letter.past = [*letter.past, before]
    letter.version += 1
    letter.changed_by_id, letter.changed_at = by.id, now()
    _say(letter, given)
    _note("letter_changed", letter)
    return True


@opened("accounts")
def offer(*, by: Actor, letter: LetterTemplate, offered: bool, as_left: str = "") -> bool:
    """Offer it no longer, or again. Gives whether that changed anything.
    ``as_left``: the mark of what was just done. Raises :class:`models.taking_back.ChangedSince`.
    """
    require(by, Permission.ORGANISATION_CHANGE, letter.organisation)
    taking_back.only_as_left(as_left, *stands(letter))
    if letter.ended != offered:
        return False
    letter.ended = not offered
    _note("letter_offered" if offered else "letter_ended", letter)
    return True


def stands(letter: LetterTemplate) -> tuple[Hashable, ...]:
    """Whether it is offered, and in which version, for the mark of a way back."""
    return letter.id, letter.ended, letter.version


def _say(letter: LetterTemplate, given: Mapping[str, Any]) -> None:
    for name in SAYS:
        setattr(letter, name, given.get(name, ""))


def _note(deed: str, letter: LetterTemplate) -> None:
    db.session.flush()
    audit.record(deed, subject=f"{letter.organisation.code} {letter.code}")
