"""Pages: notices."""

import hmac

from flask import Response, current_app, jsonify, redirect, render_template, request

from access import gate
from access.actors import Actor
from access.permissions import Permission
from models.base import now
from models.messages import Message
from notifications import measuring, queries, queue
from web.faults import Absent
from web.room import Room, see

room = Room("notifications", __name__)


@room.get("/notices", permission=Permission.ACCOUNT_USE)
def index(actor: Actor) -> str:
    """What I was told."""
    return render_template("notifications/index.html", page=queries.notices(actor, request.args.get("after", "")))


@room.get("/notices/count", permission=Permission.ACCOUNT_USE)
def count(actor: Actor) -> Response:
    """How many notices are unread: asked by an open page now and then, while somebody can see it."""
    return jsonify(unread=queries.unread(actor))


@room.post("/notices/<int:number>", permission=Permission.ACCOUNT_USE, subject=queries.notice)
def follow(_actor: Actor, notice: Message) -> object:
    """Mark as read and go to what it is about."""
    notice.read_at = notice.read_at or now()
    return redirect(notice.path, 303)


@room.get("/undelivered", permission=Permission.MESSAGE_RESEND)
def undelivered(_actor: Actor) -> str:
    """What could not be delivered, and what is being tried again."""
    return render_template("notifications/undelivered.html", page=queries.undelivered(request.args.get("after", "")))


@room.post("/undelivered/<int:number>/again", permission=Permission.MESSAGE_RESEND)
def send_again(_actor: Actor) -> object:
    """Try once more, now."""
    found = queries.undelivered_one((request.view_args or {})["number"])
    found.state, found.tries, found.due_at, found.lease_until = "waiting", 0, now(), None
    gate.note("message_again", subject=str(found.id))
    queue.enqueue_after_commit("deliver", found.id)
    return see("notifications.undelivered")


@room.get("/more", permission=Permission.ACCOUNT_USE)
def more(_actor: Actor) -> str:
    """The rest of the navigation, for phones."""
    return render_template("more.html")


@room.open_get("/metrics")
def metrics() -> Response:
    """What waits, was delivered, failed, and how old the oldest is, for a monitor that knows the token. Numbers alone."""
    token = current_app.config["SETTINGS"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(token.encode(), given.encode()):
        raise Absent
    return Response(measuring.as_text(), content_type=measuring.CONTENT_TYPE)
