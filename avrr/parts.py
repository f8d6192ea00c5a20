"""What voluntary return brings to the application."""

from avrr import api, jobs, movement_routes, reintegration_routes, routes
from web.parts import Parts

PARTS = Parts(
    routes=(
        routes.blueprint,
        reintegration_routes.blueprint,
        movement_routes.blueprint,
        api.blueprint,
    ),
    every_hour=(jobs.remind,),
)
