"""An office asks more on the forms of its cases: one administrator asks, another agrees.

A field is never taken away, only hidden: what was answered stays readable. Place and kind stay what
they are; words and choices change, and what they were before is kept.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import require
from models import taking_back
from models.base import db, now
from models.extra_fields import ExtraField
from models.people import Organisation
from models.rules import RuleBroken
from models.scope import opened
from models.states import EXTRA_FIELD, ExtraFieldState, Sets
from notifications import outbox
from organisations import queries
from standards import extra_fields as standard
from standards.languages import LANGUAGES, SOURCE
from web.links import link

MOST = 40  # fields in force of one office: beyond that nobody fills in a form


@opened("accounts")
def ask(*, by: Actor, place: Organisation, given: Mapping[str, Any]) -> ExtraField:
    """Ask for a new field (:class:`organisations.schemas.ExtraFieldSchema`).

    Raises :class:`models.rules.RuleBroken` where the office has no cases, or asks too much.
    """
    require(by, Permission.ORGANISATION_CHANGE, place)
    if place.kind == "partner":
        raise RuleBroken(_("A partner has no cases of its own."))
    there = queries.rows_of(ExtraField, place)
    if sum(each.state in Sets.EXTRA_FIELD_KNOWN for each in there) >= MOST:
        raise RuleBroken(
            _("There are %(num)s fields already. Hide one that nobody needs.", num=MOST)
        )
    asked = ExtraField(organisation=place, place=given["place"], kind=given["kind"])
    asked.wanted = _said(given, asked)
    _must_differ(asked, there)
    EXTRA_FIELD.move(asked, "ask", by=by)
    db.session.add(asked)
    _note("extra_field_asked", asked)
    _tell(by, asked)
    return asked


@opened("accounts")
def ask_change(*, by: Actor, field: ExtraField, given: Mapping[str, Any]) -> None:
    """Ask for other words or choices; until somebody agrees, forms show what they show."""
    require(by, Permission.ORGANISATION_CHANGE, field.organisation)
    EXTRA_FIELD.move(field, "ask_change", by=by)
    field.wanted = _said(given, field)
    _must_differ(field, queries.rows_of(ExtraField, field.organisation))
    _note("extra_field_asked", field)
    _tell(by, field)


@opened("accounts")
def approve(*, by: Actor, field: ExtraField) -> None:
    """Agree to what somebody else asked for; from now on forms ask it."""
    _must_be_another(by, field)
    EXTRA_FIELD.move(field, "approve", by=by)
    if field.said:
        field.past = [*field.past, {**field.said, "until": now().isoformat()}]
    field.said, field.wanted = field.wanted, {}
    _note("extra_field_approved", field)


@opened("accounts")
def refuse(*, by: Actor, field: ExtraField) -> None:
    """Leave it as it stands. Whoever asked may take it back so, too."""
    require(by, Permission.ORGANISATION_CHANGE, field.organisation)
    _must_wait(field)
    EXTRA_FIELD.move(field, "refuse", by=by)
    field.wanted = field.wanted if field.state == ExtraFieldState.REFUSED else {}
    _note("extra_field_refused", field)


@opened("accounts")
def hide(*, by: Actor, field: ExtraField, as_left: str = "") -> None:
    """Ask it no longer; where it was answered it stays. ``as_left``: the mark of what was just
    done. Raises :class:`models.taking_back.ChangedSince`.
    """
    require(by, Permission.ORGANISATION_CHANGE, field.organisation)
    taking_back.only_as_left(as_left, *stands(field))
    EXTRA_FIELD.move(field, "hide", by=by)
    _note("extra_field_hidden", field)


@opened("accounts")
def show(*, by: Actor, field: ExtraField, as_left: str = "") -> None:
    """Ask it again; ``as_left``, and what it raises, as with :func:`hide`."""
    require(by, Permission.ORGANISATION_CHANGE, field.organisation)
    taking_back.only_as_left(as_left, *stands(field))
    EXTRA_FIELD.move(field, "show", by=by)
    _note("extra_field_shown", field)


def stands(field: ExtraField) -> tuple[Hashable, ...]:
    """Whether it is asked, and in which words, for the mark of a way back."""
    return field.id, str(field.state), field.asked_at, field.decided_at


def _must_differ(asked: ExtraField, others: Sequence[ExtraField]) -> None:
    """No form asks the same twice, and a list has two things at least, each of them once."""
    label = asked.wanted["labels"][SOURCE].casefold()
    for other in others:
        said = other.said or other.wanted
        same = (other.place, said["labels"].get(SOURCE, "").casefold()) == (asked.place, label)
        if same and other is not asked and other.state != ExtraFieldState.REFUSED:
            raise RuleBroken(_("This form asks that already."), f"label_{SOURCE}")
    if asked.kind in standard.LISTED:
        offered = [
            option["labels"][SOURCE].casefold()
            for option in asked.wanted["options"]
            if not option["ended"]
        ]
        if len(offered) < 2 or len(set(offered)) < len(offered):
            message = _("Give two choices at least, each of them once.")
            raise RuleBroken(message, f"options_{SOURCE}")


def _must_be_another(by: Actor, field: ExtraField) -> None:
    require(by, Permission.ORGANISATION_CHANGE, field.organisation)
    _must_wait(field)
    if by.id is not None and by.id == field.asked_by_id:
        raise RuleBroken(
            _("You asked for it: another administrator, or the headquarters, agrees to it.")
        )


def _must_wait(field: ExtraField) -> None:
    if not field.wanted or field.state == ExtraFieldState.REFUSED:
        raise RuleBroken(_("Nothing waits here."))


def _tell(by: Actor, field: ExtraField) -> None:
    """Those who can agree to it: the other administrators of the office and of the headquarters."""
    own = outbox.people_of(field.organisation_id, Role.ADMINISTRATOR)
    people = {each.id: each for each in (*own, *outbox.administrators_of_all())}
    outbox.post(
        "field.asked",
        reference=outbox.occurrence("X", field.id),
        path=link("extra_fields.show", field.organisation, field),
        to=[each for each in people.values() if each.id != by.id],
        office=field.organisation_id,
    )


def _note(deed: str, field: ExtraField) -> None:
    db.session.flush()
    audit.record(deed, subject=f"{field.organisation.code} {field.name}")


def _said(given: Mapping[str, Any], field: ExtraField) -> dict[str, Any]:
    """What the form says, in the shape of :attr:`models.extra_fields.ExtraField.said`."""
    said: dict[str, Any] = {
        "labels": _by_language(given, "label"),
        "hints": _by_language(given, "hint"),
    }
    if field.kind in standard.LISTED:
        stood = (field.said or field.wanted or {}).get("options", [])
        said["options"] = _options(given, stood)
    return said


def _by_language(given: Mapping[str, Any], what: str) -> dict[str, str]:
    texts = {code: given.get(f"{what}_{code}", "") for code in LANGUAGES}
    return {code: text for code, text in texts.items() if text}


def _options(given: Mapping[str, Any], stood: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A line for each choice. A line that begins with the code of one that stands is that one; what
    has no line any more is offered no longer, and goes on being understood.
    """
    known = {option["code"]: option for option in stood}
    fresh = len(stood)
    made: dict[str, dict[str, Any]] = {}
    in_others = {code: _lines(given.get(f"options_{code}", "")) for code in LANGUAGES}
    for number, line in enumerate(in_others.pop(SOURCE)):
        code, label = _coded(line, known)
        if not code:
            fresh += 1
            code = f"o{fresh}"
        labels = {SOURCE: label}
        labels |= {
            lang: _coded(lines[number], known)[1]
            for lang, lines in in_others.items()
            if number < len(lines)
        }
        made[code] = {"code": code, "labels": labels, "ended": False}
    gone = [{**option, "ended": True} for code, option in known.items() if code not in made]
    return [*made.values(), *gone]


def _coded(line: str, known: Mapping[str, Any]) -> tuple[str, str]:
    code, colon, label = line.partition(":")
    if colon and code.strip() in known:
        return code.strip(), label.strip()
    return "", line


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def as_typed(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a field says, as its form takes it."""
    offered = [each for each in said.get("options", ()) if not each.get("ended")]
    typed = {
        f"options_{lang}": "\n".join(
            f"{each['code']}: {each['labels'][lang]}" for each in offered if lang in each["labels"]
        )
        for lang in LANGUAGES
    }
    for what in ("label", "hint"):
        words = said.get(f"{what}s", {})
        typed |= {f"{what}_{lang}": words.get(lang, "") for lang in LANGUAGES}
    return typed
