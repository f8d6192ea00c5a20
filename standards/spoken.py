"""Languages that people speak (ISO 639) and sign languages, named by CLDR: any of them, and words
where nothing fits. None is guessed: what is not known stays as it was written.
"""

import re
import unicodedata
from functools import lru_cache

from babel import Locale
from babel.languages import get_official_languages

# Beside what CLDR names: languages met on the routes, and sign languages.
_BESIDE = {
    "mnk": "Mandinka",
    "kao": "Xaasongaxango",
    "ses": "Koyraboro Senni (Songhai)",
    "khq": "Koyra Chiini (Songhai)",
    "sgn": "Sign language",
    "ase": "American Sign Language",
    "bfi": "British Sign Language",
    "fsl": "French Sign Language",
    "gsg": "German Sign Language",
    "ise": "Italian Sign Language",
    "ssp": "Spanish Sign Language",
    "tse": "Tunisian Sign Language",
    "asp": "Algerian Sign Language",
    "xms": "Moroccan Sign Language",
    "esl": "Egyptian Sign Language",
    "nsi": "Nigerian Sign Language",
    "gse": "Ghanaian Sign Language",
}
_ALSO = {  # how people call them besides
    "Edo": "bin",
    "Langue des signes": "sgn",
    "Lengua de signos": "sgn",
    "لغة الإشارة": "sgn",
    "Tamasheq": "tmh",
    "Tamazight": "tzm",
    "Berber": "ber",
    "Djerma": "dje",
    "Songhai": "son",
    "Peul": "ff",
    "Pular": "ff",
    "Fula": "ff",
    "Fulani": "ff",
    "Dioula": "dyu",
    "Bengali": "bn",
    "Farsi": "fa",
    "Dari": "prs",
    "Creole": "ht",
    "Kurmanji": "ku",
    "Sorani": "ckb",
    "Mandarin": "zh",
    "Tagalog": "tl",
    "Filipino": "fil",
    "Moldovan": "ro",
}
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis", "root"})
_READ_IN = ("en", "fr", "es", "ar", "pt", "de", "it")  # names that files and forms come in
_BETWEEN = re.compile(r"[,;/\n\r،؛]+")
MOST = 60  # characters of one, in words


@lru_cache
def codes() -> frozenset[str]:
    """All codes that have a name."""
    known = (str(code) for code in Locale.parse("en").languages)
    named = {code for code in known if re.fullmatch("[a-z]{2,3}", code)}
    return frozenset((named | _BESIDE.keys() | set(_ALSO.values())) - _NO_LANGUAGE)


@lru_cache(maxsize=4096)
def name(code: str, locale: str = "en") -> str:
    """The name of a language; ours where CLDR has none; words as they were written."""
    by_cldr = Locale.parse(locale).languages.get(code) if code in codes() else None
    return by_cldr or _BESIDE.get(code) or code


@lru_cache(maxsize=64)
def every(locale: str = "en") -> tuple[tuple[str, str], ...]:
    """All languages as (code, name), by name."""
    return tuple(sorted(((code, name(code, locale)) for code in codes()), key=lambda pair: pair[1]))


def usual_first(usual: tuple[str, ...], locale: str = "en") -> tuple[tuple[str, str], ...]:
    """The same, with those of an office first."""
    first = tuple((code, name(code, locale)) for code in usual)
    return (*first, *(pair for pair in every(locale) if pair[0] not in usual))


@lru_cache(maxsize=300)
def official(country: str) -> tuple[str, ...]:
    """The languages in which a country is run."""
    found = get_official_languages(country, regional=True, de_facto=True)
    return tuple(code for code in found if code in codes())


def code_of(text: str) -> str | None:
    """The code of one language, from its code or from a name; None where nobody knows it."""
    plain = text.strip()
    return plain.lower() if plain.lower() in codes() else _names().get(_folded(plain))


def in_text(text: str) -> list[str]:
    """The languages in a text, with commas, semicolons or slashes between them: codes, and in words
    what is not known.
    """
    parts = (" ".join(part.split()) for part in _BETWEEN.split(text))
    return list(dict.fromkeys(code_of(part) or part[:MOST] for part in parts if part))


@lru_cache
def _names() -> dict[str, str]:
    """Folded names in every language of files, ours and English ones before others."""
    named: dict[str, str] = {}
    for locale in _READ_IN:
        for code in sorted(codes(), key=lambda code: (len(code), code)):
            if (of_cldr := Locale.parse(locale).languages.get(code)) is not None:
                named.setdefault(_folded(of_cldr), code)
    more = {**{word: code for code, word in _BESIDE.items()}, **_ALSO}
    return named | {_folded(word): code for word, code in more.items()}


def _folded(text: str) -> str:
    """For comparing, in any script: letters and digits without marks, in lower case."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if char.isalnum())
