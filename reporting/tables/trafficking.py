"""Answers about victims of trafficking in groups, by the CTDC's percentage rule: shares are of
those with at least one answer of the group.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from loading import later
from reporting.tables import dimensions, disclosure, tables
from reporting.tables.questions import Cell, Question
from standards import ctdc, lists

if TYPE_CHECKING:
    import numpy as np
else:
    np = later("numpy")

GROUPS: dict[str, object] = {
    "means": _l("Means of control"),
    "type": _l("Type of exploitation"),
    "labour": _l("Sector of forced labour"),
    "sexual": _l("Kind of sexual exploitation"),
    "recruiter": _l("Who recruited"),
}
LABELS: lists.Options = (
    ("meansDebtBondageEarnings", _l("Debt bondage, or wages withheld")),
    ("meansThreats", _l("Threats to the person or family")),
    ("meansAbusePsyPhySex", _l("Psychological, physical or sexual abuse")),
    ("meansFalsePromises", _l("False promises")),
    ("meansDrugsAlcohol", _l("Psychoactive substances")),
    ("meansDenyBasicNeeds", _l("Money, movement, medical care or necessities restricted")),
    ("meansExcessiveWorkHours", _l("Excessive working hours")),
    ("meansWithholdDocs", _l("Documents withheld")),
    ("isForcedLabour", _l("Forced labour")),
    ("isSexualExploit", _l("Sexual exploitation")),
    ("isOtherExploit", _l("Other exploitation")),
    ("typeOfLabourAgriculture", _l("Agriculture")),
    ("typeOfLabourConstruction", _l("Construction")),
    ("typeOfLabourDomesticWork", _l("Domestic work")),
    ("typeOfLabourHospitality", _l("Hospitality")),
    ("typeOfSexProstitution", _l("Prostitution")),
    ("typeOfSexPornography", _l("Pornography")),
    ("recruiterRelationIntimatePartner", _l("Intimate partner")),
    ("recruiterRelationFriend", _l("Friend")),
    ("recruiterRelationFamily", _l("Family")),
    ("recruiterRelationOther", _l("Somebody else")),
)
RULE = _l(
    "Shares are of the people with at least one answer of the group; within these a missing answer "
    "counts as no (percentage rule of the CTDC codebook). "
    "They may add up to more than 100. What is not recorded at all, such as a friend or partner as "
    "recruiter, is missing."
)


def answers(question: Question, limit: int, bands: str) -> dict[str, list[tuple[str, Cell, Cell]]]:
    """For each group its variables: the name in words, how many have it, how many have any of the
    group. One pass over the facts for all of them.
    """
    cells = _counted(question, limit, bands)
    groups = {}
    for group, variables in ctdc.GROUPS.items():
        anybody = cells[f"any_{group}"]
        named = [(name, cells[name]) for name, codes in variables.items() if codes]
        groups[group] = [
            (lists.label(LABELS, name), cell, anybody) for name, cell in _covered(named, anybody)
        ]
    return groups


def _counted(question: Question, limit: int, bands: str) -> dict[str, Cell]:
    """Each variable as a cube of its own: it and its contrary, over what is filtered."""
    names = list(dimensions.VARIABLES)
    question = replace(question, rows="", columns="")
    layout = tables.laid_out(
        question,
        bands,
        [
            f"count(*) FILTER (WHERE {dimensions.VARIABLES[name].expression} = '1')"
            for name in names
        ],
    )
    cells = {}
    for number, name in enumerate(names):
        base = np.stack(
            [layout.counts[0] - layout.counts[number + 1], layout.counts[number + 1]], axis=-1
        )
        cube = disclosure.Cube([*layout.axes, disclosure.flat(2)], base, limit)
        cells[name] = tables.cell_at(layout, cube, question, (1, 1))
    return cells


def _covered(cells: list[tuple[str, Cell]], anybody: Cell) -> list[tuple[str, Cell]]:
    """Everybody with any answer has at least one of them: a single hidden one is at least what the
    shown ones leave. Then one more is hidden.
    """
    shown = [
        (cell.value, number) for number, (_name, cell) in enumerate(cells) if cell.value is not None
    ]
    if (
        len(shown) == len(cells)
        or anybody.value is None
        or anybody.value <= sum(value for value, _number in shown)
        or not shown
    ):
        return cells
    _least, place = min(shown)
    return _covered(
        [
            (name, Cell("hidden", None) if number == place else cell)
            for number, (name, cell) in enumerate(cells)
        ],
        anybody,
    )
