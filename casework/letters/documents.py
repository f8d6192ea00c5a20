"""What stands on the papers of a case: summary, letters, consent form, and the copy that the person may have."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import schemas, search, timeline
from casework.letters import pdf
from casework.letters import schemas as letters_schemas
from casework.records import queries as records
from casework.records.kinds import KINDS, SECTIONS
from models.base import db, now
from models.cases import Case
from models.files import Attachment
from models.referrals import Referral
from models.states import FileState
from standards import languages, lists
from web import template_filters
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


def summary(*, by: Actor, case: Case, sections: list[str], reason: str) -> bytes:
    """Chosen sections of a case on paper. Only what the one who prints may open; with its reason it is in the trail."""
    chosen = [code for code in sections if allows(by, Permission(f"{code}.read"), case)]
    audit.record("printed", subject=reason, cases=(case.id,), fields=tuple(chosen))
    timeline.add(by=by, case=case, kind="printed", compartment="protection")
    parts = [part for code in chosen for part in _section(case, code)]
    title = _("Summary of case %(number)s", number=case.number)
    return pdf.pdf(
        title, [_page(case, title, template_filters.describe(case), parts)], mark=_mark(by)
    )


def _section(case: Case, compartment: str) -> Iterator[pdf.Page]:
    """What one compartment holds: the section itself, then its records by kind."""
    yield {"heading": lists.label(lists.COMPARTMENTS, compartment)}
    if compartment in _FORMS:
        yield {
            "rows": list(
                _rows(
                    _FORMS[compartment], {**getattr(case, compartment), **_coded(case, compartment)}
                )
            )
        }
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
                told = (
                    template_filters.birth(field.value)
                    if field.widget == "partial_date"
                    else field.as_text(field.value)
                )
                yield [str(field.label), told]
            elif field.reason:
                yield [str(field.label), lists.label(lists.NOT_ANSWERED, field.reason)]


def _records(code: str, rows: list[Any]) -> Iterator[pdf.Page]:
    for row in rows:
        values = dict(row.content)
        told = list(_rows((KINDS[code].schema,), values))
        yield {"rows": [[str(KINDS[code].label), template_filters.day(row.made_at.date())], *told]}


def letter(
    *, by: Actor, cases: list[Case], kind: str, language: str, text: str = "", on: str = ""
) -> bytes:
    """A letter of a kind for one person or for many, a page each, in the person's language."""
    with spoken(language):
        title = lists.label(KINDS_OF_LETTER, kind)
        pages = [_LETTERS[kind](case, text, on) for case in cases]
        audit.record("letter", subject=kind, cases=tuple(case.id for case in cases))
        return pdf.pdf(title, pages, mark="")


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
        template_filters.day(now().date()),
        [{"words": "\n".join(filter(None, [body, text]))}, {"sign": [_("Signature"), _("Stamp")]}],
    )


def _invitation(case: Case, text: str, on: str) -> pdf.Page:
    name = search.display_name(case)
    body = _("Dear %(name)s, we would like to see you on %(day)s.", name=name, day=on or "…")
    return _page(
        case,
        _("Invitation"),
        template_filters.day(now().date()),
        [{"words": "\n".join(filter(None, [body, text]))}],
    )


def _plan(case: Case, text: str, _on: str) -> pdf.Page:
    found = records.of_case(case, "plan")
    steps = [
        [form_told("service", row, "what"), form_told("service", row, "until")]
        for row in found["service"]
    ]
    goals = [form_told("goal", row, "words") for row in found["goal"]]
    parts: list[pdf.Page] = [
        {"heading": _("What we want to reach")},
        {"list": goals or ["–"]},
        {"heading": _("Steps")},
        {"rows": steps},
    ]
    return _page(
        case,
        _("Your plan"),
        search.display_name(case),
        [*parts, {"words": text}] if text else parts,
    )


def _reach(case: Case, text: str, _on: str) -> pdf.Page:
    return _page(
        case,
        case.office.name,
        "",
        [
            {
                "words": text
                or _("You can reach us during office hours. You need not say why you call.")
            }
        ],
    )


