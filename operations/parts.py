"""What operations bring to the application."""

from operations import commands, health, rotation
from web.parts import Parts

PARTS = Parts(
    every_ten_minutes=(rotation.settle,),
    commands=(commands.keys, commands.backup),
    set_up=(health.register,),
)
