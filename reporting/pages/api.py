"""The same tables as JSON."""

from typing import Any

from flask import current_app, request

from access.actors import Actor
from access.permissions import Permission
from reporting.facts.engine import freshened
from reporting.pages.pages import asked
from reporting.pages.schemas import AskSchema, SheetOut
from reporting.tables import tables
from web.forms import load
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("statistics_api", __name__, api=True)


@blueprint.get("/statistics/<measure>", permission=Permission.STATISTICS_READ, returns=SheetOut)
def statistics(actor: Actor) -> dict[str, Any]:
    """People counted, as a protected table. Query: year, quarter, rows, columns, pages' filters."""
    given = load(
        AskSchema, {name: value[:80] for name, value in request.args.items() if value}, lenient=True
    )
    ask = asked(actor, given)
    freshened()
    question = ask.question((request.view_args or {})["measure"], ask.rows, ask.columns)
    settings = current_app.config["SETTINGS"]
    return tables.as_json(
        tables.ask(question, settings.small_cell, settings.age_bands, compare=False)
    )
