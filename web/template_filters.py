"""Words for templates: dates as people say them, labels of codes, the one-line description of a
person.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g
from flask_babel import format_date, format_datetime, get_locale, get_translations, ngettext
from flask_babel import gettext as _
from markupsafe import Markup, escape

from models.base import now, today
from models.cases import Case
from models.clock import moved_by
from models.people import Organisation
from standards import assistance, currencies, htcds, lists, places, returning, spoken
from web import extra_fields, navigation
from web.field_types import known_date as birth
from web.forms import label_of, locale_code
from web.guard import may_visit
from web.links import link
from web.product import product


def day(value: date | str | None) -> str:
    """``23 November 2026``; empty for none."""
    if not value:
        return ""
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return str(format_date(found, "d MMMM y"))


def short(value: date | None) -> str:
    """``23 Nov 2026``, for tables."""
    return str(format_date(value, "d MMM y")) if value else ""


def moment(value: datetime | None) -> str:
    """``23 November 2026, 14:20`` in the office's zone."""
    return str(format_datetime(value, "d MMMM y, HH:mm")) if value else ""


def country(code: str) -> str:
    """A country's name in the reader's language; empty for none."""
    return places.country_name(code, locale_code()) if code else ""


def language(code: str) -> str:
    """A language's name in the reader's language; empty for none."""
    return spoken.name(code, locale_code()) if code else ""


def month(value: date) -> str:
    """``November 2026``."""
    return str(format_date(value, "LLLL y"))


def due(value: date) -> str:
    """How late or how soon."""
    days = (value - today()).days
    if days < 0:
        return ngettext("%(num)d day late", "%(num)d days late", -days)
    if days == 0:
        return _("today")
    return _("by %(day)s", day=day(value))


def left(value: datetime) -> str:
    """How long there is to answer."""
    rest = value - now()
    if rest <= timedelta():
        return _("time is over")
    hours = int(rest.total_seconds() // 3600)
    if hours < 48:
        return ngettext("%(num)d hour left", "%(num)d hours left", max(hours, 1))
    return ngettext("%(num)d day left", "%(num)d days left", hours // 24)


def describe(record: Any) -> str:
    """A person in coded words, as lists show them while names are hidden:

    "Woman or girl, 18–34, Guinea".
    """
    words = [lists.label(lists.SEX, record.sex) if record.sex else ""]
    if record.age_band:
        words.append(lists.label(lists.AGES_SHOWN, record.age_band))
    if isinstance(record, Case) and record.citizenship:
        words.append(places.country_name(record.citizenship, locale_code()))
    return ", ".join(word for word in words if word)


def money(minor: int, currency: str) -> str:
    """``1,240.50 EUR``, ``64,000 XOF``, ``12.345 TND``, with the reader's separators."""
    return currencies.as_text(minor, currency, locale_code())


def named(place: Organisation, when: date) -> str:
    """What an organisation was called then; and now, if that is another name."""
    then = place.name_at(when)
    if then == place.name:
        return then
    return _("%(then)s (now %(now)s)", then=then, now=place.name)


def risk_level(code: str) -> int:
    """How high a rating of risk is: 1 to 4."""
    return lists.codes(lists.RISK).index(code) + 1


_FORMULA = re.compile("(^|[;|\t\r\n])(?=[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20])")


def defused(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: nor a part of it, where the program takes
    another sign than ours, or a line break, for the end of a cell.
    """
    return _FORMULA.sub(r"\1'", text)


_SHOWN: dict[str, Callable[[Any], str]] = {
    "birth": birth,
    "citizenship": country,
    "sex": lambda code: lists.label(lists.SEX, code),
    "age_band": lambda code: lists.label(lists.AGES_SHOWN, code),
    "languages": lambda codes: ", ".join(map(language, codes)),
}


def shown(field: str, value: Any) -> str:
    """A released or stored value in words, by the field it stands in."""
    if field in _SHOWN:
        return _SHOWN[field](value)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


_STATIC = Path(__file__).parent.parent / "static"


@lru_cache
def asset(name: str) -> str:
    """The address of a static file with its content's hash, so that it can be kept for ever."""
    return f"/static/{name}?v={hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:10]}"


@lru_cache(maxsize=256)
def icon(name: str, *, mirrored: bool = False) -> Markup:
    """A drawing from our sprite; always beside a word."""
    extra = " icon--dir" if mirrored else ""
    return Markup(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    ).format(extra, asset("icons.svg"), name)


def _translations() -> Any:
    """The reader's catalogue, looked up once a request: a list asks for some 200 texts."""
    if "translations" not in g:
        g.translations = get_translations()
    return g.translations


def lines(text: str) -> Markup:
    """A text with its line breaks."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def register(app: Flask) -> None:
    """Give templates these words."""
    app.jinja_env.filters |= _filters()
    app.jinja_env.globals |= _globals()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _translations().ugettext(text),
        lambda one, many, number: _translations().ungettext(one, many, number),
        newstyle=True,
    )
    app.context_processor(_context)


def _blank_after() -> int:
    """Seconds without a touch until a page is covered; a touch uncovers it. As whoever acts chose,
    and no longer than the installation lets them.
    """
    actor = g.get("actor")
    most = int(current_app.config["SETTINGS"].blank_minutes)
    chosen = int(actor.user.blank_minutes) if actor and actor.user else most
    return 60 * min(chosen, most)


def _context() -> dict[str, Any]:
    locale = get_locale()
    return {
        "actor": g.get("actor"),
        "product": product(),
        "blank_after": _blank_after(),
        "lock_after": current_app.config["SETTINGS"].lock_minutes * 60,
        "upload_most": current_app.config["SETTINGS"].upload_limit,
        "language_code": locale_code(),
        "lang": str(locale or "en").replace("_", "-"),
        "dir": locale.text_direction if locale else "ltr",
    }


def _filters() -> dict[str, Any]:
    return {
        "day": day,
        "short": short,
        "moment": moment,
        "birth": birth,
        "due": due,
        "left": left,
        "describe": describe,
        "lines": lines,
        "month": month,
        "named": named,
        "weekday_name": lambda value: format_date(value, "ccc"),
        "way": lambda code: lists.label(assistance.WAYS, code),
        "weekday": lambda code: lists.label(assistance.DAYS, code),
        "pairs": lambda records: [(record.id, record.name) for record in records],
        "column": lambda name: htcds.COLUMNS.get(name) or extra_fields.label_of(name) or name,
        "country": country,
        "language": language,
    }


def _globals() -> dict[str, Any]:
    return {
        "link": link,
        "may_visit": may_visit,
        "navigation": navigation,
        "risk_level": risk_level,
        "lists": lists,
        "returning": returning,
        "assistance": assistance,
        "label": lists.label,
        "field_name": label_of,
        "asset": asset,
        "icon": icon,
        "money": money,
        "shown": shown,
        "now": now,
        "clock_moved": moved_by,
    }
