"""What files bring to the application."""

from casework.core.signals import ledger_changed
from files import jobs, photographs, routes
from web.parts import Parts

PARTS = Parts(
    routes=(routes.blueprint,),
    jobs={"forget_file": jobs.forget_file, "inspect_file": jobs.inspect_file},
    every_ten_minutes=(jobs.tidy,),
    listens=((ledger_changed, photographs.answered),),
)
