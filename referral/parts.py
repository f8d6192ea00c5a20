"""What referral brings to the application."""

from accounts.signals import who_may_act_changed
from casework.core.signals import release_changed
from referral import (
    agreements,
    api,
    cut_off_routes,
    incoming,
    incoming_routes,
    overdue,
    partner_link_routes,
    partner_routes,
    partner_staff,
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
        cut_off_routes.blueprint,
        api.blueprint,
    ),
    every_minute=(overdue.expire_late, overdue.remind_late, incoming.escalate_late),
    every_hour=(agreements.warn,),
    listens=(
        (release_changed, sending.release_changed),
        (who_may_act_changed, partner_staff.tell_missions),
    ),
)
