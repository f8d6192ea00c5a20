"""The shapes of organisations."""

import re
from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, validates, validates_schema

from models import office_settings
from models.base import today
from standards import letters, lists, places, spoken, zones
from web import forms
from web.field_types import languages as spoken_languages
from web.forms import FormSchema, choice, day, several, text, whole

KINDS = (
    ("mission", _l("Mission")),
    ("partner", _l("Partner")),
    ("headquarters", _l("Headquarters")),
)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,19}")


def countries() -> tuple[tuple[str, str], ...]:
    """Countries in the reader's language."""
    return places.countries(str(get_locale() or "en"))


def languages() -> tuple[tuple[str, str], ...]:
    """Languages in the reader's language."""
    return spoken.every(str(get_locale() or "en"))


def _must_fit(data: dict[str, object]) -> None:
    """What holds between the fields of a new organisation."""
    wrong: dict[str, list[str]] = {}
    if "code" in data and not _CODE.fullmatch(str(data["code"])):
        wrong["code"] = [str(_l("Two to twenty capital letters, digits or hyphens."))]
    known = zones.of_country(str(data.get("country", "")))
    if data.get("country") and not data.get("timezone") and len(known) != 1:
        wrong["timezone"] = [str(_l("This country has several time zones. Choose one."))]
    if data.get("kind") == "partner" and not data.get("services"):
        wrong["services"] = [str(_l("Choose at least one: without it nobody can refer to it."))]
    until = data.get("agreement_until")
    if isinstance(until, date) and until < today():
        wrong["agreement_until"] = [str(_l("This day is over: nothing could be sent to it."))]
    if wrong:
        raise ValidationError(wrong)


class OwnSchema(FormSchema):
    """What an organisation's own administrator says of it."""

    city = text(_l("Town"), most=80)
    timezone = choice(
        _l("Time zone"),
        zones.zones,
        hint=_l("Days, deadlines and quiet hours are those of this zone."),
    )
    address = forms.textarea(_l("Address for letters"), most=300)
    email = forms.address(_l("Mail of the office"))
    contact = forms.textarea(_l("Contact for colleagues"), most=300)
    languages = spoken_languages(_l("Languages you work in"), languages, lambda: ("ar", "en", "fr"))
    area = text(_l("Area you cover"), most=120)
    hours = text(_l("Hours"), most=120)
    eligibility = forms.textarea(_l("Whom you can take"), most=500)


class ChangeSchema(OwnSchema):
    """What the headquarters say besides."""

    name = text(_l("Name"), required=True, most=120)
    services = several(
        _l("Services"),
        lists.SERVICES,
        hint=_l("Only for these a partner can be asked."),
    )
    agreement_until = day(
        _l("Agreement until"), hint=_l("After this day nothing is sent. Empty: no end.")
    )

    class Meta:
        """The name comes first, then what it does."""

        fields = (
            *("name", "city", "timezone", "agreement_until", "services", "languages"),
            *("area", "hours", "eligibility", "address", "email", "contact"),
        )


class OrganisationSchema(ChangeSchema):
    """A new organisation. Code, kind and country stay as they are made."""

    code = text(
        _l("Short code"),
        hint=_l("Capital letters and digits, such as TUN or AMEL. It stays."),
        required=True,
        most=20,
        direction="ltr",
    )
    kind = choice(_l("Kind"), KINDS, required=True, widget="radio")
    country = choice(_l("Country"), countries, required=True)

    class Meta:
        """Who it is comes first, then what it does."""

        fields = (
            *("code", "name", "kind", "country", "city", "timezone", "agreement_until"),
            *("services", "languages", "area", "hours", "eligibility"),
            *("address", "email", "contact"),
        )

    @validates_schema(skip_on_field_errors=False)
    def _fits(self, data: dict[str, object], **_: object) -> None:
        _must_fit(data)


class LetterTemplateSchema(FormSchema):
    """A letter of the office's own."""

    name = text(_l("Name in the list of letters"), required=True, most=80)
    language = choice(_l("Language"), languages, required=True)
    title = text(_l("Heading"), required=True, most=120)
    body = forms.textarea(
        _l("Text"),
        hint=_l("What stands in braces, such as {name}, is filled in for each person."),
        required=True,
        most=6000,
    )
    signatory = text(
        _l("Who signs"), hint=_l("Under a line for the signature. Empty: no line."), most=120
    )

    @validates_schema
    def _places(self, data: dict[str, object], **_: object) -> None:
        """A place that nothing fills in would go out as it is typed."""
        wrong = {
            field: [str(_l("Nothing fills in: %(names)s.", names=", ".join(unknown)))]
            for field in ("title", "body", "signatory")
            if (unknown := letters.unknown(str(data.get(field, ""))))
        }
        if wrong:
            raise ValidationError(wrong)


