"""Where an office may add fields of its own, and of which kinds.

A place is a form of the case; the form says so itself (``extends`` of :class:`web.forms.FormSchema`).
"""

from flask_babel import lazy_gettext as _l

from standards.lists import Options

SECTIONS: Options = (
    ("identity", _l("Who the person is")),
    ("account", _l("What happened")),
    ("needs", _l("Needs and risk")),
    ("medical", _l("Medical, in summary")),
    ("legal", _l("Legal, in summary")),
)
RECORDS: Options = (
    ("contact", _l("Contact")),
    ("risk", _l("Risk assessment")),
    ("incident", _l("Incident")),
    ("need", _l("Need")),
    ("goal", _l("Goal")),
    ("service", _l("Step")),
    ("review", _l("Review")),
    ("help", _l("Help given")),
    ("guardian", _l("Guardian")),
    ("tracing", _l("Family tracing")),
    ("care", _l("What is needed")),
    ("health", _l("Health assessment")),
    ("appointment", _l("Appointment")),
    ("session", _l("Psychosocial session")),
    ("status", _l("Status")),
    ("paper", _l("Document")),
    ("proceeding", _l("Proceeding")),
    ("hearing", _l("Hearing")),
    ("detention", _l("Detention")),
)
PLACES: Options = SECTIONS + RECORDS
KINDS: Options = (
    ("line", _l("One line of text")),
    ("text", _l("Several lines of text")),
    ("number", _l("Whole number")),
    ("date", _l("Day")),
    ("partial_date", _l("Date as far as it is known")),
    ("choice", _l("One of a list")),
    ("several", _l("Several of a list")),
    ("yes_no", _l("Yes or no")),
)
LISTED = frozenset({"choice", "several"})
YES_NO: Options = (("yes", _l("Yes")), ("no", _l("No")))
STATES: Options = (
    ("asked", _l("Waits for a second administrator")),
    ("in_force", _l("Asked on the form")),
    ("hidden", _l("Not asked any more, shown where it was answered")),
    ("refused", _l("Refused")),
)
