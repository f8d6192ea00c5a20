"""Open data: records that can be given to anybody. Two ways, both from the CTDC's variables of
victims who agreed to be counted.

k-anonymous: every combination of what identifies (year, gender, age, citizenship, country, and
every answer) that stands in the file is borne by at least k of its records; single values are left
out of records until that is so, the rarest first, and records that still cannot stand are left out.

Synthetic: records drawn from noisy counts of short combinations (differential privacy, the
aggregate-seeded synthesizer of Synthetic Data Showcase, package pac-synth). What a release costs
(epsilon) is taken from the budget of each year of data it uses, for good.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from loading import later
from standards import ctdc

pacsynth = later("pacsynth")

Row = ctdc.Row
REPORTING_LENGTH = 3  # of combinations that are counted for the synthesizer
SIZE_SHARE = 0.05  # of epsilon, for the noisy number of records
DELTA_EXPONENT = 1.1  # delta is 1 / (records ** this)


class TooFew(Exception):
    """The records are too few for the noise that this epsilon asks for."""


def used_names(rows: Sequence[Row]) -> list[str]:
    """The variables that say anything in these rows; one that is missing everywhere is left out."""
    return [name for name in ctdc.names() if any(row[name] is not None for row in rows)]


def k_anonymous(rows: Sequence[Row], k: int) -> tuple[list[Row], int]:
    """``rows`` with single values left out until every combination is borne by ``k`` or more; and
    how many records had to be left out.

    Each round the records in too small a class lose their rarest value; a record that has lost all
    its values joins a class of empty ones, and is left out where that is too small.
    """
    names = used_names(rows)
    made = [dict(row) for row in rows]
    for _round in range(len(names) + 1):
        classes = Counter(_key(row, names) for row in made)
        small = [row for row in made if classes[_key(row, names)] < k]
        if not small:
            break
        shares = {name: Counter(row[name] for row in made) for name in names}
        for row in small:
            held = [name for name in names if row[name] is not None]
            if held:
                rarest = min(held, key=lambda name: (shares[name][row[name]], name))
                row[rarest] = None
    classes = Counter(_key(row, names) for row in made)
    anonymous = [
        row
        for row in made
        if classes[_key(row, names)] >= k and any(row[name] is not None for name in names)
    ]
    return sorted(anonymous, key=lambda row: _key(row, names)), len(rows) - len(anonymous)


def _key(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    return tuple("" if row[name] is None else str(row[name]) for name in names)


def synthetic(rows: Sequence[Row], epsilon: float) -> list[Row]:
    """Records drawn with differential privacy of ``epsilon`` (and delta by :data:`DELTA_EXPONENT`);
    nobody's record stands in them by itself.
    """
    names = used_names(rows)
    table = [names, *[list(_key(row, names)) for row in rows]]
    data = pacsynth.Dataset(table)
    delta = 1 / (max(2, len(rows)) ** DELTA_EXPONENT * math.log(max(3, len(rows))))
    builder = (
        pacsynth.DpAggregateSeededParametersBuilder()
        .reporting_length(REPORTING_LENGTH)
        .epsilon(epsilon)
        .delta(delta)
        .percentile_percentage(99)
    )
    builder = builder.number_of_records_epsilon_proportion(SIZE_SHARE)
    parameters = (
        builder.accuracy_mode(pacsynth.AccuracyMode.prioritize_long_combinations())
        .fabrication_mode(pacsynth.FabricationMode.balanced())
        .use_synthetic_counts(True)
        .build()
    )
    synthesizer = pacsynth.DpAggregateSeededSynthesizer(parameters)
    try:
        synthesizer.fit(data)
        drawn = synthesizer.sample()  # as many as its own noisy count of the records says
    except BaseException as panic:
        if (
            type(panic).__name__ != "PanicException"
        ):  # how the package says that the noise is greater than the data
            raise
        raise TooFew from None
    head = list(drawn[0])
    made = []
    for line in drawn[1:]:
        values = dict(zip(head, line, strict=True))
        made.append({name: _typed(name, values.get(name, "")) for name in ctdc.names()})
    return made


def _typed(name: str, text: str) -> str | int | None:
    if text == "":
        return None
    return (
        int(text) if name == "yearOfRegistration" or set(ctdc.values(name)) == {None, 1} else text
    )


def utility(real: Sequence[Row], made: Sequence[Row]) -> dict[str, Any]:
    """How well ``made`` tells what ``real`` tells: of each single value and each pair, the share of
    records, and the mean and greatest error in points.
    """
    names = used_names(real)
    singles = [_errors(_shares(real, [(name,)]), _shares(made, [(name,)])) for name in names]
    pairs = [(one, two) for number, one in enumerate(names) for two in names[number + 1 :]]
    both = _errors(_shares(real, pairs), _shares(made, pairs))
    flat = [error for errors in singles for error in errors]
    return {
        "records": len(made),
        "source_records_rounded": round(len(real) / 10) * 10,
        "variables": len(names),
        "single_mean_error_points": _mean(flat),
        "single_greatest_error_points": round(max(flat, default=0.0), 2),
        "pair_mean_error_points": _mean(both),
        "pair_greatest_error_points": round(max(both, default=0.0), 2),
        "by_variable": {name: _mean(errors) for name, errors in zip(names, singles, strict=True)},
    }


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0


def _shares(
    rows: Sequence[Row], combinations: Sequence[tuple[str, ...]]
) -> dict[tuple[tuple[str, str], ...], float]:
    """The share, in percent, of records that bear each combination of values."""
    counts: Counter[tuple[tuple[str, str], ...]] = Counter()
    for row in rows:
        for combination in combinations:
            if all(row[name] is not None for name in combination):
                counts[tuple((name, str(row[name])) for name in combination)] += 1
    return {key: 100 * count / len(rows) for key, count in counts.items()} if rows else {}


def _errors(real: dict[Any, float], made: dict[Any, float]) -> list[float]:
    return [abs(real.get(key, 0.0) - made.get(key, 0.0)) for key in sorted({*real, *made})]


def privacy(real: Sequence[Row], made: Sequence[Row], k: int) -> dict[str, Any]:
    """What to look at before a file goes out: the smallest class in it, and how many records of it
    are those of a single real person.

    For synthetic records such matches happen by chance and tell nothing certain; they are told so
    that two people can judge.
    """
    names = used_names(real)
    classes, source = (
        Counter(_key(row, names) for row in made),
        Counter(_key(row, names) for row in real),
    )
    alone = {key for key, count in source.items() if count == 1}
    copied = sum(count for key, count in classes.items() if key in alone)
    return {
        "smallest_class": min(classes.values(), default=0),
        "k": k,
        "classes_under_k": sum(count < k for count in classes.values()),
        "records_like_one_single_person": copied,
        "share_like_one_single_person_percent": round(100 * copied / len(made), 2) if made else 0.0,
        "single_people_in_the_data_rounded": round(len(alone) / 10) * 10,
    }
