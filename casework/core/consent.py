"""The consent ledger: what a person agreed to, line by line; withdrawal takes effect at once."""

import secrets
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from access.actors import Actor
from access.gate import for_the_ledger
from access.permissions import Role
from casework.core import ages, holding, own_word, signals, tasks, timeline
from models import office_settings
from models.base import db, now, today
from models.cases import Case, Consent, Task
from models.files import Attachment
from models.people import Organisation, User
from models.rules import RuleBroken
from models.states import FileState
from notifications import outbox
from standards import lists
from web.links import link

PURPOSES = lists.codes(lists.PURPOSES)
NOTHING_TO_REVIEW = _l("There is nothing to review.")


def may_be_kept(consent: dict[str, Any]) -> bool:
    """Whether anything beyond a draft may be stored.

    The person agreed to be assisted, or life is in danger.
    """
    return consent.get("assistance") == "agrees" or bool(consent.get("vital_reason"))


def record(*, by: Actor, case: Case, given: dict[str, Any]) -> list[Consent]:
    """Add the answers of ``given`` (:class:`casework.core.schemas.ConsentSchema`) to the ledger.

    "Not asked" adds nothing. What leaned on an answer before goes on where the new one covers it,
    and ends where not.
    """
    lock_to_change(case)
    _refuse_foreign_proof(case, given.get("proof", ""))
    _refuse_what_nobody_said(case, given)
    agreed_before = [purpose for purpose in PURPOSES if agreed(case, purpose)]
    lines: list[Consent] = []
    for purpose in PURPOSES:
        answer = given.get(purpose)
        if answer in {"agrees", "refuses"}:
            _end_lines(_before(case, purpose, answer))
            lines += _lines(by, case, purpose, answer, given)
    lines.sort(key=lambda _line: secrets.randbits(32))  # in order they would tell their purposes
    db.session.add_all(lines)
    _changed(by, case)
    _keep_who_was_there(lines, given)
    if taken_back := [purpose for purpose in agreed_before if given.get(purpose) == "refuses"]:
        _tell_of_the_end(by, case, taken_back)
    if given.get("vital_reason") and given.get("assistance") != "agrees":
        _vital_interest(by, case, given["vital_reason"])
    if lines:
        timeline.add(by=by, case=case, kind="consent")
        tasks.finish_kind(by=by, case=case, kind="consent_renewal")
    return lines


def stands_by_guardian(case: Case) -> bool:
    """Whether something that a guardian answered is in force."""
    return any(line.manner == "guardian" and line.in_force(today()) for line in case.consents)


def _refuse_what_nobody_said(case: Case, given: dict[str, Any]) -> None:
    """No answer of tomorrow; and a child's own yes only beside a guardian's, or with the reason."""
    if given.get("given_on") and given["given_on"] > today():
        raise RuleBroken(_("This day is in the future."), "given_on")
    agrees = any(given.get(purpose) == "agrees" for purpose in PURPOSES)
    is_child = ages.counts_as_child(case)
    by_another = given.get("manner", "") in {"guardian", "recorded"}
    if agrees and is_child and not by_another and not given.get("alone_because"):
        raise RuleBroken(
            _("This is a child: ask the guardian, or say why the child answers alone."),
            "alone_because",
        )


def _keep_who_was_there(lines: list[Consent], given: dict[str, Any]) -> None:
    """By name, sealed: also for the refusal after which nothing else is kept."""
    with for_the_ledger():
        for line in lines:
            if given.get("witness"):
                line.witness = given["witness"]
            line.alone = given.get("alone_because") or ""  # there for all: it tells no child


def _before(case: Case, purpose: str, answer: str) -> list[Consent]:
    """The lines that a new answer replaces: not those that the mission in the country of return
    asked for beside, until the person refuses.
    """
    return [
        line
        for line in case.consents
        if line.purpose == purpose
        and line.withdrawn_at is None
        and (line.asked_at_id is None or answer == "refuses")
    ]


