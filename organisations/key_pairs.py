"""The key pairs of an office: an administrator asks that they are entered into the directory, a
data protection officer enters them. What goes to an office is sealed to none that one alone put
there.
"""

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import require
from encryption import signing
from models.base import db
from models.office_pairs import OfficePair
from models.people import Organisation
from models.rules import RuleBroken
from models.scope import opened
from models.states import OFFICE_PAIR, OfficePairState
from notifications import outbox
from web.links import link


@opened("accounts")
def ask(*, by: Actor, place: Organisation) -> OfficePair:
    """Make new pairs for an office and ask that they are entered.

    Raises :class:`models.rules.RuleBroken` where others wait,
    :class:`encryption.keyring.HeldElsewhere` where the office's keys are on another machine.
    """
    require(by, Permission.ORGANISATION_CHANGE, place)
    if any(each.state == OfficePairState.ASKED for each in of_office(place)):
        raise RuleBroken(_("Keys of this office wait already to be entered."))
    pair = OfficePair(office_id=place.id, office=place)
    OFFICE_PAIR.move(pair, "ask", by=by)
    pair.make()
    _note("office_keys_asked", pair)
    outbox.post(
        "office_keys.asked",
        reference=outbox.occurrence("K", pair.id),
        path=link("office_keys.index", place),
        to=[each for each in outbox.officers() if each.id != by.id],
        office=place.id,
    )
    return pair


@OFFICE_PAIR.guard("enter", "refuse")
def another_officer_enters_them(pair: OfficePair, by: Actor) -> None:
    """A data protection officer who did not ask for them: so two people stand for each entry."""
    require(by, Permission.OFFICE_KEYS_ENTER, pair)


@opened("accounts")
def enter(*, by: Actor, pair: OfficePair) -> None:
    """Enter them, once compared with what the office reads out.

    Raises :class:`models.office_pairs.DirectoryBroken` where somebody altered the directory.
    """
    OFFICE_PAIR.move(pair, "enter", by=by)
    pair.enter()
    _note("office_keys_entered", pair)


@opened("accounts")
def refuse(*, by: Actor, pair: OfficePair) -> None:
    """Leave them out; others can be asked for."""
    OFFICE_PAIR.move(pair, "refuse", by=by)
    _note("office_keys_refused", pair)


def of_office(place: Organisation) -> list[OfficePair]:
    """All that were made for an office, the newest first."""
    query = select(OfficePair).where(OfficePair.office_id == place.id)
    return list(db.session.execute(query.order_by(OfficePair.id.desc())).unique().scalars())


def fingerprint(pair: OfficePair) -> str:
    """What both officers compare, by another way than this page: of both public halves."""
    told = signing.digest(pair.sealing, pair.signing).hex()[:32]
    return " ".join(told[start : start + 4] for start in range(0, len(told), 4))


def _note(deed: str, pair: OfficePair) -> None:
    """Into the trail, whose chain so bears witness to the directory's."""
    db.session.flush()
    audit.record(deed, subject=f"{pair.office.code} {fingerprint(pair)}")
