"""What stands on the page of a case's files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from access.actors import Actor
from casework.casefile.case_header import head
from files import photographs, queries, receiving, schemas
from files.content.kinds import PLAYED
from models.cases import Case
from models.files import Attachment
from models.states import FileState
from standards import lists
from web.forms import Form


@dataclass(frozen=True)
class Line:
    """One file with the versions before it, and what may be done to it.

    ``others`` are the files that it may be a newer version of. ``goes_out`` says whether whoever
    looks may be given it.
    """

    file: Attachment
    older: list[Attachment]
    others: list[Attachment]
    may_write: bool
    goes_out: bool

    @property
    def is_kept(self) -> bool:
        """Whether it was looked into and may go out."""
        return self.file.state == FileState.KEPT

    @property
    def may_open(self) -> bool:
        """Whether it can be downloaded."""
        return self.is_kept and self.goes_out

    @property
    def is_refused(self) -> bool:
        """Whether it was looked into and is gone."""
        return self.file.state == FileState.REFUSED

    @property
    def is_coming(self) -> bool:
        """Whether parts of it are still to come."""
        return self.file.state == FileState.RECEIVING

    @property
    def has_thumbnail(self) -> bool:
        """Whether there is a small picture of it."""
        return self.file.thumbnail and self.is_kept and self.goes_out

    @property
    def is_played(self) -> bool:
        """Whether browsers play it on the page."""
        return self.is_kept and self.goes_out and self.file.kind in PLAYED

    @property
    def came_as(self) -> str:
        """The kind it was sent as, where it was made into another; else empty."""
        return str(receiving.fact(self.file, "came_as") or "") if self.is_kept else ""

    @property
    def shows_person(self) -> bool:
        """Whether the person can be recognised in it."""
        return self.file.shows_person == photographs.SHOWS

    @property
    def tags(self) -> list[str]:
        """The words to find it by."""
        return [tag.strip() for tag in self.file.tags.split(",") if tag.strip()]


def index(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """The files of the sections that the actor may open, and the form to add one."""
    writable = queries.sections(actor, case, "write")
    files = queries.files(case, queries.sections(actor, case, "read"))
    return {
        **head(actor, case, "files"),
        "files": _lines(actor, files, frozenset(writable)),
        "wants_no_photographs": photographs.are_refused(case),
        "form": form or Form(schemas.FileSchema, {"compartment": "protection"}),
        "may_add": _choices(writable) if case.is_active else [],
    }


def _choices(compartments: list[str]) -> list[tuple[str, object]]:
    return [(code, words) for code, words in lists.COMPARTMENTS if code in compartments]


def _lines(actor: Actor, files: list[Attachment], writable: frozenset[str]) -> list[Line]:
    """The newest version of each file, newest first."""
    by_key = {file.key: file for file in files}
    replaced = {file.replaces for file in files if file.replaces}
    newest = [file for file in files if file.key not in replaced]
    return [
        Line(
            file,
            list(_before(file, by_key)),
            [other for other in newest if _may_follow(file, other)],
            may_write=file.compartment in writable,
            goes_out=photographs.may_go_to(actor, file),
        )
        for file in newest
    ]


def _may_follow(file: Attachment, other: Attachment) -> bool:
    return other.key != file.key and other.compartment == file.compartment


def _before(file: Attachment, by_key: Mapping[str, Attachment]) -> Iterator[Attachment]:
    """The versions before a file, newest first; a circle ends where it closes."""
    seen = {file.key}
    older = by_key.get(file.replaces)
    while older is not None and older.key not in seen:
        yield older
        seen.add(older.key)
        older = by_key.get(older.replaces)
