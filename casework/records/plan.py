"""The plan: needs, goals, services, reviews, in the person's own view too."""

from flask_babel import lazy_gettext as _l

from standards import assistance, lists
from web import forms
from web.forms import FormSchema, choice, day, text, tick, whole


class NeedSchema(FormSchema):
    """Something the person needs."""

    area = choice(_l("Area"), assistance.NEEDS, required=True)
    words = forms.textarea(
        _l("What exactly"), hint=_l("As the person says it."), required=True, most=2000
    )
    urgency = choice(_l("How urgent"), lists.RISK)
    revision = forms.revision()


class GoalSchema(FormSchema):
    """Where the person wants to get to."""

    area = choice(_l("Area"), assistance.NEEDS, required=True)
    words = forms.textarea(_l("What will be different"), required=True, most=2000)
    progress = choice(_l("Where does it stand?"), assistance.PROGRESS, required=True)
    until = day(_l("By when"))
    revision = forms.revision()


class PlanStepSchema(FormSchema):
    """Who does what, until when."""

    area = choice(_l("For which need"), assistance.NEEDS, required=True)
    what = text(_l("What is done"), required=True)
    type = choice(_l("Kind of support"), lists.htcds_options("spl_Type"), more=True)
    by = choice(_l("Who does it"), assistance.PROVIDERS, required=True)
    name = text(_l("Name of the service"))
    until = day(_l("Until when"), required=True)
    progress = choice(_l("Where does it stand?"), assistance.PROGRESS, required=True)
    result = forms.textarea(_l("What came of it"), most=2000)
    revision = forms.revision()


class ReviewSchema(FormSchema):
    """Looking at the plan together."""

    on = day(_l("On"), required=True)
    own_view = forms.textarea(_l("How the person sees it"), required=True, most=3000)
    contentment = whole(
        _l("How content is the person with the help, from 1 to 5?"), least=1, most=5
    )
    changed = forms.textarea(_l("What is changed"), most=3000)
    agrees = tick(_l("The person agrees with the plan"))
    next_on = day(_l("Next review on"), required=True, not_before="on")
    revision = forms.revision()


# What a plan begins with, by kind of case: (need, what is done, who, days).
TEMPLATES: dict[str, tuple[tuple[str, str, str, int], ...]] = {
    "trafficking": (
        ("shelter", "A safe place to sleep", "own", 1),
        ("safety", "Safety plan with the person", "own", 2),
        ("health", "Health assessment", "own", 7),
        ("mind", "First psychosocial session", "partner", 14),
        ("legal", "Recovery and reflection period", "own", 14),
        ("legal", "Advice on rights as a victim or witness", "partner", 30),
        ("work", "Talk about work and training", "partner", 60),
    ),
    "stranded": (
        ("material", "Food and things of daily life", "own", 1),
        ("return", "Return counselling", "own", 7),
        ("legal", "Travel document", "state", 21),
        ("health", "Fit-to-travel check", "own", 30),
    ),
    "child": (
        ("shelter", "Care suited to a child", "partner", 1),
        ("legal", "Guardian", "state", 7),
        ("safety", "Best-interests assessment", "own", 14),
        ("family", "Family tracing", "partner", 30),
        ("education", "School", "state", 30),
    ),
    "medical": (
        ("health", "Health assessment", "own", 2),
        ("health", "Treatment plan", "partner", 7),
        ("shelter", "A place suited to the condition", "own", 3),
    ),
}
