"""What stands on the pages of referrals: gathered here, shown by the templates of the same name."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from access.actors import Actor
from access.fields import NEEDED_BY
from access.permissions import Permission, Role
from access.policy import allows
from casework.casefile.case_header import head
from casework.core import queries as cases
from casework.core import release
from casework.people import families
from models import office_settings
from models.base import today
from models.cases import Case
from models.people import Organisation
from models.referrals import Referral
from models.states import ReferralState
from notifications import queries as notices
from referral import (
    directory,
    leaving,
    partner_links,
    queries,
    responses,
    schemas,
    sending,
    thread,
)
from standards import languages, lists
from web import paging
from web.errors import NotFound
from web.forms import Form, chosen

# Ticked where no service was chosen yet.
_USUAL = ("call_name", "languages", "sex", "age_band", "needs", "safety_note")


@dataclass(frozen=True)
class Tab:
    """A group of referrals, with how many stand in it where that is counted."""

    code: str
    word: str
    count: int | None


@dataclass(frozen=True)
class Lane:
    """A column of the board."""

    state: ReferralState
    page: paging.Page

    @property
    def waits(self) -> bool:
        """Whether it holds what the partner has not answered."""
        return self.state == ReferralState.SENT


def listed(actor: Actor, group: str, after: str) -> dict[str, object]:
    """A partner's inbox, or what a mission sent."""
    is_partner = actor.holds(Role.PARTNER)
    group = group if group in queries.GROUPS else "waiting"
    is_own_past = is_partner and group == "done"
    page = (
        queries.ended_of_partner(actor, after)
        if is_own_past
        else queries.referrals(actor, group, after)
    )
    return {
        "page": page,
        "row": "referral/_ended_row.html" if is_own_past else "referral/_card.html",
        "group": group,
        "tabs": _tabs(queries.counts(actor), is_partner=is_partner),
        "partner": is_partner,
        "incoming_count": queries.count_incoming(actor),
        "may_log": allows(actor, Permission.REFERRAL_LOG),
    }


def _tabs(counts: dict[str, int], *, is_partner: bool) -> list[Tab]:
    words = {
        "waiting": _("To answer") if is_partner else _("Waiting"),
        "service": _("In service"),
        "done": _("Done"),
    }
    return [Tab(code, word, counts.get(code)) for code, word in words.items()]


def board(actor: Actor, state: str = "", after: str = "") -> dict[str, object]:
    """What is open, side by side by state: to answer, accepted, in service; or one of them, page by
    page.
    """
    found = queries.board(actor)
    if state:
        if state not in found:
            raise NotFound
        found = {ReferralState(state): queries.lane(actor, ReferralState(state), after)}
    return {
        "lanes": [Lane(each, page) for each, page in found.items()],
        "whole": bool(state),
        "partner": actor.holds(Role.PARTNER),
        "may_log": allows(actor, Permission.REFERRAL_LOG),
    }


def of_case(actor: Actor, case: Case, after: str = "") -> dict[str, object]:
    """The referrals of a case."""
    return {**head(actor, case, "referrals"), "page": queries.of_case(case, after)}


@dataclass(frozen=True)
class FieldChoice:
    """A field that may be released, as the form offers it."""

    code: str
    word: str
    is_needed: bool
    is_ticked: bool


def new(actor: Actor, case: Case, form: Form) -> dict[str, object]:
    """The form to refer: partners who may be told, in the order in which they fit, and fields."""
    service = str(form.data.get("service") or "")
    may_be_told = release.who_may_be_told(case, cases.partners())
    # Where something did not fit, another service or another partner is to be chosen: all stand.
    fits = _fits(actor, case, may_be_told, "" if form.errors else service)
    return {
        **head(actor, case, "referrals"),
        "form": form,
        "may_tell_anybody": bool(may_be_told),
        "partners": [fit.partner for fit in fits],
        "fits": [fit for fit in fits if fit.reasons],
        "field_choices": _field_choices(form, NEEDED_BY.get(service, ())),
        "relatives": _relatives(actor, case),
    }


def _fits(
    actor: Actor, case: Case, partners: list[Organisation], service: str
) -> list[directory.Fit]:
    offering = [partner for partner in partners if not service or service in partner.services]
    reads = allows(actor, Permission.IDENTITY_READ, case)
    spoken = case.identity.get("languages", []) if reads else []
    return directory.suggest(offering, service=service, languages=spoken, city=case.office.city)


def _field_choices(form: Form, needed: tuple[str, ...]) -> list[FieldChoice]:
    ticked = form.data.get("fields") or needed or _USUAL
    choices = []
    for code, word in lists.RELEASABLE:
        is_needed = not needed or code in needed
        choices.append(FieldChoice(code, str(word), is_needed, is_needed and code in ticked))
    return choices


def _relatives(actor: Actor, case: Case) -> list[families.Relative]:
    """The rest of the family or group, as far as the worker may refer them too."""
    household = families.household_of(case)
    members = families.members(actor, household) if household else []
    return [
        member
        for member in members
        if member.case.id != case.id
        and member.case.is_active
        and allows(actor, Permission.REFERRAL_SEND, member.case)
    ]


@dataclass(frozen=True)
class Rights:
    """What the viewer may do with a referral."""

    answer: bool
    serve: bool
    report: bool
    talk: bool
    revoke: bool
    link: bool
    rate: bool
    open_case: bool


