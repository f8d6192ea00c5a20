"""The shapes of casework: one schema for page, API and import."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from models.base import today
from standards import assistance, isic, languages, lists, places
from web import forms
from web.forms import FormSchema, PartialDate, choice, day, several, text, tick, words
from web.forms import locale_code as _locale


def _countries() -> tuple[tuple[str, str], ...]:
    return places.countries(_locale())


def _languages() -> tuple[tuple[str, str], ...]:
    return places.languages(_locale())


ACTS: lists.Options = (
    ("recruitment", _l("Recruited")),
    ("transport", _l("Transported")),
    ("transfer", _l("Transferred")),
    ("harbouring", _l("Harboured")),
    ("receipt", _l("Received")),
)


class SafetySchema(FormSchema):
    """Step 1: is it safe to talk here and now?"""

    channel = choice(_l("How did the person reach us?"), lists.CHANNELS, required=True)
    private = tick(_l("We can talk without being heard"))
    interpreter = tick(_l("An interpreter is needed"))
    danger = tick(_l("Somebody may be in danger right now"), hint=_l("Stop here and follow the emergency procedure of your office first."))
    doctor = tick(_l("A doctor is needed now"), hint=_l("Call medical help first. The registration can wait."))


def consent_answer(label: object, hint: object = "") -> fields.String:
    """Agrees, refuses, or not asked yet. Refused is a normal answer."""
    return choice(label, lists.ANSWERS, hint=hint, widget="segmented")


class ConsentSchema(FormSchema):
    """Step 2: what the person agrees to, purpose by purpose. Recorded before anything else is stored."""

    assistance = consent_answer(_l("To be assisted by this office"), _l("We keep what they tell us in a file that only their caseworkers open."))
    sharing = consent_answer(_l("To share what is needed with services"), _l("Only what that service needs, and only the ones named here."))
    recipients = several(_l("Services that may be told"), (), hint=_l("None ticked: nobody may be told yet."))
    consulate = consent_answer(_l("To contact the consulate of their country"), _l("Never done for a person who seeks protection from that country."))
    statistics = consent_answer(_l("To be counted, without name, in statistics"), _l("Numbers under 10 are never published."))
    photograph = consent_answer(_l("To have a photograph taken"))
    manner = choice(_l("How was it given?"), lists.MANNERS, widget="radio")
    language = choice(_l("Language used"), _languages)
    proof = text(
        _l("File that shows it"),
        hint=_l("A scan or photo among the files of the case. Its name is not needed, only the choice."),
        widget="select",
        most=32,
        options=(),
    )
    valid_until = day(_l("Valid until"), hint=_l("Six months from today if left empty."))
    vital_reason = words(
        _l("Why it cannot wait"),
        hint=_l("Only where the person cannot consent now and is in danger of life. A supervisor reviews it within 72 hours."),
        most=2000,
        folded=_l("The person cannot consent now and is in danger"),
    )

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """Recipients are organisations: their numbers are checked where the ledger is written."""
        if field_name == "recipients":
            field_obj.inner = fields.Integer()  # type: ignore[attr-defined]

    @validates_schema
    def _until(self, data: dict[str, object], **_: object) -> None:
        until = data.get("valid_until")
        if until is not None and not today() <= until <= today() + timedelta(days=3660):  # type: ignore[operator]
            raise ValidationError({"valid_until": [str(_l("Choose a day between today and ten years from now."))]})


class IdentitySchema(FormSchema):
    """Who the person is. Nothing is required except one way to call them."""

    call_name = text(_l("Name to use"), hint=_l("What the person wants to be called. It may be all we know."))
    given_names = text(_l("Given names"), auto=True)
    family_name = text(_l("Family name"), auto=True)
    other_names = words(_l("Other names, scripts and spellings"), hint=_l("One on each line."), most=1000)
    birth = PartialDate(metadata={
        "label": _l("When were they born?"), "hint": _l("Fill only what is known. A year is enough."), "widget": "partial_date", "unanswerable": True,
    })  # fmt: skip
    sex = choice(_l("Sex or gender"), lists.SEX, widget="radio", unanswerable=True)
    citizenship = choice(_l("Citizenship"), _countries, unanswerable=True)
    languages = several(_l("Languages the person speaks"), _languages, widget_hint="select")
    phone = text(_l("Phone"), hint=_l("With the country code, for example +216 70 000 000."), direction="ltr", most=40, unanswerable=True)
    home_phone = text(_l("Other phone"), direction="ltr", most=40, more=True)
    email = text(_l("E-mail"), direction="ltr", more=True)
    document_number = text(_l("Number of a document"), direction="ltr", most=60, more=True)
    safe_contact = words(_l("How can we reach the person safely?"), hint=_l("How, when, who else may answer, and what must never be done."), most=1000)
    mother_name = text(_l("Mother’s name"), hint=_l("Helps to tell people apart. It is never shown on letters."), unanswerable=True, more=True)
    salutation = text(_l("Salutation"), most=40, more=True)
    title = text(_l("Title"), most=80, more=True)
    middle_name = text(_l("Middle name"), more=True)
    marital_status = choice(_l("Marital status"), lists.htcds_options("prs_MaritalStatus"), more=True)
    children = forms.whole(_l("Number of children"), most=40, more=True)
    education = choice(_l("Education"), lists.htcds_options("prs_HighestLevelOfEducation"), more=True)
    deceased = tick(_l("The person has died"), more=True)
    street = text(_l("Street"), more=True)
    city = text(_l("Town"), more=True)
    state = text(_l("Region"), more=True)
    postal_code = text(_l("Postal code"), most=20, more=True)
    country = text(_l("Country of the address"), most=80, more=True)
    unanswered = forms.unanswered()
    corrected = forms.corrected()
    revision = forms.revision()

    @validates_schema
    def _one_name(self, data: dict[str, object], **_: object) -> None:
        if not (data.get("call_name") or data.get("given_names") or data.get("family_name")):
            raise ValidationError({"call_name": [str(_l("Give one name, even one that is not their own: it is how we call them."))]})


class AccountSchema(FormSchema):
    """What happened, in their own words, and what the standard lists of it."""

    account = words(_l("What happened"), hint=_l("In the person’s own words. Ask once; they may skip it."))
    recruitment = several(_l("How were they recruited?"), lists.htcds_options("vic_MethodOfRecruitment"))
    location_of_recruitment = text(_l("Where were they recruited?"))
    control = several(_l("How were they controlled?"), lists.htcds_options("vic_MethodsOfControl"))
    exploitation = several(_l("What were they made to do?"), lists.htcds_options("vic_TypeOfExploitation"))
    industry = several(_l("In which sector of work?"), lists.htcds_options("vic_ForcedLabourIndustry"))
    division = several(_l("More exactly (ISIC division)"), isic.DIVISIONS)
    sexual_exploitation = several(_l("Kind of sexual exploitation"), lists.htcds_options("vic_TypeOfSexExploitation"))
    location_of_exploitation = text(_l("Where were they exploited?"))
    relation = choice(_l("Relation to the trafficker"), lists.htcds_options("vic_RelationshipToTrafficker"))
    age_then = forms.whole(_l("Age when it began"), most=120)
    recruitment_apps = several(_l("Websites and apps used to recruit"), lists.htcds_options("vic_RecruitmentWebsitesAndApps"))
    exploitation_apps = several(_l("Websites and apps used to exploit"), lists.htcds_options("vic_ExploitationWebsitesAndApps"))
    corrected = forms.corrected()
    revision = forms.revision()


class NeedsSchema(FormSchema):
    """What is needed, and how great the risk is."""

    needs = words(_l("What does the person need?"), hint=_l("For example: single room, no stairs, halal food. A partner may see this."), most=3000)
    safety_note = words(
        _l("What must others know to keep the person safe?"), hint=_l("For example: somebody is looking for her. A partner may see this."), most=3000
    )
    risk = choice(_l("Risk"), lists.RISK, widget="radio")
    categories = several(_l("Category"), lists.CATEGORIES)
    corrected = forms.corrected()
    revision = forms.revision()


class CheckSchema(FormSchema):
    """Step 6: check and open."""

    duplicate = choice(
        _l("Is it the same person?"),
        (("same", _l("Yes, the same person")), ("not_same", _l("No, another person")), ("cannot_tell", _l("Cannot tell"))),
        widget="radio",
    )
    duplicate_of = text("", widget="hidden", most=12)


class RegisterSchema(FormSchema):
    """A whole registration at once: the API and every imported row."""

    channel = choice(_l("How did the person reach us?"), lists.CHANNELS)
    consent = fields.Nested(ConsentSchema, required=True, metadata={"label": _l("Consent")})
    person = fields.Nested(IdentitySchema, required=True, metadata={"label": _l("The person")})
    account = fields.Nested(AccountSchema)
    needs = fields.Nested(NeedsSchema)


class ScreeningSchema(FormSchema):
    """The screening interview: act, means, purpose (Palermo Protocol, art. 3), and the worker's decision."""

    act = several(_l("What was done"), ACTS)
    control = several(_l("By what means"), lists.htcds_options("vic_MethodsOfControl"))
    exploitation = several(_l("For what purpose"), lists.htcds_options("vic_TypeOfExploitation"))
    decision = choice(_l("Your decision"), lists.TRAFFICKING, required=True, widget="radio")
    decided_by = choice(_l("Who decided"), lists.htcds_options("vic_TraffickingStatusDecisionMakingOrg"), required=True)
    reason = words(_l("Reason"), required=True, most=3000)
    revision = forms.revision()


