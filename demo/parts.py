"""What the demo brings to the application."""

from demo import commands
from web.parts import Parts

PARTS = Parts(commands=(commands.demo,))
