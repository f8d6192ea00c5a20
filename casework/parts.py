"""What casework brings to the application."""

from casework.casefile import api, record_api, record_routes, section_routes
from casework.casefile import routes as casefile_routes
from casework.core import release, reminders, search, signals
from casework.intake import caller_routes, commands, import_routes, jobs
from casework.intake import routes as intake_routes
from casework.letters import routes as letter_routes
from casework.people import family_routes
from casework.people import routes as person_routes
from casework.shelter import placing, presence
from casework.shelter import routes as shelter_routes
from casework.team import review_routes, transfers, work_routes
from casework.team import routes as team_routes
from web.parts import Parts

PARTS = Parts(
    routes=(
        work_routes.blueprint,
        casefile_routes.blueprint,
        section_routes.blueprint,
        record_routes.blueprint,
        intake_routes.blueprint,
        caller_routes.blueprint,
        import_routes.blueprint,
        person_routes.blueprint,
        family_routes.blueprint,
        team_routes.blueprint,
        review_routes.blueprint,
        letter_routes.blueprint,
        shelter_routes.blueprint,
        api.blueprint,
        record_api.blueprint,
    ),
    jobs={"import": jobs.run_import},
    every_minute=(jobs.take_up_stalled,),
    every_ten_minutes=(jobs.clean,),
    every_hour=(
        jobs.turn_ages,
        release.settle_past_their_day,
        reminders.of_consents_ending,
        reminders.of_tasks,
        reminders.of_overdue,
        transfers.tell_of_unheard,
        presence.write_anew,
    ),
    listens=(
        (signals.ledger_changed, release.ledger_changed),
        (signals.grown_up, placing.grown_up),
        (signals.release_changed, placing.release_changed),
        (signals.release_changed, transfers.release_changed),
    ),
    commands=(commands.htcds,),
    set_up=(search.set_up,),
)
