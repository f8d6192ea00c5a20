"""What still hangs on an organisation that is to be closed, counted and never shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, or_, select

from models import scope
from models.advances import Advance
from models.base import db, today
from models.callers import Caller
from models.cases import Case
from models.money import FundRequest
from models.people import Organisation
from models.referrals import IncomingReferral, Referral
from models.returns import Return
from models.shelter import Facility
from models.states import RETURN, IncomingReferralState, ReturnState, Sets, TransferState
from models.work import Transfer


@dataclass(frozen=True)
class Left:
    """Something that still hangs on it, and how much."""

    word: Any
    many: int


_STANDING = frozenset(ReturnState) - RETURN.endings


def _cases(place: Organisation) -> ColumnElement[bool]:
    return (Case.office_id == place.id) & Case.status.in_(Sets.CASE_ACTIVE)


def _referrals(place: Organisation) -> ColumnElement[bool]:
    side = or_(Referral.office_id == place.id, Referral.partner_id == place.id)
    return side & Referral.state.in_(Sets.REFERRAL_LIVE)


def _returns(place: Organisation) -> ColumnElement[bool]:
    sides = (Return.sending_id, Return.receiving_id, Return.transit_id)
    return or_(*(side == place.id for side in sides)) & Return.state.in_(_STANDING)


def _houses(place: Organisation) -> ColumnElement[bool]:
    is_open = Facility.active & (Facility.closed_from.is_(None) | (Facility.closed_from > today()))
    return (Facility.organisation_id == place.id) & is_open


def _incoming(place: Organisation) -> ColumnElement[bool]:
    side = or_(IncomingReferral.office_id == place.id, IncomingReferral.partner_id == place.id)
    return side & (IncomingReferral.state == IncomingReferralState.SENT)


def _callers(place: Organisation) -> ColumnElement[bool]:
    return Caller.office_id == place.id


def _transfers(place: Organisation) -> ColumnElement[bool]:
    side = or_(Transfer.from_office_id == place.id, Transfer.to_office_id == place.id)
    return side & (Transfer.state == TransferState.ASKED)


def _money(place: Organisation) -> ColumnElement[bool]:
    return (FundRequest.office_id == place.id) & FundRequest.state.in_(Sets.FUND_REQUEST_LIVE)


def _advances(place: Organisation) -> ColumnElement[bool]:
    open_ = Sets.ADVANCE_WAITING | Sets.ADVANCE_OPEN
    return (Advance.office_id == place.id) & Advance.state.in_(open_)


_HANGS: tuple[tuple[Any, type, Callable[[Organisation], ColumnElement[bool]]], ...] = (
    (_l("open cases"), Case, _cases),
    (_l("referrals under way"), Referral, _referrals),
    (_l("returns that are not closed"), Return, _returns),
    (_l("houses"), Facility, _houses),
    (_l("people referred to it who wait for an answer"), IncomingReferral, _incoming),
    (_l("callers who have not agreed yet"), Caller, _callers),
    (_l("requests for money that are not ended"), FundRequest, _money),
    (_l("advances that are not paid back"), Advance, _advances),
    (_l("cases that are offered and not taken"), Transfer, _transfers),
)


def what_is_left(place: Organisation) -> list[Left]:
    """What must be ended or handed over first; empty where nothing is left."""
    offices = frozenset(db.session.execute(select(Organisation.id)).scalars())
    with scope.everywhere(offices):
        counted = [
            (word, db.session.execute(select(func.count()).select_from(model).where(of(place))))
            for word, model, of in _HANGS
        ]
        found = [Left(word, many.scalar_one()) for word, many in counted]
    return [each for each in found if each.many]


def in_words(place: Organisation, left: list[Left]) -> str:
    """One sentence that says it, and what to do."""
    what = ", ".join(f"{each.many} {each.word}" for each in left)
    return str(
        _(
            "%(name)s still has: %(what)s. End them or hand them over first.",
            name=place.name,
            what=what,
        )
    )
