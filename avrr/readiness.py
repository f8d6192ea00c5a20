"""How the steps of a return stand: the facts that :mod:`avrr.checklist` works on.

One question, "may this person travel on this day", for page, API, list of a movement and
departure.
"""

from collections.abc import Collection, Hashable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from math import ceil

from sqlalchemy import select

from avrr import checklist
from casework.casefile import child_safeguards
from casework.core import ages, approvals, consent, gathered, protection, ratings
from models import name_cards, office_settings
from models.base import db, today
from models.cases import Case
from models.money import FundRequest, FundRequestLine, FundRequestPerson
from models.returns import Return
from models.rules import stated
from models.states import ApprovalState, FundRequestState, HandoverState, Sets
from models.work import Approval


def shown(return_: Return, *, own: bool = False, on: date | None = None) -> list[checklist.Line]:
    """The checklist of a return.

    ``own``: for the sending mission, whose file says whether what a child needs still stands.
    ``on``: as it stands for a departure on that day. Where none is given, the day they left; before
    that the planned day of travel or, where that has passed or is not known, today.
    """
    on = on or return_.departed_on
    case, travel_on = return_.case, on or max(return_.travel_on or today(), today())
    done = _done(return_)
    if own and child_safeguards.missing(case, return_, travel_on):
        done.pop("best_interests", None)
    seeks_protection = own and protection.seeks_protection(case)
    is_child = ages.counts_as_child(case, travel_on)
    facts = checklist.Facts(
        on=today(),
        child=is_child,
        funded=is_funded(return_),
        travel_on=travel_on,
        journey_past=on is None and return_.travel_on is not None and return_.travel_on < travel_on,
        refuses_consulate=not consent.agreed(case, "consulate") or seeks_protection,
        seeks_protection=seeks_protection,
        grounds=own and protection.grounds_stand(case),
        escort_needed=return_.escort_needed or is_child,
        escort_given=return_.escort_given,
        handed_over=return_.handover in {HandoverState.ACCEPTED, HandoverState.KEPT},
        approval_needed=own and needs_approval(return_),
        approved=approved(return_) if own else None,
        signed_as_child=own and signed_as_child(return_),
        think_days=think_days(case),
    )
    lines = checklist.lines(done, facts)
    if own:
        return lines
    # Whether somebody must agree says who is at risk: the other mission has no such line at all.
    return [checklist.without_why(line) for line in lines if line.step != "approval"]


@stated("step of a return: declaration")
def signed_as_child(return_: Return) -> bool:
    """What a child signed with the guardian is signed anew by the adult, before they leave.

    Source: ours; a return is voluntary by the word of who goes.
    """
    declared = return_.steps.get("declaration")
    if declared is None or not declared.detail.get("guardian"):
        return False
    case = return_.case
    return not ages.counts_as_child(case) and ages.counts_as_child(case, declared.done_on)


def missing(return_: Return, on: date | None = None) -> list[checklist.Line]:
    """What keeps the person from leaving on a day."""
    return checklist.missing(shown(return_, own=True, on=on))


def may_have_left(return_: Return) -> bool:
    """Whether nothing kept the person from leaving on the day of a journey that has come: what
    ended since does not keep it from being written down.
    """
    day = return_.travel_on
    return day is not None and day <= today() and not missing(return_, day)


def forbidden(return_: Return, on: date | None = None) -> list[checklist.Line]:
    """What forbids leaving on a day: something stands against it, or a child's journey is not
    cleared. What is only not done yet is not among it.
    """
    return [line for line in missing(return_, on) if line.is_blocked or line.is_of_child]


def _done(return_: Return) -> dict[str, checklist.Done]:
    return {
        name: checklist.Done(step.done_on, step.outcome, step.valid_until, step.detail)
        for name, step in return_.steps.items()
    }