def _length(case: Case) -> timedelta:
    """How long a consent holds where nothing else was said, as the case's office decides."""
    return timedelta(days=office_settings.of(case.office_id, "consent_days"))


def _lines(
    by: Actor, case: Case, purpose: str, answer: str, given: dict[str, Any]
) -> list[Consent]:
    until = given.get("valid_until") or _day_of(given) + _length(case)
    recipients: list[Organisation | None] = [None]
    if purpose == "sharing" and answer == "agrees":
        recipients = _recipients(case, given)
    return [_line(by, case, purpose, answer, to, given, until) for to in recipients]


def record_elsewhere(
    *, by: Actor, case: Case, asked_at: Organisation, to: Organisation, given: dict[str, Any]
) -> None:
    """Another mission, to which the person returned, asked them: ``to`` may be told.

    They agree to be assisted on, too. ``given``: manner, language, given_on, valid_until. Only
    what that mission asked about this recipient before is replaced. As it is the word of who reads
    on by it, it holds no longer than the office of the case says, and who holds the case is told.
    """
    lock_to_change(case)
    longest = today() + _length(case)
    until = given.get("valid_until") or longest
    if until > longest:
        message = _("A consent is asked anew by %(day)s at the latest.", day=format_date(longest))
        raise RuleBroken(message, "valid_until")
    asked: tuple[tuple[str, Organisation | None], ...] = (("assistance", None), ("sharing", to))
    for purpose, recipient in asked:
        recipient_id = recipient.id if recipient else None
        _end_lines(
            line
            for line in case.consents
            if (line.purpose, line.recipient_id, line.asked_at_id)
            == (purpose, recipient_id, asked_at.id)
            and line.withdrawn_at is None
        )
        line = _line(by, case, purpose, "agrees", recipient, given, until)
        line.asked_at_id = asked_at.id
        db.session.add(line)
    _changed(by, case)
    _tell_of_an_answer_elsewhere(case, line)


def _tell_of_an_answer_elsewhere(case: Case, line: Consent) -> None:
    outbox.post(
        "consent.elsewhere",
        reference=f"CE-{line.id}",
        path=link("casefile.consent", case),
        to=holding.told_of(case),
        office=case.office_id,
    )


def withdraw_elsewhere(*, by: Actor, case: Case, asked_at: Organisation, to_id: int) -> None:
    """They took back at home that a recipient is told: that mission itself, whoever asked them."""
    lock_to_change(case)
    lines = [
        line
        for line in case.consents
        if line.recipient_id == to_id
        and line.withdrawn_at is None
        and line.purpose == "sharing"
        and asked_at.id in {line.asked_at_id, to_id}
    ]
    if not lines:
        raise RuleBroken(_("There is no consent for this purpose to withdraw."), "partner")
    _end_lines(lines)
    _changed(by, case)


def _end_lines(lines: Iterable[Consent]) -> None:
    """The one way in which lines end: withdrawn, refused or replaced by a newer answer."""
    for line in lines:
        line.withdrawn_at = now()


def _changed(by: Actor, case: Case) -> None:
    """What must follow every change of the ledger, in the same transaction."""
    db.session.flush()
    db.session.expire(case, ["consents"])
    _recode(case)
    signals.ledger_changed.send(case, by=by)


def lock_to_change(case: Case) -> None:
    """Read the ledger anew for whoever changes it, or what leans on it: nobody else does so now."""
    _lock(case, read=False)


def _refuse_foreign_proof(case: Case, key: str) -> None:
    mine = select(Attachment.id).where(Attachment.key == key, Attachment.case_id == case.id)
    if key and not db.session.execute(mine).first():
        raise RuleBroken(_("Choose one of the files of this case."), "proof")


