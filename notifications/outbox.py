"""The outbox: a notice is a row in the transaction of the deed it tells of.

No personal data: an event, a reference, a path. What finds nobody to tell goes to whoever can mend
that.
"""

import logging
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, func, select, union

from access import audit
from access.actors import Actor, system
from access.gate import who_acts
from access.permissions import Role
from models.base import db, insert_if_new, now
from models.cases import Case
from models.data_protection import Block, PersonRequest
from models.messages import Message
from models.money import FundRequest, FundRequestPerson
from models.people import Grant, Organisation, User, headquarters
from models.referrals import Referral
from models.returns import Return
from models.scope import opened
from models.states import MESSAGE, MessageState
from notifications import queue, timing
from standards.notification_events import MAY_REACH_NOBODY, UNHEARD
from web.links import link

log = logging.getLogger("safeconduct.outbox")

ROWS = 500  # in one statement
_ENDS = re.compile(r"^([A-Z]{2})([0-9a-f]+)-\d{2}(\d{4})$")
_NAMED = re.compile(r"\b(?:SC|RF|RT|PR|FR)-[0-9A-Z]{8}\b")
_ABOUT_ONE: tuple[Any, ...] = (Referral, Return, PersonRequest)
_THIS_YEAR = timedelta(days=180)
_ENDING = system("delivery")


HOURLY = 3600


def occurrence(letter: str, number: int, every: int = 1) -> str:
    """The reference of something that may happen to the same record again: each time another one,
    so that the second time is told as the first was; ``every`` so many seconds at the most.
    """
    return f"{letter}{number:x}-{int(now().timestamp()) // every:x}"


def until(letters: str, number: int, day: date) -> str:
    """The reference of what ends on a day, and another year on the same day again; short enough
    for millions of cases.
    """
    return f"{letters}{number:x}-{day:%y%m%d}"


def _before(reference: str) -> str:
    """What a version before called it: by month and day alone."""
    found = _ENDS.match(reference)
    return f"{found[1]}-{int(found[2], 16)}-{found[3]}" if found else reference


def post(
    event: str,
    *,
    reference: str,
    path: str,
    to: Iterable[User],
    urgent: bool = False,
    office: int | None = None,
    instead: Iterable[User] = (),
    never: int | None = None,
) -> None:
    """Promise to tell ``to`` about ``event``.

    The same event about the same thing reaches a person once by each channel. Where ``to`` holds
    nobody whose account is open, ``instead`` hears that nobody could be told: they can bring the
    word another way; else whoever keeps ``office`` (without it that of whoever acts) in order.
    ``never``: an account that must not hear of it, whatever else. Nor does anybody from whom the
    case is kept that ``path`` leads to.
    """
    shut = _kept_from(path) | {never}
    people = [user for user in to if user.active and user.id not in shut]
    if people or event in MAY_REACH_NOBODY:
        _promise(event, reference=reference, path=path, to=people, urgent=urgent)
        return
    event = f"{UNHEARD}{event}"
    nearest = [user for user in instead if user.active and user.id not in shut]
    for keepers, where in ((nearest, path), *_keepers(office, path)):
        left = [user for user in keepers if user.id not in shut]
        _promise(event, reference=reference, path=where, to=left, urgent=urgent)
        if any(user.id != _acting_id() or user in nearest for user in left):
            return
    log.warning("nobody but whoever did it can be told of %s", event)


@opened("accounts")
def _kept_from(path: str) -> set[int | None]:
    """The accounts from which a case is kept that an address names, by itself or by what is asked,
    told or paid about it.
    """
    named = _NAMED.findall(path)
    if not named:
        return set()
    cases = union(
        select(Case.id).where(Case.number.in_(named)),
        *(select(each.case_id).where(each.reference.in_(named)) for each in _ABOUT_ONE),
        select(FundRequestPerson.case_id)
        .join(FundRequest, FundRequest.id == FundRequestPerson.request_id)
        .where(FundRequest.reference.in_(named)),
    )
    blocks = select(Block.user_id, Block.organisation_id).where(Block.case_id.in_(cases))
    rows = db.session.execute(blocks).all()
    offices = {row.organisation_id for row in rows} - {None}
    theirs = select(Grant.user_id).where(Grant.organisation_id.in_(offices))
    found: set[int | None] = {row.user_id for row in rows if row.user_id is not None}
    return found | set(db.session.execute(theirs).scalars()) if offices else found


def _keepers(office: int | None, path: str) -> Iterable[tuple[list[User], str]]:
    """Who can mend that an office's notice finds nobody, the nearest first, and where: its
    supervisors, who know the matter; else those of the headquarters and whoever administers, who
    give roles.
    """
    acts = who_acts()
    at = office or (acts.home if acts else 0)
    yield people_of(at, Role.SUPERVISOR), path
    query = select(Organisation.id).where(Organisation.kind == "headquarters")
    top = db.session.execute(query).scalars().all()
    roles = (Role.SUPERVISOR, Role.ADMINISTRATOR)
    people = link("accounts_people.index")
    yield [user for place in top for user in people_of(place, *roles)], people
    yield holders(Role.ADMINISTRATOR), people


def _acting_id() -> int | None:
    acts = who_acts()
    return acts.id if acts else None


def _promise(event: str, *, reference: str, path: str, to: list[User], urgent: bool) -> None:
    at = now()
    same = {
        "event": event,
        "reference": reference,
        "path": path,
        "urgent": urgent,
        "tries": 0,
        "created_at": at,
        "trouble": "",
    }
    rows = [
        same | {"user_id": user.id, "channel": channel, "due_at": due, **_first_state(channel, at)}
        for user in to
        for channel, due in _whens(user, at, urgent=urgent)
    ]
    for start in range(0, len(rows), ROWS):
        _insert(rows[start : start + ROWS], urgent=urgent)