class ContactSchema(FormSchema):
    """A contact with the person."""

    kind = choice(_l("Kind of contact"), lists.CONTACTS, required=True, widget="radio")
    note = words(_l("What was said and agreed"), required=True, most=5000)
    own_call = tick(_l("The person contacted us"))
    all_the_same = words(_l("Why we contacted them against their rule"), hint=_l("Only where it had to be. Your supervisor reads it."), most=1000)


class TaskSchema(FormSchema):
    """Something to do."""

    kind = choice(_l("What is to be done"), lists.TASKS_TO_SET, required=True)
    due_on = day(_l("Until when"), required=True)


class MedicalSchema(FormSchema):
    """Health, for health officers alone."""

    conditions = words(_l("Conditions"), most=5000)
    medication = words(_l("Medication"), most=3000)
    pregnancy = choice(_l("Pregnancy"), (("no", _l("No")), ("yes", _l("Yes")), ("unknown", _l("Not known"))), widget="radio")
    for_others = words(_l("What others must know"), hint=_l("Written so that it gives no diagnosis, for example: needs a ground-floor room."), most=500)
    corrected = forms.corrected()
    revision = forms.revision()


class LegalSchema(FormSchema):
    """Status and proceedings, for legal officers alone."""

    status = text(_l("Legal status"))
    status_until = day(_l("Status ends on"))
    proceedings = words(_l("Proceedings, hearings, claims"), most=5000)
    documents = words(_l("Travel and civil documents"), most=3000)
    corrected = forms.corrected()
    revision = forms.revision()


