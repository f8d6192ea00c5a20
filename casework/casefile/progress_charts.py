"""Small charts of what changes over time: how high the risk was rated, how the person felt.

Drawn on the server, with the figures in words beside them.
"""

from collections.abc import Sequence

from flask_babel import gettext as _
from markupsafe import Markup

from standards import lists

WIDTH, HEIGHT, LEFT, BOTTOM = 320, 84, 8, 70
_LEVELS = {"low": 1, "medium": 2, "high": 3, "extreme": 4}


def steps(rated: Sequence[tuple[str, str]]) -> Markup:
    """Ratings of risk, oldest first, as steps.

    ``rated``: (day, rating), newest first as they are listed.
    """
    points = [
        (day, _LEVELS[rating] / 4, lists.label(lists.RISK, rating))
        for day, rating in reversed(rated)
        if rating in _LEVELS
    ]
    return _drawn(_("Risk over time"), points)


def scores(measured: Sequence[tuple[str, int]]) -> Markup:
    """Scores of 0 to 100, oldest first."""
    points = [(day, score / 100, str(score)) for day, score in reversed(measured)]
    return _drawn(_("Well-being over time, 0 to 100"), points)


def _drawn(title: str, points: list[tuple[str, float, str]]) -> Markup:
    """A line with a mark and a word at each point; nothing for fewer than two."""
    if len(points) < 2:
        return Markup("")
    points = points[-8:]
    gap = (WIDTH - 2 * LEFT - 40) / (len(points) - 1)
    spots = [
        (round(LEFT + 20 + place * gap, 1), round(BOTTOM - share * 48, 1), day, word)
        for place, (day, share, word) in enumerate(points)
    ]
    path = " ".join(f"{x},{y}" for x, y, _day, _word in spots)
    words = ", ".join(f"{day}: {word}" for _x, _y, day, word in spots)
    marks = Markup("").join(
        Markup(
            '<circle cx="{}" cy="{}" r="3.5"></circle>'
            '<text x="{}" y="{}" text-anchor="middle">{}</text>'
        ).format(x, y, x, y - 8, word)
        for x, y, _day, word in spots
    )
    return Markup(
        '<figure class="trend"><svg viewBox="0 0 {} {}" role="img" aria-label="{}: {}">'
        '<line x1="0" y1="{}" x2="{}" y2="{}"></line>'
        '<polyline points="{}"></polyline>{}</svg><figcaption>{}</figcaption></figure>'
    ).format(WIDTH, HEIGHT, title, words, BOTTOM, WIDTH, BOTTOM, path, marks, title)
