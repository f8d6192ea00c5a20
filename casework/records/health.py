"""Health: for health officers. What others must know is written apart, without diagnosis."""

from flask_babel import lazy_gettext as _l

from standards import assistance
from web import forms
from web.forms import FormSchema, choice, day, text, tick, whole

MOST_FIT = 90  # days that a certificate of fitness counts at most; to be verified with carriers


class HealthSchema(FormSchema):
    """A health assessment."""

    on = day(_l("On"), required=True)
    complaints = forms.textarea(_l("What the person says"), most=3000)
    findings = forms.textarea(_l("Findings"), required=True, most=5000)
    advice = forms.textarea(_l("Advice"), most=3000)
    next_on = day(_l("See again on"), not_before="on")
    revision = forms.revision()


class ConditionSchema(FormSchema):
    """A condition."""

    name = text(_l("Condition"), required=True)
    code = text(_l("Code (ICD)"), most=12, direction="ltr")
    state = choice(_l("State"), assistance.CONDITION_STATES, required=True)
    since = text(_l("Since"), most=40)
    words = forms.textarea(_l("Details"), most=3000)
    revision = forms.revision()


class MedicationSchema(FormSchema):
    """Medication."""

    name = text(_l("Medicine"), required=True)
    dose = text(_l("Dose and times"), required=True)
    since = day(_l("Since"))
    until = day(_l("Until, or next supply on"), not_before="since")
    words = forms.textarea(_l("Details"), most=1000)
    revision = forms.revision()


class AppointmentSchema(FormSchema):
    """An appointment."""

    kind = choice(_l("With"), assistance.APPOINTMENTS, required=True)
    on = day(_l("On"), required=True)
    at = text(_l("At"), most=5, direction="ltr", hint=_l("For example 09:30"))
    place = text(_l("Where"))
    interpreter = tick(_l("An interpreter is needed"))
    came = choice(_l("How did it go?"), assistance.CAME, widget="radio")
    result = forms.textarea(_l("Result"), most=3000)
    revision = forms.revision()


class FitnessSchema(FormSchema):
    """Fit to travel, until a day. A return needs it to be valid on the day of travel."""

    result = choice(_l("Result"), assistance.FITNESS, required=True, widget="radio")
    conditions = forms.textarea(
        _l("Conditions of travel"),
        hint=_l("Escort, seat, oxygen, medicine in hand luggage."),
        most=2000,
    )
    examined_on = day(_l("Examined on"), required=True, past=True)
    valid_until = day(_l("Valid until"), required=True, not_before="examined_on", within=MOST_FIT)
    by = text(_l("Examined by"), required=True)
    revision = forms.revision()


class SessionSchema(FormSchema):
    """A psychosocial session, with how the person has felt in the last two weeks.

    WHO-5: five answers of 0 to 5; the sum times four is 0 to 100.
    """

    on = day(_l("On"), required=True)
    counsellor = text(_l("With"))
    cheerful = whole(_l("Cheerful: 0 never to 5 always"), most=5)
    calm = whole(_l("Calm: 0 never to 5 always"), most=5)
    active = whole(_l("Active: 0 never to 5 always"), most=5)
    rested = whole(_l("Woke up rested: 0 never to 5 always"), most=5)
    interested = whole(_l("Daily life had things of interest: 0 never to 5 always"), most=5)
    words = forms.textarea(_l("Notes"), most=5000)
    next_on = day(_l("Next session on"), not_before="on")
    revision = forms.revision()


class PregnancySchema(FormSchema):
    """Pregnancy."""

    due_on = day(_l("Expected on"), required=True)
    checks = forms.textarea(_l("Examinations"), most=3000)
    wishes = forms.textarea(_l("What the person wishes"), most=2000)
    revision = forms.revision()


class DisabilitySchema(FormSchema):
    """Functioning in six domains (Washington Group short set).

    A lot of difficulty in one of them counts as disability.
    """

    seeing = choice(
        _l("Seeing, with glasses if worn"), assistance.SEVERITY, required=True, widget="radio"
    )
    hearing = choice(
        _l("Hearing, with a hearing aid if used"),
        assistance.SEVERITY,
        required=True,
        widget="radio",
    )
    walking = choice(
        _l("Walking or climbing steps"), assistance.SEVERITY, required=True, widget="radio"
    )
    remembering = choice(
        _l("Remembering or concentrating"), assistance.SEVERITY, required=True, widget="radio"
    )
    self_care = choice(
        _l("Washing or dressing"), assistance.SEVERITY, required=True, widget="radio"
    )
    communicating = choice(
        _l("Communicating in their own language"),
        assistance.SEVERITY,
        required=True,
        widget="radio",
    )
    on = day(_l("Asked on"), required=True, past=True)
    revision = forms.revision()


class CareSchema(FormSchema):
    """What others must know to care for the person: what is needed, not why."""

    kind = choice(_l("About"), assistance.CARE, required=True)
    words = forms.textarea(
        _l("What is needed"),
        hint=_l("It gives no diagnosis, for example: needs a ground-floor room."),
        required=True,
        most=500,
    )
    step_free = tick(_l("Needs a room without stairs"))
    until = day(_l("Until"))
    revision = forms.revision()


WHO5 = ("cheerful", "calm", "active", "rested", "interested")
DOMAINS = ("seeing", "hearing", "walking", "remembering", "self_care", "communicating")


def who5(given: dict[str, object]) -> int | None:
    """The WHO-5 score, 0 to 100, or None where an answer is missing."""
    answers = [given.get(name) for name in WHO5]
    return None if None in answers else 4 * sum(int(str(answer)) for answer in answers)


def is_disability(given: dict[str, object]) -> bool:
    """Whether the short set counts it as disability."""
    return any(given.get(name) in {"a_lot", "cannot"} for name in DOMAINS)
