"""Pages: notices."""

import hmac

from flask import Response, current_app, jsonify, redirect, render_template, request

from access.actors import Actor
from access.permissions import Permission
from models.messages import Message
from notifications import metrics as queue_metrics
from notifications import outbox, pages, queries
from web.errors import NotFound
from web.guard import GuardedBlueprint, redirect_to
from web.links import link, path_of_ours

blueprint = GuardedBlueprint("notifications", __name__)


@blueprint.get("/notices", permission=Permission.ACCOUNT_USE)
def index(actor: Actor) -> str:
    """Notices for me."""
    page = queries.notices(actor, request.args.get("after", ""))
    return render_template("notifications/index.html", page=page)


@blueprint.get("/notices/count", permission=Permission.ACCOUNT_USE)
def count(actor: Actor) -> Response:
    """How many notices are unread: asked by an open page now and then, while it can be seen."""
    return jsonify(unread=queries.unread(actor))


@blueprint.post(
    "/notices/<int:message_id>", permission=Permission.ACCOUNT_USE, subject=queries.notice
)
def follow(_actor: Actor, notice: Message) -> object:
    """Mark as read and go to what it is about."""
    outbox.mark_read(notice)
    return redirect(path_of_ours(notice.path) or link("work.home"), 303)


@blueprint.get("/undelivered", permission=Permission.MESSAGE_RESEND)
def undelivered(_actor: Actor) -> str:
    """What could not be delivered, and what is being tried again."""
    shown = pages.undelivered(request.args.get("after", ""))
    return render_template("notifications/undelivered.html", **shown)


@blueprint.post("/undelivered/<int:message_id>/again", permission=Permission.MESSAGE_RESEND)
def send_again(actor: Actor) -> object:
    """Try once more, now."""
    message = queries.undelivered_one((request.view_args or {})["message_id"])
    outbox.send_again(by=actor, message=message)
    return redirect_to("notifications.undelivered")


@blueprint.get("/more", permission=Permission.ACCOUNT_USE)
def more(_actor: Actor) -> str:
    """The rest of the navigation, for phones."""
    return render_template("more.html")


@blueprint.open_get("/metrics")
def metrics() -> Response:
    """What waits, was delivered, failed, and how old the oldest is, for a monitor that knows the
    token. Numbers alone.
    """
    token = current_app.config["SETTINGS"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(token.encode(), given.encode()):
        raise NotFound
    return Response(queue_metrics.as_text(), content_type=queue_metrics.CONTENT_TYPE)
