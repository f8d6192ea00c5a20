"""Pages for administrators: people, roles, organisations. No case contents anywhere."""

from flask import render_template
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from models.base import db
from models.people import Grant, Organisation, User
from web.room import Room

room = Room("accounts_people", __name__)


@room.get("/people", permission=Permission.USER_LIST)
def index(_actor: Actor) -> str:
    """Who holds which role, where, until when; grants that end come first."""
    query = select(Grant).join(User).order_by(Grant.ends_on.is_(None), Grant.ends_on, User.name).limit(500)
    organisations = db.session.execute(select(Organisation).order_by(Organisation.kind, Organisation.name)).scalars().all()
    return render_template("accounts/people.html", grants=db.session.execute(query).scalars().all(), organisations=organisations)
