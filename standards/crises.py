"""The fifteen sectors of assistance of IOM's Migration Crisis Operational Framework (MC/2355).

Their titles are recalled, not verified: the file says so.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "data" / "mcof_sectors.json"


@lru_cache
def framework() -> dict[str, Any]:
    """The file as it stands."""
    loaded: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return loaded


@lru_cache
def sectors() -> tuple[tuple[str, str], ...]:
    """Number and title of each sector."""
    return tuple((str(sector["number"]), str(sector["title"])) for sector in framework()["sectors"])


@lru_cache
def sector_options() -> tuple[tuple[str, object], ...]:
    """The sectors as a list of options."""
    return tuple((number, f"{number} {title}") for number, title in sectors())
