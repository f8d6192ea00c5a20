"""What funds bring to the application."""

from funds import administration, routes
from web.parts import Parts

PARTS = Parts(routes=(routes.blueprint,), every_hour=(administration.warn_of_ends,))
