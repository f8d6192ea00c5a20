"""The shapes of accounts."""

import re
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from accounts.ending import KEPT
from accounts.queries import STATES
from models.base import today
from standards import languages, lists, zones
from web.forms import FormSchema, address, choice, day, several, text, textarea, tick, whole

THEMES = (("", _l("As this device")), ("light", _l("Light")), ("dark", _l("Dark")))


class SignInSchema(FormSchema):
    """E-mail and password."""

    email = text(_l("E-mail"), required=True, widget="email")
    password = text(_l("Password"), required=True, widget="password", most=200)


class CodeSchema(FormSchema):
    """The six digits of the second factor, or a recovery code."""

    code = text(
        _l("Six-digit code"),
        hint=_l("Lost your phone? A recovery code works too, once."),
        required=True,
        most=14,
        direction="ltr",
    )


class ConfirmByPasswordSchema(FormSchema):
    """The password once more."""

    password = text(_l("Password"), required=True, widget="password", most=200)


class SecondPasswordSchema(FormSchema):
    """A password to tell under force."""

    current = text(_l("Your password"), required=True, widget="password", most=200)
    second = text(
        _l("The password you tell under force"),
        hint=_l("At least 12 characters, unlike your own. Empty: none any more."),
        widget="password",
        most=200,
    )


class NewPasswordSchema(FormSchema):
    """A first password of one's own choice."""

    new = text(
        _l("New password"),
        required=True,
        widget="password",
        hint=_l("At least 12 characters. A few words are best."),
    )


class NewFactorSchema(FormSchema):
    """A code of the authenticator app that is being set up."""

    code = text(_l("The code that your app shows now"), required=True, most=14, direction="ltr")


class NewPasswordAndCodeSchema(NewPasswordSchema):
    """A password by a link, with the second factor that the account has."""

    code = text(
        _l("Code of your second factor"),
        hint=_l("From your authenticator app, or a recovery code."),
        required=True,
        most=14,
        direction="ltr",
    )


class NewPasswordAndFactorSchema(NewPasswordSchema):
    """A password by a link, with the second factor that is set up there."""

    code = text(_l("The code that your app shows now"), required=True, most=14, direction="ltr")


class LockedOutSchema(FormSchema):
    """Somebody who cannot sign in."""

    email = text(_l("E-mail"), required=True, widget="email", most=200)


class PasskeySchema(FormSchema):
    """What the browser made."""

    answer = text("", required=True, most=8000)
    label = text(_l("Name of the device"), most=80)


SCOPES = (
    ("read", _l("Read cases, referrals and returns")),
    ("cases", _l("Cases, reading and writing")),
    ("referrals", _l("Referrals")),
    ("returns", _l("Returns")),
    ("statistics", _l("Statistics")),
    ("warehouse", _l("Facts for a data warehouse")),
)


class TokenSchema(FormSchema):
    """A token for a program."""

    label = text(_l("What is it for?"), required=True, most=80)
    scopes = several(
        _l("It may"), SCOPES, required=True, hint=_l("Never more than you may yourself.")
    )
    days = whole(_l("Days until it ends"), required=True, least=1, most=365)


def last_day(label: Any, hint: Any = "") -> fields.Date:
    """The last day of a role: one that is over would give nothing, without a word."""

    def check(value: date | None) -> None:
        if value is not None and value < today():
            raise ValidationError(str(_l("Choose today or a later day.")))

    found = day(label, hint=hint)
    found.validators.append(check)
    return found


class InviteSchema(FormSchema):
    """A new account."""

    email = address(_l("E-mail"), required=True)
    name = text(_l("Name"), required=True, most=120)
    role = choice(_l("Role"), lists.ROLES, required=True)
    organisation = whole(_l("Organisation"), required=True, widget="select")
    team = text(_l("Team"), hint=_l("Of that organisation. Empty: none."), most=12, widget="select")
    ends_on = last_day(_l("Until"), hint=_l("Empty: no end."))


class FindPeopleSchema(FormSchema):
    """What narrows the list of people."""

    words = text(_l("Name or mail address"), most=100, widget="search")
    organisation = whole(_l("Organisation"), widget="select")
    role = choice(_l("Role"), lists.ROLES)
    show = choice(_l("Show"), tuple((name, words) for name, (words, _fits) in STATES.items()))


