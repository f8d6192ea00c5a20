"""What stands on the papers of a case: summary, letters, consent form, the person's copy."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.casefile import closure
from casework.core import release, schemas, search, timeline
from casework.letters import own_letters, pdf
from casework.letters import schemas as letters_schemas
from casework.records import queries as records
from casework.records.kind import SECTIONS
from casework.records.kinds import KINDS
from models.base import db, now, today
from models.cases import Case, Consent
from models.files import AT_HOME, Attachment
from models.people import Organisation
from models.records import Record
from models.rules import RuleBroken
from models.states import FileState
from standards import languages, lists
from web import template_filters
from web.extra_fields import told_elsewhere
from web.forms import Form

KINDS_OF_LETTER = letters_schemas.LETTERS


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Write in a language of :mod:`standards.languages`."""
    with force_locale(languages.known(language)):
        yield


def _mark(by: Actor) -> str:
    return _(
        "Printed by %(name)s on %(day)s. Shred after use.",
        name=by.user.name if by.user else "",
        day=template_filters.moment(now()),
    )


def _page(case: Case, title: str, about: str = "", parts: Iterable[pdf.Page] = ()) -> pdf.Page:
    return {"from": case.office.name, "title": title, "about": about, "parts": list(parts)}


def readable(by: Actor, case: Case) -> list[str]:
    """The compartments of a case that somebody may open, as far as they go on paper."""
    return [
        code
        for code in lists.codes(lists.COMPARTMENTS)
        if code != "return" and allows(by, Permission(f"{code}.read"), case)
    ]


def summary(
    *, by: Actor, case: Case, sections: list[str], reason: str, recipient: str = ""
) -> pdf.Paper:
    """Chosen sections of a case on paper: only what the one who prints may open.

    That it was printed, and why, is in the trail. ``recipient``: the id of the organisation that
    gets it; that is a release as any other, handed out once. Raises
    :class:`models.rules.RuleBroken` where the person did not agree that it is told.
    """
    chosen = [code for code in sections if allows(by, Permission(f"{code}.read"), case)]
    if recipient:
        _hand_out(by, case, recipient, chosen)
    audit.record("printed", subject=reason, cases=(case.id,), fields=tuple(chosen))
    timeline.add(by=by, case=case, kind="printed", compartment="protection")
    parts = [part for code in chosen for part in _section(case, code)]
    title = _("Summary of case %(number)s", number=case.number)
    page = _page(case, title, template_filters.describe(case), parts)
    return pdf.paper(title, [page], mark=_mark(by))


def _hand_out(by: Actor, case: Case, recipient: str, chosen: list[str]) -> None:
    to = db.session.get(Organisation, int(recipient)) if recipient.isdecimal() else None
    if to is None:
        raise RuleBroken(_("Choose one of the list."), "recipient")
    release.check(case, to, "recipient")
    release.hand_out(by=by, case=case, kind="letter", reference=case.number, to=to, fields=chosen)


def recipients(case: Case) -> list[tuple[str, str]]:
    """Whom the person agreed to tell, as (id, name): who may get a paper about them."""
    told = {
        line.recipient.id: line.recipient
        for line in case.consents
        if line.recipient is not None and release.why_not(case, line.recipient) == ""
    }
    return sorted(
        ((str(place.id), place.name) for place in told.values()), key=lambda choice: choice[1]
    )


def _section(case: Case, compartment: str) -> Iterator[pdf.Page]:
    """What one compartment holds: the section itself, then its records by kind."""
    yield {"heading": lists.label(lists.COMPARTMENTS, compartment)}
    if compartment in _FORMS:
        values = {**getattr(case, compartment), **_coded(case, compartment)}
        yield {"rows": list(_rows(_FORMS[compartment], values))}
    for section, place, _label in SECTIONS:
        if place == compartment:
            for code, rows in records.of_case(case, section).items():
                yield from _records(code, rows)


_FORMS: dict[str, tuple[type[Any], ...]] = {
    "identity": (schemas.IdentitySchema,),
    "protection": (schemas.AccountSchema, schemas.NeedsSchema),
    "medical": (schemas.MedicalSchema,),
    "legal": (schemas.LegalSchema,),
}


def _coded(case: Case, compartment: str) -> dict[str, Any]:
    return (
        {"sex": case.sex, "citizenship": case.citizenship}
        if compartment == "identity"
        else {"risk": case.risk, "categories": case.categories}
    )


def _rows(forms: Iterable[type[Any]], values: dict[str, Any]) -> Iterator[list[str]]:
    for schema in forms:
        form = Form(schema, values)
        for field in form:  # type: ignore[attr-defined]
            if field.value and field.widget != "hidden":
                yield [str(field.label), field.as_text(field.value)]
            elif field.reason:
                yield [str(field.label), lists.label(lists.NOT_ANSWERED, field.reason)]
    known = {name for schema in forms for name in schema().fields}
    besides = {name: value for name, value in values.items() if name not in known}
    yield from ([label, text] for label, text in told_elsewhere(form, besides))


