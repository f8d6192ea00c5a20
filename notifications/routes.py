"""Pages: notices."""

from flask import redirect, render_template, request

from access import gate
from access.actors import Actor
from access.permissions import Permission
from models.base import now
from models.messages import Message
from notifications import queries, queue
from web.room import Room, see

room = Room("notifications", __name__)


@room.get("/notices", permission=Permission.ACCOUNT_USE)
def index(actor: Actor) -> str:
    """What I was told."""
    return render_template("notifications/index.html", page=queries.notices(actor, request.args.get("after", "")))


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
