"""What stands on the pages of funds: gathered here, shown by the templates of the same name."""

from collections.abc import Sequence
from dataclasses import dataclass

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework.casefile.case_header import head
from casework.people import families
from funds import approvals, ledger, payments, queries, requests, schemas
from funds import figures as pace
from models.base import today
from models.cases import Case
from models.money import Fund, FundRequest
from models.referrals import Service
from models.returns import Return
from models.states import FUND_REQUEST
from standards import crises
from web.forms import Form

_SHOWN = 12  # persons of a request who are listed one by one


@dataclass(frozen=True)
class Rights:
    """What the viewer may do with a request: by the policy, and by where the request stands."""

    answer: bool
    pay: bool
    cancel: bool


@dataclass(frozen=True)
class Person:
    """Somebody a request is for."""

    case: Case
    may_open: bool
    told: Case | Return | None  # what says in coded words who it is


def listed(actor: Actor, after: str) -> dict[str, object]:
    """Funds with their balances, and the requests the actor may see."""
    return {
        "funds": queries.funds(),
        "page": queries.requests(actor, after),
        "may_keep": allows(actor, Permission.FUND_KEEP),
    }


def fund(actor: Actor, fund: Fund, after: str, form: Form | None) -> dict[str, object]:
    """A fund: its sums, its pace, its ledger."""
    page = queries.entries(fund, after)
    return {
        "fund": fund,
        "page": page,
        "sectors": crises.sector_options(),
        "figures": pace.figures(fund),
        "trial": ledger.trial_balance(fund),
        "balances": ledger.balances(fund),
        "corrected": queries.corrected(fund),
        "correctable": {
            entry.id
            for entry in page.items
            if entry.can_be_corrected and allows(actor, Permission.FUND_CORRECT, entry)
        },
        "may_keep": allows(actor, Permission.FUND_KEEP),
        "form": form or Form(schemas.ReceiveSchema),
    }


def choices() -> list[tuple[str, str]]:
    """The funds that may be asked for people: code and words. One that lends is none of them."""
    return [
        (fund.code, f"{fund.code} {fund.name} ({fund.currency})")
        for fund in queries.open_funds()
        if not fund.lends
    ]


@dataclass(frozen=True)
class Payer:
    """A fund beside the form that asks: whether it can pay for these people, and why not."""

    fund: Fund
    against: list[str]


def payers(cases: Sequence[Case]) -> list[Payer]:
    """Every open fund, first those that can pay for ``cases``."""
    found = [Payer(fund, requests.keeps_out(fund, cases, today())) for fund in queries.open_funds()]
    return sorted(found, key=lambda payer: bool(payer.against))


def ask(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """The form to ask money for a case, or for the family."""
    return {
        **head(actor, case, "funding"),
        "form": form or Form(schemas.AskSchema),
        "options": choices(),
        "payers": payers([case]),
        "requests": queries.of_case(case),
        "relatives": _relatives(actor, case),
    }


def _relatives(actor: Actor, case: Case) -> list[families.Relative]:
    """The rest of the family or group, as far as the actor may ask for them too."""
    household = families.household_of(case)
    members = families.members(actor, household) if household else []
    return [
        member
        for member in members
        if member.case.id != case.id and allows(actor, Permission.FUND_ASK, member.case)
    ]


def request(actor: Actor, request: FundRequest, form: Form | None) -> dict[str, object]:
    """One request, and the forms for who may answer or pay."""
    cases = queries.persons(request)
    return {
        "request_": request,
        "may": _rights(actor, request),
        "against": _against(actor, request, cases),
        "persons": [
            Person(
                case,
                allows(actor, Permission.CASE_OPEN, case),
                queries.as_told(actor, request, case),
            )
            for case in cases[:_SHOWN]
        ],
        "more_persons": max(len(cases) - _SHOWN, 0),
        "entries": queries.entries_of(request),
        "sectors": crises.sector_options(),
        "needs_two": approvals.needs_two(request),
        "same": approvals.same(request) if request.waits_for_answer else [],
        "journeys": queries.journeys(request),
        "not_going": queries.not_going(request),
        "share": sum(payments.share_of_journey(request).values()),
        "paid_of_journey": payments.paid_of_journey(request),
        **_forms(form),
    }


def _forms(form: Form | None) -> dict[str, Form]:
    """The form that was refused, and the other ones, empty."""
    schemas_of = {
        "form": schemas.SpendSchema,
        "answer": schemas.AnswerRequestSchema,
        "let_go": schemas.LetGoSchema,
    }
    shown = {
        name: form if form is not None and isinstance(form.schema, schema) else Form(schema)
        for name, schema in schemas_of.items()
    }
    return {**shown, "let_go_anew": Form(schemas.LetGoSchema)}


def cost(service: Service, form: Form | None) -> dict[str, object]:
    """A service of a partner with its cost, and the form to say who paid."""
    return {
        "service": service,
        "referral": service.referral,
        "form": form or Form(schemas.OutlaySchema),
        "requests": queries.payable(service.referral.case),
    }


def _rights(actor: Actor, request: FundRequest) -> Rights:
    spends = allows(actor, Permission.FUND_SPEND, request)
    return Rights(
        answer=request.waits_for_answer and allows(actor, Permission.FUND_APPROVE, request),
        pay=spends and not request.at_home and FUND_REQUEST.can(request, "close"),
        cancel=spends and FUND_REQUEST.can(request, "cancel"),
    )


def _against(actor: Actor, request: FundRequest, cases: list[Case]) -> list[str]:
    """What of the fund's rules the request does not keep, as on the day it was asked. What the file
    of a case says is told to those who may know: of what is asked at home to who keeps the fund.
    """
    budget = {line.line: line.amount_minor for line in request.lines}
    return requests.reasons_against(
        request.fund,
        cases,
        budget,
        request.asked_at.date(),
        sector=request.sector,
        evidence=requests.Evidence(request.tried or (), request.assessed_on),
        by_file=not requests.is_of_another_office(request) or actor.holds(Role.MANAGER),
    )
