"""What an office's own letters may leave open: each place is filled in for the person."""

import re
from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from standards.lists import Options

PLACES: Options = (
    ("name", _l("the person’s name")),
    ("number", _l("the number of the case")),
    ("since", _l("the day since which the office assists")),
    ("today", _l("the day of the letter")),
    ("day", _l("day and hour, as typed for the letter")),
    ("words", _l("words of one’s own, as typed for the letter")),
    ("caseworker", _l("the caseworker’s name")),
    ("office", _l("the name of the office")),
    ("address", _l("the address of the office")),
    ("contact", _l("how to reach the office")),
)
_PLACE = re.compile(r"\{([^{}\n]*)\}")


def unknown(text: str) -> list[str]:
    """Places in a text that nothing fills in, and braces that are no place."""
    known = {code for code, _label in PLACES}
    wrong = [name for name in _PLACE.findall(text) if name.strip() not in known]
    return wrong + re.findall(r"[{}][^{}\s]{0,20}", _PLACE.sub("", text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its places filled in. What is filled in is never looked at again: a name with
    braces stays a name.
    """
    return _PLACE.sub(lambda found: values.get(found[1].strip(), found[0]), text)
