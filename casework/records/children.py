"""Children: age, guardian, best interests, family tracing. What is missing here blocks a return."""

from flask_babel import lazy_gettext as _l

from standards import assistance
from web import forms
from web.forms import FormSchema, choice, day, several, text, tick


class AgeSchema(FormSchema):
    """Whether the person's age is in doubt, and what was found.

    In doubt, they are treated as a child.
    """

    status = choice(
        _l("Where does it stand?"), assistance.AGE_STATUS, required=True, widget="radio"
    )
    methods = several(_l("How"), assistance.AGE_METHODS)
    result = choice(_l("Result"), assistance.AGE_RESULT, widget="radio")
    on = day(_l("On"))
    agreed = tick(_l("The child and the guardian were told how and agreed"))
    words = forms.textarea(_l("What was found"), most=3000)
    revision = forms.revision()


class GuardianSchema(FormSchema):
    """Who decides for the child."""

    name = text(_l("Name"), required=True)
    kind = choice(_l("Kind"), assistance.GUARDIANS, required=True)
    authority = text(_l("Appointed by"))
    phone = text(_l("Phone"), most=40, direction="ltr")
    since = day(_l("Since"), required=True)
    until = day(_l("Until"))
    checked = tick(_l("Identity and relation to the child were checked"))
    revision = forms.revision()


class AssessmentSchema(FormSchema):
    """Best-interests assessment: for every child, again when something changes."""

    on = day(_l("On"), required=True)
    views = forms.textarea(
        _l("What the child says"),
        hint=_l("In the child’s own words, for their age."),
        required=True,
        most=5000,
    )
    safety = forms.textarea(_l("Safety"), most=3000)
    family = forms.textarea(_l("Family and people close to them"), most=3000)
    development = forms.textarea(_l("Development, health, school"), most=3000)
    recommended = forms.textarea(_l("What is recommended"), required=True, most=3000)
    review_on = day(_l("Assess again on"), required=True)
    revision = forms.revision()


class DeterminationSchema(FormSchema):
    """Best-interests determination: a panel decides, with documents.

    Needed before any return of an unaccompanied or separated child.
    """

    on = day(_l("Decided on"), required=True)
    panel = several(_l("Who sat on the panel"), assistance.PANEL, required=True)
    names = forms.textarea(_l("Their names and offices"), most=1000)
    options = forms.textarea(_l("What was weighed"), required=True, most=5000)
    views = forms.textarea(_l("What the child wants"), required=True, most=3000)
    decision = choice(_l("Decision"), assistance.BEST_INTERESTS, required=True, widget="radio")
    reason = forms.textarea(_l("Reason"), required=True, most=5000)
    valid_until = day(_l("Valid until"))
    revision = forms.revision()


class TracingSchema(FormSchema):
    """Looking for the child's family."""

    state = choice(_l("Where does it stand?"), assistance.TRACING, required=True)
    by = text(_l("Who looks"))
    since = day(_l("Since"))
    result = forms.textarea(_l("What was found"), most=3000)
    contact = choice(_l("Does the child want contact?"), assistance.YES_NO, widget="radio")
    safe = choice(_l("Is contact safe?"), assistance.YES_NO, widget="radio")
    revision = forms.revision()
