"""Who travels: names and families for whoever runs a movement, and the list that the carrier wants.

Names are opened by the policy of each case: of those whom the runner may not open, the page says
so, and their caseworker or a supervisor prints them. The carrier's list is opened name by name,
each an entry of its own in the trail, never kept, and ends with the flight.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypedDict

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.kept_from import is_blocked
from access.permissions import Permission
from access.policy import allows
from avrr import movements
from casework.core import release, search
from models.base import db
from models.movements import ManifestEntry, MissedSeat, Movement
from models.records import Member
from models.returns import Return
from models.rules import NotPossible, RuleBroken, stated
from models.states import MOVEMENT
from standards import lists, returning
from web import field_types, template_filters


@MOVEMENT.guard("depart", "cancel", "stay")
def _nobody_is_kept_from_them(movement: Movement, by: Actor) -> None:
    """Whom a case is kept from neither sends its person off, nor cancels their journey,
    nor takes back that they left.
    """
    if any(is_blocked(by, entry.record) for entry in movements.expected(movement)):
        raise RuleBroken(_("Somebody with a seat is kept from you: a colleague does this."))


FIELDS = ("birth", "citizenship", "document_number", "family_name", "given_names", "sex")


@dataclass(frozen=True)
class Family:
    """Who belongs together on a movement: their seats, and how many of them have none."""

    seats: tuple[int, ...]
    left_behind: int


def families(entries: Sequence[ManifestEntry]) -> dict[int, Family]:
    """By seat, the family or group its person belongs to; nobody's where they travel alone."""
    seat_of = {entry.record.case_id: entry.seat for entry in entries}
    mine = select(Member.household_id).where(Member.case_id.in_(seat_of))
    rows = db.session.execute(
        select(Member.household_id, Member.case_id).where(Member.household_id.in_(mine))
    ).all()
    together: dict[int, list[int]] = {}
    for household_id, case_id in rows:
        together.setdefault(household_id, []).append(case_id)
    found: dict[int, Family] = {}
    for members in together.values():
        seats = tuple(sorted(seat_of[case] for case in members if case in seat_of))
        if len(members) > 1:
            found |= {seat: Family(seats, len(members) - len(seats)) for seat in seats}
    return found


def names(by: Actor, movement: Movement, entries: Sequence[ManifestEntry]) -> dict[int, str]:
    """By seat the names that ``by`` may open; that they were shown is in the trail."""
    theirs = [entry for entry in entries if may_open(by, entry.record)]
    cases = tuple(entry.record.case_id for entry in theirs)
    audit.record("travellers_shown", subject=movement.reference, cases=cases)
    return {entry.seat: search.display_name(entry.record.case) for entry in theirs}


def missed(movement: Movement) -> list[MissedSeat]:
    """Who did not come, in the order in which it was said."""
    query = select(MissedSeat).join(Return, Return.id == MissedSeat.return_id)
    query = query.where(
        MissedSeat.movement_id == movement.id, Return.sending_id == movement.office_id
    )
    return list(db.session.execute(query.order_by(MissedSeat.id)).unique().scalars())


def may_open(by: Actor, return_: Return) -> bool:
    """Whether ``by`` may read who this is."""
    return allows(by, Permission.IDENTITY_READ, return_.case)


@dataclass(frozen=True)
class Line:
    """One person as a carrier wants them."""

    seat: int
    family_name: str
    given_names: str
    born: str
    sex: str
    nationality: str
    document: str
    number: str
    until: str
    reference: str  # of the return where document and number are written down
    may_fill: bool


@stated("movement: carrier's list")
def list_for_carrier(*, by: Actor, movement: Movement, seats: Collection[int]) -> list[Line]:
    """The carrier is told name, birth, sex, nationality and travel document of who is on board, and
    no more; opened name by name, each in the trail, and only until the movement has left.

    Raises :class:`models.rules.RuleBroken` where nobody is chosen, or one is not theirs to open.

    Source: ours; what carriers ask is advance passenger information, to be verified.
    """
    if not movement.is_planned:
        raise NotPossible(_("The carrier’s list ended with the movement."))
    chosen = [entry for entry in movements.expected(movement) if entry.seat in seats]
    if not chosen:
        raise RuleBroken(_("Tick whom to print."))
    if shut := [entry.seat for entry in chosen if not may_open(by, entry.record)]:
        numbers = ", ".join(str(seat) for seat in shut)
        raise RuleBroken(
            _("Not yours to open: seats %(seats)s. Their caseworker or a supervisor prints them.")
            % {"seats": numbers}
        )
    return [_opened(by, movement, entry) for entry in chosen]


def _opened(by: Actor, movement: Movement, entry: ManifestEntry) -> Line:
    return_ = entry.record
    case = return_.case
    audit.record("carrier_line", subject=movement.reference, cases=(case.id,), fields=FIELDS)
    identity = case.identity
    paper = return_.steps.get("travel_documents")
    said = paper.detail if paper else {}
    code = said.get("paper", "")
    until = paper.valid_until if paper else None
    return Line(
        entry.seat,
        str(identity.get("family_name") or ""),
        str(identity.get("given_names") or identity.get("call_name") or ""),
        field_types.known_date(identity.get("birth")),
        lists.label(lists.SEX, case.sex) if case.sex else "",
        template_filters.country(case.citizenship) if case.citizenship else "",
        lists.label(returning.TRAVEL_PAPERS, code) if code else "",
        str(said.get("document_number") or identity.get("document_number") or ""),
        template_filters.day(until) if until else "",
        return_.reference,
        allows(by, Permission.RETURN_PREPARE, return_),
    )


class EscortNeeds(TypedDict):
    """What an escort needs of one person, and no more."""

    name: str
    languages: list[str]
    needs: list[str]
    escorts: list[str]


def for_the_escort(return_: Return) -> EscortNeeds:
    """A name to call, languages, needs, who goes with them. Opens what the handover released.

    Nothing where that has ended: the paper leaves the office like everything that is told.
    """
    stands = return_.own_key and return_.handover and release.of("handover", return_.reference)
    released = return_.released if stands else {}
    journey = return_.journey if stands and return_.journey_sealed else {}
    names = (released.get("given_names"), released.get("family_name"))
    return {
        "name": " ".join(name for name in names if name) or released.get("call_name", ""),
        "languages": released.get("languages", []),
        "needs": journey.get("needs", []),
        "escorts": journey.get("escorts", []),
    }
