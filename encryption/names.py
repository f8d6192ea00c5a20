"""One name in many scripts and spellings, brought to a few keys.

A name is transliterated to Latin, folded, split into parts; each part gives one or more skeletons:
its consonants in classes that sound alike, read as the languages that use the spelling read it ("x"
is "ks" in French, "h" in Somali, "sh" in pinyin). Vowels go because Arabic, Persian, Hebrew and
Ethiopic spellings lose them; doubled letters go because French, English and Somali spellings add
them. Neighbouring parts joined give a key too, so "Ben Ali" meets "Benali". A second set of keys,
each skeleton with one consonant left out, is asked only where the first finds nobody: it meets a
part with one letter wrong.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from encryption import name_tables as tables

# Parts so common that they tell nobody apart: they count in comparison, never as a way in.
_WORD = re.compile(r"[a-z]+")
_MOST_READINGS = 6


@dataclass(frozen=True)
class Likeness:
    """How alike two names are, 0 to 1, and why (codes)."""

    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Prepared:
    """A name brought to what is compared: its parts in Latin, those that tell, their skeletons."""

    text: str
    words: tuple[str, ...]
    sounds: tuple[tuple[str, ...], ...]
    joined: tuple[str, str]  # whole, and without articles
    plain: bool  # written in Latin letters


def latin(name: str) -> str:
    """``name`` in lower-case ASCII letters and spaces."""
    # The Arabic article before a "sun letter" and the hyphen both vanish in speech: "az-Zahra", "al
    # Zahra", "ez Zahra".
    text = (
        unicodedata.normalize("NFKC", name)
        .replace("ـ", "")
        .replace("-", " ")
        .replace("·", " ")
        .replace("\u200c", " ")
    )
    for mark in "'’ʼʻ`´":
        text = text.replace(mark, "")
    if not text.isascii():
        for where, pattern, replacement in tables.SCRIPTS:
            if where.search(text):
                text = pattern.sub(replacement, text)
    return re.sub(r"[^a-z ]+", "", anyascii(text).lower()).strip()


def parts(name: str) -> list[str]:
    """The words of ``name`` in folded Latin."""
    return _WORD.findall(latin(name))


@lru_cache(maxsize=50_000)
def skeleton(part: str) -> str:
    """The consonant classes of one folded word; a word of vowels keeps its first."""
    text = part
    for pattern, replacement in tables.NASALS:
        text = pattern.sub(replacement, text)
    # "dh", "th", "kh" before the letters they contain; upper case marks what is already classed.
    for letters, group in tables.GROUPS:
        if letters in text:
            text = text.replace(letters, group)
    text = text.replace("x", "KS")
    classed = text.translate(tables.CLASSES)
    kept: list[str] = []
    for position, letter in enumerate(classed):
        # A weak letter (h, w, y) only counts at the beginning: between and after vowels spellings
        # disagree about it.
        weak = letter in "HWJ" and position > 0 and text[position] in "hwyH"
        if letter.isupper() and not weak and (not kept or kept[-1] != letter):
            kept.append(letter)
    return "".join(kept) or part[:1].upper()


@lru_cache(maxsize=50_000)
def skeletons(part: str) -> tuple[str, ...]:
    """The skeletons of one folded word as several languages read it, the plain one first."""
    found = [skeleton(part)]
    if tables.SOMALI.search(part):
        # Somali "c" is the Arabic ayn and "x" its h: Cabdiraxmaan, Sacid.
        somali = re.sub(r"c(?!h)", "", part.replace("x", "h"))
        found.append(skeleton(somali) if somali else found[0])
    for pattern, replacement in tables.READINGS:
        other = pattern.sub(replacement, part)
        if other not in (part, ""):
            found.append(skeleton(other))
    return tuple(dict.fromkeys(found))[:_MOST_READINGS]


def plain_spelling(part: str) -> str:
    """A short word as it is spelt, less what spellings differ in most: its few consonants alone
    would meet half the base.
    """
    text = part
    for letters, plain in (
        ("dj", "j"),
        ("ou", "u"),
        ("oo", "u"),
        ("ee", "i"),
        ("ph", "f"),
        ("ck", "k"),
        ("ce", "se"),
        ("ci", "si"),
        ("c", "k"),
        ("q", "k"),
        ("z", "s"),
        ("y", "i"),
        ("h", ""),
    ):
        text = text.replace(letters, plain)
    return "".join(
        letter for place, letter in enumerate(text) if place == 0 or text[place - 1] != letter
    )


def _keys_of_part(word: str, *, alone: bool) -> Iterator[str]:
    """The keys of one part; a particle has none of its own where it does not stand alone."""
    if alone or (word not in tables.PARTICLES and len(word) > 1):
        yield from skeletons(word)
        if len(skeleton(word)) < 3:
            yield "=" + plain_spelling(word)
    if len(skeleton(word)) > 1:
        # A part that was written joined here ("Benali") must meet the pair ("Ben Ali").
        yield "+" + skeleton(word)


def _keys_of_pairs(words: list[str]) -> Iterator[tuple[str, list[int]]]:
    """The keys of neighbouring parts joined, with and without the articles between them."""
    everything = list(enumerate(words))
    for row in (
        everything,
        [(place, word) for place, word in everything if word not in tables.ARTICLES],
    ):
        for places in _neighbours([word for _, word in row]):
            joined = skeleton("".join(row[place][1] for place in places))
            if len(joined) > 1:
                yield "+" + joined, [row[place][0] for place in places]


def exact_keys(name: str) -> dict[str, frozenset[int]]:
    """The keys of the parts as they sound, and of neighbouring parts joined: key → which parts of
    the name it stands for.
    """
    words = parts(name)
    found: dict[str, frozenset[int]] = {}

    def put(key: str, *places: int) -> None:
        found[key] = found.get(key, frozenset()) | frozenset(places)

    for place, word in enumerate(words):
        for key in _keys_of_part(word, alone=len(words) == 1):
            put(key, place)
    for key, places in _keys_of_pairs(words):
        put(key, *places)
    return found or {skeleton(word): frozenset({place}) for place, word in enumerate(words)}


def _neighbours(words: list[str]) -> list[tuple[int, ...]]:
    """Which parts may be one word elsewhere: two telling ones, particles with the part they belong
    to, two parts around a particle.
    """
    found: list[tuple[int, ...]] = [
        (place, place + 1)
        for place in range(len(words) - 1)
        if not set(words[place : place + 2]) <= tables.PARTICLES
    ]
    found += [
        (place, place + 1, place + 2)
        for place in range(len(words) - 2)
        if words[place + 1] in tables.PARTICLES
    ]
    for place, word in enumerate(words):
        begins = place
        while begins and words[begins - 1] in tables.PARTICLES:
            begins -= 1
        if place - begins > 1 and word not in tables.PARTICLES:
            found.append(tuple(range(begins, place + 1)))
    return found


def near_keys(name: str) -> dict[str, frozenset[int]]:
    """The keys that meet a part with one letter wrong: each skeleton whole, and with one consonant
    left out.
    """
    found: dict[str, frozenset[int]] = {}
    for place, word in enumerate(parts(name)):
        sound = skeleton(word)
        if word not in tables.PARTICLES and len(sound) > 2:
            for key in (
                f"~{sound}",
                *(f"~{sound[:left]}{sound[left + 1 :]}" for left in range(len(sound))),
            ):
                found[key] = found.get(key, frozenset()) | {place}
    return found


def asked_keys(name: str) -> dict[str, tuple[frozenset[int], float]]:
    """The keys to look up: key → which parts of the name it stands for, and how much it tells (0 to
    1).
    """
    found = {key: (places, _tells(key, len(places))) for key, places in exact_keys(name).items()}
    return found | {key: (places, 0.65) for key, places in near_keys(name).items()}


def _tells(key: str, parts_: int) -> float:
    """Many share a short skeleton; even more one of several parts joined into few consonants."""
    length = len(key.lstrip("+="))
    if key[0] == "=":
        return 1.0
    if parts_ > 1:
        return (0.6, 0.6, 0.6, 0.75, 0.9)[length] if length < 5 else 1.0
    return (0.8, 0.8, 0.9)[length] if length < 3 else 1.0


def keys(name: str) -> set[str]:
    """All keys under which ``name`` stands in the index."""
    return {*exact_keys(name), *near_keys(name)}


def prepare(name: str) -> Prepared:
    """``name``, ready to be compared with many."""
    words = parts(name)
    telling = tuple(word for word in words if word not in tables.PARTICLES) or tuple(words)
    plain = all(
        ord(letter) < 0x250 or 0x1E00 <= ord(letter) < 0x1F00 for letter in name if letter.isalpha()
    )
    return Prepared(
        name,
        telling,
        tuple(skeletons(word) for word in telling),
        (
            skeleton("".join(words)),
            skeleton(
                "".join(word for word in words if word not in tables.ARTICLES) or "".join(words)
            ),
        ),
        plain,
    )


def compare(asked: str, known: str) -> Likeness:
    """How alike two names are."""
    return likeness(prepare(asked), prepare(known))


def likeness(asked: Prepared, known: Prepared) -> Likeness:
    """How alike ``asked`` and ``known`` are.

    Pairs each word with its best partner, whatever the order; neighbours may be one word elsewhere.
    """
    if not asked.words or not known.words:
        return Likeness(0.0, ())
    shorter, longer = sorted((asked, known), key=lambda name: len(name.words))
    score = _paired(shorter, longer.words, longer.sounds)
    joined = (
        max(fuzz.ratio(one, other) for one in asked.joined for other in known.joined) / 100
        if len(asked.joined[0]) > 2
        else 0.0
    )
    if joined > 0.7 and 1 < len(longer.words) <= 5 and len(shorter.words) < len(longer.words):
        for place in range(len(longer.words) - 1):
            words = (
                *longer.words[:place],
                longer.words[place] + longer.words[place + 1],
                *longer.words[place + 2 :],
            )
            score = max(
                score, 0.98 * _paired(shorter, words, tuple(skeletons(word) for word in words))
            )
    return Likeness(
        round(max(score, joined * 0.95 if joined > 0.9 else 0.0), 4), _reasons(asked, known)
    )


def _paired(
    shorter: Prepared, words: tuple[str, ...], others: tuple[tuple[str, ...], ...]
) -> float:
    free = list(range(len(words)))
    total = 0.0
    for word, sounds in sorted(
        zip(shorter.words, shorter.sounds, strict=True), key=lambda pair: -len(pair[0])
    ):
        best, place = max(
            ((_word_likeness(word, sounds, words[other], others[other]), other) for other in free),
            default=(0.0, -1),
        )
        total += best
        if place >= 0:
            free.remove(place)
    coverage = len(shorter.words) / max(len(words), len(shorter.words))
    return total / len(shorter.words) * (0.68 + 0.32 * coverage)


def _word_likeness(one: str, sounds: tuple[str, ...], other: str, others: tuple[str, ...]) -> float:
    if one == other:
        return 1.0
    if len(one) == 1 or len(other) == 1:
        return 0.5 * (one[0] == other[0])
    letters = JaroWinkler.similarity(one, other)
    alike = [sound for sound in sounds if sound == others[0]] or [
        sound for sound in others if sound == sounds[0]
    ]
    if alike:
        # The same sound, at least one of the two read plainly; how near the letters are tells
        # "Aminata" from "Mount".
        return max(letters, (0.76, 0.76, 0.8, 0.84, 0.86)[min(len(alike[0]), 4)] + 0.13 * letters)
    near = fuzz.ratio(sounds[0], others[0]) / 100
    typo = (
        0.9
        if min(len(one), len(other)) > 3
        and DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1
        else 0.0
    )
    return max(letters * 0.97, 0.88 * near, typo)


def _reasons(asked: Prepared, known: Prepared) -> tuple[str, ...]:
    sounds, others = (
        sorted(min(found) for found in asked.sounds),
        sorted(min(found) for found in known.sounds),
    )
    if asked.words == known.words:
        found = (
            ["same_name"] if asked.text.casefold() == known.text.casefold() else ["same_letters"]
        )
    elif sorted(asked.words) == sorted(known.words):
        found = ["other_order"]
    elif sounds == others:
        found = ["sounds_alike"]
    elif set(asked.joined) & set(known.joined):
        found = ["joined_or_split"]
    else:
        found = ["part_alike"]
    if asked.plain != known.plain:
        found.append("other_script")
    return tuple(found)