def told_already(events: Iterable[str], references: Iterable[str]) -> set[tuple[str, str]]:
    """Which of ``events`` about which of ``references`` somebody was told of, or could not be."""
    names = [name for event in events for name in (event, f"{UNHEARD}{event}")]
    # A version before called what ends on a day by month and day alone.
    asked = set(references)
    before = {_before(each): each for each in asked}
    wanted = sorted(asked | set(before))
    found: set[tuple[str, str]] = set()
    for start in range(0, len(wanted), ROWS):
        query = select(Message.event, Message.reference, func.max(Message.created_at)).where(
            Message.event.in_(names), Message.reference.in_(wanted[start : start + ROWS])
        )
        rows = db.session.execute(query.group_by(Message.event, Message.reference)).all()
        for event, reference, at in rows:
            now_called = before.get(reference, reference)
            if now_called == reference or at > now() - _THIS_YEAR:
                found.add((event.removeprefix(UNHEARD), now_called))
    return found


def untold(event: str, reference: Any) -> ColumnElement[bool]:
    """That nobody was told of ``event`` about what ``reference`` names: for periodic telling, which
    asks for what is due and untold, never for what is due today.
    """
    about = select(Message.id).where(
        Message.event.in_((event, f"{UNHEARD}{event}")), Message.reference == reference
    )
    return ~about.exists()


def post_letter(event: str, *, reference: str, path: str, to: User, channel: str = "mail") -> None:
    """Promise one person a mail (or SMS) at once, whatever they chose, and nothing in the app.

    For what is there to be used before anybody is signed in. Where it leads must not be read on
    the way: see :data:`notifications.channels.SECRET_PATHS`.
    """
    at = now()
    row = {
        "event": event,
        "reference": reference,
        "path": path,
        "urgent": True,
        "tries": 0,
        "created_at": at,
        "trouble": "",
        "user_id": to.id,
        "channel": channel,
        "due_at": at,
        "state": MessageState.WAITING,
        "delivered_at": None,
    }
    _insert([row], urgent=True)


def _first_state(channel: str, at: datetime) -> dict[str, object]:
    """In the app the row is the notice: it is delivered with the transaction of the deed, whatever
    becomes of queue and worker.
    """
    if channel == "app":
        return {"state": MessageState.DELIVERED, "delivered_at": at}
    return {"state": MessageState.WAITING, "delivered_at": None}


@opened("post")
def _insert(rows: list[dict[str, object]], *, urgent: bool) -> None:
    """Keep the rows that are new, and enqueue what may leave now.

    What waits for the end of quiet hours, or for the day's mail, is found by the sweep.
    """
    statement = (
        insert_if_new(Message).values(rows).returning(Message.id, Message.due_at, Message.state)
    )
    for message_id, due, state in db.session.execute(statement).all():
        if state == MessageState.WAITING and due <= now():
            queue.enqueue_after_commit("deliver", message_id, urgent=urgent)


def _whens(user: User, at: datetime, *, urgent: bool) -> list[tuple[str, datetime]]:
    """The channels by which a person gets notices, each with when."""
    mail = timing.due(user, urgent=urgent)
    sms = timing.sms_due(user, urgent=urgent) if current_app.config["SETTINGS"].sms_url else None
    return [("app", at), *([("mail", mail)] if mail else []), *([("sms", sms)] if sms else [])]


@opened("post")
def send_again(*, by: Actor, message: Message) -> None:
    """Try a message once more, now, as if it had never been tried."""
    MESSAGE.move(message, "send_again", by=by)
    message.tries = 0
    message.due_at = now()
    message.lease_until = None
    audit.record("message_again", subject=str(message.id))
    queue.enqueue_after_commit("deliver", message.id)


def end(user: User) -> None:
    """Send nothing of what still waits for somebody."""
    waiting = select(Message).where(
        Message.user_id == user.id, Message.state == MessageState.WAITING
    )
    for message in db.session.execute(waiting).scalars():
        MESSAGE.move(message, "fail", by=_ENDING)


def mark_read(message: Message) -> None:
    """Somebody opened a notice; when they did so first is what counts."""
    message.read_at = message.read_at or now()


def people_of(organisation_id: int, *roles: str) -> list[User]:
    """Who works in an organisation in one of ``roles`` today."""
    return _active(
        select(Grant).where(Grant.organisation_id == organisation_id, Grant.role.in_(roles))
    )


def administrators_of(organisation_id: int) -> list[User]:
    """Who administers an organisation today: its own, else those of the headquarters."""
    return people_of(organisation_id, Role.ADMINISTRATOR) or administrators_of_all()


def administrators_of_all() -> list[User]:
    """Who administers the headquarters, and by that every organisation."""
    every = db.session.execute(headquarters()).scalars().all()
    return [user for place in every for user in people_of(place, Role.ADMINISTRATOR)]


def officers() -> list[User]:
    """The data protection officers, wherever they work."""
    return holders(Role.PROTECTION)


def holders(role: str) -> list[User]:
    """Who holds a role today, wherever."""
    return _active(select(Grant).where(Grant.role == role))


def places_of(role: str) -> frozenset[int]:
    """The organisations in which somebody holds a role today."""
    grants = db.session.execute(select(Grant).where(Grant.role == role)).unique().scalars()
    return frozenset(
        grant.organisation_id for grant in grants if grant.in_force and grant.user.active
    )


def _active(query: Select[Grant]) -> list[User]:
    """The people of the grants that are in force, each once."""
    users = {
        grant.user_id: grant.user
        for grant in db.session.execute(query).scalars()
        if grant.in_force and grant.user.active
    }
    return list(users.values())
