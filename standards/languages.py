"""Languages of the interface, the notices and the letters.

A new one costs one entry here and its files: ``./run messages`` begins its catalogue in
``translations``; a script that the fonts of ``static/fonts`` lack needs a font. In which direction
it is written Babel knows. (Languages that people speak are in :mod:`standards.spoken`.)
"""

import sys

SOURCE = "en"  # what the texts in the code are written in; it has no catalogue
LANGUAGES: dict[str, str] = {  # code of the locale → its own name
    SOURCE: "English",
    "ar": "العربية",
}


def options() -> tuple[tuple[str, str], ...]:
    """Codes and own names, for a form."""
    return tuple(LANGUAGES.items())


def known(code: str) -> str:
    """``code`` where there is such a language, else the one that the texts are written in."""
    return code if code in LANGUAGES else SOURCE


if __name__ == "__main__":  # the languages that have a catalogue, for ./run messages
    sys.stdout.write("\n".join(code for code in LANGUAGES if code != SOURCE) + "\n")
