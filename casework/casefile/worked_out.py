"""What the system works out from the answers of a record, in words; no sum measures anybody."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from casework.casefile import interviewing
from casework.records import risks
from casework.records.kind import Kind
from models.cases import Case
from models.rules import stated
from standards import assistance
from web.forms import Form

Lines = list[tuple[str, str]]


def of(case: Case, kind: Kind, content: Mapping[str, Any]) -> Lines:
    """The lines below the answers of a record."""
    if kind.code == "risk":
        return determinants(content)
    if kind.code == "indicators":
        child = interviewing.was_child(case, case.protection)
        return interviewing.in_words(content, child=child)
    lines = []
    if "score" in content:
        lines.append((_("Score, 0 to 100"), str(content["score"])))
    if "disability" in content:
        answer = _("Yes") if content["disability"] else _("No")
        lines.append((_("Counts as disability"), answer))
    return lines


@stated("record: risk")
def determinants(content: Mapping[str, Any]) -> Lines:
    """Level by level what raises the risk beside what protects, and what endangers the person now;
    the rating is the worker's own, with a reason. Nothing is added up.

    Source: IOM, Handbook on protection and assistance for migrants vulnerable to violence,
    exploitation and abuse (2019): the determinants of migrant vulnerability.
    """
    form = Form(risks.RiskSchema)
    lines = []
    for level, raising, protecting in risks.LEVELS:
        against = form[raising].as_text(content.get(raising)) or _("nothing")
        helps = form[protecting].as_text(content.get(protecting)) or _("nothing")
        if content.get(raising) or content.get(protecting):
            words = _(
                "raises the risk: %(against)s. Protects: %(helps)s.", against=against, helps=helps
            )
            lines.append((str(level), words))
    if urgent := _urgent(form, content):
        lines.append((_("Needs an answer now"), urgent))
    if lines:
        told = _("A list to think with, by level. It is not added up, and it is not your rating.")
        lines.append((_("How to read this"), told))
    return lines


def _urgent(form: Form, content: Mapping[str, Any]) -> str:
    found = []
    for _level, raising, _protecting in risks.LEVELS:
        codes = [code for code in content.get(raising) or () if code in assistance.URGENT]
        found += [form[raising].as_text(codes)] if codes else []
    return ", ".join(found)