def _records(code: str, rows: list[Record]) -> Iterator[pdf.Page]:
    for row in rows:
        answers = list(_rows((KINDS[code].schema,), dict(row.content)))
        title = [str(KINDS[code].label), template_filters.day(row.made_at.date())]
        yield {"rows": [title, *answers]}


def letters(*, by: Actor, case_ids: Sequence[int], **given: Any) -> pdf.Paper:
    """A letter for each of the chosen cases whose identity somebody may open.

    Raises :class:`models.rules.RuleBroken` where there is none.
    """
    closure.not_more(case_ids)
    chosen = select(Case).where(Case.id.in_(case_ids)).order_by(Case.id)
    cases = [
        case
        for case in db.session.execute(chosen).scalars()
        if allows(by, Permission.IDENTITY_READ, case)
    ]
    if not cases:
        raise RuleBroken(_("Choose cases first."))
    return letter(by=by, cases=cases, **given)


def letter(
    *, by: Actor, cases: list[Case], kind: str, language: str, text: str = "", on: str = ""
) -> pdf.Paper:
    """A letter of a kind, a page for each person, in the language that was chosen; one of the
    office's own stands in its own. Raises :class:`models.rules.RuleBroken` where a case is of an
    office that has no such letter.
    """
    if kind not in _LETTERS:
        return own_letters.letter(by=by, cases=cases, kind=kind, text=text, on=on)
    with spoken(language):
        title = lists.label(KINDS_OF_LETTER, kind)
        pages = [_LETTERS[kind](case, text, on) for case in cases]
        audit.record("letter", subject=kind, cases=tuple(case.id for case in cases))
        return pdf.paper(title, pages, mark="")


def _certificate(case: Case, text: str, _on: str) -> pdf.Page:
    name = search.display_name(case)
    since = template_filters.day(case.opened_on)
    body = _(
        "%(office)s certifies that %(name)s has been assisted by this office since %(day)s.",
        office=case.office.name,
        name=name,
        day=since,
    )
    return _page(
        case,
        _("Certificate"),
        template_filters.day(today()),
        [{"words": "\n".join(filter(None, [body, text]))}, {"sign": [_("Signature"), _("Stamp")]}],
    )


def _invitation(case: Case, text: str, on: str) -> pdf.Page:
    name = search.display_name(case)
    body = _("Dear %(name)s, we would like to see you on %(day)s.", name=name, day=on or "…")
    return _page(
        case,
        _("Invitation"),
        template_filters.day(today()),
        [{"words": "\n".join(filter(None, [body, text]))}],
    )


def _plan(case: Case, text: str, _on: str) -> pdf.Page:
    plan = records.of_case(case, "plan")
    goals = [_answer("goal", row, "words") for row in plan["goal"]]
    steps = [
        [_answer("service", row, "what"), _answer("service", row, "until")]
        for row in plan["service"]
    ]
    parts: list[pdf.Page] = [
        {"heading": _("What we want to reach")},
        {"list": goals or ["–"]},
        {"heading": _("Steps")},
        {"rows": steps},
    ]
    if text:
        parts.append({"words": text})
    return _page(case, _("Your plan"), search.display_name(case), parts)


def _reach(case: Case, text: str, _on: str) -> pdf.Page:
    words = text or _("You can reach us during office hours. You need not say why you call.")
    return _page(case, case.office.name, "", [{"words": words}])


def _answer(kind: str, row: Record, field: str) -> str:
    """One field of a record in words."""
    return Form(KINDS[kind].schema)[field].as_text(row.content.get(field))


_LETTERS: dict[str, Callable[[Case, str, str], pdf.Page]] = {
    "assistance": _certificate,
    "appointment": _invitation,
    "plan": _plan,
    "safe": _reach,
}


def consent_form(*, by: Actor, case: Case, language: str) -> pdf.Paper:
    """The form a person signs, in their language.

    Each purpose has boxes for yes and no; it says what withdrawing means.
    """
    with spoken(language):
        decide = _(
            "You decide. You may say no to any of these and still be treated well. "
            "You may change your mind at any time; then it ends at once."
        )
        names = [_("Name or mark"), _("Day")]
        witnesses = [_("Witness or interpreter"), _("Guardian, for a child")]
        parts: list[pdf.Page] = [{"words": decide}, *_purposes(), {"sign": [*names, *witnesses]}]
        audit.record("letter", subject="consent_form", cases=(case.id,))
        return pdf.paper(_("Consent"), [_page(case, _("Consent"), case.number, parts)])


