"""The shapes of casework: one schema for page, API and import."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from models import office_at_hand, office_settings
from models.base import db, today
from models.people import Organisation
from standards import isic, lists, places, spoken
from web import forms
from web.field_types import Languages, PartialDate, languages
from web.forms import FormSchema, choice, day, several, text, textarea, tick
from web.forms import locale_code as _locale


def country_options() -> tuple[tuple[str, str], ...]:
    """Countries as (code, name) in the reader's language."""
    return places.countries(_locale())


def citizenship_options() -> tuple[tuple[str, str], ...]:
    """Countries, and having none, as a list to choose from, in the reader's language."""
    return places.citizenships(_locale())


def language_options() -> tuple[tuple[str, str], ...]:
    """Every language as (code, name) in the reader's language, the usual ones of the office
    first.
    """
    return spoken.usual_first(usual_languages(), _locale())


def usual_languages() -> tuple[str, ...]:
    """The codes that an office meets most: those it named, else those of its country. They are
    offered first; none is chosen beforehand.
    """
    office_id = office_at_hand.now()
    named = spoken.in_text(office_settings.of(office_id, "usual_languages"))
    office = db.session.get(Organisation, office_id) if office_id else None
    official = spoken.official(office.country) if office else ()
    found = [code for code in named if code in spoken.codes()] or [*official, "en", "fr", "ar"]
    return tuple(dict.fromkeys(found))


def languages_spoken(label: object) -> Languages:
    """Any number of languages: the usual ones to tick, any other by name."""
    return languages(label, language_options, usual_languages)


def consent_answer(label: object, hint: object = "") -> fields.String:
    """Agrees, refuses, or not asked yet. Refused is a normal answer."""
    return choice(label, lists.ANSWERS, hint=hint, widget="segmented")


class ElsewhereSchema(FormSchema):
    """Why somebody asks which office knows a person; that office reads it."""

    why = choice(_l("Why do you ask?"), lists.ELSEWHERE_REASONS, required=True)


PURPOSES = lists.codes(lists.PURPOSES)


class ConsentSchema(FormSchema):
    """Step 2: what the person agrees to, purpose by purpose.

    Recorded before anything else is stored.
    """

    assistance = consent_answer(
        _l("To be assisted by this office"),
        _l(
            "We keep what they tell us in a file that only their caseworkers and their supervisors "
            "open."
        ),
    )
    sharing = consent_answer(
        _l("To share what is needed with services"),
        _l("Only what that service needs, and only the ones named here."),
    )
    recipients = several(
        _l("Services that may be told"), (), hint=_l("None ticked: nobody may be told yet.")
    )
    consulate = consent_answer(
        _l("To contact the consulate of their country"),
        _l("Never done for a person who seeks protection from that country."),
    )
    statistics = consent_answer(
        _l("To be counted, without name, in statistics"),
        _l("Numbers under 10 are never published."),
    )
    photograph = consent_answer(_l("To have a photograph taken"))
    manner = choice(_l("How was it given?"), lists.MANNERS, widget="radio")
    witness = text(
        _l("Witness or guardian, by name"),
        hint=_l("Where it was spoken, or given by a guardian."),
        most=120,
    )
    given_on = day(_l("Given on"), hint=_l("Today if left empty."))
    alone_because = textarea(
        _l("A child answers alone: why without a guardian"),
        hint=_l("A child’s own answer counts only with a guardian’s, or with this reason."),
        most=1000,
    )
    language = choice(_l("Language used"), language_options)
    proof = text(
        _l("File that shows it"),
        hint=_l(
            "A scan or photo among the files of the case. Its name is not needed, only the choice."
        ),
        widget="select",
        most=32,
        options=(),
    )
    valid_until = day(_l("Valid until"), hint=_l("Empty: as many days as the office decided."))
    vital_reason = textarea(
        _l("Why it cannot wait"),
        hint=_l(
            "Only where the person cannot consent now and is in danger of life. "
            "A supervisor reviews it within 72 hours."
        ),
        most=2000,
        folded=_l("The person cannot consent now and is in danger"),
    )

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        """Recipients are organisations: their numbers are checked where the ledger is written."""
        if field_name == "recipients":
            field_obj.inner = fields.Integer()  # type: ignore[attr-defined]

    @validates_schema
    def _manner(self, data: dict[str, object], **_: object) -> None:
        """How it was given is asked, never guessed; whoever was there is named."""
        answered = any(data.get(name) in {"agrees", "refuses"} for name in PURPOSES)
        manner = data.get("manner")
        if answered and not manner:
            raise ValidationError({"manner": [str(_l("Say how it was given."))]})
        if answered and manner in {"spoken", "guardian"} and not data.get("witness"):
            raise ValidationError({"witness": [str(_l("Name the witness, or the guardian."))]})

    @validates_schema
    def _until(self, data: dict[str, object], **_: object) -> None:
        until = data.get("valid_until")
        if until is not None and not today() <= until <= today() + timedelta(days=3660):  # type: ignore[operator]
            raise ValidationError(
                {"valid_until": [str(_l("Choose a day between today and ten years from now."))]}
            )


