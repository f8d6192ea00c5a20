"""What stands on the page of what could not be delivered."""

from flask_babel import gettext as _

from models.states import MessageState
from notifications import queries


def undelivered(cursor: str) -> dict[str, object]:
    """What failed, and what is tried again; ``failed`` are those that are tried no more."""
    page = queries.undelivered(cursor)
    return {
        "page": page,
        "failed": frozenset(
            message.id for message in page.items if message.state == MessageState.FAILED
        ),
        "channels": {"app": _("in the app"), "mail": _("by mail"), "sms": _("by SMS")},
    }
