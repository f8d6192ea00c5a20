"""The consent ledger: what a person agreed to, line by line; withdrawal takes effect at once."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from casework.core import signals, timeline
from models.base import db, now, today
from models.cases import Case, Consent, Task
from models.files import Attachment
from models.people import Organisation
from models.rules import RuleBroken
from models.states import FileState
from notifications import outbox
from standards import lists
from web.links import link

VALID_DAYS = 182
REVIEW_HOURS = 72
PURPOSES = lists.codes(lists.PURPOSES)


def may_be_kept(consent: dict[str, Any]) -> bool:
    """Whether anything beyond a draft may be stored.

    The person agreed to be assisted, or life is in danger.
    """
    return consent.get("assistance") == "agrees" or bool(consent.get("vital_reason"))


def record(*, by: Actor, case: Case, given: dict[str, Any]) -> list[Consent]:
    """Add the answers of ``given`` (:class:`casework.core.schemas.ConsentSchema`) to the ledger.

    "Not asked" adds nothing.
    """
    _hold_all(case)
    _refuse_foreign_proof(case, given.get("proof", ""))
    until = given.get("valid_until") or today() + timedelta(days=VALID_DAYS)
    lines = []
    for purpose in PURPOSES:
        answer = given.get(purpose)
        if answer not in {"agrees", "refuses"}:
            continue
        _supersede(by, case, purpose)
        recipients = _recipients(given) if purpose == "sharing" and answer == "agrees" else [None]
        lines += [
            _line(by, case, purpose, answer, recipient, given, until) for recipient in recipients
        ]
    db.session.add_all(lines)
    db.session.flush()
    db.session.expire(case, ["consents"])
    _recode(case)
    if given.get("vital_reason") and given.get("assistance") != "agrees":
        _vital_interest(by, case, given["vital_reason"])
    timeline.add(by=by, case=case, kind="consent")
    for line in lines:
        if line.answer == "refuses":
            signals.consent_refused.send(line, by=by)
    return lines


def _hold_all(case: Case) -> None:
    query = select(Consent).where(Consent.case_id == case.id).order_by(Consent.id).with_for_update()
    db.session.execute(query.execution_options(populate_existing=True)).scalars().all()
    db.session.expire(case, ["consents"])


def _refuse_foreign_proof(case: Case, key: str) -> None:
    if (
        key
        and not db.session.execute(
            select(Attachment.id).where(Attachment.key == key, Attachment.case_id == case.id)
        ).first()
    ):
        raise RuleBroken(_("Choose one of the files of this case."), "proof")


def proofs(case: Case) -> list[tuple[str, str]]:
    """The files of a case that can show a consent: key and name."""
    query = select(Attachment).where(
        Attachment.case_id == case.id,
        Attachment.state == FileState.KEPT,
        Attachment.compartment == "protection",
    )
    return [
        (row.key, row.name)
        for row in db.session.execute(query.order_by(Attachment.id.desc()).limit(20)).scalars()
    ]


def withdraw(*, by: Actor, case: Case, purpose: str) -> None:
    """End every line for ``purpose`` now.

    Referrals that leaned on it end in the same transaction.
    """
    _hold_all(case)
    lines = [
        line
        for line in case.consents
        if line.purpose == purpose and line.withdrawn_at is None and line.answer == "agrees"
    ]
    if not lines:
        raise RuleBroken(_("There is no consent for this purpose to withdraw."), "purpose")
    for line in lines:
        line.withdrawn_at = now()
    db.session.flush()
    _recode(case)
    for line in lines:
        signals.consent_withdrawn.send(line, by=by)
    event = timeline.add(by=by, case=case, kind="consent_withdrawn")
    recipients = {
        user.id: user
        for user in [
            *([case.owner] if case.owner else []),
            *outbox.people_of(case.office_id, Role.SUPERVISOR),
        ]
    }
    outbox.post(
        "consent.withdrawn",
        reference=f"CW-{event.id}",
        path=link("casefile.consent", case),
        to=recipients.values(),
        urgent=True,
    )


def review_vital_interest(*, by: Actor, case: Case) -> None:
    """A supervisor looked at what was kept without consent and found it right."""
    if not case.vital_interest or case.review_due_at is None:
        raise RuleBroken(_("There is nothing to review."))
    case.review_due_at = None
    timeline.add(by=by, case=case, kind="vital_reviewed")


def agreed(case: Case, purpose: str, on: date | None = None) -> bool:
    """Whether the person agrees to ``purpose`` on a day (default today)."""
    return any(
        line.purpose == purpose and line.answer == "agrees" and line.in_force(on or today())
        for line in case.consents
    )


def lock(case: Case) -> None:
    """Read the ledger anew and keep it from changing until this transaction ends.

    What is sent on a consent and the consent's withdrawal at the same moment come one after the
    other, so that neither misses the other.
    """
    query = (
        select(Consent)
        .where(Consent.case_id == case.id)
        .order_by(Consent.id)
        .with_for_update(read=True)
    )
    db.session.execute(query.execution_options(populate_existing=True)).scalars().all()
    db.session.expire(case, ["consents"])


def may_tell(case: Case, recipient_id: int) -> bool:
    """Whether the person agreed that this organisation is told."""
    return any(
        line.purpose == "sharing"
        and line.answer == "agrees"
        and line.recipient_id == recipient_id
        and line.in_force(today())
        for line in case.consents
    )


@dataclass(frozen=True)
class Standing:
    """How a person stands to one purpose: their newest answer, whom it names, until when."""

    purpose: str
    answer: str  # agrees | refuses | withdrawn | ended | not_asked
    names: tuple[str, ...]
    until: date | None

    @property
    def agrees(self) -> bool:
        """Whether they agree now."""
        return self.answer == "agrees"

    @property
    def look(self) -> str:
        """How it looks in a list: yes, no or none."""
        return {"agrees": "yes", "refuses": "no", "withdrawn": "no"}.get(self.answer, "none")

    @property
    def icon(self) -> str:
        """The drawing beside it."""
        icons = {"agrees": "check", "refuses": "x", "withdrawn": "x", "ended": "clock"}
        return icons.get(self.answer, "minus")

    @property
    def word(self) -> str:
        """What is said beside the purpose where they do not agree."""
        return lists.label(lists.CONSENT_ANSWERS, self.answer)


def summary(case: Case) -> list[Standing]:
    """For the head of a case: each purpose with its newest answer."""
    return [_standing(case, purpose) for purpose in PURPOSES]


def _standing(case: Case, purpose: str) -> Standing:
    lines = [line for line in case.consents if line.purpose == purpose]
    live = [line for line in lines if line.in_force(today())]
    names = tuple(line.recipient.name for line in live if line.recipient)
    if live:
        return Standing(purpose, live[-1].answer, names, live[-1].valid_until)
    if not lines:
        return Standing(purpose, "not_asked", names, None)
    return Standing(purpose, "withdrawn" if lines[-1].withdrawn_at else "ended", names, None)


def _line(
    by: Actor,
    case: Case,
    purpose: str,
    answer: str,
    recipient: Organisation | None,
    given: dict[str, Any],
    until: date,
) -> Consent:
    manner = given.get("manner", "spoken")
    return Consent(
        case_id=case.id,
        purpose=purpose,
        answer=answer,
        recipient=recipient,
        given_by="guardian" if manner == "guardian" else "self",
        manner=manner,
        language=given.get("language", ""),
        given_on=today(),
        valid_until=until,
        recorded_by_id=by.id,
        proof=given.get("proof", ""),
    )


def _supersede(by: Actor, case: Case, purpose: str) -> None:
    """A new answer to a purpose ends the old ones, as the person's word is the newest one."""
    for line in case.consents:
        if line.purpose == purpose and line.withdrawn_at is None:
            line.withdrawn_at = now()
            if line.answer == "agrees" and purpose == "sharing":
                signals.consent_withdrawn.send(line, by=by)


def _recipients(given: dict[str, Any]) -> list[Organisation | None]:
    wanted = given.get("recipients", [])
    query = select(Organisation).where(Organisation.id.in_(wanted), Organisation.kind == "partner")
    partners = list(db.session.execute(query).scalars())
    if len(partners) != len(set(wanted)):
        raise RuleBroken(_("One of these services is not in the directory."), "recipients")
    return [*partners] or [None]


def _recode(case: Case) -> None:
    """Keep what lists and counts need of the ledger in the clear on the case."""
    live = [line for line in case.consents if line.answer == "agrees" and line.in_force(today())]
    case.consent_until = min((line.valid_until for line in live if line.valid_until), default=None)
    case.statistics_agreed = any(line.purpose == "statistics" for line in live)


def _vital_interest(by: Actor, case: Case, reason: str) -> None:
    case.vital_interest = True
    case.review_due_at = now() + timedelta(hours=REVIEW_HOURS)
    timeline.add(by=by, case=case, kind="vital_interest", note=reason)
    db.session.add(
        Task(
            case=case, owner_id=case.owner_id, kind="vital_review", due_on=case.review_due_at.date()
        )
    )
