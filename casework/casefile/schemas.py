"""The shapes of the case file: forms and answers of the API."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from casework.core.schemas import IdentitySchema
from standards import assistance, interviewing, lists, palermo
from web import forms
from web.forms import FormSchema, choice, day, several, text, textarea

FOR_STATISTICS = _l("How they were controlled, and the lists of statistics")


class ScreeningSchema(FormSchema):
    """What was found, and the worker's decision; it leans on the interview.

    Act, means, purpose: Palermo Protocol, art. 3.
    """

    act = several(_l("What was done"), palermo.ACTS)
    means = several(_l("By what means"), palermo.MEANS)
    purpose = several(_l("For what purpose"), palermo.PURPOSES)
    other_words = text(_l("“Other”, in words"), hint=_l("Without words it supports nothing."))
    decision = choice(_l("Your decision"), lists.TRAFFICKING, required=True, widget="radio")
    decided_by = choice(_l("Who decided"), lists.DECIDED_BY, required=True)
    without_interview = choice(
        _l("Without an interview, because"),
        interviewing.WITHOUT_INTERVIEW,
        hint=_l("Only where none was held. “Presumed” needs none."),
    )
    reason = textarea(_l("Reason"), required=True, most=3000)
    control = several(
        _l("How were they controlled?"),
        lists.htcds_options("vic_MethodsOfControl"),
        group=FOR_STATISTICS,
    )
    exploitation = several(
        _l("What were they made to do?"),
        lists.htcds_options("vic_TypeOfExploitation"),
        group=FOR_STATISTICS,
    )
    revision = forms.revision()


class SecondReadingSchema(FormSchema):
    """What the second reader of a decision says."""

    agrees = choice(
        _l("You read it, and you"),
        (("yes", _l("agree")), ("no", _l("do not agree"))),
        required=True,
        widget="radio",
    )
    words = textarea(_l("Your reason"), hint=_l("Needed where you do not agree."), most=3000)
    read = text("", widget="hidden", most=40)


class SecondPersonSchema(FormSchema):
    """What a second person says of somebody who would not count as a child any more."""

    agrees = choice(
        _l("You looked at what is known, and the person"),
        (("yes", _l("is an adult")), ("no", _l("goes on to count as a child"))),
        required=True,
        widget="radio",
    )
    words = textarea(_l("Your reason"), hint=_l("Needed for a child."), most=3000)
    read = text("", widget="hidden", most=40)


class TaskSchema(FormSchema):
    """Something to do."""

    kind = choice(_l("What is to be done"), lists.TASKS_TO_SET, required=True)
    due_on = day(_l("Until when"), required=True)


class SearchSchema(FormSchema):
    """What is looked for: a name in any spelling, a case number, a phone, a mail, a document."""

    query = text(_l("Case number, name or phone"), required=True, most=120)
    why = choice(_l("Why do you ask?"), lists.ELSEWHERE_REASONS)


class CloseSchema(FormSchema):
    """Why a case is closed."""

    reason = choice(_l("Reason"), lists.CLOSURE, required=True)
    outcome = choice(_l("How is the person now?"), assistance.OUTCOMES)
    words = textarea(_l("What was reached, and what was agreed for later"), most=3000)


class ReopenSchema(FormSchema):
    """Why a closed case is opened again."""

    words = textarea(_l("Why the case is opened again"), most=1000)


class AssignSchema(FormSchema):
    """Who holds the case from now on."""

    owner = choice(_l("Caseworker"), (), required=True)

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """The people of the office are looked up by the verb."""
        field_obj.validators = []


class FilterSchema(FormSchema):
    """A filter under a name."""

    name = text(_l("Name of the filter"), required=True, most=60)
    query = text("", most=300, widget="hidden")


class PatchSchema(FormSchema):
    """Changes to the identity of a case through the API."""

    person = fields.Nested(IdentitySchema, required=True)


class CaseOut(FormSchema):
    """A case as the API shows it: coded fields, and the compartments the caller may open."""

    number = fields.String()
    status = fields.String()
    risk = fields.String()
    office = fields.String(attribute="office.code")
    sex = fields.String()
    age_band = fields.String()
    citizenship = fields.String()
    categories = fields.List(fields.String())
    trafficking_status = fields.String()
    opened_on = fields.Date()
    closed_on = fields.Date(allow_none=True)
    revision = fields.Integer()


class CaseWhole(CaseOut):
    """One case with the compartments the caller may open; ``locked`` names the others."""

    identity = fields.Dict(allow_none=True)
    protection = fields.Dict(allow_none=True)
    locked = fields.List(fields.String())


class RecordOut(FormSchema):
    """A record: its kind, its day, what was written."""

    key = fields.String()
    kind = fields.String()
    due_on = fields.Date(allow_none=True)
    revision = fields.Integer()
    made_at = fields.DateTime()
    content = fields.Dict()


class HitOut(FormSchema):
    """A search hit.

    Outside the caller's scope it says which office to ask, for a reason given, and no more.
    """

    number = fields.String(allow_none=True)
    office = fields.String(allow_none=True)
    score = fields.Float(allow_none=True)
    reasons = fields.List(fields.String())
    mine = fields.Boolean()


class HitsOut(FormSchema):
    """Search hits, best first."""

    items = fields.List(fields.Nested(HitOut))
    not_asked = fields.List(
        fields.String(),
        metadata={"description": "Codes of offices whose keys are on other machines."},
    )
