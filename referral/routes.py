"""Pages: referrals of a case, the partner's inbox, one referral."""

import secrets
from typing import Any

from flask import Response, current_app, render_template, request
from flask_babel import gettext as _

from access.actors import Actor
from access.fields import NEEDED_BY, gather
from access.permissions import Permission, Role
from access.policy import allows, require
from casework.casefile.case_header import head
from casework.core import consent
from casework.core import queries as cases
from casework.people import families
from models.base import today
from models.cases import Case
from models.people import Organisation
from models.referrals import Referral
from models.rules import RuleBroken
from notifications import queries as notices
from referral import directory, letters, partner_links, queries, responses, schemas, sending, thread
from referral import feedback as rating
from standards import languages
from web.forms import Form
from web.guard import GuardedBlueprint, redirect_to

blueprint = GuardedBlueprint("referral", __name__)


@blueprint.get("/referrals", permission=Permission.REFERRAL_LIST)
def index(actor: Actor) -> str:
    """A partner's inbox, or what a mission sent."""
    group = request.args.get("group", "waiting")
    group = group if group in queries.GROUPS else "waiting"
    page = queries.referrals(actor, group, request.args.get("after", ""))
    partner = actor.holds(Role.PARTNER)
    return render_template(
        "referral/index.html",
        page=page,
        group=group,
        counts=queries.counts(actor),
        partner=partner,
        inward=queries.waiting_inward(actor),
    )


@blueprint.get("/referrals/board", permission=Permission.REFERRAL_LIST)
def board(actor: Actor) -> str:
    """What is open, side by side by state: to answer, accepted, in service."""
    return render_template(
        "referral/board.html", columns=queries.board(actor), partner=actor.holds(Role.PARTNER)
    )


@blueprint.get("/cases/<number>/referrals", permission=Permission.REFERRAL_SEND, subject=cases.case)
def of_case(actor: Actor, case: Case) -> str:
    """The referrals of a case."""
    return render_template(
        "referral/of_case.html", **head(actor, case, "referrals"), referrals=queries.of_case(case)
    )


@blueprint.get(
    "/cases/<number>/referrals/new", permission=Permission.REFERRAL_SEND, subject=cases.case
)
def new(actor: Actor, case: Case, form: Form | None = None) -> str:
    """Choose service, partner and fields; see what the partner will see."""
    form = form or Form(
        schemas.ReferralSchema, {"service": request.args.get("service", ""), "urgency": "standard"}
    )
    service = str(form.data.get("service") or "")
    told = [partner for partner in cases.partners() if consent.may_tell(case, partner.id)]
    fitting = [partner for partner in told if not service or service in partner.services]
    fits = _fits(actor, case, fitting, service)
    return render_template(
        "referral/new.html",
        **head(actor, case, "referrals"),
        form=form,
        partners=[fit.partner for fit in fits],
        fits=[fit for fit in fits if fit.reasons],
        told=told,
        needed=NEEDED_BY.get(service, ()),
        token=secrets.token_hex(8),
        preview=_preview(actor, case, form),
        relatives=_relatives(actor, case),
    )


def _relatives(actor: Actor, case: Case) -> list[families.Relative]:
    """The rest of the family or group, as far as the worker may refer them too."""
    household = families.household_of(case)
    everybody = families.members(actor, household) if household else []
    return [
        one
        for one in everybody
        if one.case.id != case.id
        and one.case.is_active
        and allows(actor, Permission.REFERRAL_SEND, one.case)
    ]


def _fits(
    actor: Actor, case: Case, partners: list[Organisation], service: str
) -> list[directory.Fit]:
    speaks = (
        case.identity.get("languages", []) if allows(actor, Permission.IDENTITY_READ, case) else []
    )
    return directory.suggest(partners, service=service, languages=speaks, city=case.office.city)


def _preview(actor: Actor, case: Case, form: Form) -> dict[str, Any] | None:
    """What the partner will see, from the fields ticked; none before a service and fields are chosen."""
    service, ticked = form.data.get("service"), form.data.get("fields") or []
    if service not in NEEDED_BY or not ticked or not request.form.get("preview"):
        return None
    chosen = sending.release(actor, case, str(service), list(ticked))
    return {"values": sending.shown(gather(case, chosen.fields)), "kept": chosen.kept}


