"""Pages: statistics."""

import csv
import io

from flask import Response, current_app, render_template, request
from flask_babel import get_locale

from access import gate
from access.actors import Actor
from access.permissions import Permission
from models.base import today
from reporting import charts, tables
from web.faults import Absent
from web.room import Room

room = Room("reporting", __name__)


def question(programme: str) -> tables.Question:
    """The question in the address: coded fields only."""
    given = request.args
    if programme not in tables.PROGRAMMES:
        raise Absent
    year = given.get("year", "")
    if year and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Absent
    filters = {name: given.get(name, "")[:24] for name in ("host", "country", "sex", "age_band")}
    return tables.Question(
        programme, int(year or today().year), given.get("rows", "country"), given.get("columns", "sex"), transit=bool(given.get("transit")), **filters
    )


@room.get("/statistics", permission=Permission.STATISTICS_READ)
def index(_actor: Actor) -> str:
    """People assisted: HASM and AVRR."""
    limit = current_app.config["SETTINGS"].small_cell
    chosen = [name for name in tables.PROGRAMMES if request.args.get("programme", name) in (name, "")]
    answers = [tables.ask(question(name), limit) for name in chosen]
    rtl = bool(get_locale() and get_locale().text_direction == "rtl")
    transit = tables.ask(tables.Question("avrr", answers[0].question.year, transit=True, host=answers[0].question.host), limit)
    drawn = [(table, charts.stacked(table, rtl=rtl)) for table in answers]
    years = tables.years() or [today().year]
    ended = tables.endings(answers[0].question.year, limit)
    return render_template(
        "reporting/index.html", drawn=drawn, transit=transit, limit=limit, years=years, hosts=tables.hosts(), asked=answers[0].question, ended=ended
    )


@room.get("/statistics/<programme>.csv", permission=Permission.STATISTICS_READ)
def download(_actor: Actor) -> Response:
    """The suppressed table as CSV."""
    programme = (request.view_args or {})["programme"]
    limit = current_app.config["SETTINGS"].small_cell
    table = tables.ask(question(programme), limit)
    gate.note("export", subject=f"statistics {programme} {table.question.year}")
    text = io.StringIO()
    csv.writer(text).writerows(tables.as_csv(table, limit))
    name = f"{programme}-{table.question.year}.csv"
    return Response("\ufeff" + text.getvalue(), mimetype="text/csv", headers={"Content-Disposition": f"attachment; filename={name}"})
