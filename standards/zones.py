"""Time zones (IANA), and which of them a country has (CLDR)."""

from functools import lru_cache
from zoneinfo import available_timezones

from babel.core import get_global


@lru_cache(maxsize=1)
def zones() -> tuple[tuple[str, str], ...]:
    """All zones in which people live, as (name, words), by name: ``Africa/Tunis``."""
    return tuple(
        (name, name.replace("_", " "))
        for name in sorted(available_timezones())
        if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    )


def of_country(code: str) -> tuple[str, ...]:
    """The zones of a country (ISO 3166-1 alpha-2); of most there is one."""
    known = dict(zones())
    found = get_global("territory_zones").get(code.upper(), ())  # type: ignore[call-overload]
    return tuple(name for name in found if name in known)
