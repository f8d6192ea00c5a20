"""The Reintegration Sustainability Survey as data: questions, answers, scores, and the version of
the scoring.

The file that is shipped is provisional and says so: questions paraphrased, weights equal within a
dimension, the composite the mean of the dimensions. An organisation that holds the official scoring
puts its own file in its place (``SAFECONDUCT_SURVEY_FILE``); each survey keeps the version it was
scored by.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "data" / "rss_provisional.json"
DIMENSIONS = ("economic", "social", "psychosocial")


@dataclass(frozen=True)
class Scores:
    """From 0 to 1 by dimension and together; None where too little was answered."""

    economic: float | None
    social: float | None
    psychosocial: float | None
    composite: float | None


@dataclass(frozen=True)
class Instrument:
    """One version of the survey."""

    version: str
    verified: bool
    questions: tuple[Mapping[str, Any], ...]
    low_below: float

    def of(self, dimension: str) -> list[Mapping[str, Any]]:
        """The questions of a dimension, in order."""
        return [question for question in self.questions if question["dimension"] == dimension]

    def scores(self, answers: Mapping[str, int]) -> Scores:
        """Scores of ``answers`` (key of the question → place of the answer).

        A dimension needs half of its scored questions answered with a score.
        """
        found = {dimension: self._dimension(dimension, answers) for dimension in DIMENSIONS}
        known = [value for value in found.values() if value is not None]
        return Scores(
            **found,
            composite=sum(known) / len(DIMENSIONS) if len(known) == len(DIMENSIONS) else None,
        )

    def _dimension(self, dimension: str, answers: Mapping[str, int]) -> float | None:
        scored = [question for question in self.of(dimension) if question["scored"]]
        total = weights = counted = 0.0
        for question in scored:
            place = answers.get(question["key"])
            score = (
                question["answers"][place]["score"]
                if place is not None and 0 <= place < len(question["answers"])
                else None
            )
            if score is not None:
                weight = float(question.get("weight", 1))
                total, weights, counted = (
                    total + weight * float(score),
                    weights + weight,
                    counted + 1,
                )
        return total / weights if counted * 2 >= len(scored) and weights else None

    def answer(self, key: str, answers: Mapping[str, int]) -> str:
        """What was answered, in the words of the file; empty for nothing."""
        question = next(one for one in self.questions if one["key"] == key)
        place = answers.get(key)
        return (
            str(question["answers"][place]["answer"])
            if place is not None and 0 <= place < len(question["answers"])
            else ""
        )


@lru_cache(maxsize=8)
def instrument(path: Path = SHIPPED) -> Instrument:
    """The survey of a file. Its version is the name it gives itself, or a hash of its contents."""
    content = path.read_bytes()
    loaded: dict[str, Any] = json.loads(content)
    kind = "official" if loaded.get("verified") else "provisional"
    version = str(loaded.get("version") or f"{kind}-{hashlib.sha256(content).hexdigest()[:10]}")
    return Instrument(
        version,
        bool(loaded.get("verified")),
        tuple(loaded["questions"]),
        float(loaded["thresholds"]["low_below"]),
    )
