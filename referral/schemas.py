"""The shapes of referral."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from casework.schemas import _languages
from standards import lists
from web import forms
from web.forms import FormSchema, choice, day, several, text, whole, words


class ReferralSchema(FormSchema):
    """Send part of a case to a partner."""

    partner = fields.Integer(required=True, metadata={"label": _l("Partner"), "hint": "", "widget": "partner"})
    service = choice(_l("What is asked"), lists.SERVICES, required=True)
    urgency = choice(_l("How soon must they answer?"), lists.URGENCY, required=True, widget="radio")
    language = choice(_l("Language of the person"), _languages)
    fields_ = several(_l("What the partner may be told"), lists.RELEASABLE, required=True, data_key="fields")
    also = fields.List(fields.Integer(), metadata={"label": _l("Ask these too; the first to accept has it"), "hint": "", "widget": "checks", "options": ()})
    token = text("", widget="hidden", most=40)


class DeclineSchema(FormSchema):
    """Why a partner cannot take a referral."""

    reason = choice(_l("Reason"), lists.DECLINE, required=True, widget="radio")
    alternative = text(_l("Who could help instead?"), hint=_l("An organisation, if you know one."), most=120)


class WordSchema(FormSchema):
    """A question or an answer."""

    words = forms.words(_l("Question or answer"), hint=_l("Without names. It ends with the referral."), required=True, most=3000)


class PlacesSchema(FormSchema):
    """What a partner says of itself."""

    capacity = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True), metadata={"widget": "none", "label": _l("Places"), "hint": ""})
    languages = several(_l("Languages you work in"), _languages)
    area = text(_l("Area you cover"), most=120)
    hours = text(_l("Hours"), most=120)
    eligibility = forms.words(_l("Whom you can take"), most=500)
    contact = forms.words(_l("Contact for colleagues"), most=300)


class HookSchema(FormSchema):
    """Where a partner's own system wants to be told."""

    url = text(_l("Address of your system"), hint=_l("Begins with https:// and is reached from the internet."), required=True, most=300, direction="ltr")


class FindSchema(FormSchema):
    """What is looked for in the directory."""

    service = choice(_l("Service"), lists.SERVICES)
    place = text(_l("Town, area or country code"), most=60)
    language = choice(_l("Language"), _languages)
    open_only = forms.tick(_l("Only with open places"))


class ServiceSchema(FormSchema):
    """A service that was given."""

    kind = choice(_l("Service"), lists.SERVICES, required=True)
    given_on = day(_l("Day"), required=True)
    quantity = whole(_l("Nights, sessions or items"), least=1, most=1000, required=True)
    outcome = choice(_l("Outcome"), lists.SERVICE_OUTCOMES, required=True, widget="radio")
    note = words(_l("Note"), most=2000)
    token = text("", widget="hidden", most=40)


class ServiceOut(FormSchema):
    """A logged service."""

    kind = fields.String()
    given_on = fields.Date()
    quantity = fields.Integer()
    outcome = fields.String()


class ReferralOut(FormSchema):
    """A referral as its reader may see it; ``released`` is null before acceptance and after the end."""

    reference = fields.String()
    service = fields.String()
    urgency = fields.String()
    state = fields.String()
    partner = fields.String(attribute="partner.code")
    office = fields.String(attribute="office.code")
    sex = fields.String()
    age_band = fields.String()
    language = fields.String()
    sent_at = fields.DateTime()
    answer_by = fields.DateTime()
    released = fields.Dict(allow_none=True)
    services = fields.List(fields.Nested(ServiceOut))
