"""What organisations bring to the application."""

from organisations import (
    code_list_routes,
    commands,
    extra_field_routes,
    key_pair_routes,
    letter_routes,
    routes,
)
from web.parts import Parts

PARTS = Parts(
    routes=(
        routes.blueprint,
        extra_field_routes.blueprint,
        key_pair_routes.blueprint,
        letter_routes.blueprint,
        code_list_routes.blueprint,
    ),
    commands=(commands.organisation,),
)
