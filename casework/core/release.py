"""One release, one rule: whatever tells somebody outside of a person passes here.

Told may be what the person agreed to on that day: to be assisted, and that this recipient is told.
While they seek protection, or there are grounds against return, nothing goes to their country. A
release ends no later than the line of the ledger it leans on, and with it: :func:`settle` looks at
every release of a case anew whenever ledger, asylum or grounds change. What was released lies with
what it belongs to (a referral, a return, a stay), which listens to ``casework.release_changed``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor, system
from casework.core import consent, gathered, protection, signals
from models import scope, sharing, witnessed
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, today
from models.cases import Case, Consent
from models.key_wraps import keyring
from models.office_pairs import DirectoryBroken
from models.people import Grant, Organisation, User
from models.releases import CaseRelease
from models.rules import RuleBroken
from models.states import CASE_RELEASE, CaseReleaseState

OPENING = ("released.read", "journey.read", "care.read")  # deeds of the trail that open one


def why_not(case: Case, to: Organisation) -> str:
    """Why an organisation may not be told today; empty where it may.

    cut_off | kept_from | protection | assistance | refused | withdrawn | ended | not_asked
    """
    if why := _stands_against(case, to):
        return why
    if not consent.agreed(case, "assistance"):
        return "assistance"
    return "" if consent.line_for(case, to.id) else consent.why_not_told(case, to.id)


def who_may_be_told(case: Case, places: Iterable[Organisation]) -> list[Organisation]:
    """Those of many organisations who may be told today; what the file says is read once."""
    ids = {case.id}
    with gathered.together(
        ids,
        persons=protection.others_of(ids),
        kept={case.id: protection.kept_from(case.id)},
        newest=protection.newest_of(ids),
        checks=protection.checks_of(ids),
        forged=protection.forged_of(ids),
    ):
        return [each for each in places if not why_not(case, each)]


def _stands_against(case: Case, to: Organisation) -> str:
    """What keeps an organisation from being told, whatever the person agreed to."""
    if to.cut_off_at is not None or not witnessed.stands(to):
        return "cut_off"
    if protection.is_kept_from(case, to):
        return "kept_from"
    return "protection" if protection.keeps_from(case, to) else ""


def words(why: str, to: Organisation) -> str:
    """What whoever is refused reads: the reason, and what to do."""
    told = {
        "cut_off": _("%(name)s was cut off: nothing is told to it.", name=to.name),
        "kept_from": _("This case is kept from %(name)s.", name=to.name),
        "protection": _(
            "The person seeks protection, or there are grounds against return: "
            "nothing is told to their country."
        ),
        "assistance": _("The person has not agreed to be assisted. Record their consent first."),
    }
    asked = _(
        "The person has not agreed that %(name)s is told. Record their consent first.",
        name=to.name,
    )
    return told.get(why, asked)


def check(case: Case, to: Organisation, field: str = "_form") -> Consent:
    """The line of the ledger on which ``to`` may be told today.

    The ledger does not change until this transaction ends. Raises
    :class:`models.rules.RuleBroken` beside ``field``.
    """
    consent.lock_to_read(case)
    if why := why_not(case, to):
        raise RuleBroken(words(why, to), field)
    line = consent.line_for(case, to.id)
    assert line is not None
    return line


def grant(
    *,
    by: Actor,
    case: Case,
    kind: str,
    reference: str,
    to: Organisation,
    fields: Sequence[str],
    longest_until: date | None = None,
) -> CaseRelease:
    """Write down that ``to`` is told ``fields`` from now on. Raises as :func:`check`.

    ``reference`` names what it belongs to; ``longest_until`` is the last day by the kind itself.
    """
    line = check(case, to)
    release = CaseRelease(
        case=case,
        kind=kind,
        reference=reference,
        recipient_id=to.id,
        recipient=to,
        fields=sorted(fields),
        longest_until=longest_until,
    )
    CASE_RELEASE.move(release, "grant", by=by)
    _lean(release, line)
    db.session.add(release)
    db.session.flush()
    _give_key(release, by)
    return release


def _give_key(release: CaseRelease, by: Actor) -> None:
    """What opens it, for the recipient alone."""
    try:
        sharing.share(release, by_id=by.id)
    except (sharing.NoPair, DirectoryBroken):
        raise RuleBroken(
            _(
                "The keys of %(name)s are kept elsewhere, and two officers have not entered its "
                "public keys, or those of your office, into the directory.",
                name=release.recipient.name,
            )
        ) from None


def hand_out(
    *, by: Actor, case: Case, kind: str, reference: str, to: Organisation, fields: Sequence[str]
) -> CaseRelease:
    """Write down what leaves once and cannot be called back: a file, a paper. Raises as check."""
    release = grant(by=by, case=case, kind=kind, reference=reference, to=to, fields=fields)
    _end(release, by=by, because="on_paper")
    return release


def _lean(release: CaseRelease, line: Consent) -> None:
    """On a line; the first of the days that end it is its last one."""
    ends = (
        line.valid_until,
        consent.agreed_until(release.case, "assistance"),
        release.longest_until,
    )
    release.consent = line
    release.until = min((day for day in ends if day is not None), default=None)


def of(kind: str, reference: str) -> CaseRelease | None:
    """The release of a kind that is in force for what ``reference`` names."""
    newest = latest(kind, reference)
    return newest if newest is not None and newest.stands else None


def latest(kind: str, reference: str) -> CaseRelease | None:
    """The newest release of a kind for what ``reference`` names, in force or ended."""
    query = select(CaseRelease).where(CaseRelease.reference == reference)
    found = db.session.execute(query.order_by(CaseRelease.id.desc())).unique().scalars()
    return next((release for release in found if release.kind == kind), None)


def standing_with(case: Case, kind: str, recipient_id: int) -> list[str]:
    """What releases of a kind that are in force for a recipient belong to."""
    query = select(CaseRelease).where(
        CaseRelease.case_id == case.id, CaseRelease.recipient_id == recipient_id
    )
    found = db.session.execute(query.order_by(CaseRelease.id)).unique().scalars()
    return [each.reference for each in found if each.kind == kind and each.stands]


def must_stand(kind: str, reference: str) -> CaseRelease:
    """The release that what is done now leans on. Raises where it has ended, or its day is over.

    For those who were told: they do not see the ledger, and are told only that it ended.
    """
    release = of(kind, reference)
    if release is None or (release.until is not None and release.until < today()):
        raise RuleBroken(_("The person’s consent has ended: this is over."))
    return release


def end_of(*, by: Any, kind: str, reference: str, because: str) -> None:
    """What it belongs to has ended by itself, for a reason of ``standards.lists``."""
    if release := of(kind, reference):
        _end(release, by=by, because=because)


def _end(release: CaseRelease, *, by: Any, because: str) -> None:
    CASE_RELEASE.move(release, "end", by=by)
    release.ended_because = because
    db.session.flush()
    sharing.end(release)


def settle(case: Case, *, by: Any) -> None:
    """Look at every release of a case anew: end what nothing covers, go on with what is covered.

    What goes on leans on the newest line that covers it, without a break. The ledger is held, so
    that what is released at the same moment comes before or after, never between.
    """
    consent.lock_to_change(case)
    db.session.flush()
    query = select(CaseRelease).where(
        CaseRelease.case_id == case.id, CaseRelease.state == CaseReleaseState.IN_FORCE
    )
    for release in db.session.execute(query.order_by(CaseRelease.id)).unique().scalars().all():
        if release.stands:  # the one before may have taken it along
            _settle(release, by=by)


def settle_person(case: Case, *, by: Any) -> None:
    """The same for every case of the person: what was written in one holds in each. A case whose
    keys are on another machine cannot be filed from here: what is asked of it holds all the same.
    """
    for each in protection.cases_of(case):
        if each.id != case.id and not keyring().takes(each.office_id):
            continue
        with scope.reaching(each.id):
            settle(each, by=by)


def _settle(release: CaseRelease, *, by: Any) -> None:
    because = _is_over(release) or why_not(release.case, release.recipient)
    if because:
        _end(release, by=by, because=because)
        signals.release_changed.send(release, by=by)
        return
    line = consent.line_for(release.case, release.recipient_id)
    before = (release.consent_id, release.until)
    assert line is not None
    _lean(release, line)
    if before != (line.id, release.until):
        CASE_RELEASE.move(release, "lean_anew", by=by)
        db.session.flush()
        signals.release_changed.send(release, by=by)


def _is_over(release: CaseRelease) -> str:
    longest = release.longest_until
    return "time_over" if longest is not None and longest < today() else ""


def last_day(release: CaseRelease, day: date, *, by: Any) -> None:
    """Another day on which a release ends by its kind."""
    release.longest_until = day
    _settle(release, by=by)


def ledger_changed(case: Case, by: Any) -> None:
    """Listens to the ledger: releases follow in the same transaction."""
    settle(case, by=by)


def settle_past_their_day() -> int:
    """Every hour: end what leans on a line whose last day is over; gives how many cases."""
    query = select(CaseRelease.case_id, CaseRelease.until).where(
        CaseRelease.state == CaseReleaseState.IN_FORCE
    )
    rows = db.session.execute(query).all()
    ids = sorted({case_id for case_id, until in rows if until is not None and until < today()})
    for case_id in ids:
        settle(db.session.get_one(Case, case_id), by=system("consent"))
    return len(ids)


@dataclass(frozen=True)
class Told:
    """A release as the page of a case shows it, with who opened it first and last."""

    release: CaseRelease
    first: "Opening | None"
    last: "Opening | None"


@dataclass(frozen=True)
class Opening:
    """A look at what was released: when, and who by name; empty for a link."""

    at: datetime
    name: str


def of_case(case: Case) -> list[Told]:
    """Everybody outside who can see something of a case, and who could; those in force first."""
    query = select(CaseRelease).where(CaseRelease.case_id == case.id)
    rows = list(db.session.execute(query.order_by(CaseRelease.id.desc())).unique().scalars())
    rows.sort(key=lambda row: not row.stands)
    shown = []
    for row in rows:
        looks = openings(row)
        first_and_last = (looks[0], looks[-1]) if looks else (None, None)
        shown.append(Told(row, *first_and_last))
    return shown


def openings(release: CaseRelease) -> list[Opening]:
    """The looks at one release, oldest first: by accounts of the recipient, and by links to it.

    Read from the trail, where a look stands as soon as it was had.
    """
    theirs = select(Grant.user_id).where(Grant.organisation_id == release.recipient_id)
    query = (
        select(AuditRecord.at, User.name)
        .join(AuditRecordCase, AuditRecordCase.entry_id == AuditRecord.id)
        .outerjoin(User, User.id == AuditRecord.user_id)
        .where(
            AuditRecordCase.case_id == release.case_id,
            AuditRecord.deed.in_(OPENING),
            AuditRecord.subject == (release.reference if release.kind != "shelter" else ""),
            AuditRecord.at >= release.given_at,
            AuditRecord.user_id.in_(theirs) | (AuditRecord.actor == f"link:{release.reference}"),
        )
        .order_by(AuditRecord.id)
    )
    return [Opening(at, name or "") for at, name in db.session.execute(query).all()]
