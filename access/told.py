"""Whether an organisation outside is told of a referral or a return: asked of the release, which
bears a MAC, a recipient and a last day, never of what the record itself says of them.

Queries narrow by the record's own columns; whoever reads one record, or shows some in a list,
passes here. Whoever writes into the database without its keys points a record at another partner or
mission, or puts an ended one back, and nobody reads it.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm.base import instance_dict, instance_state

from access.actors import Actor
from models.base import db, today
from models.referrals import Referral
from models.releases import CaseRelease
from models.returns import Return
from models.states import Sets

_TOLD = (Referral, Return)
_KEPT = "releases_of_what_was_read"  # in the session, for one transaction


def is_shown(actor: Actor, subject: Any) -> bool:
    """Whether ``subject`` is neither referral nor return (or was not kept yet), belongs to an
    office of the actor, or is told to one of theirs by a release that stands today.
    """
    if not isinstance(subject, _TOLD) or actor.system or not instance_state(subject).has_identity:
        return True
    mine = frozenset().union(*actor.by_role.values())
    if isinstance(subject, Referral):
        if subject.state in Sets.REFERRAL_ENDED:  # nothing of the person opens any more
            return True
        return subject.office_id in mine or _is_told(subject, "referral", subject.partner_id, mine)
    return (
        subject.sending_id in mine
        or _is_told(subject, "handover", subject.receiving_id, mine)
        or _is_told(subject, "transit", subject.transit_id, mine)
    )


def shows(actor: Actor) -> Callable[[Any], bool]:
    """The same of a row of a list: a referral, a return, or what belongs to one (``record``)."""
    return lambda row: is_shown(actor, getattr(row, "record", row))


def _is_told(record: Any, kind: str, recipient_id: int | None, mine: frozenset[int]) -> bool:
    return recipient_id in mine and is_told(record, kind, recipient_id)


def is_told(record: Any, kind: str, recipient_id: int | None) -> bool:
    """Whether a release of ``kind`` stands today by which ``recipient_id`` is told of a referral or
    return.
    """
    return any(
        release.kind == kind
        and release.recipient_id == recipient_id
        and (release.until is None or release.until >= today())
        and release.stands
        for anew in (False, True)
        for release in _of(record, anew=anew)
    )


def _of(record: Any, *, anew: bool) -> list[CaseRelease]:
    """The releases of a record; those of all that were read so far are read with it."""
    session = db.session()
    transaction, kept = session.info.get(_KEPT, (None, {}))
    if transaction is None or transaction is not session.get_transaction():
        kept = {}
    if anew or record.reference not in kept:
        wanted = {record.reference, *(set() if anew else _read_so_far() - kept.keys())}
        kept |= {reference: [] for reference in wanted}
        query = select(CaseRelease).where(CaseRelease.reference.in_(wanted))
        with db.session.no_autoflush:
            for release in db.session.execute(query).unique().scalars():
                kept[release.reference].append(release)
        session.info[_KEPT] = session.get_transaction(), kept
    return list(kept[record.reference])


def _read_so_far() -> set[str]:
    """References of referrals and returns in the session, without reading any anew."""
    records = (each for each in db.session.identity_map.values() if isinstance(each, _TOLD))
    found = (instance_dict(each).get("reference") for each in records)
    return {reference for reference in found if reference}
