"""A role with a last day is told beforehand, so that it is made longer, or handed over what hangs
on it.
"""

from sqlalchemy import select

from access.permissions import Role
from models.base import db, today
from models.people import Grant
from notifications import outbox
from web.links import link

DAYS = (1, 7, 14)  # before the last day, each told once; the nearest alone where some were missed
EVENT = "role.ends"


def warn() -> None:
    """Every hour: the person, the supervisors and the administrators hear of a role that ends."""
    query = select(Grant).where(Grant.ends_on.is_not(None), Grant.ends_on >= today())
    found = {
        _reference(grant): grant
        for grant in db.session.execute(query).unique().scalars()
        if grant.user.active and _days(grant) <= max(DAYS)
    }
    told = outbox.told_already([EVENT], found)
    for reference, grant in found.items():
        if (EVENT, reference) not in told:
            _tell(reference, grant)


def _days(grant: Grant) -> int:
    assert grant.ends_on is not None
    return (grant.ends_on - today()).days


def _reference(grant: Grant) -> str:
    """By the role, its last day and how near that is: a role that is made longer is told anew."""
    near = next((days for days in DAYS if _days(grant) <= days), 0)
    return f"R{grant.id:x}-{grant.ends_on:%y%m%d}-{near}"


def _tell(reference: str, grant: Grant) -> None:
    office = grant.organisation_id
    keepers = outbox.administrators_of(office)
    overseers = outbox.people_of(office, Role.SUPERVISOR)
    known: set[int] = set()
    for people, path in (
        ([grant.user], link("accounts.account")),
        (keepers, link("accounts_people.show", grant.user)),
        (overseers, link("team.board")),
    ):
        new = [user for user in people if user.id not in known]
        known |= {user.id for user in new}
        if new:
            outbox.post(EVENT, reference=reference, path=path, to=new, office=office)
