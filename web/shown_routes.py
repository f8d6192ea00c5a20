"""The page that a form showed, at an address of its own."""

from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _

from access.actors import Actor
from access.permissions import Permission
from web import shown, telling
from web.guard import GuardedBlueprint

blueprint = GuardedBlueprint("shown", __name__)


@blueprint.get("/shown/<key>", permission=Permission.ACCOUNT_USE)
def show(_actor: Actor) -> Any:
    """The page as it was shown; after some minutes, that it is put away."""
    page = shown.take((request.view_args or {})["key"])
    if page is None:
        return render_template("shown_before.html", minutes=shown.MINUTES), 410
    if isinstance(page, Response):
        telling.tell(_("This was done already, and once."))
        return telling.told(page)
    return Response(page)
