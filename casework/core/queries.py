"""Every SELECT of casework; each takes the viewer and starts from what is visible to them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import defer, joinedload, selectinload

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import visible, visible_by_clause
from casework.core import tasks
from models import months, numbers
from models.base import db, now, today
from models.cases import Case, Event, Import, Task
from models.data_protection import Block
from models.people import Grant, Organisation, User, working
from models.referrals import Referral
from models.rules import RuleBroken
from models.states import CaseStatus, ReferralState, Sets, TransferState
from models.witnessed import stands
from models.work import Transfer
from web import paging
from web.errors import NotFound

FILTERS = (
    *("status", "risk", "category", "standing", "citizenship", "sex", "mine"),
    *("owner", "open", "risky", "late"),  # who holds it; what the board of a team counts
)


def case(actor: Actor, number: str, **_more: Any) -> Case:
    """The case with this number, if the actor may open it; else it does not exist."""
    tidy = numbers.tidy(number)
    if not numbers.is_valid(tidy):
        raise NotFound
    query = select(Case).where(Case.number == tidy, visible(actor, Permission.CASE_OPEN, Case))
    options = (
        joinedload(Case.owner),
        selectinload(Case.consents),
        selectinload(Case.keys),
        selectinload(Case.documents),
    )
    opened = db.session.execute(query.options(*options)).unique().scalar_one_or_none()
    if opened is None:
        raise NotFound
    return opened


# Sealed one by one, and shown by no list: they are not opened for each row.
_NOT_LISTED = tuple(
    defer(column)
    for column in (
        Case.channel,
        Case.exploitation,
        Case.closure_reason,
        Case.outcome,
        Case.created_at,
    )
)


def cases(
    actor: Actor, filters: dict[str, str], cursor: str = "", size: int = paging.PAGE
) -> paging.Page:
    """A page of the cases the actor may open, newest change first, by coded fields."""
    query = select(Case).options(joinedload(Case.owner), *_NOT_LISTED)
    query = query.where(*_as_the_board_counts(filters))
    if filters.get("risk"):
        query = query.where(Case.risk == filters["risk"])
    if status := filters.get("status"):  # one that nobody knows is that of no case
        query = query.where(Case.status == status if status in set(CaseStatus) else false())
    if filters.get("mine"):
        query = query.where(Case.owner_id == actor.id)
    return paging.page(
        query,
        (Case.changed_at, Case.id),
        cursor,
        size,
        ways=visible_by_clause(actor, Permission.CASE_OPEN, Case),
        fits=_sieve(filters),
    )


def _as_the_board_counts(filters: dict[str, str]) -> Iterator[ColumnElement[bool]]:
    """What is behind a figure of the team: who holds it, open ones, of high risk, overdue."""
    holder = filters.get("owner", "")
    owner_id = int(holder) if holder.isascii() and holder.isdecimal() else 0
    if holder and not filters.get("late"):
        yield Case.owner_id == owner_id
    if filters.get("open"):
        yield Case.status.in_(Sets.CASE_ACTIVE)
    if filters.get("risky"):
        yield Case.risk.in_(("high", "extreme"))
    if filters.get("late"):
        theirs = [Task.owner_id == owner_id] if holder else []
        yield Case.id.in_(
            select(Task.case_id).where(tasks.due(today() - timedelta(days=1), *theirs))
        )


def _sieve(filters: dict[str, str]) -> Callable[[Case], bool] | None:
    """Whether a case fits the filters by sealed codes; None where nothing is asked of them."""
    asked = {name: filters[name] for name in ("citizenship", "sex") if filters.get(name)}
    category = filters.get("category")
    if standing := filters.get("standing"):
        asked["trafficking_status"] = standing

    def fits(case: Case) -> bool:
        same = all(getattr(case, name) == value for name, value in asked.items())
        return same and (not category or category in case.categories)

    return fits if asked or category else None


def open_own(actor: Actor) -> int:
    """How many open cases the actor holds."""
    query = (
        select(func.count())
        .select_from(Case)
        .where(Case.owner_id == actor.id, Case.status.in_(Sets.CASE_ACTIVE))
    )
    return int(db.session.execute(query).scalar() or 0)


def high_risk_own(actor: Actor) -> int:
    """How many of them are of high or extreme risk."""
    query = (
        select(func.count())
        .select_from(Case)
        .where(
            Case.owner_id == actor.id,
            Case.status.in_(Sets.CASE_ACTIVE),
            Case.risk.in_(("high", "extreme")),
        )
    )
    return int(db.session.execute(query).scalar() or 0)


def own_recent(actor: Actor, size: int = 8) -> list[Case]:
    """The cases of the actor that changed last."""
    mine = visible(actor, Permission.CASE_OPEN, Case)
    query = select(Case).where(Case.owner_id == actor.id, Case.status.in_(Sets.CASE_ACTIVE), mine)
    return list(
        db.session.execute(
            query.order_by(Case.changed_at.desc(), Case.id.desc()).limit(size)
        ).scalars()
    )


def tasks_of(actor: Actor) -> ColumnElement[bool]:
    """Which open tasks are the actor's: of a case that is kept from them, or that another office
    has by now, not even its number.
    """
    opens = select(Case.id).where(visible(actor, Permission.CASE_OPEN, Case))
    return and_(Task.owner_id == actor.id, Task.done_at.is_(None), Task.case_id.in_(opens))


def due_tasks(
    actor: Actor, until: date, since: date = date.min, *narrow: ColumnElement[bool]
) -> list[Task]:
    """All open tasks of the actor that are due until a day (and not before another), oldest first.

    Their days are sealed: asked for by month, then looked at.
    """
    month = Task.due_month.between(months.first(since), until)
    rows = db.session.execute(select(Task).where(tasks_of(actor), month, *narrow)).scalars()
    found = [task for task in rows if task.kind != tasks.SPARE and since <= task.due_on <= until]
    return sorted(found, key=lambda task: (task.due_on, task.id))


def task(actor: Actor, number: str, task_id: int, **_more: Any) -> Case:
    """The case of a task, loaded through the case; a task of another case does not exist."""
    of_case = case(actor, number)
    task_of(of_case, task_id)
    return of_case


def task_of(of_case: Case, task_id: int) -> Task:
    """A task of a case. Raises :class:`NotFound` where it is of another one."""
    query = select(Task).where(Task.id == task_id, Task.case_id == of_case.id)
    task = db.session.execute(query).scalar_one_or_none()
    if task is None or task.kind == tasks.SPARE:
        raise NotFound
    return task


def events(shown: Case, size: int = 30) -> list[Event]:
    """The newest entries of a case's timeline."""
    query: Select[Any] = (
        select(Event)
        .where(Event.case_id == shown.id)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(size)
    )
    return list(db.session.execute(query).scalars())


