"""Who is in, who is out, who is missing; meals and items, handed out once by a card.

The card holds a random reference and nothing else.
"""

import io
import secrets
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from access import audit
from access.actors import Actor
from access.permissions import Role
from casework.core import tasks
from loading import later
from models.base import db, now, today
from models.rules import RuleBroken
from models.shelter import Facility, Handout, Placement
from models.states import PRESENCE, Presence
from notifications import outbox
from standards.assistance import ISSUED_EVERY
from web.links import link

segno = later("segno")


def by_card(facility: Facility, card: str) -> Placement:
    """The stay behind a card of this house.

    A card of another house, or of a stay that ended, is no card.
    """
    query = select(Placement).where(
        Placement.card == card.strip().lower(),
        Placement.facility_id == facility.id,
        Placement.left_on.is_(None),
    )
    stay = db.session.execute(query).unique().scalar_one_or_none()
    if stay is None:
        raise RuleBroken(_("This card is not valid here."), "card")
    return stay


def qr(placement: Placement) -> str:
    """The card's code as SVG."""
    out = io.BytesIO()
    segno.make(placement.card, error="m", micro=False).save(
        out,
        kind="svg",
        scale=5,
        xmldecl=False,
        svgns=True,
        svgclass=None,
        lineclass=None,
        omitsize=False,
    )
    return out.getvalue().decode()


def renew_card(*, by: Actor, placement: Placement) -> None:
    """A lost card: another reference; the old one is worth nothing."""
    placement.card = Placement.__table__.c.card.default.arg(None)  # type: ignore[union-attr]
    audit.record("card_renewed", subject=placement.key, cases=(placement.case_id,))


VERBS = {Presence.IN: "come", Presence.OUT: "go", Presence.MISSING: "miss"}


def must_stay(placement: Placement) -> None:
    """Raises where the person has left: nobody is in, missing or given anything after that."""
    if placement.left_on is not None:
        raise RuleBroken(PRESENCE.refusal)


def tell(*, by: Actor, placement: Placement, state: str) -> None:
    """Somebody came, went, or is missing.

    Of somebody missing, the caseworker and their supervisor hear at once.
    """
    must_stay(placement)
    if placement.presence == state:
        return
    PRESENCE.move(placement, VERBS[Presence(state)], by=by)
    audit.record(f"presence_{state}", subject=placement.key, cases=(placement.case_id,))
    if placement.presence == Presence.MISSING:
        tasks.add(by=by, case=placement.case, kind="safety", due_on=today())
        _report_missing(placement)


def write_anew() -> int:
    """Every hour: the row of each stay is written anew as it stands, so that two copies of the
    database do not tell whose changed in between, as the trail names the cases. Gives how many.
    """
    table: Any = Placement.__table__
    columns = [table.c[name] for name in ("id", "revision", "presence", "presence_at")]
    query = select(*columns).where(table.c.left_on.is_(None))
    rows = [
        {"row": number, "was": was, "state": state, "at": at, "next": secrets.randbits(31)}
        for number, was, state, at in db.session.execute(query).all()
    ]
    if rows:
        same = update(table).where(table.c.id == bindparam("row"))
        given = {"presence": "state", "presence_at": "at", "revision": "next"}
        values: dict[str, Any] = {name: bindparam(key) for name, key in given.items()}
        same = same.where(table.c.revision == bindparam("was")).values(values)
        db.session.connection().execute(same, rows)
    return len(rows)


def _report_missing(placement: Placement) -> None:
    case = placement.case
    owner = [case.holder] if case.holder else []
    recipients = {
        user.id: user for user in [*owner, *outbox.people_of(case.office_id, Role.SUPERVISOR)]
    }
    outbox.post(
        "person.missing",
        reference=outbox.occurrence("M", case.id),
        path=link("shelter.of_case", case),
        to=recipients.values(),
        urgent=True,
        office=case.office_id,
    )


def period_of(kind: str, on: date, meal: str = "") -> str:
    """The time for which a thing is given once: this meal, this week, this month, this stay."""
    every = ISSUED_EVERY[kind]
    if every == "meal":
        return f"{on.isoformat()}/{meal}"
    if every == "week":
        year, week, _day = on.isocalendar()
        return f"{year}-W{week:02d}"
    return on.strftime("%Y-%m") if every == "month" else "stay"


def hand_out(*, by: Actor, placement: Placement, kind: str, meal: str = "") -> Handout:
    """Give something out. A second time in a period is refused, whoever asks and however fast."""
    must_stay(placement)
    handout = Handout(
        case_id=placement.case_id,
        placement_id=placement.id,
        kind=kind,
        period=period_of(kind, today(), meal),
        by_id=by.id,
    )
    before = select(Handout.at).where(
        Handout.placement_id == placement.id, Handout.kind == kind, Handout.period == handout.period
    )
    if at := db.session.execute(before).scalar():
        raise RuleBroken(_("Given already, at %(time)s.", time=f"{at:%H:%M}"), "kind")
    db.session.add(handout)
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleBroken(_("Given already, a moment ago."), "kind") from None
    return handout


def given_since(placement: Placement, days: int = 31) -> list[Handout]:
    """What somebody was given lately."""
    query = (
        select(Handout)
        .where(Handout.placement_id == placement.id)
        .order_by(Handout.id.desc())
        .limit(40)
    )
    since = now() - timedelta(days=days)
    return [given for given in db.session.execute(query).scalars() if given.at >= since]