class StaffSchema(FormSchema):
    """Many people at once: cells copied from a table."""

    rows = textarea(
        _l("Rows of your table"),
        hint=_l(
            "Copied from a spreadsheet or a CSV file, with its line of heads: name, mail, role, "
            "organisation (its short code), and where wanted team and until (such as 31.12.2030)."
        ),
        required=True,
        most=200_000,
    )


class StaffRowSchema(FormSchema):
    """One row of it."""

    name = text(_l("Name"), required=True, most=120)
    email = address(_l("E-mail"), required=True)
    role = choice(_l("Role"), lists.ROLES, required=True)
    organisation = text(_l("Organisation"), required=True, most=20)
    team = text(_l("Team"), most=80)
    ends_on = last_day(_l("Until"))


class TickedSchema(FormSchema):
    """Changes of who may act that somebody agrees to at once, having read each line."""

    ticked = fields.List(
        fields.String(validate=validate.Regexp(r"[0-9]{1,9}\Z")),
        required=True,
        validate=validate.Length(min=1, max=500),
        metadata={"label": _l("Changes")},
        error_messages={"required": _l("Tick at least one.")},
    )


class WhoSchema(FormSchema):
    """What somebody is called, and where mail reaches them."""

    name = text(_l("Name"), required=True, most=120)
    email = address(_l("E-mail"), required=True)


class RoleSchema(FormSchema):
    """A role for somebody."""

    role = choice(_l("Role"), lists.ROLES, required=True)
    organisation = whole(_l("Organisation"), required=True, widget="select")
    team = text(_l("Team"), hint=_l("Of that organisation. Empty: none."), most=12, widget="select")
    ends_on = last_day(_l("Until"), hint=_l("Empty: no end."))


_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class SettingsSchema(FormSchema):
    """Language and look of one's own account."""

    locale = choice(_l("Language"), languages.options, required=True)
    theme = choice(_l("Colours"), THEMES)
    lite = tick(_l("Light pages"), hint=_l("No fonts are loaded. For slow connections."))
    blank_minutes = whole(
        _l("Minutes until the screen goes blank"),
        hint=_l("From 1 to 10, without a touch; a touch brings it back. Your office may set less."),
        least=1,
        most=10,
    )


class NoticesSchema(FormSchema):
    """When mail may come. What is urgent always comes at once."""

    mail_when = choice(
        _l("Mail"),
        (
            ("", _l("At once")),
            ("digest", _l("Once a day, at 7:30")),
            ("never", _l("Never: only here in the app")),
        ),
        widget="radio",
    )
    quiet_from = text(_l("Quiet from"), hint=_l("For example 19:00"), most=5, direction="ltr")
    quiet_to = text(_l("Quiet until"), hint=_l("For example 07:00"), most=5, direction="ltr")
    timezone = choice(_l("Time zone"), zones.zones)
    sms_when = choice(
        _l("SMS"),
        (("", _l("Never")), ("urgent", _l("Only what is urgent")), ("always", _l("Everything"))),
        widget="radio",
    )
    phone = text(
        _l("Your number for SMS"),
        hint=_l(
            "With the country code. It is kept encrypted; leave it empty to keep the one you gave."
        ),
        most=40,
        direction="ltr",
    )

    @validates_schema
    def _times(self, data: dict[str, object], **_: object) -> None:
        wrong = {
            name: [str(_l("Give a time such as 09:30."))]
            for name in ("quiet_from", "quiet_to")
            if data.get(name) and not _CLOCK.fullmatch(str(data[name]))
        }
        if data.get("phone") and not _PHONE.fullmatch(re.sub(r"[ ()/-]", "", str(data["phone"]))):
            wrong["phone"] = [
                str(_l("Give the number with its country code, such as +216 70 000 000."))
            ]
        if not wrong and bool(data.get("quiet_from")) != bool(data.get("quiet_to")):
            wrong = {"quiet_to": [str(_l("Give both times, or none."))]}
        if wrong:
            raise ValidationError(wrong)


class PasswordSchema(FormSchema):
    """A new password."""

    current = text(_l("Password now"), required=True, widget="password")
    new = text(
        _l("New password"),
        required=True,
        widget="password",
        hint=_l("At least 12 characters. A few words are best."),
    )


class ChangePasswordSchema(PasswordSchema):
    """A new password of whoever is signed in; what else opens the account ends with the old one."""

    keep = several(
        _l("Leave standing"),
        KEPT,
        hint=_l("What you do not tick ends now. If somebody may know your password, tick nothing."),
    )
