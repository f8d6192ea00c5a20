"""The declaration of voluntariness, as PDF in the person's language."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask_babel import force_locale

from access import audit
from access.actors import Actor
from casework.core import search
from casework.letters import documents, pdf
from models.returns import Return
from models.states import HandoverState
from standards import declaration as words
from standards import lists
from web import field_types, template_filters


@contextmanager
def _spoken(language: str) -> Iterator[None]:
    """Days, countries and languages are named in a language that stands in the data alone, too."""
    if words.is_our_own(language):
        with force_locale(language):
            yield
    else:
        with documents.spoken(language):
            yield


def declaration(*, by: Actor, return_: Return, language: str) -> pdf.Paper:
    """What the person signs before a return: who they are, as the travel document has it, where
    they go, how and when, that it is their own wish, what was explained, what the mission at home
    is told, and that they may change their mind until boarding.

    What IOM's own form holds could not be read: to be verified. Opens the identity.
    """
    with _spoken(language):
        title = words.word("title", language)
        audit.record("letter", subject=return_.reference, cases=(return_.case.id,))
        page: pdf.Page = {
            "from": return_.sending.name,
            "title": title,
            "about": return_.reference,
            "parts": _parts(return_, language),
        }
        return pdf.paper(title, [page])


def _parts(return_: Return, language: str) -> list[pdf.Page]:
    identity = return_.case.identity
    name = _full_name(identity) or search.display_name(return_.case)
    country = template_filters.country(return_.country)
    say = partial(words.word, language=language)
    signatures = ("sign_name", "sign_day", "sign_interpreter", "sign_guardian", "sign_office")
    is_told = return_.handover != HandoverState.KEPT
    return [
        {"words": say("wish", name=name, country=country)},
        {"list": _about(return_, identity, language)},
        {"heading": say("explained")},
        {"list": _explained(return_, language) or ["–"]},
        {"words": say("thought")},
        {"words": say("help")},
        *([{"words": say("told", country=country)}] if is_told else []),
        {"sign": [say(code) for code in signatures]},
    ]


def _full_name(identity: Mapping[str, Any]) -> str:
    names = (identity.get("given_names"), identity.get("family_name"))
    return " ".join(name for name in names if name)


def _about(return_: Return, identity: Mapping[str, Any], language: str) -> list[str]:
    """Birth, travel document, programme, day and way of the journey, as far as they are known."""
    paper = return_.steps.get("travel_documents")
    journey = dict(return_.journey) if return_.own_key and return_.journey_sealed else {}
    legs = [f"{leg['from']} – {leg['to']}, {leg['on']}" for leg in journey.get("legs", [])]
    day = [template_filters.day(return_.travel_on)] if return_.travel_on else []
    code = paper.detail.get("paper", "") if paper else ""
    known = (
        ("born", field_types.known_date(identity.get("birth"))),
        ("citizenship", template_filters.country(return_.case.citizenship)),
        ("paper", words.word(f"paper_{code}", language) if code else ""),
        ("programme", lists.label(lists.PROGRAMMES, return_.programme)),
        ("journey", "; ".join(legs or day)),
        ("read_out", _language_of(return_)),
    )
    return [f"{words.word(name, language)}: {value}" for name, value in known if value]


def _language_of(return_: Return) -> str:
    counselling = return_.steps.get("counselling")
    code = counselling.detail.get("language", "") if counselling else ""
    return template_filters.language(code) if code else ""


def _explained(return_: Return, language: str) -> list[str]:
    counselling = return_.steps.get("counselling")
    options = counselling.detail.get("options", []) if counselling else []
    return [words.word(f"option_{code}", language) for code in options]
