"""Who hears of what concerns a case."""

from access.permissions import Role
from models.cases import Case
from models.people import User
from notifications import outbox


def told_of(case: Case) -> list[User]:
    """Whoever holds a case; its supervisors where nobody does, or their account is shut."""
    if case.holder is not None:
        return [case.holder]
    return outbox.people_of(case.office_id, Role.SUPERVISOR)
