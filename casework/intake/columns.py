"""Lists of a crisis: tables of their own making. A person says which column is which; the system suggests it."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from rapidfuzz import fuzz

from access.actors import Actor
from casework.intake import file_readers, importing
from models.cases import Import
from models.rules import RuleBroken
from models.sealed import open_system, seal_system
from models.states import IMPORT, Sets
from standards import htcds
from standards.lists import Options

TARGETS: Options = (
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
# How lists in the field head their columns, in languages they are written in; folded as the standard's own labels are.
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


def header(job: Import) -> list[tuple[int, str, list[str]]]:
    """The columns of a list: place, what its first line calls it, and values of the first rows."""
    if job.content is None:
        return []
    found = []
    for _number, cells in file_readers.lines(open_system("import", job.content)):
        found.append(cells)
        if len(found) == 4:
            break
    if len(found) < 2:
        raise RuleBroken(
            _("The file needs a line that names its columns, and people below it."), "file"
        )
    first, rest = found[0], found[1:]
    named = [
        (place, str(cell).strip())
        for place, cell in enumerate(first[:MOST_COLUMNS])
        if cell not in (None, "")
    ]
    return [
        (
            place,
            name,
            [str(row[place]) for row in rest if place < len(row) and row[place] not in (None, "")],
        )
        for place, name in named
    ]


def suggest(columns: list[tuple[int, str, list[str]]]) -> dict[int, str]:
    """For each column the target it most likely means; each target at most once, the surest first."""
    scored = [
        (_score(name, target), place, target)
        for place, name, _values in columns
        for target in dict(TARGETS)
    ]
    found: dict[int, str] = {}
    for score, place, target in sorted(scored, key=lambda row: (-row[0], row[1])):
        if score >= SURE and place not in found and target not in found.values():
            found[place] = target
    return found


def _score(name: str, target: str) -> float:
    spellings = (htcds.COLUMNS.get(target, ""), *_SPELLINGS.get(target, ()))
    return max(
        fuzz.ratio(htcds.folded(name), htcds.folded(spelling)) for spelling in spellings if spelling
    )


def choose(*, by: Actor, job: Import, columns: dict[int, str], basis: str) -> None:
    """Keep what each column means, and on what ground people without recorded consent are kept. Then the usual preview."""
    if job.state not in Sets.IMPORT_WAITING or job.content is None:
        raise RuleBroken(_("This import was started already."))
    known = {place: target for place, target in columns.items() if target in dict(TARGETS)}
    if len(set(known.values())) != len(known):
        raise RuleBroken(_("Two columns mean the same. Choose each meaning once."), "columns")
    if not set(known.values()) & {"prs_FirstName", "prs_SecondName"}:
        raise RuleBroken(_("Say which column holds the names."), "columns")
    if "con_Consent" not in known.values() and not basis:
        raise RuleBroken(
            _(
                "The list has no consent: say why its people are kept without it. A supervisor reviews each within 72 hours."
            ),
            "basis",
        )
    job.columns = {str(place): target for place, target in known.items()}
    job.basis_sealed = seal_system("import/basis", basis.encode()) if basis else None
    IMPORT.move(job, "choose_columns", by=by)
    job.total = len(importing.rows_of(job))


def chosen(form: Any) -> dict[int, str]:
    """What a browser sent: ``column__3=prs_FirstName``."""
    return {
        int(name.removeprefix("column__")): value
        for name, value in form.items()
        if name.startswith("column__") and name[8:].isdecimal() and value
    }
