"""What data protection brings to the application."""

from data_protection import (
    api,
    commands,
    jobs,
    reading_routes,
    request_routes,
    routes,
    trail_routes,
)
from web.parts import Parts

PARTS = Parts(
    routes=(
        reading_routes.blueprint,
        trail_routes.blueprint,
        routes.blueprint,
        request_routes.blueprint,
        api.blueprint,
    ),
    jobs={
        "watch": jobs.watch,
        "seal_trail": jobs.seal_trail,
        "mail_heads": jobs.mail_heads,
        "propose_erasures": jobs.propose_erasures,
        "remind_of_requests": jobs.remind_of_requests,
    },
    commands=(commands.audit, commands.permissions, commands.rules),
)
