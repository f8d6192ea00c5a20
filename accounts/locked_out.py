"""Somebody cannot sign in: their office hears of it, and the page gives nothing away."""

from sqlalchemy import select

from access.permissions import Role
from accounts import strangers, throttle
from models.base import db, now
from models.people import User
from notifications import outbox
from web.links import link


def tell(email: str) -> None:
    """Tell the administrators of the offices of an account, once a day; nobody of any other.

    Takes as long for accounts that do not exist: what is written for one that does takes time
    too, so it is committed within.
    """
    with throttle.taking_the_same_time():
        _tell(email)
        db.session.commit()


def _tell(email: str) -> None:
    query = select(User).where(User.email == email.strip().lower())
    user = db.session.execute(query).scalar_one_or_none()
    strangers.note("locked_out", user_id=user.id if user else None)
    if not throttle.may_ask_for_help() or user is None:
        return
    offices = {grant.organisation_id for grant in user.grants if grant.in_force}
    keepers = {
        keeper.id: keeper
        for office in offices
        for keeper in outbox.people_of(office, Role.ADMINISTRATOR)
    } or {keeper.id: keeper for keeper in outbox.holders(Role.ADMINISTRATOR)}
    path = link("accounts_people.show", user)
    reference = f"LO-{user.id}-{now():%y%m%d}"
    outbox.post("access.locked_out", reference=reference, path=path, to=keepers.values())