def happened(shown: Case) -> list[Event]:
    """Every entry of a case's timeline, newest first; its words stay sealed until they are read."""
    query = select(Event).where(Event.case_id == shown.id)
    newest = query.order_by(Event.at.desc(), Event.id.desc())
    return list(db.session.execute(newest).scalars())


def consents_ending(actor: Actor) -> int:
    """Open cases of the actor whose consent ends within 14 days."""
    query = (
        select(func.count())
        .select_from(Case)
        .where(
            Case.owner_id == actor.id,
            Case.status.in_(Sets.CASE_ACTIVE),
            Case.consent_until <= today() + timedelta(days=14),
        )
    )
    return int(db.session.execute(query).scalar() or 0)


def imports(actor: Actor, after: str = "") -> paging.Page:
    """The imports of the actor, the last first."""
    query = select(Import).where(Import.by_id == actor.id).order_by(Import.id.desc())
    return paging.counted(query, after, 10)


def partners() -> list[Organisation]:
    """The directory of partners, without those that were cut off."""
    query = working("partner")
    return sorted(db.session.execute(query).scalars(), key=attrgetter("name"))


def may_be_told(
    office: Organisation, named: Collection[int] = (), home: str = ""
) -> tuple[list[Organisation], list[Organisation]]:
    """Whom a person may agree to be told of them: services and missions in the country of the
    office or the person's own, and those named before; and those elsewhere. A partner whose
    agreement ended is offered only where it was named.
    """
    offered = [
        place
        for place in (*partners(), *other_missions(office.id))
        if place.id in named or place.agreement_until is None or place.agreement_until >= today()
    ]
    countries = {office.country, home}
    near = [place for place in offered if place.country in countries or place.id in named]
    return near, [place for place in offered if place not in near]


def missions() -> list[Organisation]:
    """The offices of missions, by name."""
    query = working("mission")
    return sorted(db.session.execute(query).scalars(), key=attrgetter("name"))


def other_missions(office_id: int) -> list[Organisation]:
    """Every mission but one, by name: a person may agree that they are told."""
    return [mission for mission in missions() if mission.id != office_id]


def caseworkers(office_id: int) -> list[User]:
    """Who may be given a case of an office: caseworkers of today whose account is not shut."""
    return sorted((user for _office, user in colleagues([office_id])), key=attrgetter("name"))


