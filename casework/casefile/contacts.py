"""Contact with the person.

Their own rule is kept, or broken only with a reason that a supervisor reads.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework.casefile.case_header import contact_rule
from casework.core import timeline
from casework.records import safe_contact
from models.base import now, zone_of
from models.cases import Case
from models.rules import RuleBroken
from notifications import outbox
from web.links import link


def office_time(case: Case) -> datetime:
    """This moment on the clock of the office that has the case."""
    return now().astimezone(zone_of(case.office.timezone))


def _words(code: str) -> str:
    return {
        "never": _("The person must not be contacted; they contact us."),
        "way": _("Not in this way."),
        "day": _("Not on this day of the week."),
        "hour": _("Not at this hour."),
    }[code]


def objections(case: Case, kind: str = "") -> list[str]:
    """What in the person's rule speaks against contacting them now, in words."""
    return [
        _words(code)
        for code in safe_contact.objections(dict(contact_rule(case)), kind, office_time(case))
    ]


def log(*, by: Actor, case: Case, given: Mapping[str, Any]) -> None:
    """Write a contact down. One against the rule needs a reason, which the supervisors read."""
    reason = given.get("all_the_same", "")
    may_know = allows(by, Permission.IDENTITY_READ, case)
    against = objections(case, given["kind"]) if may_know and not given.get("own_call") else []
    if against and not reason:
        message = _(
            "%(rules)s If the person contacted us, say so; if it had to be, say why.",
            rules=" ".join(against),
        )
        raise RuleBroken(message, "all_the_same")
    timeline.log_contact(by=by, case=case, kind=given["kind"], note=given["note"])
    if against:
        _tell_supervisors(by, case, reason)


def _tell_supervisors(by: Actor, case: Case, reason: str) -> None:
    event = timeline.add(by=by, case=case, kind="contact_forced", note=reason)
    outbox.post(
        "contact.forced",
        reference=f"CF-{event.id}",
        path=link("casefile.show", case),
        to=outbox.people_of(case.office_id, Role.SUPERVISOR),
        urgent=True,
        office=case.office_id,
    )