@blueprint.post(
    "/cases/<number>/referrals/preview", permission=Permission.REFERRAL_SEND, subject=cases.case
)
def preview(actor: Actor, case: Case) -> str:
    """The same form with the partner's view beside it. Nothing is sent."""
    from_form = {
        "partner": request.form.get("partner", ""),
        "service": request.form.get("service", ""),
        "urgency": request.form.get("urgency", "standard"),
        "language": request.form.get("language", ""),
        "fields": request.form.getlist("fields"),
    }
    return new(actor, case, form=Form(schemas.ReferralSchema, from_form))


@blueprint.post(
    "/cases/<number>/referrals",
    permission=Permission.REFERRAL_SEND,
    subject=cases.case,
    accepts=schemas.ReferralSchema,
    page=new,
)
def send(actor: Actor, case: Case, given: dict[str, Any]) -> object:
    """Send part of this case to a partner."""
    also, members = given.pop("also", []), given.pop("members", [])
    if members:
        together = [cases.case(actor, number) for number in dict.fromkeys(members)]
        for one in together:
            require(actor, Permission.REFERRAL_SEND, one)
        if also:
            raise RuleBroken(_("Refer a family to one partner at a time."), "also")
        sending.send_group(
            by=actor, cases=[case, *[one for one in together if one.id != case.id]], **given
        )
        return redirect_to("referral.of_case", number=case.number)
    if also:
        partners = [given.pop("partner"), *also]
        sending.send_round(by=actor, case=case, partners=partners, **given)
        return redirect_to("referral.of_case", number=case.number)
    referral = sending.send(by=actor, case=case, **given)
    return redirect_to("referral.show", reference=referral.reference)


@blueprint.get(
    "/referrals/<reference>", permission=Permission.REFERRAL_OPEN, subject=queries.referral
)
def show(actor: Actor, referral: Referral, form: Form | None = None) -> str:
    """One referral: the partner's page, or the sender's."""
    may = {
        name: allows(actor, permission, referral)
        for name, permission in {
            "answer": Permission.REFERRAL_ANSWER,
            "serve": Permission.REFERRAL_SERVE,
            "revoke": Permission.REFERRAL_REVOKE,
            "released": Permission.REFERRAL_RELEASED,
            "link": Permission.REFERRAL_LINK,
            "rate": Permission.REFERRAL_FEEDBACK,
        }.items()
    }
    opened = may["released"] and referral.own_key is not None
    partner = referral.partner_id in actor.at(Role.PARTNER)
    return render_template(
        "referral/show.html",
        referral=referral,
        can=may,
        partner=partner,
        released=sending.shown(dict(referral.released)) if opened else {},
        notes=dict(referral.answer) if opened else {},
        talks=allows(actor, Permission.REFERRAL_TALK, referral),
        thread=thread.items(referral)
        if referral.own_key and allows(actor, Permission.REFERRAL_TALK, referral)
        else [],
        word_form=form
        if form and isinstance(form.schema, schemas.WordSchema)
        else Form(schemas.WordSchema),
        messages=[] if partner else notices.about(referral.reference),
        receipt=None if partner else queries.receipt(referral),
        service_form=form
        if form and isinstance(form.schema, schemas.ServiceSchema)
        else Form(
            schemas.ServiceSchema, {"kind": referral.service, "given_on": today(), "quantity": 1}
        ),
        bundled=[
            other
            for other in responses.bundled(referral)
            if allows(actor, Permission.REFERRAL_OPEN, other)
        ],
        complete_form=Form(schemas.CompleteSchema),
        letter_languages=languages.options(),
        feedback_form=form
        if form and isinstance(form.schema, schemas.FeedbackSchema)
        else Form(schemas.FeedbackSchema),
        decline_form=form
        if form and isinstance(form.schema, schemas.DeclineSchema)
        else Form(schemas.DeclineSchema),
        token=secrets.token_hex(8),
    )


