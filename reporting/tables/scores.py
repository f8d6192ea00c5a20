"""Scores of the Reintegration Sustainability Survey over time: means of those who may be counted, only where their number may be shown."""

from dataclasses import replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from reporting.facts.engine import engine
from reporting.tables import charts, dimensions, measures, tables
from reporting.tables.dimensions import DIMENSIONS
from reporting.tables.panels import Panel, Sheet
from reporting.tables.tables import Question
from standards import lists

STEPS: lists.Options = (
    ("1", _l("Month 1")),
    ("3", _l("Month 3")),
    ("6", _l("Month 6")),
    ("12", _l("Month 12")),
)
DIMENSION: lists.Options = (
    ("e", _l("Economic")),
    ("so", _l("Social")),
    ("ps", _l("Psychosocial")),
    ("co", _l("Composite")),
)


def panel(question: Question, limit: int, bands: str, *, rtl: bool) -> Panel:
    """Mean scores from 0 to 1 by follow-up. A mean stands where the number of people stands: it is protected by the same marks."""
    means, people = [], []
    for step, _label in STEPS:
        table = tables.ask(replace(question, kind=step), limit, bands, compare=False)
        total = table.total
        people.append(total.text(limit) if total else f"<{limit}")
        means.append(
            _means(replace(question, kind=step), bands)
            if total and total.value
            else (None,) * len(DIMENSION)
        )
    head = [_("Score"), *(str(label) for _step, label in STEPS)]
    rows = [
        [
            str(label),
            *(
                f"{found[number]:.2f}" if found[number] is not None else _("hidden")
                for found in means
            ),
        ]
        for number, (_code, label) in enumerate(DIMENSION)
    ]
    rows.append([_("People scored"), *people])
    hidden = frozenset(
        (row, place + 1)
        for row in range(len(DIMENSION))
        for place, found in enumerate(means)
        if found[row] is None
    )
    series = [
        (str(label), [found[number] for found in means])
        for number, (_code, label) in enumerate(DIMENSION)
    ]
    drawn = charts.lines(
        [str(label) for _step, label in STEPS], series, top=1, rtl=rtl, form="{:.2f}"
    )
    definition = [
        str(measures.MEASURES["scored"].definition),
        _(
            "The mean of the scores (0 to 1) of these people, rounded to two digits. The weights of the scores are those of the survey's version; a provisional one is named where a score was taken."
        ),
    ]
    return Panel(
        "scores",
        _("Reintegration scores after return"),
        definition,
        Sheet(head, rows, hidden, total=True),
        drawn,
    )


def _means(question: Question, bands: str) -> tuple[float | None, ...]:
    chosen = [DIMENSIONS[name] for name in question.wanted]
    where = "".join(f" AND {dimensions.expression(one, bands)} = ?" for one in chosen)
    text = (
        f"SELECT {', '.join(f'avg(s.{code}) / 1000' for code, _label in DIMENSION)} FROM helps h JOIN scores s ON s.c = h.c AND s.d = h.d"
        f"{dimensions.joins({one.code for one in chosen})} WHERE h.y = 'scored' AND h.k = ? AND h.d BETWEEN ? AND ? AND (h.first & 2) > 0{where}"
    )
    values = [
        question.kind,
        f"{question.year}-01-01",
        f"{question.year}-12-31",
        *question.wanted.values(),
    ]
    found: tuple[float | None, ...] = engine().query(text, values)[0]
    return found
