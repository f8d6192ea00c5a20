"""Protection: vulnerability and risk, safety plan, decisions, events, people involved, notes."""

from flask_babel import lazy_gettext as _l

from standards import assistance, interviewing, lists
from web import forms
from web.forms import FormSchema, choice, day, several, text, tick

INDIVIDUAL = _l("The person")
HOUSEHOLD = _l("Household and family")
COMMUNITY = _l("Community")
STRUCTURAL = _l("State and society")
# Level → the fields of what raises the risk and of what protects.
LEVELS = (
    (INDIVIDUAL, "individual", "protects_individual"),
    (HOUSEHOLD, "household", "protects_household"),
    (COMMUNITY, "community", "protects_community"),
    (STRUCTURAL, "structural", "protects_structural"),
)


class RiskSchema(FormSchema):
    """Determinants of migrant vulnerability at four levels, what raises the risk and what protects
    at each, and the worker's own rating: no sum of them is one.
    """

    on = day(_l("Assessed on"), required=True, past=True)
    individual = several(
        _l("The person: what raises the risk"), assistance.RISK_INDIVIDUAL, group=INDIVIDUAL
    )
    protects_individual = several(
        _l("The person: what protects"), assistance.PROTECTS_INDIVIDUAL, group=INDIVIDUAL
    )
    household = several(
        _l("Household and family: what raises the risk"),
        assistance.RISK_HOUSEHOLD,
        group=HOUSEHOLD,
    )
    protects_household = several(
        _l("Household and family: what protects"), assistance.PROTECTS_HOUSEHOLD, group=HOUSEHOLD
    )
    community = several(
        _l("Community: what raises the risk"), assistance.RISK_COMMUNITY, group=COMMUNITY
    )
    protects_community = several(
        _l("Community: what protects"), assistance.PROTECTS_COMMUNITY, group=COMMUNITY
    )
    structural = several(
        _l("State and society: what raises the risk"),
        assistance.RISK_STRUCTURAL,
        group=STRUCTURAL,
    )
    protects_structural = several(
        _l("State and society: what protects"),
        assistance.PROTECTS_STRUCTURAL,
        group=STRUCTURAL,
    )
    protective = several(_l("What protects"), assistance.PROTECTIVE, only_answered=True)
    rating = choice(_l("Your rating"), lists.RISK, required=True, widget="radio")
    reason = forms.textarea(_l("Reason"), required=True, most=3000)
    next_on = day(
        _l("Assess again on"),
        hint=_l(
            "Left empty: in a week for extreme, two for high, "
            "a month for medium, three for low risk."
        ),
    )
    revision = forms.revision()


class SafetySchema(FormSchema):
    """A safety plan, as steps that the person can take."""

    dangers = forms.textarea(_l("What could happen"), required=True, most=3000)
    signs = forms.textarea(_l("Signs that it is coming"), most=2000)
    steps = forms.textarea(
        _l("What to do then"),
        hint=_l("One step on each line, in the order they are taken."),
        required=True,
        most=3000,
    )
    people = forms.textarea(_l("Who helps, and how to reach them"), most=2000)
    places = forms.textarea(_l("Where to go"), most=1000)
    agreed = tick(_l("The person made this plan with us and agrees"))
    review_on = day(_l("Look at it again on"), required=True)
    revision = forms.revision()


class DecisionSchema(FormSchema):
    """A decision on identification, as it was taken; an appeal is added to it."""

    decision = choice(_l("Decision"), lists.TRAFFICKING, required=True)
    decided_by = choice(
        _l("Who decided"),
        lists.DECIDED_BY,
        required=True,
    )
    on = day(_l("Decided on"), required=True, past=True)
    elements = several(
        _l("Elements found"),
        (
            ("act", _l("Act")),
            ("means", _l("Means")),
            ("purpose", _l("Purpose")),
            ("child", _l("A child: means do not matter")),
        ),
    )
    reason = forms.textarea(_l("Reason"), required=True, most=3000)
    without_interview = choice(_l("Without an interview, because"), interviewing.WITHOUT_INTERVIEW)
    appeal_on = day(_l("Appealed on"), past=True, not_before="on")
    appeal_until = day(_l("An appeal is possible until"))
    appeal_result = choice(
        _l("Result of the appeal"),
        (("pending", _l("Pending")), ("confirmed", _l("Confirmed")), ("changed", _l("Changed"))),
    )
    appeal_decision = choice(
        _l("What the appeal decided"),
        lists.TRAFFICKING,
        hint=_l("Empty: the opposite. It takes the place of the decision everywhere."),
    )
    revision = forms.revision()


class TraffickingEventSchema(FormSchema):
    """One event of what happened, in place and time (HTCDS historic trafficking events)."""

    type = choice(
        _l("What kind of event"), lists.htcds_options("hte_Type"), required=True, widget="radio"
    )
    on = day(_l("When"), past=True)
    street = text(_l("Street"))
    city = text(_l("Town"))
    state = text(_l("Region"))
    postal_code = text(_l("Postal code"), most=20)
    country = text(_l("Country"), most=80)
    latitude = text(_l("Latitude"), most=12, direction="ltr", more=True)
    longitude = text(_l("Longitude"), most=12, direction="ltr", more=True)
    description = forms.textarea(_l("What happened"), most=5000)
    revision = forms.revision()


class InvolvedSchema(FormSchema):
    """Somebody who took part in what was done to the person (HTCDS perpetrator context).

    Not a suspect's file: what the person told.
    """

    called = text(_l("How the person calls them"), required=True)
    roles = several(_l("Role in what happened"), lists.htcds_options("per_RoleInProcess"))
    relation = choice(
        _l("Relation to the person"), lists.htcds_options("vic_RelationshipToTrafficker")
    )
    details = forms.textarea(_l("What is known of them"), most=3000)
    still_dangerous = choice(_l("Are they still a danger?"), assistance.YES_NO, widget="radio")
    revision = forms.revision()


class InwardSchema(FormSchema):
    """How the case came to us from another organisation (HTCDS incoming referral)."""

    organisation = text(_l("Organisation"), required=True)
    worker = text(_l("Caseworker there"))
    on = day(_l("Received on"), required=True, past=True)
    reason = choice(_l("Reason"), lists.htcds_options("cas_ReasonForIncomingReferral"))
    details = forms.textarea(_l("Details"), most=3000)
    revision = forms.revision()


class NoteSchema(FormSchema):
    """A note."""

    words = forms.textarea(_l("Note"), required=True, most=10_000)
    tags = text(_l("Tags"), hint=_l("Words to find it by, with commas between them."))
    revision = forms.revision()


class IncidentSchema(FormSchema):
    """Something that happened while in our care."""

    kind = choice(_l("What happened"), assistance.INCIDENTS, required=True)
    on = day(_l("On"), required=True, past=True)
    words = forms.textarea(_l("In words, without diagnosis"), required=True, most=5000)
    done = forms.textarea(_l("What was done"), most=3000)
    revision = forms.revision()
