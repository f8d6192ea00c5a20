"""Countries (ISO 3166-1 alpha-2) and languages (ISO 639), named by CLDR."""

from functools import lru_cache

from babel import Locale

from standards.htcds import standard

LANGUAGES = [
    "ar",
    "am",
    "bn",
    "en",
    "es",
    "fa",
    "fr",
    "ha",
    "hi",
    "id",
    "km",
    "ku",
    "lo",
    "mg",
    "my",
    "ne",
    "ps",
    "pt",
    "ro",
    "ru",
    "rw",
    "so",
    "sq",
    "sr",
    "sw",
    "ta",
    "th",
    "ti",
    "tr",
    "uk",
    "ur",
    "uz",
    "vi",
    "wo",
    "zh",
    "bm",
    "dyu",
    "ff",
    "ig",
    "yo",
    "ln",
    "om",
    "sn",
    "tl",
    "si",
    "ka",
    "hy",
    "az",
]


@lru_cache
def country_codes() -> tuple[str, ...]:
    """The alpha-2 codes of the standard's country list, in its order."""
    return tuple(standard()["toolkit_lists"]["Country Code"])


@lru_cache(maxsize=4096)
def country_name(code: str, locale: str = "en") -> str:
    """The name of a country, or the code itself where CLDR has none."""
    return Locale.parse(locale).territories.get(code) or code


@lru_cache(maxsize=4096)
def language_name(code: str, locale: str = "en") -> str:
    """The name of a language, or the code itself where CLDR has none."""
    return Locale.parse(locale).languages.get(code) or code


@lru_cache(maxsize=64)
def countries(locale: str = "en") -> tuple[tuple[str, str], ...]:
    """All countries as (code, name), by name."""
    return tuple(
        sorted(
            ((code, country_name(code, locale)) for code in country_codes()),
            key=lambda pair: pair[1],
        )
    )


@lru_cache(maxsize=64)
def languages(locale: str = "en") -> tuple[tuple[str, str], ...]:
    """The languages offered, as (code, name), by name."""
    return tuple(
        sorted(
            ((code, language_name(code, locale)) for code in LANGUAGES), key=lambda pair: pair[1]
        )
    )