class FirstSchema(FormSchema):
    """The headquarters and their first administrator, where there is nobody yet."""

    setup_code = text(
        _l("Code"),
        hint=_l("The start of the server has printed it."),
        required=True,
        most=40,
        direction="ltr",
    )
    name = text(_l("Name of your organisation"), required=True, most=120)
    code = text(
        _l("Short code"),
        hint=_l("Capital letters and digits, such as HQ. It stays."),
        required=True,
        most=20,
        direction="ltr",
    )
    country = choice(_l("Country"), countries, required=True)
    timezone = choice(_l("Time zone"), zones.zones, hint=_l("Empty: that of the country."))
    person_name = text(_l("Your name"), required=True, most=120)
    person_email = forms.address(_l("Your mail address"), required=True)
    officer_name = text(
        _l("Data protection officer"),
        hint=_l("Somebody else: the two of you agree to everybody who comes in after you."),
        required=True,
        most=120,
    )
    officer_email = forms.address(_l("Their mail address"), required=True)

    @validates_schema(skip_on_field_errors=False)
    def _fits(self, data: dict[str, object], **_: object) -> None:
        _must_fit(data)
        theirs = str(data.get("officer_email", "")).lower()
        if theirs and theirs == str(data.get("person_email", "")).lower():
            raise ValidationError({"officer_email": [str(_l("This is your own address."))]})


def _within(name: str, label: Any, hint: Any = "") -> Any:
    """A whole number between what the registry allows; empty: as the headquarters decide."""
    decided = office_settings.REGISTRY[name]
    return whole(label, hint=hint, least=decided.least or 0, most=decided.most or 0)


class SettingsSchema(FormSchema):
    """What an office decides for itself. Empty: as the headquarters decide."""

    partner_phone = text(
        _l("Telephone for partners"),
        hint=_l("Shown to a partner without an account, on the page that a link opens."),
        most=80,
        direction="ltr",
    )
    emergency_phone = text(
        _l("Emergency telephone"),
        hint=_l("Shown where somebody says that a person may be in danger."),
        most=80,
        direction="ltr",
    )
    emergency_procedure = forms.textarea(_l("What to do in an emergency"), most=2000)
    search_first = choice(
        _l("Search before registering"),
        (("", _l("As the headquarters decide")), ("on", _l("Always")), ("off", _l("Not needed"))),
        widget="radio",
    )
    consent_days = _within("consent_days", _l("Days that a consent holds"))
    review_hours = _within(
        "review_hours", _l("Hours until a case kept in vital interest is reviewed")
    )
    answer_emergency = _within("answer_emergency", _l("Hours to answer an emergency referral"))
    answer_urgent = _within("answer_urgent", _l("Hours to answer an urgent referral"))
    answer_standard = _within("answer_standard", _l("Hours to answer any other referral"))
    access_days = _within("access_days", _l("Days that a partner sees what was released"))
    approve_above = _within(
        "approve_above", _l("Above how many euros somebody else approves an item of assistance")
    )
    bia_days = _within(
        "bia_days", _l("Days that a child’s best-interests assessment counts for a journey")
    )
    panel_least = _within(
        "panel_least", _l("How many people at least decide about a child’s journey")
    )
    lowered_days = _within(
        "lowered_days",
        _l("Days after a lowered risk in which a second person agrees to a return"),
        _l("Somebody else than who lowered it."),
    )
    think_hours = _within("think_hours", _l("Hours to think between counselling and declaration"))
    usual_languages = text(
        _l("Languages that people here speak most"),
        hint=_l("With commas between them. They are offered first. Empty: those of the country."),
        most=300,
    )
    receives_for = text(
        _l("Countries beside its own to which people return whom this mission receives"),
        hint=_l(
            "With commas between them, such as Mali, Niger. Where such a country has no mission, "
            "this one is proposed."
        ),
        most=300,
    )
    second_reader = choice(
        _l("A second reader confirms who is identified as a victim"),
        (("", _l("As the headquarters decide")), ("on", _l("Always")), ("off", _l("Not needed"))),
        hint=_l("Where an element of the definition was not found, always."),
        widget="radio",
    )
    retention_years = _within("retention_years", _l("Years that a closed case is kept"))

    @validates("receives_for")
    def _are_countries(self, value: str, data_key: str) -> None:
        _known, unknown = places.in_text(value or "")
        if unknown:
            message = _("No country is called %(words)s.", words=", ".join(unknown))
            raise ValidationError(message, data_key)


class MemberSchema(FormSchema):
    """Who comes into a team: somebody of the mission, in one of their roles."""

    grant = whole(_l("Who"), required=True, widget="select")


class TeamSchema(FormSchema):
    """A team."""

    team_name = text(_l("Name of the team"), required=True, most=80)


class FindSchema(FormSchema):
    """What is looked for among organisations."""

    words = text(_l("Name, code or town"), most=60)
    kind = choice(_l("Kind"), KINDS)
    state = choice(
        _l("State"),
        (
            ("open", _l("Open")),
            ("ending", _l("Agreement ends within 30 days, or has ended")),
            ("closed", _l("Closed")),
        ),
    )
