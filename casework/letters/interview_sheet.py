"""A sheet to print for an interview: questions with room to write, under the number of the case.

It names neither the person nor the organisation, and does not say what it is for: whoever finds it
learns nothing of either.
"""

from collections.abc import Iterator

from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from casework.casefile.schemas import ScreeningSchema
from casework.letters import pdf
from casework.records.interviews import InterviewSchema
from models.cases import Case
from web.forms import Field, Form

_NOT_ASKED = frozenset({"revision", "interviewer"})
_FEW = 12  # so many answers stand as boxes; more are written
_LINES = {"textarea": 4}
_BEFORE = ("act", "means", "purpose")  # what the answers are looked at for afterwards


def sheet(*, by: Actor, case: Case) -> pdf.Paper:
    """The questions in the reader's language; that it was printed is in the trail."""
    audit.record("letter", subject="interview_sheet", cases=(case.id,))
    title = _("Questions for a conversation")
    page = {
        "from": "",
        "title": title,
        "about": case.number,
        "parts": [{"words": _beginning()}, *_questions(), *_afterwards()],
    }
    return pdf.paper(
        title, [page], mark=_("Keep it locked away. Shred it once it is written down.")
    )


def _beginning() -> str:
    return _(
        "First: is it safe here, and does the person agree to talk? They may skip any question, "
        "ask for a break, and stop. Ask only what is not known yet. Write no names."
    )


def _questions() -> Iterator[pdf.Page]:
    form = Form(InterviewSchema)
    for field in form:
        if field.name not in _NOT_ASKED and not field.about.get("group"):
            yield from _question(field)
    title = ""
    for field in form:
        if field.name in _NOT_ASKED or not (group := field.about.get("group")):
            continue
        if str(group) != title:
            title = str(group)
            yield {"heading": title}
        yield from _question(field)


def _question(field: Field) -> Iterator[pdf.Page]:
    yield {"words": str(field.label)}
    choices = field.options if field.about.get("options") else []
    if 0 < len(choices) <= _FEW:
        yield {"boxes": [str(word) for _code, word in choices]}
    else:
        yield {"room": _LINES.get(field.widget, 1)}


def _afterwards() -> Iterator[pdf.Page]:
    """What the answers are looked at for, once the person has left."""
    yield {"heading": _("Afterwards, alone")}
    form = Form(ScreeningSchema)
    for name in _BEFORE:
        yield from _question(form[name])
    yield {"words": _("For a child the means do not matter.")}
    yield {"room": 3}
