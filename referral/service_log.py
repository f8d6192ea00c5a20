"""A partner's own log of services as a table: references and coded facts, no name."""

import csv
import io

from flask_babel import gettext as _

from access import audit
from access.actors import Actor
from models.referrals import Service
from referral import queries
from standards import currencies, lists
from web import template_filters

_BYTE_ORDER_MARK = "\ufeff"  # spreadsheets read the table as UTF-8 by it


def table(actor: Actor) -> str:
    """The services that the actor's organisation logged, as CSV; the export is in the trail."""
    text = io.StringIO()
    lines = [_head(), *(_line(service) for service in queries.log(actor))]
    csv.writer(text).writerows(
        [template_filters.defused(str(cell)) for cell in line] for line in lines
    )
    audit.record("exported", subject="service log")
    return _BYTE_ORDER_MARK + text.getvalue()


def _head() -> tuple[object, ...]:
    return (
        _("Referral"),
        _("From"),
        _("Service"),
        _("Day"),
        _("Quantity"),
        _("Outcome"),
        _("What it cost"),
        _("Currency"),
    )


def _line(service: Service) -> tuple[object, ...]:
    cost = service.cost_minor
    return (
        service.referral.reference,
        service.referral.office.name,
        lists.label(lists.SERVICES, service.kind),
        service.given_on.isoformat(),
        service.quantity,
        lists.label(lists.SERVICE_OUTCOMES, service.outcome),
        currencies.plain(cost, service.currency) if cost else "",
        service.currency,
    )
