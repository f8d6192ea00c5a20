"""Scores of the Reintegration Sustainability Survey over time: means of those who may be counted,
only where their number may be shown.
"""

from dataclasses import replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from reporting.facts.engine import engine
from reporting.tables import charts, dimensions, measures, tables
from reporting.tables.charts import Lines
from reporting.tables.dimensions import DIMENSIONS
from reporting.tables.panels import Panel, Sheet
from reporting.tables.questions import Question
from standards import lists

STEPS: lists.Options = (
    ("1", _l("Month 1")),
    ("3", _l("Month 3")),
    ("6", _l("Month 6")),
    ("12", _l("Month 12")),
)
SCORES: lists.Options = (
    ("economic", _l("Economic")),
    ("social", _l("Social")),
    ("psychosocial", _l("Psychosocial")),
    ("composite", _l("Composite")),
)
Means = tuple[float | None, ...]  # in the order of SCORES
_HIDDEN: Means = (None,) * len(SCORES)


def panel(question: Question, limit: int, bands: str, *, rtl: bool) -> Panel:
    """Mean scores from 0 to 1 by follow-up. A mean stands where the number of people stands: it is
    protected by the same marks.
    """
    people: list[str] = []
    means: list[Means] = []
    for step, _label in STEPS:
        of_step = replace(question, kind=step)
        total = tables.ask(of_step, limit, bands, compare=False).total
        people.append(total.text(limit) if total else f"<{limit}")
        means.append(_means(of_step, bands) if total and total.value else _HIDDEN)
    return Panel(
        "scores",
        _("Reintegration scores after return"),
        _definition(),
        _sheet(means, people),
        _drawn(means, rtl=rtl),
    )


def _definition() -> list[str]:
    return [
        str(measures.MEASURES["scored"].definition),
        _(
            "The mean of the scores (0 to 1) of these people, rounded to two digits. The weights "
            "of the scores are those of the survey's version; a provisional one is named where a "
            "score was taken."
        ),
    ]


def _sheet(means: list[Means], people: list[str]) -> Sheet:
    rows = [
        [str(label), *(_text(of_step[number]) for of_step in means)]
        for number, (_code, label) in enumerate(SCORES)
    ]
    hidden = frozenset(
        (row, place + 1)
        for row in range(len(SCORES))
        for place, of_step in enumerate(means)
        if of_step[row] is None
    )
    head = [_("Score"), *(str(label) for _step, label in STEPS)]
    return Sheet(head, [*rows, [_("People scored"), *people]], hidden, total=True)


def _text(mean: float | None) -> str:
    return f"{mean:.2f}" if mean is not None else _("hidden")


def _drawn(means: list[Means], *, rtl: bool) -> Lines | None:
    series = [
        (str(label), [of_step[number] for of_step in means])
        for number, (_code, label) in enumerate(SCORES)
    ]
    steps = [str(label) for _step, label in STEPS]
    return charts.lines(steps, series, top=1, rtl=rtl, form="{:.2f}")


def _means(question: Question, bands: str) -> Means:
    chosen = [DIMENSIONS[name] for name in question.wanted]
    filters = "".join(f" AND {dimensions.expression(step, bands)} = ?" for step in chosen)
    averages = ", ".join(f"avg(surveys.{score}) / 1000" for score, _label in SCORES)
    text = f"""
        SELECT {averages}
        FROM helps
        JOIN surveys
            ON surveys.case_id = helps.case_id
            AND surveys.taken_on = helps.given_on{dimensions.joins({step.code for step in chosen})}
        WHERE helps.measure = 'scored'
            AND helps.kind = ?
            AND helps.given_on BETWEEN ? AND ?
            AND helps.is_first_of_kind{filters}"""
    period = (f"{question.year}-01-01", f"{question.year}-12-31")
    means: Means = engine().query(text, [question.kind, *period, *question.wanted.values()])[0]
    return means
