"""Builders: through the verbs where a rule matters, directly where not."""

import contextvars
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from access import audit
from access.actors import Actor, person, system
from access.by_token import SCOPES
from access.gate import acting
from access.permissions import Role
from accounts import hashes, tokens
from casework.core import approvals
from casework.intake import registration as registering
from funds import ledger
from models import base, scope
from models.base import db, today
from models.cases import Case
from models.money import Fund
from models.people import Grant, Organisation, Team, User
from models.referrals import Referral
from models.releases import CaseRelease
from models.returns import Return
from operations import rewrapping
from referral import sending
from tests.factories import returning

PASSWORD = "correct horse battery staple"
LOOKED = "seen_before_it_goes"
SEEN = re.compile(r'name="seen_before_it_goes" value="([^"]+)"')


class World:
    """Two missions, two partners, and somebody for each role."""

    def __init__(self) -> None:
        # All places at once, then all people: a flush for each took a tenth of all tests' time.
        self.here = _place("TUN", "mission", "TN")
        self.there = _place("ABJ", "mission", "CI")
        self.partner = _place("AMEL", "partner", "TN", ["shelter", "counselling"])
        self.other_partner = _place("NOUR", "partner", "TN", ["shelter", "medical"])
        self.headquarters = _place("HQ", "headquarters", "CH")
        db.session.flush()
        team, second = (
            Team(organisation_id=self.here.id, name="A"),
            Team(organisation_id=self.here.id, name="B"),
        )
        db.session.add_all([team, second])
        db.session.flush()
        self.caseworker = _person("caseworker", self.here, Role.CASEWORKER, team.id)
        self.colleague = _person("colleague", self.here, Role.CASEWORKER, team.id)
        self.stranger = _person("stranger", self.here, Role.CASEWORKER, second.id)
        self.supervisor = _person("supervisor", self.here, Role.SUPERVISOR)
        self.health = _person("health", self.here, Role.HEALTH)
        self.legal = _person("legal", self.here, Role.LEGAL)
        self.far = _person("far", self.there, Role.CASEWORKER)
        self.origin = _person("origin", self.there, Role.ORIGIN)
        self.helper = _person("helper", self.partner, Role.PARTNER)
        self.other_helper = _person("otherhelper", self.other_partner, Role.PARTNER)
        self.shelter = _person("shelter", self.partner, Role.SHELTER)
        self.manager = _person("manager", self.headquarters, Role.MANAGER)
        self.officer = _person("officer", self.headquarters, Role.PROTECTION)
        self.administrator = _person("administrator", self.headquarters, Role.ADMINISTRATOR)
        db.session.commit()
        rewrapping.give_each_office_its_key()

    @property
    def people(self) -> dict[str, User]:
        """Everybody by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, User)}

    def _place(
        self, code: str, kind: str, country: str, services: list[str] | None = None
    ) -> Organisation:
        place = _place(code, kind, country, services)
        db.session.flush()
        return place

    def _person(self, name: str, place: Organisation, role: Role, team: int | None = None) -> User:
        user = _person(name, place, role, team)
        db.session.flush()
        return user


def _place(code: str, kind: str, country: str, services: list[str] | None = None) -> Organisation:
    place = Organisation(
        code=code, kind=kind, name=f"The {code}", country=country, services=services or []
    )
    db.session.add(place)
    return place


def _person(name: str, place: Organisation, role: Role, team: int | None = None) -> User:
    user = User(
        email=f"{name}@example.org",
        name=name.title(),
        password_hash=hashes.hashed(PASSWORD),
    )
    grant = Grant(user=user, organisation=place, role=role, team_id=team)
    db.session.add_all([user, grant])
    return user


def anew(record: Any) -> Any:
    """The same row, read by the session of now."""
    return db.session.get_one(type(record), inspect(record).identity)


def told(record: Any, kind: str, to: Organisation) -> CaseRelease:
    """What lets an organisation read a referral or a return that was pointed at it directly."""
    release = CaseRelease(
        case_id=record.case_id, kind=kind, reference=record.reference, recipient_id=to.id
    )
    db.session.add(release)
    db.session.commit()
    return release


def of_kind(model: Any, kind: str, *where: Any) -> list[Any]:
    """Rows by their kind, which is sealed: no query can ask by it."""
    rows = db.session.execute(select(model).where(*where).order_by(model.id)).unique().scalars()
    return [row for row in rows if row.kind == kind]


@contextmanager
def acts(user: User, *openings: str) -> Iterator[Actor]:
    """Act as somebody, whom the database shows no more than is theirs (and what lies behind
    ``openings``, as on the pages of accounts); commit with the trail at the end, as a request does.
    """
    with (
        acting(person(anew(user))) as gate,
        _behind_walls(gate.actor),
        scope.opened(*openings),
    ):
        yield gate.actor
        db.session.flush()
        audit.append(gate.pending())
        db.session.commit()


@contextmanager
def _behind_walls(actor: Actor) -> Iterator[None]:
    before = scope.standing()
    scope.enter(actor.scope)
    try:
        yield
    finally:
        scope.put_back(before)
        if db.session.is_active and db.session().in_transaction():
            db.session.rollback()


def registration(**changes: Any) -> dict[str, Any]:
    """A whole registration; ``changes`` go into the person."""
    person_ = {
        "given_names": "Fatima Zahra",
        "family_name": "Benali",
        "sex": "Feminine",
        "citizenship": "CI",
        "birth": {"year": today().year - 24, "estimated": False},
    }
    return {
        "channel": "walk_in",
        "duplicate": "not_same",  # each is somebody else, whatever they are called
        "consent": {
            "assistance": "agrees",
            "sharing": "agrees",
            "consulate": "agrees",
            "statistics": "agrees",
            "manner": "spoken",
            "witness": "A. Witness",
            "alone_because": "No guardian was found yet.",
            "language": "fr",
        },
        "person": {**person_, **changes},
        "account": {"account": "It was a house."},
        "needs": {"needs": "Single room.", "risk": "high", "categories": ["stranded"]},
    }


def case(
    house: World, *, owner: User | None = None, office: Organisation | None = None, **changes: Any
) -> Case:
    """A case of the mission here, or of another, agreed to be shared with the partner and the other
    mission.
    """
    owner = anew(owner or house.caseworker)
    whole = registration(**changes)
    place = anew(office or house.here)
    other = anew(house.here if place.id == anew(house.there).id else house.there)
    whole["consent"]["recipients"] = [anew(house.partner).id, other.id]
    with acts(owner) as by:
        team = next((grant.team_id for grant in owner.grants if grant.team_id), None)
        return registering.register(
            by=by, given=whole, office=place, owner_id=owner.id, team_id=team
        )


def refer(by: Actor, house: World, case: Case) -> Referral:
    """The case sent to the partner: a bed is asked for, and the needs are told."""
    return sending.send(
        by=by,
        case=anew(case),
        partner=anew(house.partner).id,
        service="shelter",
        urgency="urgent",
        fields_=["needs"],
    )


def declared(return_: Return, by: Actor) -> None:
    """Counselled and declared: without these nobody at home hears of a return."""
    for step in ("counselling", "declaration"):
        returning.take(step, by=by, return_=return_)


def agreed(house: World, return_: Return) -> None:
    """The caseworker asks and the supervisor agrees to a return."""
    with acts(house.caseworker) as by:
        asked = approvals.ask(by=by, case=anew(return_).case, what="return")
    with acts(house.supervisor) as by:
        there = anew(asked)
        approvals.answer(by=by, approval=there, agrees=True, read=approvals.mark(there))


def fund(code: str = "HASM-1", programme: str = "hasm", balance: int = 1_000_000) -> Fund:
    """A fund with money."""
    made = Fund(
        code=code,
        programme=programme,
        name="Humanitarian Assistance",
        currency="EUR",
        starts_on=today() - timedelta(days=30),
        ends_on=today() + timedelta(days=300),
        ceiling_minor=500_000,
    )
    db.session.add(made)
    db.session.flush()
    if balance:
        ledger.contribute(by=system("demo"), fund=made, amount_minor=balance, donor="A donor")
    db.session.commit()
    return made


def _apart(call: Any, *arguments: Any, **named: Any) -> Any:
    """Make a request as from outside: no context, no transaction of the test is around it; its
    clock stays.
    """
    db.session.rollback()
    outside = contextvars.Context()
    outside.run(base._clock.set, base._clock.get())
    return outside.run(call, *arguments, **named)


class Browser:
    """A signed-in client that sends the CSRF token by itself."""

    def __init__(self, app: Flask, user: User | None = None, remote: str = "127.0.0.1") -> None:
        self.client: FlaskClient = app.test_client()
        self.client.environ_base["REMOTE_ADDR"] = remote
        self.token = ""
        if user is not None:
            self.sign_in(str(anew(user).email), PASSWORD)

    def sign_in(self, email: str, password: str) -> Any:
        """Sign in as the page does."""
        self._learn(self.get("/sign-in"))
        answer = self.post("/sign-in", email=email, password=password)
        self._learn(self.get("/account"))
        return answer

    def get(self, path: str, **named: Any) -> Any:
        """Open a page."""
        return _apart(self.client.get, path, **named)

    def post(self, path: str, **form: Any) -> Any:
        """Send a form, sure of what it does; goes on to the page that shows what was asked, and
        from one that shows first what goes out.
        """
        data = {"csrf_token": self.token, "asked_and_sure": "yes", **form}
        answer = _apart(self.client.post, path, data=data)
        answer.request.environ["wsgi.input"].close()  # the client keeps a long form in a file
        is_shown = answer.status_code == 303 and answer.location.startswith("/shown/")
        answer = self.get(answer.location) if is_shown else answer
        seen = answer.mimetype == "text/html" and SEEN.search(answer.text)
        return (
            self.post(path, **form, **{LOOKED: seen[1]}) if seen and LOOKED not in form else answer
        )

    def _learn(self, answer: Any) -> None:
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.get_data(as_text=True))
        self.token = found[1] if found else self.token


class Api:
    """A client with a bearer token."""

    def __init__(self, app: Flask, user: User) -> None:
        self.client = app.test_client()
        account = user.id
        db.session.rollback()  # what a request before left open is not this test's scope
        text = tokens.create(db.session.get_one(User, account), scopes=list(SCOPES))
        db.session.commit()
        db.session.rollback()
        self.headers = {"Authorization": f"Bearer {text}"}

    def get(self, path: str) -> Any:
        """GET under /api/v1."""
        return _apart(self.client.get, f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        """POST under /api/v1."""
        return _apart(
            self.client.post,
            f"/api/v1{path}",
            json=body if body is not None else {},
            headers=self.headers,
        )
