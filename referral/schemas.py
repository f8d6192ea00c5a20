"""The shapes of referral."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from casework.core.schemas import country_options, language_options, languages_spoken
from standards import languages, lists
from web import forms
from web.field_types import PartialDate
from web.forms import FormSchema, choice, day, several, text, textarea, whole


class ReferralSchema(FormSchema):
    """Send part of a case to a partner."""

    partner = fields.Integer(
        required=True,
        metadata={"label": _l("Partner"), "hint": "", "widget": "partner"},
        error_messages=forms.REQUIRED,
    )
    service = choice(_l("What is asked"), lists.SERVICES, required=True)
    urgency = choice(_l("How soon must they answer?"), lists.URGENCY, required=True, widget="radio")
    language = choice(_l("Language of the person"), language_options)
    fields_ = several(
        _l("What the partner may be told"), lists.RELEASABLE, required=True, data_key="fields"
    )
    members = fields.List(
        fields.String(),
        metadata={"label": _l("Also refer"), "hint": "", "widget": "checks", "options": ()},
    )
    also = fields.List(
        fields.Integer(),
        metadata={
            "label": _l("Ask these too; the first to accept has it"),
            "hint": "",
            "widget": "checks",
            "options": (),
        },
    )
    again = forms.tick(_l("Another referral to the same partner for the same service"))


class OneReferralSchema(ReferralSchema):
    """Send part of one case; a family is referred on its page, where each member is seen."""

    @validates_schema
    def _alone(self, data: dict[str, object], **_: object) -> None:
        if data.get("members"):
            raise ValidationError({"members": [str(_l("Refer each case by itself."))]})


class AcceptSchema(FormSchema):
    """Take the person; with ``everybody``, all of the group who was sent together."""

    everybody = forms.tick(_l("Accept everybody of this group"))


class CutOffSchema(FormSchema):
    """Which partner is cut off."""

    partner = fields.Integer(
        required=True, metadata={"label": _l("Partner"), "hint": "", "widget": "select"}
    )
    sure = forms.tick(_l("I am sure: two people are needed to take it back"))


class CompleteSchema(FormSchema):
    """The service is done."""

    rated = choice(_l("How was this referral for you?"), lists.RATINGS, widget="radio")


class FeedbackSchema(FormSchema):
    """How the office, or the person, found a referral."""

    side = choice(_l("Who says it?"), lists.FEEDBACK_SIDES, required=True, widget="radio")
    rating = choice(_l("How was it?"), lists.RATINGS, required=True, widget="radio")
    words = forms.textarea(
        _l("In their words"), hint=_l("Kept in the case, never shown to the partner."), most=2000
    )


class InwardReferralSchema(FormSchema):
    """A person whom a partner refers to a mission: consent first, then what helps to reach and to
    help them.
    """

    office = fields.Integer(
        required=True,
        metadata={"label": _l("Which mission?"), "hint": "", "widget": "select", "options": ()},
        error_messages=forms.REQUIRED,
    )
    agrees = forms.tick(_l("The person agreed that this mission is told what stands here"))
    manner = choice(_l("How did they agree?"), lists.MANNERS[:4], widget="radio")
    language = choice(_l("Language used"), language_options)
    urgency = choice(_l("How soon must they answer?"), lists.URGENCY, required=True, widget="radio")
    call_name = text(
        _l("Name to use"), hint=_l("What the person wants to be called. It may be all we know.")
    )
    given_names = text(_l("Given names"))
    family_name = text(_l("Family name"))
    birth = PartialDate(
        metadata={
            "label": _l("When were they born?"),
            "hint": _l("Fill only what is known. A year is enough."),
            "widget": "partial_date",
        }
    )
    sex = choice(_l("Sex or gender"), lists.SEX, widget="radio")
    citizenship = choice(_l("Citizenship"), country_options)
    phone = text(
        _l("Phone"),
        hint=_l("With the country code, for example +216 70 000 000."),
        direction="ltr",
        most=40,
    )
    safe_contact = textarea(_l("How can we reach the person safely?"), most=1000)
    needs = textarea(_l("What is needed?"), required=True, most=2000)
    why = textarea(_l("Why do you refer them?"), most=2000)
    token = text("", widget="hidden", most=40)

    @validates_schema
    def _one_name(self, data: dict[str, object], **_: object) -> None:
        if not (data.get("call_name") or data.get("given_names") or data.get("family_name")):
            words = _l("Give one name, even one that is not their own: it is how we call them.")
            raise ValidationError({"call_name": [str(words)]})


class InwardAnswerSchema(FormSchema):
    """Take a person who was referred to us."""

    duplicate = choice(_l("Is it the same person?"), lists.JUDGEMENTS, widget="radio")
    duplicate_of = text("", widget="hidden", most=12)


class InwardDeclineSchema(FormSchema):
    """Why the mission cannot."""

    reason = choice(_l("Reason"), lists.DECLINE, required=True, widget="radio")


class InwardOut(FormSchema):
    """What a partner learns of a person it referred: the state, nothing of the case."""

    reference = fields.String()
    office = fields.String(attribute="office.code")
    state = fields.String()
    urgency = fields.String()
    decline_reason = fields.String()
    sent_at = fields.DateTime()
    answered_at = fields.DateTime(allow_none=True)


class PathwaySchema(FormSchema):
    """Which pathway."""

    category = choice(
        _l("Kind of case"), tuple(pair for pair in lists.CATEGORIES if pair[0] != "other")
    )
    place = text(_l("Town, area or country code"), most=60)


WRONG_CODE = _l(
    "This link and this code do not open anything. A link works once, for three "
    "days; ask for a new one."
)


class LinkCodeSchema(FormSchema):
    """The code that goes with a link."""

    code = text(
        _l("Code"),
        hint=_l("You were told it another way than the link."),
        required=True,
        most=20,
        direction="ltr",
    )


class LanguageSchema(FormSchema):
    """In which language."""

    language = choice(_l("Language"), languages.options, required=True)


class DeclineSchema(FormSchema):
    """Why a partner cannot take a referral."""

    reason = choice(_l("Reason"), lists.DECLINE, required=True, widget="radio")
    alternative = text(
        _l("Who could help instead?"), hint=_l("An organisation, if you know one."), most=120
    )


class WordSchema(FormSchema):
    """A question or an answer."""

    words = forms.textarea(
        _l("Question or answer"),
        hint=_l("Without names. It ends with the referral."),
        required=True,
        most=3000,
    )


class PlacesSchema(FormSchema):
    """What a partner says of itself."""

    capacity = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(allow_none=True),
        metadata={"widget": "none", "label": _l("Places"), "hint": ""},
    )
    languages = languages_spoken(_l("Languages you work in"))
    area = text(_l("Area you cover"), most=120)
    hours = text(_l("Hours"), most=120)
    eligibility = forms.textarea(_l("Whom you can take"), most=500)
    contact = forms.textarea(_l("Contact for colleagues"), most=300)
    revision = forms.revision()


class HookSchema(FormSchema):
    """Where a partner's own system wants to be told."""

    url = text(
        _l("Address of your system"),
        hint=_l("Begins with https:// and is reached from the internet."),
        required=True,
        most=300,
        direction="ltr",
    )


