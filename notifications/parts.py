"""What notifications bring to the application."""

from notifications import commands, jobs, queue, routes, webhooks
from web.parts import Parts

PARTS = Parts(
    routes=(routes.blueprint,),
    jobs={
        "deliver": jobs.deliver,
        "deliver_some": jobs.deliver_some,
        "hook": webhooks.deliver,
    },
    every_minute=(webhooks.sweep, jobs.sweep),
    every_ten_minutes=(queue.forget_done,),
    commands=(commands.worker, commands.schedule, commands.queue),
    set_up=(queue.register_hooks,),
)