def at_work(offices: Iterable[int]) -> dict[int, list[User]]:
    """Who works on cases of offices today, by office: nobody whose account is shut."""
    wanted = list(offices)
    found: dict[int, list[User]] = {office_id: [] for office_id in wanted}
    query = select(Grant).where(
        Grant.organisation_id.in_(wanted), Grant.role.in_((Role.CASEWORKER, Role.SUPERVISOR))
    )
    for grant in db.session.execute(query.options(joinedload(Grant.user))).scalars():
        if grant.in_force and grant.user.active:
            found[grant.organisation_id].append(grant.user)
    return found


def held_by_nobody(offices: Iterable[int]) -> ColumnElement[bool]:
    """Which cases of offices nobody works on: without a holder, or in the name of somebody whose
    account is shut or who works there no more.
    """
    ways: list[ColumnElement[bool]] = [
        (Case.office_id == office_id)
        & (Case.owner_id.is_(None) | Case.owner_id.not_in({user.id for user in users}))
        for office_id, users in at_work(offices).items()
    ]
    return or_(false(), *ways)


def must_work_there(user_id: int, office_id: int, field: str = "owner") -> User:
    """The account that is to hold a case of an office, whoever gives it and how.

    Raises :class:`models.rules.RuleBroken` where it is shut, or does not work there.
    """
    for user in at_work([office_id])[office_id]:
        if user.id == user_id:
            return user
    raise RuleBroken(_("Choose somebody who works at this mission today."), field)


def is_kept_from(case: Case, user_id: int | None, office_id: int) -> bool:
    """Whether a case is kept from somebody, or from all of an office; where somebody else wrote
    from whom, from anybody.
    """
    query = select(Block).where(Block.case_id == case.id)
    return any(
        each.organisation_id == office_id
        or (each.user_id is not None and each.user_id == user_id)
        or not stands(each)
        for each in db.session.execute(query).scalars()
    )


def refuse_kept_from(case: Case, user_id: int, field: str) -> None:
    """Raise where a case would be given to somebody it is kept from: nobody could work on it."""
    if is_kept_from(case, user_id, case.office_id):
        message = _("%(case)s is kept from them. Choose somebody else.", case=case.number)
        raise RuleBroken(message, field)


def names(ids: Iterable[int | None]) -> dict[int | None, str]:
    """The names of accounts, by id."""
    wanted = {number for number in ids if number is not None}
    return (
        dict(db.session.execute(select(User.id, User.name).where(User.id.in_(wanted))).all())
        if wanted
        else {}
    )  # type: ignore[arg-type]


def waiting_on(actor: Actor, size: int = 5) -> paging.Page:
    """Referrals of the actor that a partner has not answered, the next to answer first."""
    query = select(Referral).where(
        Referral.sent_by_id == actor.id,
        Referral.state == ReferralState.SENT,
        Referral.answer_by > now(),
        visible(actor, Permission.REFERRAL_OPEN, Referral),
    )
    return paging.counted(query.order_by(Referral.answer_by, Referral.id), size=size)


def colleagues(offices: Sequence[int]) -> list[tuple[int, User]]:
    """The caseworkers of offices, with the office."""
    query = (
        select(Grant)
        .where(Grant.organisation_id.in_(offices), Grant.role == Role.CASEWORKER)
        .order_by(Grant.organisation_id, Grant.user_id)
        .options(joinedload(Grant.user))
    )
    return [
        (grant.organisation_id, grant.user)
        for grant in db.session.execute(query).scalars()
        if grant.in_force and grant.user.active
    ]


def gone(offices: Sequence[int]) -> list[tuple[int, User]]:
    """Who has open cases of offices in their name and works there no more, with the office."""
    active = Case.status.in_(Sets.CASE_ACTIVE)
    theirs = select(Case.office_id, Case.owner_id).where(held_by_nobody(offices), active)
    rows = db.session.execute(theirs.where(Case.owner_id.is_not(None)).distinct()).all()
    held = [(office_id, user_id) for office_id, user_id in rows if user_id is not None]
    query = select(User).where(User.id.in_({user_id for _office_id, user_id in held}))
    users = {user.id: user for user in db.session.execute(query).unique().scalars()}
    return [(office_id, users[user_id]) for office_id, user_id in held]


def pending_transfer(case: Case) -> Transfer | None:
    """The offer of a case that nobody has answered."""
    return (
        db.session.execute(
            select(Transfer).where(
                Transfer.case_id == case.id, Transfer.state == TransferState.ASKED
            )
        )
        .unique()
        .scalar_one_or_none()
    )


def offers_to(by: Actor, after: str = "", size: int = paging.PAGE) -> paging.Page:
    """Offers that the actor may answer, the oldest first."""
    mine = visible(by, Permission.TRANSFER_ANSWER, Transfer)
    query = select(Transfer).where(Transfer.state == TransferState.ASKED, mine)
    return paging.counted(query.order_by(Transfer.id), after, size)
