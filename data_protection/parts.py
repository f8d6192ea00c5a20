"""What data protection brings to the application."""

from data_protection import commands, jobs, routes, trail_routes
from web.parts import Parts

PARTS = Parts(
    routes=(trail_routes.blueprint, routes.blueprint),
    jobs={
        "watch": jobs.watch,
        "seal_trail": jobs.seal_trail,
        "mail_heads": jobs.mail_heads,
        "propose_erasures": jobs.propose_erasures,
    },
    commands=(commands.audit, commands.permissions),
)