class IdentitySchema(FormSchema):
    """Who the person is. Nothing is required except one way to call them."""

    extends = "identity"
    call_name = text(
        _l("Name to use"), hint=_l("What the person wants to be called. It may be all we know.")
    )
    given_names = text(_l("Given names"), auto=True)
    family_name = text(_l("Family name"), auto=True)
    other_names = textarea(
        _l("Other names, scripts and spellings"), hint=_l("One on each line."), most=1000
    )
    birth = PartialDate(
        metadata={
            "label": _l("When were they born?"),
            "hint": _l("Fill only what is known. A year is enough."),
            "widget": "partial_date",
            "unanswerable": True,
        }
    )
    sex = choice(_l("Sex or gender"), lists.SEX, widget="radio", unanswerable=True)
    citizenship = choice(_l("Citizenship"), citizenship_options, unanswerable=True)
    languages = languages_spoken(_l("Languages the person speaks"))
    phone = text(
        _l("Phone"),
        hint=_l("With the country code, for example +216 70 000 000."),
        direction="ltr",
        most=40,
        unanswerable=True,
    )
    home_phone = text(_l("Other phone"), direction="ltr", most=40, more=True)
    email = text(_l("E-mail"), direction="ltr", more=True)
    document_number = text(_l("Number of a document"), direction="ltr", most=60, more=True)
    safe_contact = textarea(
        _l("How can we reach the person safely?"),
        hint=_l("How, when, who else may answer, and what must never be done."),
        most=1000,
    )
    mother_name = text(
        _l("Mother’s name"),
        hint=_l("Helps to tell people apart. It is never shown on letters."),
        unanswerable=True,
        more=True,
    )
    salutation = text(_l("Salutation"), most=40, more=True)
    title = text(_l("Title"), most=80, more=True)
    middle_name = text(_l("Middle name"), more=True)
    marital_status = choice(
        _l("Marital status"), lists.htcds_options("prs_MaritalStatus"), more=True
    )
    children = forms.whole(_l("Number of children"), most=40, more=True)
    education = choice(
        _l("Education"), lists.htcds_options("prs_HighestLevelOfEducation"), more=True
    )
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
            raise ValidationError(
                {
                    "call_name": [
                        str(
                            _l(
                                "Give one name, even one that is not their own: "
                                "it is how we call them."
                            )
                        )
                    ]
                }
            )


class AccountSchema(FormSchema):
    """What happened, in their own words, and what the standard lists of it."""

    extends = "account"

    account = textarea(
        _l("What happened"), hint=_l("In the person’s own words. Ask once; they may skip it.")
    )
    recruitment = several(
        _l("How were they recruited?"), lists.htcds_options("vic_MethodOfRecruitment")
    )
    location_of_recruitment = text(_l("Where were they recruited?"))
    control = several(_l("How were they controlled?"), lists.htcds_options("vic_MethodsOfControl"))
    exploitation = several(
        _l("What were they made to do?"), lists.htcds_options("vic_TypeOfExploitation")
    )
    industry = several(
        _l("In which sector of work?"), lists.htcds_options("vic_ForcedLabourIndustry")
    )
    division = several(_l("More exactly (ISIC division)"), isic.DIVISIONS)
    sexual_exploitation = several(
        _l("Kind of sexual exploitation"), lists.htcds_options("vic_TypeOfSexExploitation")
    )
    location_of_exploitation = text(_l("Where were they exploited?"))
    relation = choice(
        _l("Relation to the trafficker"), lists.htcds_options("vic_RelationshipToTrafficker")
    )
    age_then = forms.whole(_l("Age when it began"), most=120)
    recruitment_apps = several(
        _l("Websites and apps used to recruit"),
        lists.htcds_options("vic_RecruitmentWebsitesAndApps"),
    )
    exploitation_apps = several(
        _l("Websites and apps used to exploit"),
        lists.htcds_options("vic_ExploitationWebsitesAndApps"),
    )
    corrected = forms.corrected()
    revision = forms.revision()


class NeedsSchema(FormSchema):
    """What is needed, and how great the risk is."""

    extends = "needs"

    needs = textarea(
        _l("What does the person need?"),
        hint=_l("For example: single room, no stairs, halal food. A partner may see this."),
        most=3000,
    )
    safety_note = textarea(
        _l("What must others know to keep the person safe?"),
        hint=_l("For example: somebody is looking for her. A partner may see this."),
        most=3000,
    )
    risk = choice(_l("Risk"), lists.RISK, widget="radio")
    categories = several(_l("Category"), lists.CATEGORIES)
    corrected = forms.corrected()
    revision = forms.revision()


class MedicalSchema(FormSchema):
    """Health, for health officers alone."""

    extends = "medical"

    conditions = textarea(_l("Conditions"), most=5000)
    medication = textarea(_l("Medication"), most=3000)
    pregnancy = choice(
        _l("Pregnancy"),
        (("no", _l("No")), ("yes", _l("Yes")), ("unknown", _l("Not known"))),
        widget="radio",
    )
    for_others = textarea(
        _l("What others must know"),
        hint=_l("Written so that it gives no diagnosis, for example: needs a ground-floor room."),
        most=500,
    )
    corrected = forms.corrected()
    revision = forms.revision()


class LegalSchema(FormSchema):
    """Status and proceedings, for legal officers alone."""

    extends = "legal"

    status = text(_l("Legal status"))
    status_until = day(_l("Status ends on"))
    proceedings = textarea(_l("Proceedings, hearings, claims"), most=5000)
    documents = textarea(_l("Travel and civil documents"), most=3000)
    corrected = forms.corrected()
    revision = forms.revision()


class ReviewSchema(FormSchema):
    """What a review of a vital interest found."""

    finding = choice(_l("What was found"), lists.VITAL_FINDINGS, required=True)


class KeepSchema(FormSchema):
    """Why a record is written on although the person does not agree to be assisted any more."""

    because = choice(_l("Why it must be kept"), lists.KEPT_BECAUSE, required=True, widget="radio")
    words = textarea(_l("In your own words"), required=True, most=2000)


class WithdrawSchema(FormSchema):
    """Which consent ends."""

    purpose = choice(_l("Purpose"), lists.PURPOSES, required=True)
