"""What files bring to the application."""

from casework.core.signals import consent_refused, consent_withdrawn
from files import jobs, photographs, routes
from web.parts import Parts

PARTS = Parts(
    routes=(routes.blueprint,),
    jobs={"forget_file": jobs.forget_file, "inspect_file": jobs.inspect_file},
    every_ten_minutes=(jobs.tidy,),
    listens=(
        (consent_refused, photographs.answered),
        (consent_withdrawn, photographs.answered),
    ),
)
