"""What organisations bring to the application."""

from organisations import commands, routes
from web.parts import Parts

PARTS = Parts(routes=(routes.blueprint,), commands=(commands.organisation,))
