"""The shapes of accounts."""

from flask_babel import lazy_gettext as _l

from web.forms import FormSchema, choice, text, tick

LOCALES = (("en", "English"), ("ar", "العربية"))
THEMES = (("", _l("As this device")), ("light", _l("Light")), ("dark", _l("Dark")))


class SignInSchema(FormSchema):
    """E-mail and password."""

    email = text(_l("E-mail"), required=True, widget="email")
    password = text(_l("Password"), required=True, widget="password", most=200)


class CodeSchema(FormSchema):
    """The six digits of the second factor."""

    code = text(_l("Six-digit code"), required=True, most=10, direction="ltr")


class SettingsSchema(FormSchema):
    """Language and look of one's own account."""

    locale = choice(_l("Language"), LOCALES, required=True)
    theme = choice(_l("Colours"), THEMES)
    lite = tick(_l("Light pages"), hint=_l("No fonts are loaded. For slow connections."))


class PasswordSchema(FormSchema):
    """A new password."""

    current = text(_l("Password now"), required=True, widget="password")
    new = text(_l("New password"), required=True, widget="password", hint=_l("At least 12 characters. A few words are best."))
