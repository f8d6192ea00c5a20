"""What voluntary return brings to the application."""

from avrr import (
    api,
    assistance_items,
    clearing,
    handover,
    jobs,
    movement_routes,
    preparation,
    reintegration_routes,
    routes,
)
from casework.core.signals import (
    assistance_ended,
    clearance_changed,
    grown_up,
    release_changed,
    taken_over,
)
from funds.signals import payment_corrected, request_changed
from web.parts import Parts

PARTS = Parts(
    routes=(
        routes.blueprint,
        reintegration_routes.blueprint,
        movement_routes.blueprint,
        api.blueprint,
    ),
    every_hour=(jobs.warn_of_ending_consent, jobs.remind),
    listens=(
        (assistance_ended, preparation.stop_open_returns),
        (clearance_changed, clearing.clearance_changed),
        (grown_up, clearing.ages_turned),
        (release_changed, handover.release_changed),
        (taken_over, clearing.taken_over),
        (request_changed, assistance_items.request_changed),
        (payment_corrected, assistance_items.payment_corrected),
    ),
)
