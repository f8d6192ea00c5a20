"""What referral brings to the application."""

from casework.core.signals import release_changed
from referral import (
    api,
    incoming,
    incoming_routes,
    overdue,
    partner_link_routes,
    partner_routes,
    routes,
    sending,
)
from web.parts import Parts

PARTS = Parts(
    routes=(
        routes.blueprint,
        partner_routes.blueprint,
        incoming_routes.blueprint,
        partner_link_routes.blueprint,
        api.blueprint,
    ),
    every_minute=(overdue.expire_late, overdue.remind_late, incoming.escalate_late),
    listens=((release_changed, sending.release_changed),),
)