def proofs(case: Case) -> list[tuple[str, str]]:
    """The files of a case that can show a consent: key and name."""
    query = select(Attachment).where(
        Attachment.case_id == case.id,
        Attachment.state == FileState.KEPT,
        Attachment.compartment == "protection",
    )
    found = db.session.execute(query.order_by(Attachment.id.desc())).scalars()
    return [(row.key, row.name) for row in found]


def withdraw(*, by: Actor, case: Case, purpose: str) -> None:
    """End every line for ``purpose`` now.

    What leaned on it, referrals and handovers, ends in the same transaction.
    """
    lock_to_change(case)
    lines = [
        line
        for line in case.consents
        if line.purpose == purpose and line.withdrawn_at is None and line.answer == "agrees"
    ]
    if not lines:
        raise RuleBroken(_("There is no consent for this purpose to withdraw."), "purpose")
    _end_lines(lines)
    _changed(by, case)
    _tell_of_the_end(by, case, [purpose])


def _tell_of_the_end(by: Actor, case: Case, purposes: list[str]) -> None:
    """Caseworker and supervisors, at once; without *assistance* somebody has to decide."""
    event = timeline.add(by=by, case=case, kind="consent_withdrawn")
    people = holders(case)
    outbox.post(
        "consent.withdrawn",
        reference=f"CW-{event.id}",
        path=link("casefile.consent", case),
        to=people,
        urgent=True,
        office=case.office_id,
    )
    if "assistance" in purposes:
        case.kept_because, case.vital_interest = "", False
        for user in people:
            tasks.add_for(user=user, case=case, kind="assistance_ended", due_on=today())
        signals.assistance_ended.send(case, by=by)


def holders(case: Case) -> list[User]:
    """Who answers for a case: its caseworker and the supervisors of the office, each once."""
    owner = [case.holder] if case.holder else []
    supervisors = outbox.people_of(case.office_id, Role.SUPERVISOR)
    return list({user.id: user for user in [*owner, *supervisors]}.values())


def keep_although(*, by: Actor, case: Case, because: str, words: str) -> None:
    """The person does not agree to be assisted any more; the record is written on for a reason.

    ``because``: a code of ``standards.lists.KEPT_BECAUSE``. Holds until they answer again.
    """
    if not case.must_rest:
        raise RuleBroken(_("The person agrees to be assisted: nothing has to be said."))
    case.kept_because = because
    timeline.add(by=by, case=case, kind="kept_all_the_same", note=words, reference=because)


def review_vital_interest(*, by: Actor, case: Case, right: bool) -> None:
    """A supervisor looked at what was kept without consent: it was right, or it was not.

    Where not, nothing new is kept, and whoever answers for the case is asked to close it and to
    have it erased; who had read it stands in its history.
    """
    if not case.vital_interest or case.review_due_at is None:
        raise RuleBroken(NOTHING_TO_REVIEW)
    own_word.refuse(by, case)
    case.review_due_at = None
    _end_tasks(by, case, "vital_review")
    timeline.add(by=by, case=case, kind="vital_reviewed" if right else "vital_not_right")
    if not right:
        case.vital_interest = False
        signals.ledger_changed.send(case, by=by)
        for user in holders(case):
            tasks.add_for(user=user, case=case, kind="assistance_ended", due_on=today())


def _end_tasks(by: Actor, case: Case, kind: str) -> None:
    """What was to be done about it is done."""
    open_tasks = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    for task in db.session.execute(open_tasks).scalars():
        if task.kind == kind:
            tasks.finish(by=by, task=task)


def agreed(case: Case, purpose: str, on: date | None = None) -> bool:
    """Whether the person agrees to ``purpose`` on a day (default today)."""
    return any(
        line.purpose == purpose and line.answer == "agrees" and line.in_force(on or today())
        for line in case.consents
    )


def lock_to_read(case: Case) -> None:
    """Read the ledger anew and keep it from changing until this transaction ends.

    What is sent on a consent and the consent's withdrawal at the same moment come one after the
    other, so that neither misses the other.
    """
    _lock(case, read=True)


