"""What the look-up of names knows of languages and scripts."""

import re

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
        "abi",
        "bu",
        "bou",
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
        "hadj",
        "singh",
        "kaur",
        "bibi",
        "begum",
        "zu",
        "zum",
    ]
)
ARTICLES = frozenset({"al", "el", "ul", "ud", "ad", "as", "ar", "an", "az", "at", "ash"})
GROUPS = (
    ("tsch", "S"),
    ("dsch", "J"),
    ("sch", "S"),
    ("tch", "S"),
    ("tsh", "S"),
    ("dzh", "J"),
    ("shch", "S"),
    ("zh", "S"),
    ("sh", "S"),
    ("ch", "S"),
    ("dj", "J"),
    ("gj", "J"),
    ("xh", "J"),
    ("kh", "H"),
    ("gh", "G"),
    ("ph", "F"),
    ("bh", "b"),
    ("th", "T"),
    ("dh", "D"),
    ("ts", "S"),
    ("tz", "S"),
    ("cz", "S"),
    ("sz", "S"),
    ("ck", "K"),
    ("qu", "K"),
    ("ou", "u"),
)
NASALS = (
    (re.compile(r"ng(?=$|[bcdfghjklmnpqrstvwxz])"), "n"),
    (re.compile(r"(?<=[aeiouy])m(?=[kgtdcjqz])"), "n"),
)
SOMALI = re.compile(r"x|^c(?=[aeiou])|(?<=[aeiou])c(?=[aeiou]|[bdfglmnrstwy]|$)")
# A spelling that another language reads otherwise: (pattern, replacement). Each gives one more
# skeleton of the word.
READINGS = (
    (re.compile(r"^x|(?<=[aeioun])x(?=[aeiou])"), "s"),  # pinyin: Xiao, Xu
    (re.compile(r"^q"), "s"),  # pinyin: Qing
    (re.compile(r"^c(?=[aou])"), "s"),  # Tamil, Burmese, as our transliteration writes them
    (re.compile(r"^c(?=[aeiou])"), "j"),  # Turkish, Kurdish: Ciwan
    (re.compile(r"c(?=[eiy])"), "s"),  # French, Spanish: Cecile
    (re.compile(r"g(?=[eiy])"), "j"),  # French, English: George; Greek Giorgos, Yiorgos
    (re.compile(r"^g(?=[rlaouh])"), "h"),  # Ukrainian: Hrytsenko
    (re.compile(r"j"), "z"),  # Bengali, Hindi: Shahnaj, Mijanur
    (re.compile(r"j"), "h"),  # Spanish: Jose, Juan
    (re.compile(r"^di(?=[aou])"), "j"),  # West Africa: Diallo, Jallow
    (re.compile(r"^i(?=[aou])"), "j"),  # Romanian, Slavic: Ionescu
    (re.compile(r"^ch"), "j"),  # Thai
    (re.compile(r"ch|kh"), "k"),  # Greek, Italian, German, Hebrew: Michael, Khaled as Kaled
    (re.compile(r"w"), "v"),  # German, Polish: Wagner, Wladimir
    (re.compile(r"ph|f"), "p"),  # Thai, Khmer, Sinhala: Phat, Fernando
    (re.compile(r"dh|th"), "z"),  # Arabic heard in Persian, Turkish, Urdu: Ramadhan; Burmese: Than
    (re.compile(r"gh"), "r"),  # North Africa: Ghani, Rani
    (re.compile(r"(?<=[^aeiou])v(?=[^aeiou])"), "o"),  # Hebrew and Arabic write this vowel like "v"
    (re.compile(r"(?<=[aeo])[vw]$"), ""),  # Khmer, Burmese: Pov, Kyaw
    (re.compile(r"m$"), "n"),  # Punjabi: Dhillon
    (re.compile(r"^h"), ""),  # Spanish, French: Hector
)
CLASSES = str.maketrans(
    {
        "b": "P",
        "p": "P",
        "f": "F",
        "v": "F",
        "w": "W",
        "c": "K",
        "k": "K",
        "q": "K",
        "g": "K",
        "G": "K",
        "j": "J",
        "y": "J",
        "d": "T",
        "t": "T",
        "D": "T",
        "s": "S",
        "z": "S",
        "C": "S",
        "l": "L",
        "m": "M",
        "n": "N",
        "r": "R",
        "h": "H",
    }
)
# What a general transliteration gets wrong, put right before it: (only where this occurs, pattern,
# replacement).
SCRIPTS = tuple(
    (re.compile(where), re.compile(pattern), replacement)
    for where, pattern, replacement in (
        (r"[\u0600-\u06ff]", r"\bال(?=[\u0621-\u064a]{3})", "al "),  # the article
        (r"ة", r"ة", "ه"),
        (r"[پچژگکیےہ]", r"[ضذظ]", "z"),  # Persian and Urdu read these Arabic letters as z
        (
            r"[\u0e00-\u0e7f]",
            r"([เแโใไ])([ก-ฮ])",
            r"\2\1",
        ),  # Thai vowels written before their consonant
        (r"[\u0e00-\u0e7f]", r"[ก-ฮ][ิุ]?\u0e4c", ""),  # and silent letters
        (r"[\u0e00-\u0e7f]", r"(?<=[\u0e00-\u0e7f])ญ", "น"),
        (r"[\u0370-\u03ff]", r"([εα])[υύ]", r"\1β"),
        (r"[\u0370-\u03ff]", r"γγ", "νγ"),
        (r"[\u0370-\u03ff]", r"ο[υύ]", "u"),
        (r"[\u0590-\u05ff]", r"\bכ", "ק"),
        (r"[\u1000-\u109f]", "\u103c", "\u103b"),  # Burmese medial r is spoken y
        (
            r"[\uac00-\ud7af]",
            r"\b이(?=[\uac00-\ud7af])",
            "lee ",
        ),  # Korean family names have spellings of their own
        (r"[\uac00-\ud7af]", r"\b박(?=[\uac00-\ud7af])", "park "),
        (r"[\uac00-\ud7af]", r"\b(?:임|림)(?=[\uac00-\ud7af])", "lim "),
        (
            r"[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]",
            r"([\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])",
            r" \1 ",
        ),  # a syllable is a part
        (r"[Çç]", r"\b[Çç]", "ch"),
    )
)