def form_told(kind: str, row: Any, field: str) -> str:
    """One field of a record in words."""
    return Form(KINDS[kind].schema)[field].as_text(row.content.get(field))


_LETTERS: dict[str, Callable[[Case, str, str], pdf.Page]] = {
    "assistance": _certificate,
    "appointment": _invitation,
    "plan": _plan,
    "safe": _reach,
}


def consent_form(*, by: Actor, case: Case, language: str) -> bytes:
    """The form a person signs, in their language: each purpose with boxes for yes and no, and what withdrawing means."""
    with spoken(language):
        asked = Form(schemas.ConsentSchema)
        parts: list[pdf.Page] = [
            {
                "words": _(
                    "You decide. You may say no to any of these and still be treated well. You may change your mind at any time; then it ends at once."
                )
            }
        ]
        for code, label in lists.PURPOSES:
            parts += [
                {"heading": str(label)},
                {"words": str(asked[code].hint)} if asked[code].hint else {"words": ""},
                {"boxes": [_("I agree"), _("I do not agree")]},
            ]
        parts.append(
            {
                "sign": [
                    _("Name or mark"),
                    _("Day"),
                    _("Witness or interpreter"),
                    _("Guardian, for a child"),
                ]
            }
        )
        audit.record("letter", subject="consent_form", cases=(case.id,))
        return pdf.pdf(_("Consent"), [_page(case, _("Consent"), case.number, parts)])


def copy(*, by: Actor, case: Case, password: str, language: str) -> bytes:
    """The copy the person may have, encrypted: everything held that the one who makes it may open, and who holds the rest.

    Health and legal officers make their own part, so that nobody reads a compartment through a copy.
    """
    mine = [
        code
        for code in lists.codes(lists.COMPARTMENTS)
        if code != "return" and allows(by, Permission(f"{code}.read"), case)
    ]
    rest = [
        lists.label(lists.COMPARTMENTS, code)
        for code in lists.codes(lists.COMPARTMENTS)
        if code not in mine and code != "return"
    ]
    audit.record("copy_made", cases=(case.id,), fields=tuple(mine))
    timeline.add(by=by, case=case, kind="copy_made")
    with spoken(language):
        parts: list[pdf.Page] = [
            {
                "words": _(
                    "This is what %(office)s holds about you. You may ask us to correct it or to erase it.",
                    office=case.office.name,
                )
            }
        ]
        parts += [part for code in mine for part in _section(case, code)]
        parts += [*_agreed(case), *_told(case), *_files(case, mine)]
        if rest:
            parts += [
                {"heading": _("Held apart")},
                {
                    "words": _(
                        "Another officer makes your copy of: %(names)s.", names=", ".join(rest)
                    )
                },
            ]
        return pdf.locked(
            pdf.pdf(_("Your data"), [_page(case, _("Your data"), case.number, parts)]), password
        )


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
                f"{purpose}: {answer}" + (f", {line.recipient.name}" if line.recipient else ""),
            ]
            for line, purpose, answer in lines
        ]
    }


def _told(case: Case) -> Iterator[pdf.Page]:
    yield {"heading": _("Who was told what")}
    query = select(Referral).where(Referral.case_id == case.id).order_by(Referral.id)
    found = db.session.execute(query).unique().scalars()
    yield {
        "rows": [
            [
                template_filters.day(row.sent_at.date()),
                f"{row.partner.name}: "
                + ", ".join(lists.label(lists.RELEASABLE, name) for name in row.fields),
            ]
            for row in found
        ]
    }


def _files(case: Case, compartments: list[str]) -> Iterator[pdf.Page]:
    query = select(Attachment).where(
        Attachment.case_id == case.id,
        Attachment.state == FileState.KEPT,
        Attachment.compartment.in_(compartments),
    )
    names = [row.name for row in db.session.execute(query.order_by(Attachment.id)).scalars()]
    if names:
        yield {"heading": _("Files")}
        yield {"list": names}
