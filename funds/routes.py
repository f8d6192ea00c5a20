"""Pages: funds, a ledger, a request."""

from flask import render_template, request

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework import queries as cases
from casework.heading import head
from funds import answering, asking, queries
from funds.schemas import AnswerSchema, AskSchema
from models.cases import Case
from models.money import Fund, FundRequest
from web.forms import Form
from web.room import Room, see

room = Room("funds", __name__)


@room.get("/funds", permission=Permission.FUND_LIST)
def index(actor: Actor) -> str:
    """Funds with their balances, and the requests I may see."""
    return render_template("funds/index.html", funds=queries.funds(), page=queries.requests(actor, request.args.get("after", "")))


@room.get("/funds/<code>", permission=Permission.FUND_LIST, subject=queries.fund)
def show(_actor: Actor, fund: Fund) -> str:
    """The ledger of a fund."""
    return render_template("funds/fund.html", fund=fund, page=queries.entries(fund, request.args.get("after", "")))


@room.get("/cases/<number>/funding", permission=Permission.FUND_ASK, subject=cases.case)
def ask(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Ask money for a case."""
    options = [(fund.code, f"{fund.code} {fund.name}") for fund in queries.funds()]
    return render_template("funds/ask.html", **head(actor, case, "funding"), form=form or Form(AskSchema), options=options, requests=queries.of_case(case))


@room.post("/cases/<number>/funding", permission=Permission.FUND_ASK, subject=cases.case, accepts=AskSchema, page=ask)
def send(actor: Actor, case: Case, given: dict[str, str]) -> object:
    """Send the request."""
    made = asking.ask(by=actor, case=case, **given)
    return see("funds.request_page", reference=made.reference)


@room.get("/funds/requests/<reference>", permission=Permission.FUND_SEE, subject=queries.request)
def request_page(actor: Actor, found: FundRequest) -> str:
    """One request, and the answer form for who may answer."""
    against = asking.reasons_against(found.fund, found.case, found.amount_minor, found.asked_at.date())
    may_answer = found.state == "asked" and allows(actor, Permission.FUND_APPROVE, found)
    return render_template("funds/request.html", request_=found, against=against, may_answer=may_answer)


@room.post("/funds/requests/<reference>", permission=Permission.FUND_APPROVE, subject=queries.request, accepts=AnswerSchema)
def answer(actor: Actor, found: FundRequest, given: dict[str, str]) -> object:
    """Approve or refuse."""
    verb = answering.approve if given["decision"] == "approve" else answering.refuse
    verb(by=actor, request=found)
    return see("funds.request_page", reference=found.reference)
