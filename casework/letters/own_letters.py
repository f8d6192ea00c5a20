"""Letters in the words of an office: its places filled in for each person, on its own paper."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from casework.core import search
from casework.letters import pdf
from models import letter_templates
from models.base import today
from models.cases import Case
from models.letter_templates import LetterTemplate
from models.people import Organisation
from models.rules import RuleBroken
from standards import letters
from web import template_filters

# Nobody: what stands on the paper that is shown while a letter is written.
INVENTED = {"name": "Amina Example", "number": "SC-00000000", "caseworker": "Sam Example"}


def letter(
    *, by: Actor, cases: Sequence[Case], kind: str, text: str = "", on: str = ""
) -> pdf.Paper:
    """A page for each person. Raises :class:`models.rules.RuleBroken` where the office of one of
    them has no such letter.
    """
    templates = [letter_templates.by_code(case.office_id, kind) for case in cases]
    pages = [
        _page(template, case.office, _of(case, text, on))
        for template, case in zip(templates, cases, strict=True)
        if template is not None
    ]
    first = templates[0]
    if first is None or len(pages) < len(cases):
        raise RuleBroken(_("The office of the case has no such letter."), "kind")
    audit.record("letter", subject=kind, cases=tuple(case.id for case in cases))
    return _paper(first, pages)


def preview(template: LetterTemplate) -> pdf.Paper:
    """How a letter looks, for somebody who does not exist."""
    place = template.organisation
    values = {**INVENTED, "since": template_filters.day(today()), "day": "…", "words": "…"}
    return _paper(template, [_page(template, place, {**_of_office(place), **values})])


def _paper(template: LetterTemplate, pages: Sequence[pdf.Page]) -> pdf.Paper:
    mark = _("%(name)s, version %(num)s", name=template.name, num=template.version)
    return pdf.paper(template.title, pages, mark=mark, language=template.language)


def _page(template: LetterTemplate, place: Organisation, values: Mapping[str, str]) -> pdf.Page:
    body = letters.filled(template.body, values)
    parts: list[pdf.Page] = [{"words": body}]
    if template.signatory:
        parts.append({"sign": [letters.filled(template.signatory, values)]})
    return {
        "from": place.name,
        "head": [line for line in (place.address, place.contact) if line],
        "reference": values["number"],
        "title": letters.filled(template.title, values),
        "about": template_filters.day(today()),
        "parts": parts,
    }


def _of(case: Case, text: str, on: str) -> dict[str, str]:
    return {
        **_of_office(case.office),
        "name": search.display_name(case),
        "number": case.number,
        "since": template_filters.day(case.opened_on),
        "day": on or "…",
        "words": text,
        "caseworker": case.owner.name if case.owner else "",
    }


def _of_office(place: Organisation) -> dict[str, str]:
    return {
        "today": template_filters.day(today()),
        "office": place.name,
        "address": place.address,
        "contact": place.contact,
    }
