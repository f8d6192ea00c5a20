"""The declaration of voluntariness, as PDF in the person's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from casework.core import search
from casework.letters import documents, pdf
from models.returns import Return
from models.states import HandoverState
from standards import lists, returning
from web import field_types, template_filters


def declaration(*, by: Actor, return_: Return, language: str) -> pdf.Paper:
    """What the person signs before a return: who they are, as the travel document has it, where
    they go, how and when, that it is their own wish, what was explained, what the mission at home
    is told, and that they may change their mind until boarding.

    What IOM's own form holds could not be read: to be verified. Opens the identity.
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
    identity = return_.case.identity
    name = _full_name(identity) or search.display_name(return_.case)
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
    told = _(
        "I agree that the mission of the organisation in %(country)s is told my name, how I can "
        "be reached and what I need on arrival. I can take this back.",
        country=country,
    )
    is_told = return_.handover != HandoverState.KEPT
    return [
        {"words": wish},
        {"list": _about(return_, identity)},
        {"heading": _("What was explained to me")},
        {"list": _explained(return_) or ["–"]},
        {"words": thought},
        {"words": help_},
        *([{"words": told}] if is_told else []),
        {"sign": signatures},
    ]


def _full_name(identity: Mapping[str, Any]) -> str:
    names = (identity.get("given_names"), identity.get("family_name"))
    return " ".join(name for name in names if name)


def _about(return_: Return, identity: Mapping[str, Any]) -> list[str]:
    """Birth, travel document, programme, day and way of the journey, as far as they are known."""
    paper = return_.steps.get("travel_documents")
    journey = dict(return_.journey) if return_.own_key and return_.journey_sealed else {}
    legs = [f"{leg['from']} – {leg['to']}, {leg['on']}" for leg in journey.get("legs", [])]
    day = [template_filters.day(return_.travel_on)] if return_.travel_on else []
    known = (
        (_("Born"), field_types.known_date(identity.get("birth"))),
        (_("Citizenship"), template_filters.country(return_.case.citizenship)),
        (_("Travel document"), _paper(paper.detail.get("paper", "")) if paper else ""),
        (_("Programme"), lists.label(lists.PROGRAMMES, return_.programme)),
        (_("Journey"), "; ".join(legs or day)),
        (_("Read out in"), _language_of(return_)),
    )
    return [f"{word}: {value}" for word, value in known if value]


def _paper(code: str) -> str:
    return lists.label(returning.TRAVEL_PAPERS, code) if code else ""


def _language_of(return_: Return) -> str:
    counselling = return_.steps.get("counselling")
    code = counselling.detail.get("language", "") if counselling else ""
    return template_filters.language(code) if code else ""


def _explained(return_: Return) -> list[str]:
    counselling = return_.steps.get("counselling")
    options = counselling.detail.get("options", []) if counselling else []
    return [lists.label(returning.OPTIONS, code) for code in options]
