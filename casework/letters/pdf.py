"""Setting papers as PDF, in memory: nothing is written to disk.

What was typed is data for the template, never markup.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel import Locale, UnknownLocaleError
from flask import Response
from flask_babel import get_locale

from loading import later
from web.later import Later

if TYPE_CHECKING:
    import pypdf
    import typst
else:
    pypdf = later("pypdf")
    typst = later("typst")

_ROOT = Path(__file__).parents[2]
TEMPLATE = _ROOT / "templates" / "letters" / "letter.typ"
FONTS = _ROOT / "static" / "fonts" / "pdf"

# A page: from (the office), title, about, parts; letters have head (lines of its address) and
# reference. A part has one of: heading, words, rows, list, boxes, room (lines to write on), sign.
Page = Mapping[str, Any]


@lru_cache
def _fonts() -> "typst.Fonts":
    return typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])


@dataclass(frozen=True)
class Paper:
    """What is to be set, whole: it asks the database nothing any more. With a ``password`` it opens
    by that alone.
    """

    data: str
    password: str = field(default="", repr=False)

    def set(self) -> bytes:
        """The PDF. It takes a while: no transaction is open meanwhile."""
        content = _set(self.data)
        return _locked(content, self.password) if self.password else content


def paper(
    title: str,
    pages: Sequence[Page],
    *,
    mark: str = "",
    password: str = "",
    language: str = "",
) -> Paper:
    """``pages`` in the language that stands, or in ``language``; ``mark`` stands at each page's
    foot.
    """
    locale = _locale(language) or get_locale()
    data = {
        "title": title,
        "lang": str(locale.language if locale else "en"),
        "rtl": bool(locale and locale.text_direction == "rtl"),
        "mark": mark,
        "pages": list(pages),
    }
    return Paper(json.dumps(data, ensure_ascii=False), password)


def _locale(language: str) -> Locale | None:
    """What Babel knows of a language; None where it knows nothing of it."""
    try:
        return Locale.parse(language) if language else None
    except (UnknownLocaleError, ValueError):
        return None


def attached(made: Paper, name: str) -> Response:
    """A paper as a file ``name``.pdf; it is set once what was written about it is committed."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Later(made.set, mimetype="application/pdf", headers=headers)


def _set(data: str) -> bytes:
    """PDF/UA-1."""
    return bytes(
        typst.compile(
            TEMPLATE.read_bytes(),
            sys_inputs={"data": data},
            font_paths=_fonts(),
            format="pdf",
            pdf_standards=["ua-1"],
        )
    )  # type: ignore[arg-type]


def _locked(content: bytes, password: str) -> bytes:
    """A PDF that opens with ``password`` alone (AES-256, as PDF 2.0 defines it)."""
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(content)))
    writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
