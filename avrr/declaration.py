"""The declaration of voluntariness, as PDF in the person's language."""

from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from casework.core import search
from casework.letters import documents, pdf
from models.returns import Return
from standards import lists, returning
from web import template_filters


def declaration(*, by: Actor, record: Return, language: str) -> bytes:
    """What the person signs before a return: that it is their own wish, what was explained, and that they may change their mind until boarding."""
    with documents.spoken(language):
        case = record.case
        counselling = record.steps.get("counselling")
        explained = [
            lists.label(returning.OPTIONS, code)
            for code in (counselling.detail.get("options", []) if counselling else [])
        ]
        title = _("Declaration of voluntary return")
        country = template_filters.country(record.country)
        parts: list[pdf.Page] = [
            {
                "words": _(
                    "I, %(name)s, want to go to %(country)s. Nobody forces me.",
                    name=search.display_name(case),
                    country=country,
                )
            },
            {"heading": _("What was explained to me")},
            {"list": explained or ["–"]},
            {
                "words": _(
                    "I had time to think. I know that I may change my mind until I board, that nobody will blame me, and that I will still be treated well."
                )
            },
            {
                "words": _(
                    "I know what help I can expect on the way and after arrival, and who sees what I told."
                )
            },
            {
                "sign": [
                    _("Name or mark"),
                    _("Day"),
                    _("Interpreter"),
                    _("Guardian, for a child"),
                    _("For the office"),
                ]
            },
        ]
        audit.record("letter", subject=record.reference, cases=(case.id,))
        page: pdf.Page = {
            "from": record.sending.name,
            "title": title,
            "about": record.reference,
            "parts": parts,
        }
        return pdf.pdf(title, [page])
