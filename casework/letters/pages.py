"""What stands on the pages of letters: what can be printed of a case, and the person's copy."""

import secrets

from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.casefile.case_header import head
from casework.letters import documents, schemas
from models.cases import Case
from standards import languages, lists
from web.forms import Form


def printing(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """The sections that can be printed, the letters, the consent form, the copy."""
    empty = {
        "summary": Form(schemas.SummarySchema),
        "letter": Form(schemas.LetterSchema, {"language": "en"}),
    }
    readable = documents.readable(actor, case)
    return {
        **head(actor, case, "overview"),
        "forms_": {
            name: form if form and isinstance(form.schema, type(each.schema)) else each
            for name, each in empty.items()
        },
        "may_open": [(code, word) for code, word in lists.COMPARTMENTS if code in readable],
        "recipients": [("", _("Nobody outside")), *documents.recipients(case)],
        "may_copy": allows(actor, Permission.CASE_COPY, case),
        "languages": languages.options(),
    }


def copy(actor: Actor, case: Case) -> dict[str, object]:
    """A password for the person's copy, drawn anew each time."""
    return {
        **head(actor, case, "overview"),
        "password": "-".join(secrets.token_hex(2) for _place in range(5)),
        "languages": languages.options(),
    }
