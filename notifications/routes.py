"""Pages: notices."""

from flask import redirect, render_template, request

from access.actors import Actor
from access.permissions import Permission
from models.base import now
from models.messages import Message
from notifications import queries
from web.room import Room

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


@room.get("/more", permission=Permission.ACCOUNT_USE)
def more(_actor: Actor) -> str:
    """The rest of the navigation, for phones."""
    return render_template("more.html")
