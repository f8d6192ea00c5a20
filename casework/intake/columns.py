"""Lists of a crisis: tables of their own making.

A person says which column is which; the system suggests it.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from rapidfuzz import fuzz

from access.actors import Actor
from casework.intake import extra_columns, file_readers
from models.cases import Import
from models.rules import RuleBroken
from models.states import IMPORT, Sets
from standards import htcds
from standards.lists import Options

_OURS: Options = (
    ("prs_FirstName", _l("Given names")),
    ("prs_SecondName", _l("Family name")),
    ("prs_Birthdate", _l("Date of birth")),
    ("prs_Gender", _l("Sex or gender")),
    ("prs_Citizenship", _l("Citizenship")),
    ("prs_MobilePhone", _l("Phone")),
    ("prs_HomePhone", _l("Other phone")),
    ("prs_Email", _l("E-mail")),
    ("prs_MailingStreet", _l("Street")),
    ("prs_MailingCity", _l("Town")),
    ("prs_MailingState", _l("Region")),
    ("prs_MailingCountry", _l("Country of the address")),
    ("cas_CaseOwner", _l("Caseworker")),
    ("con_Consent", _l("Consent")),
)


def targets() -> Options:
    """What a column can mean: what we ask of a registration, and what the office asks besides."""
    return (*_OURS, *extra_columns.targets())


# How lists in the field head their columns, in languages they are written in;
# folded as the standard's own labels are.
_SPELLINGS = {
    "prs_FirstName": ("first name", "given name", "name", "prénom", "nombre", "vorname", "prenom"),
    "prs_SecondName": (
        "last name",
        "surname",
        "family name",
        "nom",
        "apellido",
        "apellidos",
        "nachname",
        "nom de famille",
    ),
    "prs_Birthdate": (
        "dob",
        "date of birth",
        "birth date",
        "date de naissance",
        "fecha de nacimiento",
        "geburtsdatum",
        "born",
    ),
    "prs_Gender": ("sex", "gender", "sexe", "sexo", "geschlecht", "m/f"),
    "prs_Citizenship": (
        "nationality",
        "citizenship",
        "nationalité",
        "nacionalidad",
        "staatsangehörigkeit",
    ),
    "prs_MobilePhone": (
        "phone",
        "mobile",
        "telephone",
        "tel",
        "téléphone",
        "telefono",
        "teléfono",
        "whatsapp",
    ),
    "prs_Email": ("email", "e-mail", "mail", "courriel", "correo"),
    "prs_MailingCity": ("town", "city", "ville", "ciudad", "camp", "site", "location"),
    "con_Consent": ("consent", "consentement", "consentimiento"),
}
SURE = 84
MOST_COLUMNS = 60


# A column: its place, what the first line calls it, and values of the first rows.
Column = tuple[int, str, list[str]]


def header(job: Import) -> list[Column]:
    """The columns of a list. Raises where it has no line of names, or nobody below it."""
    if job.content is None:
        return []
    lines = [cells for _number, cells in islice(file_readers.lines(job.file), 4)]
    if len(lines) < 2:
        message = _("The file needs a line that names its columns, and people below it.")
        raise RuleBroken(message, "file")
    names, rest = lines[0], lines[1:]
    if any(name not in (None, "") for name in names[MOST_COLUMNS:]):
        message = _(
            "The file has %(many)s columns; at most %(most)s are read. Take out the others.",
            many=len(names),
            most=MOST_COLUMNS,
        )
        raise RuleBroken(message, "file")
    return [
        (place, str(name).strip(), _values(rest, place))
        for place, name in enumerate(names[:MOST_COLUMNS])
        if name not in (None, "")
    ]


def _values(rows: Sequence[Sequence[Any]], place: int) -> list[str]:
    return [str(row[place]) for row in rows if place < len(row) and row[place] not in (None, "")]


def suggest(columns: Sequence[Column]) -> dict[int, str]:
    """For each column the target it most likely means; each at most once, the surest first."""
    besides = extra_columns.spellings()
    scored = [
        (_score(name, target, besides), place, target)
        for place, name, _values in columns
        for target in dict(targets())
    ]
    meanings: dict[int, str] = {}
    for score, place, target in sorted(scored, key=lambda row: (-row[0], row[1])):
        if score >= SURE and place not in meanings and target not in meanings.values():
            meanings[place] = target
    return meanings


def _score(name: str, target: str, besides: Mapping[str, Sequence[str]]) -> float:
    ours = (htcds.COLUMNS.get(target, ""), *_SPELLINGS.get(target, ()))
    spellings = (*ours, *besides.get(target, ()))
    return max(fuzz.ratio(_folded(name), _folded(spelling)) for spelling in spellings if spelling)


def _folded(text: str) -> str:
    """For comparing; a text that has no letters of ASCII as it is written."""
    return htcds.folded(text) or text.casefold().strip()


def counted(*, job: Import, columns: dict[int, str], basis: str) -> int:
    """How many rows a file has, read with what its columns mean. That takes a while; nothing is
    kept. Raises as :func:`choose`.
    """
    meanings = _meant(job, columns, basis)
    return len(file_readers.read(job.file, meanings, basis))


def choose(*, by: Actor, job: Import, columns: dict[int, str], basis: str, total: int) -> None:
    """Keep what each column means, on what ground people without consent are kept, and how many
    rows that makes (:func:`counted`).

    Then the usual preview. Raises :class:`models.rules.RuleBroken` where the import was started,
    and where the meanings do not make a registration.
    """
    meanings = _meant(job, columns, basis)
    job.columns = {str(place): target for place, target in meanings.items()}
    job.basis = basis
    IMPORT.move(job, "choose_columns", by=by)
    job.total = total


def _meant(job: Import, columns: dict[int, str], basis: str) -> dict[int, str]:
    if job.state not in Sets.IMPORT_WAITING or job.content is None:
        raise RuleBroken(_("This import was started already."))
    known = dict(targets())
    meanings = {place: target for place, target in columns.items() if target in known}
    _refuse_incomplete(list(meanings.values()), basis)
    return meanings


def _refuse_incomplete(meanings: list[str], basis: str) -> None:
    if len(set(meanings)) != len(meanings):
        raise RuleBroken(_("Two columns mean the same. Choose each meaning once."), "columns")
    if not {"prs_FirstName", "prs_SecondName"} & set(meanings):
        raise RuleBroken(_("Say which column holds the names."), "columns")
    if "con_Consent" not in meanings and not basis:
        message = _(
            "The list has no consent: say why its people are kept without it. "
            "A supervisor reviews each within 72 hours."
        )
        raise RuleBroken(message, "basis")


def chosen(form: Any) -> dict[int, str]:
    """What a browser sent: ``column__3=prs_FirstName``."""
    return {
        int(name.removeprefix("column__")): value
        for name, value in form.items()
        if name.startswith("column__") and name[8:].isdecimal() and value
    }
