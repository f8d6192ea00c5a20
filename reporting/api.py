"""The same tables as JSON."""

from typing import Any

from flask import current_app, request
from marshmallow import fields

from access.actors import Actor
from access.permissions import Permission
from reporting import tables
from reporting.routes import question
from web.forms import FormSchema
from web.room import Room

room = Room("reporting_api", __name__, api=True)


class TableOut(FormSchema):
    """A protected table: hidden cells are null."""

    programme = fields.String()
    year = fields.Integer()
    rows = fields.List(fields.String())
    columns = fields.List(fields.String())
    cells = fields.List(fields.List(fields.Dict()))


@room.get("/statistics/<table>", permission=Permission.STATISTICS_READ, returns=TableOut)
def statistics(_actor: Actor) -> dict[str, Any]:
    """People assisted, as a protected table. Query: year, rows, columns, host, country, sex, age_band, transit."""
    name = (request.view_args or {})["table"]
    return tables.as_json(tables.ask(question(name), current_app.config["SETTINGS"].small_cell))
