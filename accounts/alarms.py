"""Telling others, silently, that somebody may be forced to sign in."""

from access import audit
from access.permissions import Role
from models.people import User
from notifications import outbox
from web.links import link


def tell_of_force(user: User) -> None:
    """Supervisors of every office of the account and all data protection officers; never the
    account itself, whose screen and phone somebody else may be looking at.
    """
    reference = outbox.occurrence("FO-", user.id, outbox.HOURLY)
    entry = audit.AuditEntry("nobody", audit.FORCED, user_id=user.id, subject=reference)
    audit.append([entry])
    offices = {grant.organisation_id for grant in user.grants if grant.in_force}
    supervisors = [each for office in offices for each in outbox.people_of(office, Role.SUPERVISOR)]
    told = {each.id: each for each in (*supervisors, *outbox.officers())}
    outbox.post(
        "account.duress",
        reference=reference,
        path=link("notifications.index"),
        to=told.values(),
        urgent=True,
        office=min(offices, default=None),
        never=user.id,
    )
