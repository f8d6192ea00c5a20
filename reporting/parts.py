"""What reporting brings to the application."""

from reporting.exports import jobs, warehouse
from reporting.exports import routes as export_routes
from reporting.facts import commands
from reporting.pages import api
from reporting.pages import routes as page_routes
from reporting.publishing import open_data_routes
from reporting.publishing import routes as publishing_routes
from web.parts import Parts

PARTS = Parts(
    # The page of a measure (/statistics/<page>) comes last: the others have names of their own
    # below /statistics.
    routes=(
        publishing_routes.blueprint,
        export_routes.blueprint,
        open_data_routes.blueprint,
        page_routes.blueprint,
        api.blueprint,
        warehouse.blueprint,
    ),
    jobs={
        "count": jobs.count,
        "make_file": jobs.make_file,
        "make_release": jobs.make_release,
    },
    every_minute=(jobs.sweep,),
    every_hour=(jobs.remind,),
    commands=(commands.statistics,),
)
