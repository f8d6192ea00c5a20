"""What operations bring to the application."""

from operations import clock_commands, commands, health, indexing, rewrapping, rotation, routes
from web.parts import Parts

PARTS = Parts(
    routes=(routes.blueprint,),
    every_ten_minutes=(rotation.settle, rewrapping.catch_up, indexing.catch_up),
    commands=(commands.keys, commands.backup, clock_commands.clock),
    set_up=(health.register, routes.register),
)
