"""Something to look at, as it is found in the trail."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unusual:
    """What, about whom, in which window of time, how many.

    The same thing in the same window is one alert.
    """

    kind: str
    subject: str
    window: str
    user_id: int | None
    count: int = 1
