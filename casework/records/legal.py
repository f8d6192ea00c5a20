"""Legal matters: status, asylum, documents, proceedings, hearings, compensation, detention.

Deadlines become tasks.
"""

from flask_babel import lazy_gettext as _l

from standards import assistance
from web import forms
from web.forms import FormSchema, choice, day, text, tick


class StatusSchema(FormSchema):
    """Legal status."""

    status = choice(_l("Status"), assistance.LEGAL_STATUS, required=True)
    since = day(_l("Since"), past=True)
    until = day(_l("Ends on"), not_before="since")
    basis = forms.textarea(_l("Basis and conditions"), most=2000)
    revision = forms.revision()


class AsylumSchema(FormSchema):
    """International protection. While it is sought, the consulate is never contacted."""

    state = choice(_l("Where does it stand?"), assistance.ASYLUM, required=True)
    on = day(_l("Since"), required=True, past=True)
    lawyer = text(_l("Lawyer or adviser"))
    words = forms.textarea(_l("Details"), most=3000)
    deadline = day(_l("Next deadline"))
    revision = forms.revision()


class PaperSchema(FormSchema):
    """A travel or civil document."""

    kind = choice(_l("Document"), assistance.PAPERS, required=True)
    state = choice(_l("State"), assistance.PAPER_STATES, required=True)
    number = text(_l("Number"), most=60, direction="ltr")
    issued_by = text(_l("Issued by"))
    expires_on = day(_l("Expires on"))
    words = forms.textarea(_l("Details"), most=2000)
    revision = forms.revision()


class ProceedingSchema(FormSchema):
    """A proceeding."""

    kind = choice(_l("Kind"), assistance.PROCEEDINGS, required=True)
    party = choice(_l("The person is"), assistance.PARTIES, required=True)
    court = text(_l("Court or authority"))
    reference = text(_l("Their reference"), most=60, direction="ltr")
    lawyer = text(_l("Lawyer or adviser"))
    protection = tick(_l("Witness protection is asked for or given"))
    words = forms.textarea(_l("Where it stands"), most=5000)
    revision = forms.revision()


class HearingSchema(FormSchema):
    """A hearing or another day on which the person must be somewhere."""

    on = day(_l("On"), required=True)
    at = text(_l("At"), most=5, direction="ltr", hint=_l("For example 09:30"))
    place = text(_l("Where"), required=True)
    what = text(_l("What for"), required=True)
    accompanied = text(_l("Who goes along"))
    result = forms.textarea(_l("Result"), most=3000)
    revision = forms.revision()


class CompensationSchema(FormSchema):
    """Compensation or unpaid wages."""

    state = choice(_l("Where does it stand?"), assistance.CLAIMS, required=True)
    from_whom = text(_l("From whom"))
    amount = text(_l("Amount"), most=20, direction="ltr")
    currency = text(
        _l("Currency"), most=3, direction="ltr", hint=_l("Three letters, for example EUR")
    )
    deadline = day(_l("Next deadline"))
    words = forms.textarea(_l("Details"), most=3000)
    revision = forms.revision()


class DetentionSchema(FormSchema):
    """Detention, and what was found in its place."""

    since = day(_l("Since"), required=True, past=True)
    until = day(_l("Until"), not_before="since")
    place = text(_l("Where"), required=True)
    ground = text(_l("On what ground"))
    alternative = choice(_l("Alternative to detention"), assistance.ALTERNATIVES)
    visited_on = day(_l("Last visit"), past=True)
    review_on = day(_l("Judge or authority decides again on"))
    words = forms.textarea(_l("Details"), most=3000)
    revision = forms.revision()