class FindSchema(FormSchema):
    """What is looked for in the directory."""

    service = choice(_l("Service"), lists.SERVICES)
    place = text(_l("Town, area or country code"), most=60)
    language = choice(_l("Language"), language_options)
    open_only = forms.tick(_l("Only with open places"))


class ServiceSchema(FormSchema):
    """A service that was given."""

    kind = choice(_l("Service"), lists.SERVICES, required=True)
    given_on = day(_l("Day"), required=True)
    quantity = whole(_l("Nights, sessions or items"), least=1, most=1000, required=True)
    outcome = choice(_l("Outcome"), lists.SERVICE_OUTCOMES, required=True, widget="radio")
    cost = text(
        _l("What it cost"),
        hint=_l("If you want to say it, for example 40 or 40.50."),
        most=12,
        direction="ltr",
    )
    currency = text(
        _l("Currency"), hint=_l("Three letters, for example EUR"), most=3, direction="ltr"
    )
    note = textarea(_l("Note"), most=2000)
    token = text("", widget="hidden", most=40)

    @validates_schema
    def _cost(self, data: dict[str, str], **_: object) -> None:
        cost = data.get("cost", "")
        if cost and not re.fullmatch(r"\d{1,8}(\.\d{1,2})?", cost, re.ASCII):
            raise ValidationError(
                {"cost": [str(_l("Give an amount in figures, such as 1240 or 1240.50."))]}
            )
        if cost and not re.fullmatch(r"[A-Z]{3}", data.get("currency", "")):
            raise ValidationError(
                {"currency": [str(_l("An amount needs its currency, three capital letters."))]}
            )


def _told_fields() -> dict[str, Any]:
    """Who told, how and when: what is written down for a partner names where it comes from."""
    return {
        "reported_how": choice(
            _l("How did the partner tell it?"), lists.REPORTED_HOW, required=True, widget="radio"
        ),
        "reported_on": day(_l("On which day?"), required=True, past=True),
        "reporter": text(
            _l("Who told it?"),
            hint=_l("Name or work of the person at the partner."),
            required=True,
            most=120,
        ),
    }


class ReportedAcceptanceSchema(FormSchema):
    """The partner told the office that it takes the person."""

    reported_how = _told_fields()["reported_how"]
    reported_on = _told_fields()["reported_on"]
    reporter = _told_fields()["reporter"]


class ReportedRefusalSchema(DeclineSchema):
    """The partner told the office that it cannot take the person."""

    reported_how = _told_fields()["reported_how"]
    reported_on = _told_fields()["reported_on"]
    reporter = _told_fields()["reporter"]


class ReportedServiceSchema(ServiceSchema):
    """A service that the partner told of by another way, written down by the office."""

    reported_how = _told_fields()["reported_how"]
    reported_on = _told_fields()["reported_on"]
    reporter = _told_fields()["reporter"]


class ReportedEndSchema(FormSchema):
    """The partner told the office that the service is done."""

    reported_how = _told_fields()["reported_how"]
    reported_on = _told_fields()["reported_on"]
    reporter = _told_fields()["reporter"]


class ServiceOut(FormSchema):
    """A logged service."""

    kind = fields.String()
    given_on = fields.Date()
    quantity = fields.Integer()
    outcome = fields.String()
    cost_minor = fields.Integer(allow_none=True)
    currency = fields.String()


class ReferralOut(FormSchema):
    """A referral as its reader may see it; ``released`` is null before acceptance and after the
    end.
    """

    reference = fields.String()
    service = fields.String()
    urgency = fields.String()
    state = fields.String()
    bundle = fields.String()
    partner = fields.String(attribute="partner.code")
    office = fields.String(attribute="office.code")
    sex = fields.String()
    age_band = fields.String()
    language = fields.String()
    sent_at = fields.DateTime()
    answer_by = fields.DateTime()
    released = fields.Dict(allow_none=True)
    services = fields.List(fields.Nested(ServiceOut))
