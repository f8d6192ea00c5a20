"""What accounts brings to the application."""

from accounts import (
    access_changes,
    access_routes,
    commands,
    identifying,
    links,
    people_commands,
    people_routes,
    renaming,
    roles_ending,
    routes,
    security_routes,
    single_sign_on,
)
from web import sessions
from web.parts import Parts

PARTS = Parts(
    routes=(
        routes.blueprint,
        security_routes.blueprint,
        people_routes.blueprint,
        access_routes.blueprint,
    ),
    every_minute=(access_changes.carry_out_due,),
    every_ten_minutes=(sessions.forget_old,),
    every_hour=(roles_ending.warn,),
    commands=(commands.token, people_commands.PEOPLE),
    set_up=(identifying.register, single_sign_on.register, links.register, renaming.register),
)
