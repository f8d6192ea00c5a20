"""Countries (ISO 3166-1 alpha-2), named by CLDR. (Languages: :mod:`standards.spoken`.)"""

import re
from functools import lru_cache

from babel import Locale
from flask_babel import lazy_gettext as _l

from standards.htcds import country_of, folded, standard

# Beside the standard's list, under codes that ISO 3166-1 leaves to users. On export Kosovo goes as
# the standard's own codebook says, the other two as missing.
KOSOVO, STATELESS, NOT_ESTABLISHED = "XK", "XS", "XU"
_NO_COUNTRY = {STATELESS: _l("Stateless"), NOT_ESTABLISHED: _l("Nationality not established")}
NO_COUNTRY = frozenset(_NO_COUNTRY)
# What the standard's list of countries does not have, as it goes out in words and comes back.
WORDS = {
    KOSOVO: "Kosovo",
    STATELESS: "Stateless",
    NOT_ESTABLISHED: "Nationality not established",
}
_SPELT = {
    folded(word): code
    for word, code in (
        ("XK", KOSOVO),
        ("Kosovo", KOSOVO),
        ("Stateless", STATELESS),
        ("Apatride", STATELESS),
        ("Apátrida", STATELESS),
        ("Nationality not established", NOT_ESTABLISHED),
        ("Nationalité non établie", NOT_ESTABLISHED),
        ("Nacionalidad no establecida", NOT_ESTABLISHED),
    )
}


@lru_cache
def country_codes() -> tuple[str, ...]:
    """The alpha-2 codes of the standard's country list, in its order."""
    return tuple(standard()["toolkit_lists"]["Country Code"])


def citizenship_of(text: str) -> str | None:
    """The code of a citizenship as a file has it: a country, Kosovo, stateless, not established."""
    return country_of(text) or _SPELT.get(folded(text))


def country_name(code: str, locale: str = "en") -> str:
    """The name of a country or of having none, or the code itself where CLDR has none."""
    return str(_NO_COUNTRY[code]) if code in _NO_COUNTRY else _name_by_cldr(code, locale)


@lru_cache(maxsize=4096)
def _name_by_cldr(code: str, locale: str) -> str:
    return Locale.parse(locale).territories.get(code) or code


@lru_cache(maxsize=64)
def countries(locale: str = "en") -> tuple[tuple[str, str], ...]:
    """All countries as (code, name), by name."""
    return tuple(
        sorted(
            ((code, country_name(code, locale)) for code in (*country_codes(), KOSOVO)),
            key=lambda pair: pair[1],
        )
    )


def in_text(text: str) -> tuple[list[str], list[str]]:
    """The countries in a text, with commas or semicolons between them: their codes, and the words
    that name none.
    """
    parts = [" ".join(part.split()) for part in re.split(r"[,;،؛]", text)]
    found = {part: country_of(part) for part in parts if part}
    codes = dict.fromkeys(code for code in found.values() if code)
    return list(codes), [part for part, code in found.items() if not code]


def citizenships(locale: str = "en") -> tuple[tuple[str, str], ...]:
    """The same for who somebody belongs to; having no country comes last."""
    return (*countries(locale), *((code, str(word)) for code, word in _NO_COUNTRY.items()))
