"""A partner's own system: where it is notified, and by which secret it checks that."""

from access import audit
from models.base import db
from models.messages import Hook
from models.people import Organisation
from notifications import webhooks
from web.errors import NotFound


def set_address(*, partner: Organisation, url: str) -> str:
    """Set the address; gives the secret, which is shown once."""
    secret = webhooks.keep(organisation_id=partner.id, url=url)
    audit.record("webhook_set", subject=partner.code)
    db.session.flush()
    return secret


def new_secret(*, partner: Organisation) -> str:
    """A new secret, shown once; the one before signs for another day."""
    hook = _hook(partner)
    audit.record("webhook_rotated", subject=partner.code)
    return webhooks.rotate(hook)


def send_again(*, partner: Organisation, message_id: int) -> None:
    """Send a message once more."""
    webhooks.again(_hook(partner), message_id)


def _hook(partner: Organisation) -> Hook:
    hook = webhooks.hook_of(partner.id)
    if hook is None:
        raise NotFound
    return hook
