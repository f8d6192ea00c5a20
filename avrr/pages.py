"""What stands on the pages of a return: gathered here, shown by the templates of the same name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from avrr import (
    at_home,
    checklist,
    early_warnings,
    events,
    handover,
    home_consent,
    home_schemas,
    item_pages,
    journeys,
    not_left,
    papers,
    queries,
    readiness,
    return_history,
    schemas,
    surveys,
    visit_pages,
)
from casework.casefile.case_header import head
from casework.core import histories, protection
from models import taking_back
from models.base import today
from models.cases import Case
from models.returns import Return, ReturnEvent, ReturnWarning, Survey
from models.rules import RuleBroken
from models.states import HANDOVER, RETURN, Sets
from referral import directory
from standards import declaration, lists
from web import paging
from web.forms import Form, FormSchema, chosen
from web.template_filters import country

_FORMS: dict[str, type[FormSchema]] = {
    "step": schemas.StepSchema,
    "receiver": schemas.ReceiverSchema,
    "nobody": schemas.NobodySchema,
    "journey": schemas.JourneySchema,
    "depart": schemas.DepartSchema,
    "mistaken": schemas.MistakenSchema,
    "not_left": schemas.NotLeftSchema,
    "arrive": schemas.ArriveSchema,
    "word": schemas.WordSchema,
    "transit": schemas.TransitSchema,
    "plan": home_schemas.PlanSchema,
    "home": at_home.HomeSchema,
    "paper": papers.PaperSchema,
    "assist": home_schemas.AssistSchema,
    "instalment": home_schemas.InstalmentSchema,
    "follow_up": home_schemas.FollowUpSchema,
    "close": home_schemas.CloseSchema,
    "agrees": home_schemas.AgreesSchema,
}


@dataclass(frozen=True)
class Rights:
    """What the viewer may do with a return: by the policy, and by where the return stands."""

    open_case: bool
    prepare: bool
    hand_over: bool
    stay: bool
    kept_back: str  # why it cannot be handed over now, in words
    answer: bool
    arrive: bool
    reintegrate: bool
    receive: bool
    help_on_the_way: bool
    talk: bool
    keep_paper: bool


def rights(actor: Actor, return_: Return) -> Rights:
    """The viewer's rights to ``return_``."""
    prepares = allows(actor, Permission.RETURN_PREPARE, return_)
    receives = allows(actor, Permission.RETURN_RECEIVE, return_)
    in_preparation = prepares and RETURN.can(return_, "withdraw")
    open_to_hand = in_preparation and HANDOVER.can(return_, "hand_over")
    kept_back = handover.keeps_back(return_, actor) if open_to_hand else ""
    return Rights(
        open_case=prepares,
        prepare=in_preparation,
        hand_over=open_to_hand and not kept_back,
        stay=prepares and RETURN.can(return_, "stay"),
        kept_back=kept_back,
        answer=receives and HANDOVER.can(return_, "accept"),
        arrive=receives and RETURN.can(return_, "arrive"),
        reintegrate=receives and return_.state in Sets.RETURN_HOME,
        receive=receives,
        help_on_the_way=allows(actor, Permission.RETURN_TRANSIT, return_),
        talk=allows(actor, Permission.RETURN_TALK, return_),
        keep_paper=(
            papers.is_time_for(return_)
            and not return_.has_ended
            and allows(actor, Permission.RETURN_KEEP_PAPER, return_)
        ),
    )


def listed(actor: Actor, state: str, after: str) -> dict[str, object]:
    """Returns of the actor's missions, who is coming, visits due, early warnings."""
    return {
        "page": queries.returns(actor, state, after),
        "state": state,
        "arriving": queries.arriving(actor),
        "visits": queries.visits_due(actor),
        "steps": queries.steps_due(actor),
        "warnings": queries.warnings(actor),
        "explained": early_warnings.explained,
        "may_list_movements": allows(actor, Permission.MOVEMENT_LIST),
        "may_list_approvals": allows(actor, Permission.APPROVAL_LIST),
    }


_WORK = {
    "arriving": ("avrr/_coming.html", queries.arriving),
    "visits": ("avrr/_visits_due.html", queries.visits_due),
    "steps": ("avrr/_steps_due.html", queries.steps_due),
    "warnings": ("avrr/_warnings_of_mission.html", queries.warnings),
}


def work(actor: Actor, what: str, after: str) -> dict[str, object]:
    """All of one of these lists, page by page; of the first where another is asked for."""
    what = what if what in _WORK else next(iter(_WORK))
    part, query = _WORK[what]
    page = query(actor, after, paging.PAGE)
    return {"part": part, what: page, "whole": True, "explained": early_warnings.explained}


