"""Who acts: a signed-in person with the grants in force today, or a task of the system by its name."""

from dataclasses import dataclass, field

from access.permissions import Permission, Role
from models.people import User


@dataclass(frozen=True)
class Actor:
    """The one who acts, as the policy sees them."""

    name: str
    user: User | None = None
    by_role: dict[Role, frozenset[int]] = field(default_factory=dict)
    teams: frozenset[int] = frozenset()
    only: frozenset[Permission] | None = None  # a weaker sign-in (token) may use these alone
    system: bool = False

    @property
    def id(self) -> int | None:
        """The account's id, or None for the system."""
        return self.user.id if self.user else None

    @property
    def home(self) -> int:
        """The organisation whose trail this actor's deeds stand in; 0 for the system."""
        places = [grant.organisation_id for grant in self.user.grants if grant.in_force] if self.user else []
        return min(places, default=0)

    def at(self, *roles: Role) -> frozenset[int]:
        """Ids of the organisations where this actor holds one of ``roles``."""
        return frozenset().union(*(self.by_role.get(role, frozenset()) for role in roles))

    def holds(self, *roles: Role) -> bool:
        """Whether this actor holds one of ``roles`` anywhere."""
        return any(self.by_role.get(role) for role in roles)


def person(user: User, only: frozenset[Permission] | None = None) -> Actor:
    """The actor that ``user`` is today. Read anew at every request, so that a role taken away is gone with the next click."""
    in_force = [grant for grant in user.grants if grant.in_force] if user.active else []
    by_role: dict[Role, frozenset[int]] = {}
    for grant in in_force:
        role = Role(grant.role)
        by_role[role] = by_role.get(role, frozenset()) | {grant.organisation_id}
    teams = frozenset(grant.team_id for grant in in_force if grant.team_id is not None)
    return Actor(user.email, user, by_role, teams, only)


def system(name: str) -> Actor:
    """A task of the system (``import``, ``delivery``, ``demo``) with grants of its own in the policy."""
    return Actor(f"system:{name}", system=True)
