"""The words of the declaration of voluntary return, in the languages of the product and in those of
``data/declaration.json``, which stand there for this one paper.

What IOM's own form holds could not be read; the translations are our own. Both are to be verified
(:data:`VERIFIED`), and the page says so.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from standards import languages, returning

DATA = Path(__file__).parent / "data" / "declaration.json"
VERIFIED = False
_NAMES = {"fr": "Français", "es": "Español"}
WORDS: Mapping[str, Any] = {
    "title": _l("Declaration of voluntary return"),
    "wish": _l("I, %(name)s, want to go to %(country)s. Nobody forces me."),
    "explained": _l("What was explained to me"),
    "thought": _l(
        "I had time to think. I know that I may change my mind until I board, that nobody will "
        "blame me, and that I will still be treated well."
    ),
    "help": _l(
        "I know what help I can expect on the way and after arrival, and who sees what I told."
    ),
    "told": _l(
        "I agree that the mission of the organisation in %(country)s is told my name, how I can "
        "be reached and what I need on arrival. I can take this back."
    ),
    "sign_name": _l("Name or mark"),
    "sign_day": _l("Day"),
    "sign_interpreter": _l("Interpreter"),
    "sign_guardian": _l("Guardian, for a child"),
    "sign_office": _l("For the office"),
    "born": _l("Born"),
    "citizenship": _l("Citizenship"),
    "paper": _l("Travel document"),
    "programme": _l("Programme"),
    "journey": _l("Journey"),
    "read_out": _l("Read out in"),
    **{f"option_{code}": word for code, word in returning.OPTIONS},
    **{f"paper_{code}": word for code, word in returning.TRAVEL_PAPERS},
}


@cache
def _read() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(DATA.read_text("utf-8"))["languages"]
    return found


def options() -> tuple[tuple[str, str], ...]:
    """Codes and own names of the languages that it can be printed in."""
    more = tuple((code, _NAMES[code]) for code in _read() if code not in languages.LANGUAGES)
    return (*languages.options(), *more)


def is_our_own(code: str) -> bool:
    """Whether its words in this language stand in the data alone."""
    return code not in languages.LANGUAGES and code in _read()


def word(code: str, language: str, **values: str) -> str:
    """One text of it in a language; in the one of the request where the data have none."""
    text = _read()[language][code] if is_our_own(language) else str(WORDS[code])
    return text % values if values else text