def start(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """The returns of a case, and the form to begin one."""
    proposed = {"country": case.citizenship, "purpose": "return", "programme": "avrr"}
    proposed["kind"] = "avr"
    return {
        **head(actor, case, "return"),
        "keeps_from_return": protection.seeks_protection(case),
        "returns": queries.of_case(case),
        "form": chosen(form, schemas.StartSchema, proposed),
        "home_form": chosen(form, schemas.CameHomeSchema, {"programme": "avrr"}),
        "is_home": bool(form and isinstance(form.schema, schemas.CameHomeSchema))
        or case.citizenship == case.office.country,
    }


def overview(actor: Actor, return_: Return, form: Form | None) -> dict[str, object]:
    """One return: the same page for its missions, each with what it may see and do.

    Checklist and journey are the sending mission's, reintegration the receiving one's.
    """
    may = rights(actor, return_)
    lines = readiness.shown(return_, own=may.open_case)
    opened = {"journey": _journey(actor, return_), **_opened(actor, return_, may)}
    before = return_history.shown(actor, return_)
    return {
        "return_": return_,
        "may": may,
        "shows_reintegration": may.receive and return_.state in Sets.RETURN_RECEIVED,
        "lines": lines,
        "missing": checklist.missing(lines),
        "waits": _asked(return_) if may.open_case and return_.is_in_preparation else {},
        "may_have_left": may.prepare and readiness.may_have_left(return_),
        "form": form,
        "form_of": _forms(form, return_, opened, before["history"]),
        **before,
        "languages": declaration.options(),
        "funds": item_pages.choices() if may.reintegrate else [],
        "entries_of": item_pages.entries(return_) if may.receive else {},
        **visit_pages.shown(
            actor, return_, may_receive=may.receive, may_reintegrate=may.reintegrate
        ),
        "entries": return_.entries if may.open_case else [],
        "events": _events(return_, may),
        "companions": len(queries.companions(actor, return_)) if may.arrive else 0,
        "agreed_here": home_consent.lines(return_) if may.reintegrate else [],
        **opened,
        **_of_the_sender(actor, return_, may),
        **_receiver(return_, may),
    }


def _asked(return_: Return) -> dict[str, object]:
    """What was asked for a step and waits for somebody's answer, by the step."""
    asked = {
        "approval": readiness.approval_asked(return_),
        "funding": readiness.money_asked(return_),
    }
    return {step: question for step, question in asked.items() if question is not None}


def _receiver(return_: Return, may: Rights) -> dict[str, object]:
    """Who receives, and who could: while it was not handed over."""
    open_ = may.prepare and HANDOVER.can(return_, "hand_over")
    if not open_:
        goes_on = may.open_case and handover.nobody_goes_on(return_)
        return {"shows_receiver": False, "nobody_goes_on": goes_on}
    able = handover.who_can_receive(return_)
    labels = [(each.code, f"{each.name} ({country(each.country)})") for each in able]
    try:
        receiver = handover.receiver(return_)
    except RuleBroken:
        receiver = None
    return {"shows_receiver": True, "receiver": receiver, "can_receive": labels}


def _opened(actor: Actor, return_: Return, may: Rights) -> dict[str, object]:
    """What is sealed with the return, as far as the viewer may open it.

    Each look is in the trail.
    """
    alive = return_.own_key is not None
    sees_released = return_.handover and allows(actor, Permission.RETURN_RELEASED, return_)
    reads_thread = may.talk and return_.thread_sealed
    return {
        "released": return_.released if alive and sees_released else {},
        "plan": return_.plan if alive and may.receive else {},
        "home": return_.home if alive and may.receive and return_.home_sealed else {},
        "thread": handover.items(return_.thread.get("items", [])) if alive and reads_thread else [],
        "left": return_history.left(actor, return_) if may.open_case else [],
        "warnings": _explained(return_.warnings) if may.receive else [],
        "papers": papers.listed(actor, return_),
    }


def _events(return_: Return, may: Rights) -> list[ReturnEvent]:
    """The shared timeline, newest first."""
    hidden = frozenset() if may.open_case else events.OF_THE_SENDER
    return [event for event in reversed(return_.events) if event.kind not in hidden]


def _of_the_sender(actor: Actor, return_: Return, may: Rights) -> dict[str, object]:
    return {
        "seat": queries.seat_to_see(actor, return_) if may.open_case else None,
        "missions": queries.missions(return_.sending_id) if may.open_case else [],
    }


def _journey(actor: Actor, return_: Return) -> dict[str, Any]:
    if return_.own_key is None or not return_.journey_sealed:
        return {}
    return dict(return_.journey) if allows(actor, Permission.RETURN_JOURNEY, return_) else {}


def _forms(
    form: Form | None, return_: Return, opened: Mapping[str, Any], history: Mapping[str, Any]
) -> dict[str, Form]:
    """The forms of the page; those that change what stands, with it and its revision."""
    via = return_.transit.code if return_.transit else ""
    stands = {
        "journey": journeys.as_typed(opened["journey"], via),
        "plan": dict(opened["plan"]),
        "home": dict(opened["home"]),
    }
    for part, values in stands.items():
        values["revision"] = histories.revision_after(history[part])
    stands["step"] = {"done_on": today()}
    stands["not_left"] = {taking_back.FIELD: not_left.as_it_stands(return_)}
    return {name: chosen(form, schema, stands.get(name)) for name, schema in _FORMS.items()}


def _explained(warnings: list[ReturnWarning]) -> list[tuple[ReturnWarning, str]]:
    return [(warning, early_warnings.explained(warning)) for warning in warnings]


def local_referral(return_: Return, form: Form | None) -> dict[str, object]:
    """The form to refer to a local partner: who is there, and what the handover released."""
    released = dict(return_.released) if return_.own_key else {}
    return {
        "return_": return_,
        "form": form or Form(home_schemas.ReferSchema, {"urgency": "standard"}),
        "partners": directory.partners(place=return_.country),
        "fields": [(code, word) for code, word in lists.RELEASABLE if code in released],
    }


def survey(return_: Return, form: Form | None) -> dict[str, object]:
    """The form of the survey in force."""
    return {
        "return_": return_,
        "form": form or Form(home_schemas.survey_schema()),
        "instrument": surveys.instrument(),
        "months": visit_pages.months(return_),
        "dimensions": home_schemas.DIMENSIONS,
    }


def scores(return_: Return, survey: Survey) -> dict[str, object]:
    """One survey: its scores beside the others', its answers, and what the scores rest on."""
    return {"return_": return_, "survey": survey, "answers": surveys.in_words(return_, survey)}
