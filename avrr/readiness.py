"""How the steps of a return stand: the facts that :mod:`avrr.checklist` works on."""

from sqlalchemy import select

from avrr import checklist
from casework.casefile import child_safeguards
from casework.core import consent, protection
from models.base import db, today
from models.cases import Case
from models.money import FundRequest, FundRequestPerson
from models.returns import Return
from models.states import HandoverState, Sets


def shown(return_: Return, *, own: bool = False) -> list[checklist.Line]:
    """The checklist of a return.

    ``own``: for the sending mission, whose file says whether what a child needs still stands.
    """
    case = return_.case
    done = {
        name: checklist.Done(step.done_on, step.outcome, step.valid_until, step.detail)
        for name, step in return_.steps.items()
    }
    if own and child_safeguards.missing(case, return_.travel_on):
        done.pop("best_interests", None)
    seeks_protection = own and protection.seeks_protection(case)
    facts = checklist.Facts(
        on=today(),
        child=child_safeguards.counts_as_child(case),
        funded=is_funded(case),
        travel_on=return_.travel_on,
        refuses_consulate=not consent.agreed(case, "consulate") or seeks_protection,
        seeks_protection=seeks_protection,
        grounds=own and protection.grounds_stand(case),
        escort_needed=return_.escort_needed,
        escort_given=return_.escort_given,
        handed_over=return_.handover == HandoverState.ACCEPTED,
    )
    return checklist.lines(done, facts)


def is_funded(case: Case) -> bool:
    """Whether money was approved for the case."""
    query = (
        select(FundRequest.id)
        .join(FundRequestPerson)
        .where(
            FundRequestPerson.case_id == case.id, FundRequest.state.in_(Sets.FUND_REQUEST_GRANTED)
        )
    )
    return db.session.execute(query).first() is not None