_PARTNER: dict[str, Any] = {"permission": Permission.REFERRAL_SERVE, "subject": queries.referral}


@blueprint.post(
    "/referrals/<reference>/accept",
    permission=Permission.REFERRAL_ANSWER,
    subject=queries.referral,
    accepts=schemas.AcceptSchema,
    page=show,
)
def accept(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Take the person, or the whole group they were sent with."""
    responses.accept(by=actor, referral=referral, whole=bool(given.get("everybody")))
    return redirect_to("referral.show", reference=referral.reference)


@blueprint.post(
    "/referrals/<reference>/decline",
    permission=Permission.REFERRAL_ANSWER,
    subject=queries.referral,
    accepts=schemas.DeclineSchema,
    page=show,
)
def decline(actor: Actor, referral: Referral, given: dict[str, str]) -> object:
    """Cannot take the person."""
    responses.decline(by=actor, referral=referral, **given)
    return redirect_to("referral.index")


@blueprint.post(
    "/referrals/<reference>/services", **_PARTNER, accepts=schemas.ServiceSchema, page=show
)
def log_service(actor: Actor, referral: Referral, given: dict[str, Any]) -> object:
    """Log a service."""
    responses.log_service(by=actor, referral=referral, **given)
    return redirect_to("referral.show", reference=referral.reference)


@blueprint.post(
    "/referrals/<reference>/complete", **_PARTNER, accepts=schemas.CompleteSchema, page=show
)
def complete(actor: Actor, referral: Referral, given: dict[str, str]) -> object:
    """The service is done; access ends."""
    responses.complete(by=actor, referral=referral, **given)
    return redirect_to("referral.index", group="done")


@blueprint.post(
    "/referrals/<reference>/words",
    permission=Permission.REFERRAL_TALK,
    subject=queries.referral,
    accepts=schemas.WordSchema,
    page=show,
)
def talk(actor: Actor, referral: Referral, given: dict[str, str]) -> object:
    """Ask or answer."""
    thread.say(by=actor, referral=referral, words=given["words"])
    return redirect_to("referral.show", reference=referral.reference)


@blueprint.post(
    "/referrals/<reference>/revoke", permission=Permission.REFERRAL_REVOKE, subject=queries.referral
)
def revoke(actor: Actor, referral: Referral) -> object:
    """Take the referral back."""
    sending.revoke(by=actor, referral=referral)
    return redirect_to("referral.show", reference=referral.reference)


@blueprint.post(
    "/referrals/<reference>/link", permission=Permission.REFERRAL_LINK, subject=queries.referral
)
def link(actor: Actor, referral: Referral) -> str:
    """A link for a partner without accounts, and its code; both are shown this once."""
    token, code = partner_links.make(by=actor, referral=referral)
    address = f"{current_app.config['BASE_URL']}/answer/{token}"
    return render_template(
        "referral/partner_link.html",
        referral=referral,
        address=address,
        code=code,
        days=partner_links.DAYS,
    )


@blueprint.post(
    "/referrals/<reference>/letter",
    permission=Permission.REFERRAL_RELEASE,
    subject=queries.referral,
    accepts=schemas.LanguageSchema,
    page=show,
)
def letter(actor: Actor, referral: Referral, given: dict[str, str]) -> Response:
    """The referral on paper, in the partner's language."""
    if referral.own_key is None:
        raise RuleBroken(_("What was released ended with the referral."))
    content = letters.letter(by=actor, referral=referral, **given)
    headers = {"Content-Disposition": f"attachment; filename={referral.reference}.pdf"}
    return Response(content, mimetype="application/pdf", headers=headers)


@blueprint.post(
    "/referrals/<reference>/feedback",
    permission=Permission.REFERRAL_FEEDBACK,
    subject=queries.referral,
    accepts=schemas.FeedbackSchema,
    page=show,
)
def feedback(actor: Actor, referral: Referral, given: dict[str, str]) -> object:
    """How it went, for the office or the person."""
    rating.rate(
        by=actor,
        referral=referral,
        side=given["side"],
        rating=int(given["rating"]),
        words=given.get("words", ""),
    )
    return redirect_to("referral.show", reference=referral.reference)
