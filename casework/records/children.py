"""Children: age, guardian, best interests, family tracing. What is missing here blocks a return."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates_schema

from casework.core.schemas import country_options, language_options
from models.births import ADULT
from standards import assistance
from web import forms
from web.forms import FormSchema, choice, day, several, text, tick, whole

OLDEST = 120  # years that a form takes for an age


class AgeSchema(FormSchema):
    """Whether the person's age is in doubt, and what was found.

    In doubt, they are treated as a child.
    """

    status = choice(
        _l("Where does it stand?"), assistance.AGE_STATUS, required=True, widget="radio"
    )
    methods = several(_l("How"), assistance.AGE_METHODS)
    result = choice(_l("Result"), assistance.AGE_RESULT, widget="radio")
    least = whole(_l("At least so many years old"), most=OLDEST)
    most = whole(
        _l("At most so many years old"),
        most=OLDEST,
        hint=_l("On the day of the assessment. Without it a child stays one until assessed again."),
    )
    on = day(_l("On"), past=True)
    by = text(_l("Who assessed"))
    agreed = tick(_l("The child and the guardian were told how and agreed"))
    words = forms.textarea(_l("What was found"), most=3000)
    revision = forms.revision()

    @validates_schema
    def _what_was_found(self, data: dict[str, Any], **_named: object) -> None:
        """Only what is finished has a result, and that says how, when and by whom."""
        if data.get("status") != "done":
            return
        wanted = ("result", "methods", "on", "by")
        lacking = {name: [_("This is needed.")] for name in wanted if not data.get(name)}
        if data.get("methods") == ["medical"]:
            lacking["methods"] = [_("A medical examination alone never decides an age.")]
        if lacking:
            raise ValidationError(lacking)
        _ages_fit(data)


def _ages_fit(data: dict[str, Any]) -> None:
    least, most, result = data.get("least"), data.get("most"), data["result"]
    if least is not None and most is not None and most < least:
        raise ValidationError(_("This is less than the least age."), "most")
    if result == "adult" and least is not None and least < ADULT:
        raise ValidationError(_("Who may be under 18 is no adult: it is in doubt."), "least")
    if result == "child" and most is not None and most >= ADULT:
        raise ValidationError(_("Who may be 18 is in doubt."), "most")
    if result == "doubt" and least is not None and least >= ADULT:
        raise ValidationError(_("Who is at least 18 is an adult."), "least")


class GuardianSchema(FormSchema):
    """Who decides for the child."""

    name = text(_l("Name"), required=True)
    kind = choice(_l("Kind"), assistance.GUARDIANS, required=True)
    authority = text(_l("Appointed by"))
    phone = text(_l("Phone"), most=40, direction="ltr")
    since = day(_l("Since"), required=True)
    until = day(_l("Until"), not_before="since")
    checked = tick(_l("Identity and relation to the child were checked"))
    revision = forms.revision()


class AssessmentSchema(FormSchema):
    """Best-interests assessment: for every child, again when something changes."""

    on = day(_l("On"), required=True, past=True)
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
    review_on = day(_l("Assess again on"), required=True, not_before="on")
    revision = forms.revision()


class DeterminationSchema(FormSchema):
    """Best-interests determination: a panel decides, with documents.

    Needed before any return of an unaccompanied or separated child.
    """

    on = day(_l("Decided on"), required=True, past=True)
    panel = several(_l("Who sat on the panel"), assistance.PANEL, required=True)
    names = forms.textarea(
        _l("Their names and offices"), hint=_l("One person on each line."), most=1000
    )
    options = forms.textarea(_l("What was weighed"), required=True, most=5000)
    views = forms.textarea(_l("What the child wants"), required=True, most=3000)
    decision = choice(_l("Decision"), assistance.BEST_INTERESTS, required=True, widget="radio")
    country = choice(
        _l("To which country"),
        country_options,
        hint=_l("For a return, or for joining family in a third country: that one alone."),
    )
    reason = forms.textarea(_l("Reason"), required=True, most=5000)
    valid_until = day(_l("Valid until"), not_before="on")
    revision = forms.revision()


class TracingSchema(FormSchema):
    """Looking for the child's family."""

    state = choice(_l("Where does it stand?"), assistance.TRACING, required=True)
    by = text(_l("Who looks"))
    since = day(_l("Since"), past=True)
    result = forms.textarea(_l("What was found, and why contact is safe or not"), most=3000)
    contact = choice(_l("Does the child want contact?"), assistance.YES_NO, widget="radio")
    safe = choice(_l("Is contact safe?"), assistance.YES_NO, widget="radio")
    revision = forms.revision()


class ReceivesSchema(FormSchema):
    """Who takes care of the child where they arrive, and who checked that."""

    country = choice(_l("In which country"), country_options, required=True)
    called = text(_l("Who receives the child"), required=True)
    relation = choice(_l("Relation to the child"), assistance.RECEIVERS, required=True)
    address = forms.textarea(_l("Where they live, and how to reach them"), required=True, most=1000)
    agreed = tick(_l("They agreed to take care of the child"))
    checked_by = text(
        _l("Who checked identity, relation and home"),
        hint=_l("A mission, authority or partner in that country. Empty: not checked yet."),
    )
    checked_on = day(_l("Checked on"), past=True)
    valid_until = day(_l("Valid until"), not_before="checked_on")
    revision = forms.revision()

    @validates_schema
    def _checked_by_somebody_on_a_day(self, data: dict[str, Any], **_named: object) -> None:
        if bool(data.get("checked_by")) != bool(data.get("checked_on")):
            field = "checked_on" if data.get("checked_by") else "checked_by"
            raise ValidationError(_("Say who checked, and on which day."), field)


class GuardianConsentSchema(FormSchema):
    """What the guardian says to a return or a relocation, and the child's own view of it."""

    country = choice(_l("To which country"), country_options, required=True)
    answer = choice(_l("The guardian"), assistance.CONSENTS, required=True, widget="radio")
    guardian = text(_l("Name of the guardian"), required=True)
    on = day(_l("On"), required=True, past=True)
    language = choice(_l("Language used"), language_options, required=True)
    proof = choice(_l("Proof"), assistance.PROOFS, required=True)
    view = choice(_l("The child"), assistance.CHILD_VIEWS, required=True, widget="radio")
    words = forms.textarea(_l("What the child says"), required=True, most=3000)
    revision = forms.revision()
