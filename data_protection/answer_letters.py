"""The answer to a request of a person, on paper and in their language."""

from collections.abc import Iterator

from flask_babel import gettext as _

from access import audit
from casework.letters import pdf
from casework.letters.documents import spoken
from models.data_protection import PersonRequest
from standards import lists
from web import template_filters


def answer_letter(*, request: PersonRequest, language: str) -> pdf.Paper:
    """What was asked, when, and the answer or why it takes longer, as PDF; in the trail."""
    with spoken(language):
        audit.record("letter", subject=request.reference, cases=(request.case_id,))
        title = _("Your request about your data")
        page = {
            "from": request.case.office.name,
            "title": title,
            "about": f"{request.reference}, {request.case.number}",
            "parts": list(_parts(request)),
        }
        return pdf.paper(title, [page])


def _parts(request: PersonRequest) -> Iterator[pdf.Page]:
    yield {"rows": list(_rows(request))}
    for heading, words in (
        (_("What you asked"), request.asked),
        (_("Why it takes longer"), request.longer),
        (_("Our answer"), request.answer),
    ):
        if words:
            yield {"heading": heading}
            yield {"words": words}
    yield {"words": _("If you do not agree, tell the data protection officer: you may complain.")}


def _rows(request: PersonRequest) -> Iterator[list[str]]:
    yield [_("You asked for"), lists.label(lists.PERSON_REQUESTS, request.kind)]
    yield [_("Asked on"), template_filters.day(request.received_on)]
    yield [_("State"), lists.label(lists.PERSON_REQUEST_STATES, request.state)]
    if request.is_open:
        yield [_("Answer until"), template_filters.day(request.due_on)]
    else:
        yield [_("Answered on"), template_filters.day(request.answered_on)]
    if request.ground:
        yield [_("Ground"), lists.label(lists.REFUSAL_GROUNDS, request.ground)]
