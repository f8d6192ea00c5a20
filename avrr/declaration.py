"""The declaration of voluntariness, as PDF in the person's language."""

from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from casework.core import search
from casework.letters import documents, pdf
from models.returns import Return
from standards import lists, returning
from web import template_filters


def declaration(*, by: Actor, return_: Return, language: str) -> pdf.Paper:
    """What the person signs before a return.

    That it is their own wish, what was explained, and that they may change their mind until
    boarding.
    """
    with documents.spoken(language):
        title = _("Declaration of voluntary return")
        audit.record("letter", subject=return_.reference, cases=(return_.case.id,))
        page: pdf.Page = {
            "from": return_.sending.name,
            "title": title,
            "about": return_.reference,
            "parts": _parts(return_),
        }
        return pdf.paper(title, [page])


def _parts(return_: Return) -> list[pdf.Page]:
    name = search.display_name(return_.case)
    country = template_filters.country(return_.country)
    wish = _(
        "I, %(name)s, want to go to %(country)s. Nobody forces me.", name=name, country=country
    )
    thought = _(
        "I had time to think. I know that I may change my mind until I board, that nobody will "
        "blame me, and that I will still be treated well."
    )
    help_ = _(
        "I know what help I can expect on the way and after arrival, and who sees what I told."
    )
    signatures = [
        _("Name or mark"),
        _("Day"),
        _("Interpreter"),
        _("Guardian, for a child"),
        _("For the office"),
    ]
    return [
        {"words": wish},
        {"heading": _("What was explained to me")},
        {"list": _explained(return_) or ["–"]},
        {"words": thought},
        {"words": help_},
        {"sign": signatures},
    ]


def _explained(return_: Return) -> list[str]:
    counselling = return_.steps.get("counselling")
    options = counselling.detail.get("options", []) if counselling else []
    return [lists.label(returning.OPTIONS, code) for code in options]
