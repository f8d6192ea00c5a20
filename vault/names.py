"""One name in many scripts and spellings, brought to a few keys.

A name is transliterated to Latin, folded, split into parts; each part gives a skeleton: its consonants in classes
that sound alike. Vowels go because Arabic, Persian, Hebrew and Ethiopic spellings lose them; doubled letters go because
French, English and Somali spellings add them. Neighbouring parts joined give a key too, so "Ben Ali" meets "Benali".
"""

import itertools
import re
import unicodedata
from dataclasses import dataclass

from anyascii import anyascii
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

# Parts so common that they tell nobody apart: they count in comparison, never as a way in.
PARTICLES = frozenset(
    [
        "al",
        "el",
        "ul",
        "ad",
        "as",
        "ash",
        "an",
        "ar",
        "at",
        "az",
        "abd",
        "abu",
        "abou",
        "bin",
        "ben",
        "ibn",
        "bint",
        "bent",
        "umm",
        "oum",
        "de",
        "del",
        "della",
        "di",
        "da",
        "do",
        "dos",
        "das",
        "du",
        "des",
        "la",
        "le",
        "les",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "y",
        "e",
        "i",
        "and",
        "mc",
        "mac",
        "st",
        "san",
        "santa",
        "o",
        "ould",
        "oulad",
        "wuld",
        "mint",
        "ait",
        "ag",
        "u",
        "ma",
        "mme",
        "mr",
        "ms",
        "mrs",
        "dr",
        "haj",
        "hajj",
    ]
)
_GROUPS = (
    ("sch", "S"), ("tch", "C"), ("tsh", "C"), ("dsch", "J"), ("dj", "J"), ("dzh", "J"), ("zh", "S"), ("sh", "S"), ("ch", "S"),
    ("kh", "H"), ("gh", "G"), ("ph", "F"), ("th", "T"), ("dh", "D"), ("ts", "S"), ("tz", "S"), ("ck", "K"), ("qu", "K"), ("ou", "w"),
    ("x", "KS"),
)  # fmt: skip
_CLASSES = str.maketrans({
    "b": "P", "p": "P", "f": "F", "v": "F", "w": "W", "c": "K", "k": "K", "q": "K", "g": "K", "G": "K", "j": "J", "y": "J",
    "d": "T", "t": "T", "D": "T", "s": "S", "z": "S", "C": "S", "l": "L", "m": "M", "n": "N", "r": "R", "h": "H",
})  # fmt: skip
_ARABIC_ARTICLE = re.compile(r"\bال(?=[\u0621-\u064a]{3})")
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Likeness:
    """How alike two names are, 0 to 1, and why (codes of :data:`REASONS`)."""

    score: float
    reasons: tuple[str, ...]


def latin(name: str) -> str:
    """``name`` in lower-case ASCII letters, digits and spaces."""
    # The Arabic article before a "sun letter" and the hyphen both vanish in speech: "az-Zahra", "al Zahra", "ez Zahra".
    text = unicodedata.normalize("NFKC", name).replace("ـ", "").replace("-", " ").replace("'", "").replace("’", "")
    text = _ARABIC_ARTICLE.sub("al ", text).replace("ة", "ه")
    return re.sub(r"[^a-z ]+", "", anyascii(text).lower()).strip()


def parts(name: str) -> list[str]:
    """The words of ``name`` in folded Latin."""
    return _WORD.findall(latin(name))


def skeleton(part: str) -> str:
    """The consonant classes of one folded word; a word of vowels keeps its first."""
    text = part
    # "dh", "th", "kh" before the letters they contain; upper case marks what is already classed.
    for letters, group in _GROUPS:
        text = text.replace(letters, group)
    classed = text.translate(_CLASSES)
    kept: list[str] = []
    for position, letter in enumerate(classed):
        # A weak letter (h, w, y) only counts at the beginning: between and after vowels spellings disagree about it.
        weak = letter in "HWJ" and position > 0 and text[position] in "hwy"
        if letter.isupper() and not weak and (not kept or kept[-1] != letter):
            kept.append(letter)
    return "".join(kept) or part[:1].upper()


def keys(name: str) -> set[str]:
    """The look-up keys of ``name``: skeletons of parts and of neighbouring parts joined."""
    words = parts(name)
    found = {skeleton(word) for word in words if word not in PARTICLES and len(word) > 1}
    for first, second in itertools.pairwise(words):
        joined = skeleton(first + second)
        if len(joined) > 1 and not {first, second} <= PARTICLES:
            found.add("+" + joined)
    # A part that was written joined elsewhere ("Benali") must meet the pair ("Ben Ali").
    found |= {"+" + skeleton(word) for word in words if len(skeleton(word)) > 2}
    return found or {skeleton(word) for word in words}


def compare(asked: str, known: str) -> Likeness:
    """How alike ``asked`` and ``known`` are. Pairs each word with its best partner, whatever the order."""
    asked_words, known_words = _telling(asked), _telling(known)
    if not asked_words or not known_words:
        return Likeness(0.0, ())
    shorter, longer = sorted((asked_words, known_words), key=len)
    best = [max(_word_likeness(word, other) for other in longer) for word in shorter]
    joined = fuzz.ratio(skeleton("".join(asked_words)), skeleton("".join(known_words))) / 100
    coverage = len(shorter) / len(longer)
    score = max(sum(best) / len(best) * (0.55 + 0.45 * coverage), joined * 0.97)
    return Likeness(round(score, 3), _reasons(asked, known, asked_words, known_words))


def _telling(name: str) -> list[str]:
    words = parts(name)
    return [word for word in words if word not in PARTICLES] or words


def _word_likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    sound_one, sound_other = skeleton(one), skeleton(other)
    sound = 0.95 if sound_one == sound_other and len(sound_one) > 1 else 0.9 * fuzz.ratio(sound_one, sound_other) / 100
    return max(JaroWinkler.similarity(one, other), sound) if len(one) > 1 and len(other) > 1 else 0.5 * (one[0] == other[0])


def _reasons(asked: str, known: str, asked_words: list[str], known_words: list[str]) -> tuple[str, ...]:
    if asked_words == known_words:
        found = ["same_name"] if asked.casefold() == known.casefold() else ["same_letters"]
    elif sorted(asked_words) == sorted(known_words):
        found = ["other_order"]
    elif sorted(map(skeleton, asked_words)) == sorted(map(skeleton, known_words)):
        found = ["sounds_alike"]
    elif skeleton("".join(asked_words)) == skeleton("".join(known_words)):
        found = ["joined_or_split"]
    else:
        found = ["part_alike"]
    if (asked.isascii() != known.isascii() and anyascii(asked) != asked) or (
        asked.isascii() and not known.isascii() and any(ord(letter) > 0x24F for letter in known)
    ):
        found.append("other_script")
    return tuple(found)
