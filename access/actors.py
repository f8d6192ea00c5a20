"""Who acts: a person with the grants in force today, or a task of the system by its name."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import literal, or_, select, union_all

from access.permissions import Permission, Role
from models.base import db, now, today
from models.data_protection import Block, Emergency
from models.people import Organisation, User
from models.releases import CaseRelease
from models.rules import NoOffice
from models.scope import WHOLE, Scope, opened
from models.shelter import Facility, Placement
from models.states import CaseReleaseState
from models.witnessed import stands

NOWHERE = -1  # an office was named that is none of theirs
# Roles whose work goes over all missions, and the opening of the database that is theirs.
_OVER_ALL = {Role.PROTECTION: "oversight", Role.MANAGER: "books"}


@dataclass(frozen=True)
class Actor:
    """The one who acts, as the policy sees them."""

    name: str
    user: User | None = None
    by_role: dict[Role, frozenset[int]] = field(default_factory=dict)
    teams: frozenset[int] = frozenset()
    only: frozenset[Permission] | None = None  # a weaker sign-in (token) may use these alone
    system: bool = False
    blocked: frozenset[int] = frozenset()  # cases kept from this person, whatever the roles
    emergency: frozenset[int] = frozenset()  # cases opened for hours
    headquarters: frozenset[int] = frozenset()  # organisations of theirs that administer all others
    sheltered: frozenset[int] = (
        frozenset()
    )  # cases of people who sleep in a house of this shelter manager
    # Partners for which this person works since a moment: what was referred before is not theirs.
    joined: dict[int, datetime] = field(default_factory=dict)

    office: int = 0  # of several organisations the one they work for now; 0 where they chose none

    # Opened by the password that its owner tells under force: there is nothing, and nothing stays.
    forced: bool = False

    @property
    def id(self) -> int | None:
        """The account's id, or None for the system; of nobody where it was opened by force, so that
        whatever is asked for as one's own is not found either.
        """
        if self.forced:
            return 0
        return self.user.id if self.user else None

    @property
    def home(self) -> int:
        """The organisation whose trail this actor's deeds stand in that are about nobody's record;
        0 for the system.
        """
        if self.office > 0:
            return self.office
        places = (
            [grant.organisation_id for grant in self.user.grants if grant.in_force]
            if self.user
            else []
        )
        return min(places, default=0)

    @property
    def places(self) -> frozenset[int]:
        """Ids of the organisations in which this actor holds a role."""
        return frozenset().union(*self.by_role.values())

    @property
    def works_for(self) -> Organisation | None:
        """The organisation they work for now: the only one, or the one they chose."""
        held = self.user.grants if self.user and self.office else []
        return next(
            (each.organisation for each in held if each.organisation_id == self.office), None
        )

    def office_for(self, *roles: Role) -> int:
        """Where they do what one of ``roles`` does: the organisation they work for now, or the only
        one in which they hold such a role; 0 where they hold none.

        Raises :class:`models.rules.NoOffice` where they have to say which.
        """
        places = self.at(*roles)
        if self.office in places:
            return self.office
        if len(places) > 1 or (places and self.office):
            held = self.user.grants if self.user else []
            codes = {each.organisation.code for each in held if each.organisation_id in places}
            words = _("Say first for which office you work: %(codes)s.")
            raise NoOffice(words % {"codes": ", ".join(sorted(codes))})
        return next(iter(places), 0)

    @property
    def scope(self) -> Scope:
        """What the database may show this actor."""
        if self.system:
            return WHOLE
        if self.forced:
            return Scope(self.name)
        return Scope(
            self.name,
            self.places,
            self.emergency | self.sheltered,
            user=self.id,
            openings=frozenset(name for role, name in _OVER_ALL.items() if self.holds(role)),
        )

    @property
    def administers_all(self) -> bool:
        """Whether this actor is administrator at the headquarters."""
        return bool(self.at(Role.ADMINISTRATOR) & self.headquarters)

    def at(self, *roles: Role) -> frozenset[int]:
        """Ids of the organisations where this actor holds one of ``roles``."""
        return frozenset().union(*(self.by_role.get(role, frozenset()) for role in roles))

    def holds(self, *roles: Role) -> bool:
        """Whether this actor holds one of ``roles`` anywhere."""
        return any(self.by_role.get(role) for role in roles)


def person(user: User, only: frozenset[Permission] | None = None, office: int = 0) -> Actor:
    """The actor that ``user`` is today; ``office``: the organisation they chose to work for.

    Read anew at every request, so that a role taken away is gone with the next click.
    """
    is_right = user.active and stands(user)
    in_force = [grant for grant in user.grants if is_right and grant.in_force and stands(grant)]
    by_role: dict[Role, frozenset[int]] = {}
    for grant in in_force:
        role = Role(grant.role)
        by_role[role] = by_role.get(role, frozenset()) | {grant.organisation_id}
    teams = frozenset(grant.team_id for grant in in_force if grant.team_id is not None)
    blocked, emergency = _exceptions(
        user.id,
        {grant.organisation_id for grant in in_force},
        may_ask=bool(by_role.keys() & MAY_ASK_IN_AN_EMERGENCY),
    )
    sheltered = _sheltered(by_role.get(Role.SHELTER, frozenset()))
    over_all = frozenset(
        grant.organisation_id
        for grant in in_force
        if grant.organisation.kind == "headquarters" and stands(grant.organisation)
    )
    return Actor(
        user.email,
        user,
        by_role,
        teams,
        only,
        office=_worked_for(office, {grant.organisation_id for grant in in_force}),
        blocked=blocked,
        emergency=emergency,
        sheltered=sheltered,
        headquarters=over_all,
        joined={
            grant.organisation_id: grant.since
            for grant in in_force
            if grant.role == Role.PARTNER and grant.since is not None
        },
    )


def _worked_for(chosen: int, places: set[int]) -> int:
    """What was chosen, while they hold a role there; without a choice the only one."""
    if chosen in places or chosen == NOWHERE:
        return chosen
    return next(iter(places)) if len(places) == 1 else 0


# Pages that somebody has who was forced to sign in: lists, in which nothing is.
_EMPTY = frozenset(
    {
        Permission.ACCOUNT_USE,
        Permission.WORK_SEE,
        Permission.CASE_LIST,
        Permission.REFERRAL_LIST,
        Permission.RETURN_LIST,
    }
)


def under_force(user: User) -> Actor:
    """The actor that ``user`` seems to be to whoever forced them to sign in."""
    return replace(
        person(user, _EMPTY),
        forced=True,
        emergency=frozenset(),
        sheltered=frozenset(),
        blocked=frozenset(),
    )


def _sheltered(houses_of: frozenset[int]) -> frozenset[int]:
    """Cases of the people who are placed today in a house of these organisations.

    A stay that another office told the house of has a release, and counts only while that stands.
    Cases are not asked: before somebody is known, row-level security shows none.
    """
    if not houses_of:
        return frozenset()
    mine = select(Facility.id).where(Facility.organisation_id.in_(houses_of))
    query = select(Placement.case_id, Placement.key, Placement.from_on).where(
        Placement.facility_id.in_(mine), Placement.left_on.is_(None)
    )
    stays = [stay for stay in db.session.execute(query).all() if stay.from_on <= today()]
    shut = _told_no_more([stay.key for stay in stays])
    return frozenset(stay.case_id for stay in stays if stay.key not in shut)


def _told_no_more(stays: list[str]) -> set[str]:
    """Stays that a house was told of by a release, and of which none stands."""
    if not stays:
        return set()
    query = select(CaseRelease.reference, CaseRelease.state, CaseRelease.until).where(
        CaseRelease.reference.in_(stays)
    )
    told: dict[str, bool] = {}
    with opened("links"):  # as nobody acts yet, no release would be seen, and every stay be told
        rows = db.session.execute(query).all()
    for reference, state, until in rows:
        stands = state is CaseReleaseState.IN_FORCE and (until is None or until >= today())
        told[reference] = stands or told.get(reference, False)
    return {reference for reference, stands in told.items() if not stands}


MAY_ASK_IN_AN_EMERGENCY = {Role.CASEWORKER, Role.SUPERVISOR, Role.HEALTH}


def _exceptions(
    user_id: int, organisations: set[int], *, may_ask: bool
) -> tuple[frozenset[int], frozenset[int]]:
    """Cases kept from a person, and cases opened in an emergency: one query for both.

    What was opened ends with the role that let them ask for it (``may_ask``).
    """
    mine = or_(Block.user_id == user_id, Block.organisation_id.in_(organisations))
    opened = select(literal(1), Emergency.case_id, Emergency.id).where(
        Emergency.user_id == user_id, Emergency.ends_at > now(), literal(may_ask)
    )
    rows = db.session.execute(
        union_all(select(literal(0), Block.case_id, literal(0)).where(mine), opened)
    ).all()
    asked = {number: case_id for kind, case_id, number in rows if kind == 1}
    right = {number for number in asked if stands(db.session.get_one(Emergency, number))}
    return frozenset(case_id for kind, case_id, _number in rows if kind == 0), frozenset(
        case_id for number, case_id in asked.items() if number in right
    )


def system(name: str) -> Actor:
    """A task of the system (``import``, ``delivery``, ``demo``) with grants of its own in the
    policy.
    """
    return Actor(f"system:{name}", system=True)
