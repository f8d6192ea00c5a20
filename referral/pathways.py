"""Referral pathways: for a kind of case and an area, which help comes when, and who gives it.

Drawn on the server, readable as a list, made to be printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from access.fields import NEEDED_BY
from models.people import Organisation
from referral import directory
from standards import lists

WIDTH, ROW, TOP, BOX = 640, 74, 8, 54

# Kind of case → (when, services). The order is the one of the field: safety first, then what a
# decision needs, then what makes a life.
STEPS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "trafficking": (
        ("now", ("shelter", "medical", "interpretation")),
        ("days", ("counselling", "legal_aid", "material_help")),
        ("weeks", ("training", "job_placement")),
    ),
    "vulnerable": (
        ("now", ("shelter", "interpretation")),
        ("days", ("counselling", "legal_aid", "medical")),
        ("weeks", ("training", "job_placement")),
    ),
    "stranded": (
        ("now", ("shelter", "material_help")),
        ("days", ("medical", "legal_aid")),
        ("weeks", ("training",)),
    ),
    "child": (
        ("now", ("shelter", "interpretation")),
        ("days", ("family_tracing", "medical", "counselling", "legal_aid")),
        ("weeks", ("education",)),
    ),
    "smuggled": (
        ("now", ("medical", "material_help")),
        ("days", ("legal_aid", "counselling")),
        ("weeks", ("training",)),
    ),
    "medical": (
        ("now", ("medical", "interpretation")),
        ("days", ("shelter", "counselling")),
        ("weeks", ("material_help",)),
    ),
}
assert all(
    service in NEEDED_BY
    for steps in STEPS.values()
    for _when, services in steps
    for service in services
)


@dataclass(frozen=True)
class Stop:
    """One step of a pathway: when, which help, and who gives it in the area."""

    when: str
    service: str
    partners: tuple[Organisation, ...]


def pathway(category: str, place: str) -> list[Stop]:
    """The stops for a kind of case where ``place`` (town, area or country code) is.

    A stop nobody serves is a gap that shows.
    """
    near = [
        partner for partner in directory.partners(place=place) if directory.in_agreement(partner)
    ]
    return [
        Stop(when, service, tuple(partner for partner in near if service in partner.services))
        for when, services in STEPS.get(category, ())
        for service in services
    ]


def drawn(stops: Sequence[Stop]) -> Markup:
    """The pathway as a picture: a line from stop to stop; a gap is dashed and says so."""
    if not stops:
        return Markup("")
    height = TOP + ROW * len(stops)
    parts = [_stop(place, stop, last=place == len(stops) - 1) for place, stop in enumerate(stops)]
    words = ". ".join(
        f"{lists.label(lists.SERVICES, stop.service)}: {_names(stop)}" for stop in stops
    )
    return Markup(
        '<svg class="pathway" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, height, words, Markup("").join(parts))


def _across(x: int) -> int:
    """``x`` from the side where the reader's lines begin."""
    locale = get_locale()
    return WIDTH - x if locale and locale.text_direction == "rtl" else x


def _stop(place: int, stop: Stop, *, last: bool) -> Markup:
    """One stop: a point on the line, the line on to the next, and a box that says who helps."""
    top = TOP + place * ROW
    gap = Markup("") if stop.partners else Markup(' class="gap"')
    point = Markup('<circle cx="{}" cy="{}" r="6"{}></circle>').format(
        _across(14), top + BOX // 2, gap
    )
    box = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="3"{}></rect>').format(
        min(_across(34), _across(WIDTH - 2)), top, WIDTH - 36, BOX, gap
    )
    line = Markup("") if last else _line(top)
    return point + line + box + _words(top, stop)


def _line(top: int) -> Markup:
    """From the stop at ``top`` to the one below."""
    x = _across(14)
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}"></line>').format(
        x, top + BOX // 2 + 7, x, top + ROW + BOX // 2 - 7
    )


def _words(top: int, stop: Stop) -> Markup:
    when = lists.label(lists.PATHWAY_WHEN, stop.when)
    service = lists.label(lists.SERVICES, stop.service)
    x = _across(46)
    what = Markup('<text x="{}" y="{}" class="pathway__what">{}</text>').format(
        x, top + 22, f"{when}: {service}"
    )
    who = Markup('<text x="{}" y="{}" class="pathway__who">{}</text>').format(
        x, top + 42, _short(_names(stop))
    )
    return what + who


def _names(stop: Stop) -> str:
    return ", ".join(partner.name for partner in stop.partners) or _("nobody in this area")


def _short(text: str, most: int = 84) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