def _lock(case: Case, *, read: bool) -> None:
    query = select(Consent).where(Consent.case_id == case.id).order_by(Consent.id)
    locked = query.with_for_update(read=read).execution_options(populate_existing=True)
    db.session.execute(locked).scalars().all()
    db.session.expire(case, ["consents"])


def agreed_until(case: Case, purpose: str) -> date | None:
    """The last day on which they agree to ``purpose`` as it stands; None without an end."""
    days = [
        line.valid_until
        for line in case.consents
        if line.purpose == purpose and line.answer == "agrees" and line.in_force(today())
    ]
    return None if None in days else max((day for day in days if day), default=None)


def line_for(case: Case, recipient_id: int) -> Consent | None:
    """The newest line in force by which the person agreed that this organisation is told."""
    lines = [
        line
        for line in case.consents
        if line.purpose == "sharing"
        and line.answer == "agrees"
        and line.recipient_id == recipient_id
        and line.in_force(today())
    ]
    return max(lines, key=lambda line: (line.valid_until or date.max, line.id), default=None)


def why_not_told(case: Case, recipient_id: int) -> str:
    """Why there is no line for a recipient: refused | withdrawn | ended | not_asked."""
    asked = [line for line in case.consents if line.purpose == "sharing"]
    if asked and asked[-1].answer == "refuses" and asked[-1].withdrawn_at is None:
        return "refused"
    theirs = [line for line in asked if line.recipient_id == recipient_id]
    if not theirs:
        return "not_asked"
    return "withdrawn" if theirs[-1].withdrawn_at else "ended"


def _line(
    by: Actor,
    case: Case,
    purpose: str,
    answer: str,
    recipient: Organisation | None,
    given: dict[str, Any],
    until: date,
) -> Consent:
    manner = given.get("manner") or ""
    return Consent(
        case_id=case.id,
        purpose=purpose,
        answer=answer,
        recipient=recipient,
        given_by="guardian" if manner == "guardian" else "self",
        manner=manner,
        language=given.get("language", ""),
        given_on=_day_of(given),
        valid_until=until,
        recorded_by_id=by.id,
        proof=given.get("proof", ""),
    )


def _day_of(given: dict[str, Any]) -> date:
    """The day on which they answered: today, where no other was said."""
    return given.get("given_on") or today()


def _recipients(case: Case, given: dict[str, Any]) -> list[Organisation | None]:
    """Who may be told: services of the directory, and missions but the one that asks."""
    wanted = given.get("recipients", [])
    query = select(Organisation).where(
        Organisation.id.in_(wanted),
        Organisation.kind.in_(("partner", "mission")),
        Organisation.id != case.office_id,
    )
    partners = list(db.session.execute(query).scalars())
    if len(partners) != len(set(wanted)):
        raise RuleBroken(_("One of these services is not in the directory."), "recipients")
    return [*partners] or [None]


def _recode(case: Case) -> None:
    """Keep what lists and counts need of the ledger in the clear on the case."""
    live = [line for line in case.consents if line.answer == "agrees" and line.in_force(today())]
    ends = [line.valid_until for line in live if line.valid_until]
    is_assisted = any(line.purpose == "assistance" for line in live)
    case.consent_until = min(ends, default=None) if is_assisted else None
    case.statistics_agreed = any(line.purpose == "statistics" for line in live)


def _vital_interest(by: Actor, case: Case, reason: str) -> None:
    case.vital_interest = True
    case.review_due_at = now() + timedelta(hours=office_settings.of(case.office_id, "review_hours"))
    timeline.add(by=by, case=case, kind="vital_interest", note=reason)
    db.session.add(
        Task(
            case=case,
            owner_id=case.holder.id if case.holder else None,
            kind="vital_review",
            due_on=case.review_due_at.date(),
        )
    )