class SearchSchema(FormSchema):
    """What is looked for: a name in any spelling, a case number, a phone, a mail address, a document."""

    query = text(_l("Case number, name or phone"), required=True, most=120)


class CloseSchema(FormSchema):
    """Why a case is closed."""

    reason = choice(_l("Reason"), lists.CLOSURE, required=True)
    outcome = choice(_l("How is the person now?"), assistance.OUTCOMES)


class AssignSchema(FormSchema):
    """Who holds the case from now on."""

    owner = choice(_l("Caseworker"), (), required=True)

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """The people of the office are looked up by the verb."""
        field_obj.validators = []


class TransferSchema(FormSchema):
    """To whom a case is offered. Offices and people are looked up by the verb."""

    office = choice(_l("Office"), (), required=True)
    user = choice(_l("Caseworker"), (), hint=_l("Left open: the supervisor of that office decides."))
    note = words(_l("What must they know?"), hint=_l("It is kept in the case and shown only there."), required=True, most=5000)

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """The lists are of the database, not of the schema."""
        if field_name in {"office", "user"}:
            field_obj.validators = []


class HandAllSchema(FormSchema):
    """Somebody leaves: who takes over their cases."""

    leaving = choice(_l("Who leaves"), (), required=True)
    to = choice(_l("Who takes over"), (), required=True)
    note = words(_l("What must they know?"), required=True, most=5000)

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """The lists are of the database, not of the schema."""
        if field_name in {"leaving", "to"}:
            field_obj.validators = []


class ApprovalSchema(FormSchema):
    """What is to be approved."""

    what = choice(_l("What is to be approved"), lists.APPROVALS, required=True)


class FilterSchema(FormSchema):
    """A filter under a name."""

    name = text(_l("Name of the filter"), required=True, most=60)
    query = text("", most=300, widget="hidden")


class RelativeSchema(FormSchema):
    """Who belongs to the person, and how."""

    number = text(_l("Number of the other case"), required=True, most=16, direction="ltr")
    relation = choice(_l("Who they are to the head of the family"), assistance.RELATIONS, required=True)


class SummarySchema(FormSchema):
    """What is printed of a case, and why."""

    sections = several(_l("Sections"), lists.COMPARTMENTS, required=True)
    reason = choice(_l("What for"), lists.PRINT_REASONS, required=True)


LETTERS: lists.Options = (
    ("assistance", _l("Certificate of assistance")),
    ("appointment", _l("Invitation to an appointment")),
    ("plan", _l("The plan, for the person")),
    ("safe", _l("How to reach us")),
)


class LetterSchema(FormSchema):
    """A letter."""

    kind = choice(_l("Letter"), LETTERS, required=True)
    language = choice(_l("Language"), languages.options, required=True)
    on = text(_l("Day and hour"), hint=_l("For an invitation."), most=80)
    text = forms.words(_l("Words of your own"), most=2000)


class LanguageSchema(FormSchema):
    """A language of letters."""

    language = choice(_l("Language"), languages.options, required=True)


class CopySchema(FormSchema):
    """How the person's copy is locked."""

    password = forms.text(_l("Password"), required=True, most=60)
    language = choice(_l("Language"), languages.options, required=True)

    @validates_schema
    def _strong(self, data: dict[str, object], **_: object) -> None:
        if len(str(data.get("password", ""))) < 16:
            raise ValidationError({"password": [str(_l("Take the password that the page made."))]})


class WithdrawSchema(FormSchema):
    """Which consent ends."""

    purpose = choice(_l("Purpose"), lists.PURPOSES, required=True)


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
    """A search hit. Outside the caller's scope it says which office to ask, and no more."""

    number = fields.String(allow_none=True)
    office = fields.String()
    score = fields.Float()
    reasons = fields.List(fields.String())
    mine = fields.Boolean()


class HitsOut(FormSchema):
    """Search hits, best first."""

    items = fields.List(fields.Nested(HitOut))


class JudgementSchema(FormSchema):
    """Whether two cases are of one person."""

    number = text(_l("Number of the other case"), required=True, most=16, direction="ltr")
    answer = choice(_l("Is it the same person?"), lists.JUDGEMENTS, required=True, widget="radio")
