"""Work of data protection outside a request. An edge: commits."""

from flask import current_app

from access import audit
from data_protection import access_alerts, retention
from models.base import db


def watch(_number: int) -> None:
    """Every minute: alerts on unusual access."""
    access_alerts.watch(current_app.config["SETTINGS"].unusual_cases)
    db.session.commit()


def seal_trail(_number: int) -> None:
    """Every hour: sign the ends of the chains."""
    audit.seal_heads()
    db.session.commit()


def propose_erasures(_number: int) -> None:
    """Every six hours: cases past their day are proposed for erasure."""
    retention.propose_expired()
    db.session.commit()
