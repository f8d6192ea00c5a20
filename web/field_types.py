"""Fields of our own: texts without harmful characters, dates as far as they are known."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields

from models.base import today
from standards import spoken
from web import unseen

_MOST_LANGUAGES = 30
_MOST = 10_000  # characters of a text that does not say how many it takes
# Of what is typed or pasted so much may go: what nobody sees, marks that become one with a letter.
_UNSEEN_MOST, _AROUND = 3, 1000
_DIGITS = {
    ord(char): str(unicodedata.digit(char))
    for start in (0x660, 0x6F0, 0x9E6, 0x966, 0x1040)
    for char in map(chr, range(start, start + 10))
}


def in_figures(value: Any) -> Any:
    """A number or a day as it was typed or pasted, without what nobody sees, in western digits."""
    return western_digits(unseen.figures(value)) if isinstance(value, str) else value


def western_digits(text: str) -> str:
    """``text`` with Arabic-Indic, Persian, Bengali, Devanagari and Burmese digits as 0 to 9."""
    return text.translate(_DIGITS)


def too_long(most: int) -> str:
    """What is said of a text that has more characters than its field takes."""
    return str(_l("This is too long: %(most)s characters at most.", most=most))


class Languages(fields.List[Any]):
    """Languages of ISO 639 as codes; names in any of the languages of forms become codes, and what
    nobody knows stays as it was written. A text may hold several.
    """

    def __init__(self, **named: Any) -> None:
        super().__init__(fields.String(), **named)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any
    ) -> list[Any]:
        told = super()._deserialize([value] if isinstance(value, str) else value, attr, data)
        if sum(len(str(each)) for each in told) > _MOST:
            raise ValidationError(too_long(_MOST))
        found = [code for text in told for code in spoken.in_text(unseen.line(str(text)))]
        if why := next((why for each in found if (why := unseen.refused(each))), ""):
            raise ValidationError(why)
        if len(found) > _MOST_LANGUAGES:
            raise ValidationError(str(_l("These are too many languages.")))
        return list(dict.fromkeys(found))


def languages(label: Any, options: Any, usual: Any) -> Languages:
    """Any number of languages: the ``usual`` ones (a function that gives their codes) to tick, any
    other by name.
    """
    about = {"label": label, "hint": "", "widget": "languages", "options": options, "usual": usual}
    return Languages(metadata=about)


class Text(fields.String):
    """A text without what nobody sees and nothing needs (:mod:`web.unseen`), in normal form; empty
    is none. A cell or a pasted address of several lines is one line where there is one.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        sent = super()._deserialize(value, attr, data, **kwargs)
        # Before anything reads it: what is far too long may take far too long to be read.
        if len(sent) > self.metadata.get("most", _MOST) * _UNSEEN_MOST + _AROUND:
            raise ValidationError(too_long(self.metadata.get("most", _MOST)))
        text = self._plain(sent)
        if why := unseen.refused(text):
            raise ValidationError(why)
        return unicodedata.normalize("NFC", text).strip()

    def _plain(self, text: str) -> str:
        widget = self.metadata.get("widget")
        if widget in {"text", "email", "search"}:
            is_exact = widget == "email" or self.metadata.get("direction") == "ltr"
            return unseen.exact(text) if is_exact else unseen.line(text)
        return text if widget == "password" else unseen.lines(text)


class Day(fields.Date):
    """A day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        return super()._deserialize(in_figures(value), attr, data, **kwargs)


class Whole(fields.Integer):
    """A whole number. One with a fraction is refused, not cut."""

    def _validated(self, value: Any) -> int:
        value = in_figures(value)
        if isinstance(value, float) and not value.is_integer():
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class PartialDate(fields.Field[dict[str, Any]]):
    """A date as far as it is known: year, month and year, full, or an age on today.

    ``{"year": 2004, "estimated": true}``.
    """

    PARTS = ("day", "month", "year", "age", "estimated")
    default_error_messages = {  # noqa: RUF012 -- as marshmallow declares it
        "invalid": _l("Give a year, a month and year, or a full date, in numbers."),
        "future": _l("This date is in the future. Check the year."),
        "old": _l("Check the year: it is more than 120 years ago."),
        "day": _l("There is no such day in that month."),
        "both": _l("Give a date or an age, not both."),
        "age": _l("An age is between 0 and 120."),
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> dict[str, Any]:
        if not isinstance(value, Mapping) or set(value) - {
            "day",
            "month",
            "year",
            "age",
            "on",
            "estimated",
        }:
            raise self.make_error("invalid")
        given = {key: self._number(value.get(key)) for key in ("day", "month", "year", "age")}
        estimated = bool(value.get("estimated"))
        if given["age"] is not None:
            return self._age(given, value.get("on"), estimated=estimated)
        return self._date(given, estimated=estimated)

    def _age(self, given: dict[str, int | None], on: Any, *, estimated: bool) -> dict[str, Any]:
        if given["year"] is not None:
            raise self.make_error("both")
        if not 0 <= (given["age"] or 0) <= 120:
            raise self.make_error("age")
        try:
            day = date.fromisoformat(on) if on else today()
        except (TypeError, ValueError):
            raise self.make_error("invalid") from None
        return {"age": given["age"], "on": day.isoformat(), "estimated": estimated}

    def _date(self, given: dict[str, int | None], *, estimated: bool) -> dict[str, Any]:
        year, month, day = given["year"], given["month"], given["day"]
        if (
            year is None
            or (day is not None and month is None)
            or month not in {None, *range(1, 13)}
        ):
            raise self.make_error("invalid")
        if year > today().year:
            raise self.make_error("future")
        if year < today().year - 120:
            raise self.make_error("old")
        try:
            whole = date(year, month or 1, 1 if day is None else day)
        except ValueError:
            raise self.make_error("day") from None
        if whole > today():
            raise self.make_error("future")
        found: dict[str, Any] = {"year": year}
        found |= {
            key: number for key, number in (("month", month), ("day", day)) if number is not None
        }
        return found | {"estimated": estimated}

    def _number(self, value: Any) -> int | None:
        text = in_figures(str(value if value is not None else ""))
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > 4:
            raise self.make_error("invalid")
        return int(text)


def known_date(value: Mapping[str, Any] | None) -> str:
    """What a :class:`PartialDate` gave, in words."""
    if not value:
        return ""
    if "age" in value:
        told = format_date(date.fromisoformat(value["on"]), "d MMMM y")
        text = _("%(age)s years old on %(day)s", age=value["age"], day=told)
    else:
        known = date(value["year"], value.get("month") or 1, value.get("day") or 1)
        pattern = "d MMMM y" if value.get("day") else "MMMM y" if value.get("month") else "y"
        text = str(format_date(known, pattern)) if pattern != "y" else str(value["year"])
    return _("about %(when)s", when=text) if value.get("estimated") else str(text)


def known_day(value: Any) -> str:
    """A day in words, from a date or as JSON keeps it."""
    on = date.fromisoformat(value) if isinstance(value, str) else value
    return str(format_date(on, "d MMMM y"))


def ticked(value: Any) -> str:
    """Yes or no, in words."""
    return str(_l("Yes") if value else _l("No"))
