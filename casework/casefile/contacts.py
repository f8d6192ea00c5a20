"""Contact with the person: a record with its own day and time.

Their own rule is kept, or broken only with a reason that a supervisor reads. Contacts that a
version before wrote into the timeline become records when one of them is put right.
"""

from datetime import datetime, time
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework.casefile.case_header import contact_rule
from casework.core import timeline
from casework.records import changes, safe_contact
from casework.records.completed import Values
from casework.records.kinds import KINDS
from models.base import db, now, zone_of
from models.cases import Case, Event
from models.people import Organisation
from models.records import Record, kind_token
from models.rules import RuleBroken
from notifications import outbox
from standards import lists
from web.errors import NotFound
from web.links import link

KIND = KINDS["contact"]
CODES = frozenset(lists.codes(lists.CONTACTS))


def office_time(office: Organisation, moment: datetime | None = None) -> datetime:
    """A moment (now, where none is given) on the clock of an office."""
    return (moment or now()).astimezone(zone_of(office.timezone))


def _words(code: str) -> str:
    return {
        "never": _("The person must not be contacted; they contact us."),
        "way": _("Not in this way."),
        "day": _("Not on this day of the week."),
        "hour": _("Not at this hour."),
    }[code]


def objections(case: Case, kind: str = "", when: datetime | None = None) -> list[str]:
    """What in the person's rule speaks against contacting them (now), in words."""
    at = when or office_time(case.office)
    return [_words(code) for code in safe_contact.objections(dict(contact_rule(case)), kind, at)]


@changes.rule("contact")
def _by_the_persons_rule(by: Actor, case: Case, given: Values, stands: Values) -> Values:
    """Their rule holds for the time of the contact, not of typing; a contact is never of tomorrow.

    One against the rule needs a reason, which the supervisors read.
    """
    here = office_time(case.office)
    given = {**given, "on": given.get("on") or here.date(), "at": _time_of(given, here)}
    if given["on"] > here.date():
        raise RuleBroken(_("This day is in the future."), "on")
    next_on = given.get("next_on")
    if next_on and next_on < here.date() and str(next_on) != str(stands.get("next_on")):
        raise RuleBroken(_("This day is over. Choose today or a later day."), "next_on")
    moved = any(str(given.get(name)) != str(stands.get(name)) for name in ("kind", "on", "at"))
    against = _against(by, case, given) if moved else []
    reason = given.get("all_the_same", "")
    if against and not reason:
        message = _(
            "%(rules)s If the person contacted us, say so; if it had to be, say why.",
            rules=" ".join(against),
        )
        raise RuleBroken(message, "all_the_same")
    if against and reason != stands.get("all_the_same"):
        _tell_supervisors(by, case, reason)
    return given


def _time_of(given: Values, here: datetime) -> str:
    """The time that was given; of a contact of today without one, now; of another day none."""
    is_of_today = given.get("on") in (None, here.date())
    return str(given.get("at") or (here.strftime("%H:%M") if is_of_today else ""))


def _against(by: Actor, case: Case, given: Values) -> list[str]:
    if given.get("own_call") or not allows(by, Permission.IDENTITY_READ, case):
        return []
    clock = time.fromisoformat(given["at"]) if given["at"] else None
    when = datetime.combine(given["on"], clock or time(12, 0))
    rule = dict(contact_rule(case))
    codes = safe_contact.objections(rule, given["kind"], when)
    return [_words(code) for code in codes if clock or code != "hour"]


def log(*, by: Actor, case: Case, given: Values) -> Record:
    """Write a contact down (:class:`casework.records.contact.ContactSchema`).

    Raises :class:`models.rules.RuleBroken` where the person's rule speaks against it and no reason
    was given.
    """
    return changes.add(by=by, case=case, kind=KIND, given=given)


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


def in_the_timeline(case: Case) -> list[Event]:
    """Contacts that stand in the timeline alone, as versions before wrote them; oldest first."""
    query = select(Event).where(Event.case_id == case.id, Event.note_sealed.is_not(None))
    events = db.session.execute(query.order_by(Event.at, Event.id)).scalars()
    return [event for event in events if event.kind in CODES and not event.reference]


def carry_over(*, by: Actor, case: Case, event_id: int) -> Record:
    """Make records of the contacts that stand in the timeline alone: as they were written, when
    and by whom. Gives that of ``event_id``; raises :class:`web.errors.NotFound` where it is none.
    """
    made = {event.id: _as_record(case, event) for event in in_the_timeline(case)}
    if event_id not in made:
        raise NotFound
    timeline.add(by=by, case=case, kind="contacts_carried_over")
    return made[event_id]


def said_then(case: Case, event: Event) -> dict[str, Any]:
    """What a contact of the timeline says, as a record has it."""
    at = office_time(case.office, event.at)
    said = {"kind": event.kind, "on": at.date().isoformat(), "at": at.strftime("%H:%M")}
    return {**said, "note": event.note}


def _as_record(case: Case, event: Event) -> Record:
    record = Record(
        case=case,
        kind_token=kind_token(case.id, KIND.code),
        compartment=event.compartment,
        made_by_id=event.by_id,
        changed_by_id=event.by_id,
        made_at=event.at,
        changed_at=event.at,
    )
    db.session.add(record)
    db.session.flush()
    record.content = said_then(case, event)
    event.reference = record.key
    event.note_sealed = None
    return record