def rights(actor: Actor, referral: Referral, *, is_partner: bool) -> Rights:
    """The viewer's rights: the partner answers and serves, the office keeps the rest in hand."""

    def may(permission: Permission) -> bool:
        return allows(actor, permission, referral)

    return Rights(
        answer=may(Permission.REFERRAL_ANSWER),
        serve=may(Permission.REFERRAL_SERVE),
        report=not is_partner and may(Permission.REFERRAL_REPORT),
        talk=may(Permission.REFERRAL_TALK),
        revoke=not is_partner and may(Permission.REFERRAL_REVOKE),
        link=not is_partner and may(Permission.REFERRAL_LINK),
        rate=not is_partner and may(Permission.REFERRAL_FEEDBACK) and referral.can_be_rated,
        open_case=not is_partner and allows(actor, Permission.CASE_OPEN, referral.case),
    )


def overview(actor: Actor, referral: Referral, form: Form | None) -> dict[str, object]:
    """One referral: the partner's page, or the sender's."""
    is_partner = referral.partner_id in actor.at(Role.PARTNER)
    may = rights(actor, referral, is_partner=is_partner)
    return {
        "referral": referral,
        "may": may,
        "partner": is_partner,
        "bundled": _bundled(actor, referral),
        "letter_languages": languages.options(),
        **_opened(actor, referral, may),
        **_of_the_sender(referral, is_partner=is_partner),
        **_forms(referral, form),
    }


def _opened(actor: Actor, referral: Referral, may: Rights) -> dict[str, object]:
    """What was released, what the partner noted and what was said, where the viewer may open it."""
    released = shown_released(actor, referral)
    said = leaving.left(actor, referral)
    notes = dict(referral.answer) if released is not None else said.get("notes", {})
    words = said.get("thread", [])
    if referral.own_key and may.talk:
        words = referral.thread.get("items", [])
    return {
        "released": released or {},
        "notes": _notes(notes),
        "thread": thread.items(words),
        "left_at": datetime.fromisoformat(said["at"]) if said else None,
    }


def _notes(noted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Notes of services, as pages show them: those of before have no more than their words."""
    return [
        {**note, "at": datetime.fromisoformat(note["at"])}
        if isinstance(note, dict)
        else {"words": note, "at": None, "name": ""}
        for note in noted.values()
    ]


def shown_released(actor: Actor, referral: Referral) -> dict[str, Any] | None:
    """What was released, in the order of the list; None where the viewer may not open it now."""
    may_open = allows(actor, Permission.REFERRAL_RELEASED, referral)
    if not may_open or referral.own_key is None:
        return None
    return sending.shown(dict(referral.released))


def _bundled(actor: Actor, referral: Referral) -> list[Referral]:
    return [
        other
        for other in responses.bundled(referral)
        if allows(actor, Permission.REFERRAL_OPEN, other)
    ]


def _of_the_sender(referral: Referral, *, is_partner: bool) -> dict[str, object]:
    return {
        "messages": [] if is_partner else notices.about(referral.reference),
        "openings": [] if is_partner else queries.openings(referral),
        "told": [] if is_partner else _told(referral),
        "answer_by": None if is_partner else queries.account(referral.answer_by_id),
        "written_by": None if is_partner else queries.account(referral.written_by_id),
    }


def _told(referral: Referral) -> list[str]:
    """Which fields went out, in words: also after they were destroyed."""
    return [lists.label(lists.RELEASABLE, name) for name in referral.fields]


def _usual_service(referral: Referral) -> dict[str, object]:
    """What a form to log a service proposes; sent twice it is one service."""
    token = secrets.token_hex(8)
    return {"kind": referral.service, "given_on": today(), "quantity": 1, "token": token}


def _forms(referral: Referral, form: Form | None) -> dict[str, object]:
    service = _usual_service(referral)
    told_today = {"reported_on": today()}
    return {
        "word_form": chosen(form, schemas.WordSchema),
        "service_form": chosen(form, schemas.ServiceSchema, service),
        "reported_answer_form": chosen(form, schemas.ReportedAcceptanceSchema, told_today),
        "reported_refusal_form": chosen(form, schemas.ReportedRefusalSchema, told_today),
        "reported_service_form": chosen(form, schemas.ReportedServiceSchema, service | told_today),
        "reported_end_form": chosen(form, schemas.ReportedEndSchema, told_today),
        "complete_form": Form(schemas.CompleteSchema),
        "feedback_form": chosen(form, schemas.FeedbackSchema),
        "decline_form": chosen(form, schemas.DeclineSchema),
    }


def partner_card(actor: Actor, referral: Referral, form: Form | None) -> dict[str, object]:
    """The card for a partner without accounts; after accepting, what was released, and what it
    logged.
    """
    may_serve = allows(actor, Permission.REFERRAL_SERVE, referral)
    office = referral.office
    return {
        "zone": partner_links.zone(referral),
        "phone": office_settings.of(office.id, "partner_phone") or office.contact,
        "referral": referral,
        "released": shown_released(actor, referral) or {},
        "may_answer": allows(actor, Permission.REFERRAL_ANSWER, referral),
        "may_serve": may_serve,
        "form": chosen(form, schemas.DeclineSchema),
        "notes": _notes(referral.answer) if may_serve else [],
        "service_form": chosen(form, schemas.ServiceSchema, _usual_service(referral)),
        "complete_form": chosen(form, schemas.CompleteSchema),
    }
