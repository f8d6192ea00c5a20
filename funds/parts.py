"""What funds bring to the application."""

from funds import administration, advance_routes, advances, outlays, routes
from funds.signals import payment_corrected
from web.parts import Parts

PARTS = Parts(
    routes=(routes.blueprint, advance_routes.blueprint),
    every_hour=(administration.warn_of_ends,),
    listens=(
        (payment_corrected, outlays.corrected),
        (payment_corrected, advances.corrected),
    ),
)