def think_days(case: Case) -> int:
    """Days at least between counselling and declaration, as the office decides."""
    return ceil(office_settings.of(case.office_id, "think_hours") / 24)


def needs_approval(return_: Return) -> bool:
    """Whether a supervisor must agree: for children, victims and high risk, also where that was
    rated lower lately; where the country is not the person's own; where nobody there receives.
    """
    case = return_.case
    return (
        ages.counts_as_child(case)
        or case.risk in ratings.RISKY
        or ratings.lowered_lately(case) is not None
        or case.trafficking_status in {"possible", "actual"}
        or bool(return_.basis)
        or return_.handover == HandoverState.KEPT
    )


def approved(return_: Return) -> bool | None:
    """What a supervisor said of this return; None where nobody has yet. A word on an earlier return
    is none on this, nor one from before it was said that nobody there receives.
    """
    latest = approvals.latest(return_.case, "return")
    kept = [event.at for event in return_.events if event.kind == "kept"]
    if latest is None or latest.asked_at < max([return_.created_at, *kept]):
        return None
    decided = {ApprovalState.APPROVED: True, ApprovalState.REFUSED: False}
    return decided.get(latest.state)


def approval_asked(return_: Return) -> Approval | None:
    """The question to a supervisor about this return that waits for an answer."""
    latest = approvals.latest(return_.case, "return")
    if latest is None or latest.state != ApprovalState.ASKED:
        return None
    return latest if latest.asked_at >= return_.created_at else None


def money_asked(return_: Return) -> FundRequest | None:
    """The newest request for money for this journey that waits for an answer."""
    query = (
        select(FundRequest)
        .join(FundRequestPerson, FundRequestPerson.request_id == FundRequest.id)
        .join(FundRequestLine, FundRequestLine.request_id == FundRequest.id)
        .where(
            FundRequestPerson.return_id == return_.id,
            FundRequestPerson.let_go_at.is_(None),
            FundRequest.state.in_((FundRequestState.ASKED, FundRequestState.SECOND)),
            FundRequest.at_home.is_(False),
            FundRequestLine.line == "travel",
        )
        .order_by(FundRequest.id.desc())
        .limit(1)
    )
    return db.session.execute(query).scalars().unique().first()


def is_funded(return_: Return) -> bool:
    """Whether money for this journey was approved and not let go: a line for travel. What is given
    at home, and what was approved for another return, is none.
    """
    known = gathered.answer(
        "funded", return_.case_id, return_.id, lambda: _funded([return_.id]).get(return_.id)
    )
    return bool(known)


def _funded(return_ids: Collection[int]) -> dict[Hashable, bool]:
    query = (
        select(FundRequestPerson.return_id)
        .join(FundRequest, FundRequest.id == FundRequestPerson.request_id)
        .join(FundRequestLine, FundRequestLine.request_id == FundRequest.id)
        .where(
            FundRequestPerson.return_id.in_(return_ids),
            FundRequestPerson.let_go_at.is_(None),
            FundRequest.state.in_(Sets.FUND_REQUEST_GRANTED),
            FundRequest.at_home.is_(False),
            FundRequestLine.line == "travel",
            FundRequestLine.amount_minor > FundRequestLine.released_minor,
        )
    )
    return dict.fromkeys(db.session.execute(query).scalars(), True)


@contextmanager
def of_many(returns: Sequence[Return]) -> Iterator[None]:
    """Within it how each of ``returns`` stands is asked without a query for each. Nothing is
    written within it.
    """
    ids = {return_.case_id for return_ in returns}
    with gathered.together(
        ids,
        newest=protection.newest_of(ids),
        checks=protection.checks_of(ids),
        forged=protection.forged_of(ids),
        persons=protection.others_of(ids),
        approvals=approvals.latest_of(ids),
        lowered=ratings.lowered_of(ids),
        cards=dict(name_cards.opened(list(ids)).items()),
        funded=_funded([return_.id for return_ in returns]),
    ):
        yield