def _purposes() -> Iterator[pdf.Page]:
    form = Form(schemas.ConsentSchema)
    for code, label in lists.PURPOSES:
        yield {"heading": str(label)}
        yield {"words": str(form[code].hint or "")}
        yield {"boxes": [_("I agree"), _("I do not agree")]}


def copy(*, by: Actor, case: Case, password: str, language: str) -> pdf.Paper:
    """The copy the person may have, encrypted: all that is held and that its maker may open.

    Health and legal officers make their own part, so that nobody reads a compartment through a
    copy; the copy says who holds the rest.
    """
    own = readable(by, case)
    audit.record("copy_made", cases=(case.id,), fields=tuple(own))
    timeline.add(by=by, case=case, kind="copy_made")
    with spoken(language):
        held = _(
            "This is what %(office)s holds about you. You may ask us to correct it or to erase it.",
            office=case.office.name,
        )
        parts: list[pdf.Page] = [{"words": held}]
        parts += [part for code in own for part in _section(case, code)]
        parts += [*_agreed(case), *_recipients(case), *_files(by, case, own), *_held_apart(own)]
        page = _page(case, _("Your data"), case.number, parts)
        return pdf.paper(_("Your data"), [page], password=password)


def _held_apart(own: list[str]) -> Iterator[pdf.Page]:
    """Which compartments another officer makes the copy of."""
    rest = [
        str(label) for code, label in lists.COMPARTMENTS if code not in own and code != "return"
    ]
    if rest:
        words = _("Another officer makes your copy of: %(names)s.", names=", ".join(rest))
        yield {"heading": _("Held apart")}
        yield {"words": words}


def _agreed(case: Case) -> Iterator[pdf.Page]:
    yield {"heading": _("What you agreed to")}
    lines = [
        (line, lists.label(lists.PURPOSES, line.purpose), lists.label(lists.ANSWERS, line.answer))
        for line in case.consents
    ]
    yield {
        "rows": [
            [
                template_filters.day(line.given_on),
                f"{purpose}: {answer}{_to_whom(line)}",
            ]
            for line, purpose, answer in lines
        ]
    }


def _to_whom(line: Consent) -> str:
    return f", {template_filters.named(line.recipient, line.given_on)}" if line.recipient else ""


def told(*, by: Actor, case: Case, language: str) -> pdf.Paper:
    """Who outside was told what, since when and until when, for the person."""
    with spoken(language):
        audit.record("letter", subject="told", cases=(case.id,))
        title = _("Who was told what")
        return pdf.paper(title, [_page(case, title, case.number, _recipients(case))])


def _recipients(case: Case) -> Iterator[pdf.Page]:
    yield {"heading": _("Who was told what")}
    yield {"rows": [_told_row(row) for row in release.of_case(case)]}


def _told_row(row: release.Told) -> list[str]:
    told_of = row.release
    what = ", ".join(lists.label(lists.TOLD_WORDS, name) for name in told_of.fields)
    to = template_filters.named(told_of.recipient, told_of.given_at)
    parts = [f"{to}: {what}"]
    if told_of.ended_at is not None:
        why = lists.label(lists.CASE_RELEASE_ENDS, told_of.ended_because)
        parts.append(_("Ended %(day)s", day=template_filters.moment(told_of.ended_at)) + f": {why}")
    elif told_of.until is not None:
        parts.append(_("until %(day)s", day=template_filters.day(told_of.until)))
    if row.first is not None and row.last is not None:
        parts.append(_("First opened %(when)s", when=template_filters.moment(row.first.at)))
        parts.append(_("Last opened %(when)s", when=template_filters.moment(row.last.at)))
    return [template_filters.day(told_of.given_at.date()), ". ".join(parts)]


def _files(by: Actor, case: Case, compartments: list[str]) -> Iterator[pdf.Page]:
    """Names of the files of the case, and of its returns while these live: proofs, photos, plans of
    the mission at home.
    """
    query = select(Attachment).where(
        Attachment.case_id == case.id,
        Attachment.state == FileState.KEPT,
        ~Attachment.has_ended,
        Attachment.compartment.in_([*compartments, AT_HOME]),
    )
    names = [
        _named(row)
        for row in db.session.execute(query.order_by(Attachment.id)).scalars()
        if row.return_id is None or _may_read_paper(by, row)
    ]
    if names:
        yield {"heading": _("Files")}
        yield {"list": names}


def _may_read_paper(by: Actor, file: Attachment) -> bool:
    return (
        file.return_ is not None
        and file.return_.own_key is not None
        and allows(by, Permission.RETURN_PAPERS, file.return_)
        and not file.is_lost
    )


def _named(file: Attachment) -> str:
    return (
        f"{file.name} ({lists.label(lists.RETURN_PAPERS, file.paper)})" if file.paper else file.name
    )
