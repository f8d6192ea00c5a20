"""DOCX, XLSX, PPTX: what their parts are, what they point at, what their fields do."""

import re
from typing import TYPE_CHECKING

from files.content import markup
from files.content.kinds import NotKept
from files.content.links import is_plain_link

if TYPE_CHECKING:
    from files.content.office import Parts

MAIN = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "ppt/presentation.xml": "pptx",
}
# Pieces of content types and of kinds of relationship; the first that fits tells why.
_TYPES = (
    ("macroenabled", "active"),
    ("vbaproject", "active"),
    ("activex", "active"),
    ("macrosheet", "active"),
    ("oleobject", "carries"),
    ("externallink", "remote"),
    ("connections", "remote"),
)
_RELATED = (
    ("vbaproject", "active"),
    ("activex", "active"),
    ("macrosheet", "active"),
    ("relationships/control", "active"),
    ("afchunk", "carries"),
    ("oleobject", "carries"),
    ("attachedtemplate", "remote"),
    ("externallink", "remote"),
)
_FETCHING_FIELD = re.compile(
    r"\s*(?:DDE(?:AUTO)?|INCLUDE(?:PICTURE|TEXT)?|IMPORT|LINK|DATABASE|RD)\b", re.IGNORECASE
)
_RUNNING_FIELD = re.compile(r"\s*MACROBUTTON\b", re.IGNORECASE)
_FETCHING_FORMULA = re.compile(r"\b(?:WEBSERVICE|IMAGE|RTD|CALL|REGISTER(?:\.ID)?|DDE)\s*\(", re.I)
_QUOTED = re.compile(r'"[^"]*"')
_OF_A_PROGRAM = re.compile(r"\w\|'[^']*'!")  # cmd|'/c …'!A1
_ACTIONS = re.compile(r"ppaction://(?:macro|program|ole|hlinkfile)", re.IGNORECASE)


def look(parts: "Parts") -> None:
    """Raise :class:`NotKept` for a part that runs, carries or fetches something."""
    for name in parts.names:
        if name.casefold() == "[content_types].xml":
            with parts.open(name) as stream:
                markup.read(stream, _content_type)
    for name in parts.ending(".rels"):
        with parts.open(name) as stream:
            markup.read(stream, _relationship)
    for name in parts.ending(".xml"):
        fields = _Fields()
        with parts.open(name) as stream:
            markup.read(stream, fields.begin, fields.words)
        fields.end()


def _content_type(_name: str, attributes: dict[str, str]) -> None:
    _refuse(attributes.get("ContentType", ""), _TYPES)


def _relationship(_name: str, attributes: dict[str, str]) -> None:
    kind, target = attributes.get("Type", ""), attributes.get("Target", "")
    if attributes.get("TargetMode", "").casefold() == "external":
        if not kind.casefold().endswith("hyperlink"):
            raise NotKept("remote")
        if not is_plain_link(target):
            raise NotKept("opens")
    elif ":" in target.partition("/")[0] or target.startswith(("//", "\\\\")):
        raise NotKept("remote")  # says that it lies within, and does not
    _refuse(kind, _RELATED)


def _refuse(words: str, table: tuple[tuple[str, str], ...]) -> None:
    for piece, reason in table:
        if piece in words.casefold():
            raise NotKept(reason)


class _Fields:
    """The instructions of fields and the formulas of cells; a field may be cut into many runs."""

    def __init__(self) -> None:
        self.instruction = ""
        self.formula = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element: a field begins or ends, a cell begins, a click does something."""
        if name == "fldChar" and attributes.get("fldCharType") == "separate":
            return
        if name == "fldSimple":
            _refuse_field(attributes.get("instr", ""))
        if name in {"fldChar", "c", "f"}:
            self.end()
        if _ACTIONS.match(attributes.get("action", "")):
            raise NotKept("opens")
        if name in {"ddeLink", "oleLink", "control", "webPr", "dbPr"}:
            raise NotKept("active" if name == "control" else "remote")

    def words(self, name: str, words: str) -> None:
        """Some text; of interest in a field or a formula."""
        if name == "instrText":
            self.instruction += words
        elif name in {"f", "definedName", "formula1"}:
            self.formula += words

    def end(self) -> None:
        """A field or a formula is whole."""
        _refuse_field(self.instruction)
        formula = _QUOTED.sub("", self.formula)
        if _FETCHING_FORMULA.search(formula) or _OF_A_PROGRAM.search(formula):
            raise NotKept("remote")
        self.instruction = self.formula = ""


def _refuse_field(instruction: str) -> None:
    if _FETCHING_FIELD.match(instruction):
        raise NotKept("remote")
    if _RUNNING_FIELD.match(instruction):
        raise NotKept("active")
