"""The two reports of a release in words: how safe it is, how well it tells what the data tell."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.facts import Release
from standards import lists

WORDS: lists.Options = (
    ("records", _l("Records in the file")),
    ("source_records_rounded", _l("Records it was made from, to the nearest ten")),
    ("variables", _l("Variables")),
    ("single_mean_error_points", _l("Single values: mean error of their share, in points")),
    ("single_greatest_error_points", _l("Single values: greatest error, in points")),
    ("pair_mean_error_points", _l("Pairs of values: mean error, in points")),
    ("pair_greatest_error_points", _l("Pairs of values: greatest error, in points")),
    ("smallest_class", _l("Smallest group of equal records in the file")),
    ("k", _l("k")),
    ("classes_under_k", _l("Groups smaller than k")),
    ("records_like_one_single_person", _l("Records equal to that of one single person")),
    ("share_like_one_single_person_percent", _l("The same, in percent of the file")),
    (
        "single_people_in_the_data_rounded",
        _l("People in the data whom no other equals, to the nearest ten"),
    ),
)


def of(release: Release) -> dict[str, Any]:
    """Rows of both reports, what follows from them, and why a release failed; empty before it was
    made.
    """
    report = release.report
    return {
        "privacy": _rows(report.get("privacy", {})),
        "utility": _rows(report.get("utility", {})),
        "verdict": _verdict(release),
        "failure": _failures().get(report.get("failed", ""), ""),
    }


def _rows(report: dict[str, Any]) -> list[tuple[str, Any]]:
    words = dict(WORDS)
    return [(str(words[name]), value) for name, value in report.items() if name in words]


def _verdict(release: Release) -> str:
    if release.kind == "synthetic":
        return _(
            "A synthetic record can be equal to a person’s by chance. It tells nothing certain "
            "about anybody; look whether the number surprises you."
        )
    return _("No group of equal records is smaller than k.")


def _failures() -> dict[str, str]:
    return {
        "too_few": _(
            "There are too few records for this: open data need at least a hundred, and synthetic "
            "ones more, the smaller epsilon is."
        ),
        "not_anonymous": _("The records could not be made k-anonymous."),
    }
