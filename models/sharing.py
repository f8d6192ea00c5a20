"""Telling another office of a record: its key, or that of the part that is released, for it alone;
and taking that away with the release.
"""

from typing import Any

from sqlalchemy import delete, select, update

from encryption.keyring import HeldElsewhere
from models.base import db, untouched
from models.key_wraps import held_version, keyring
from models.office_pairs import directory
from models.party_keys import WHOLE, KeyWrap
from models.referrals import Referral
from models.releases import CaseRelease
from models.returns import Return
from models.states import Sets

# Of each kind of release with a record of its own: which one, the column that names it in a wrap,
# and the part that is told.
TOLD: dict[str, tuple[Any, str, str]] = {
    "referral": (Referral, "referral_id", WHOLE),
    "handover": (Return, "return_id", WHOLE),
    "transit": (Return, "return_id", "journey"),
}


class NoPair(Exception):
    """An office whose key lies elsewhere cannot be told: two officers did not enter its pairs, or
    those of the office that tells, into the directory.
    """


def share(release: CaseRelease, *, by_id: int | None) -> None:
    """Give the recipient of a release the key of what is released; a mission that refers what it
    was told itself, its own.

    Raises :class:`NoPair`, :class:`models.office_pairs.DirectoryBroken`, or
    :class:`encryption.keyring.HeldElsewhere` where the record is no office's of this machine.
    """
    if release.kind not in TOLD:
        return
    model, _column, part = TOLD[release.kind]
    record = _record(model, release.reference)
    for holder in _holders(record, release):
        _give(record, release, holder, part, by_id)
    db.session.flush()
    db.session.expire(record, ["party_wraps"])


def _record(model: Any, reference: str) -> Any:
    query = select(model).where(model.reference == reference)
    return db.session.execute(query).unique().scalar_one()


def _holders(record: Any, release: CaseRelease) -> set[int]:
    """Whom the release gives a key: whoever is told, and whoever tells where the case is another
    office's.
    """
    told = {release.recipient_id}
    if isinstance(record, Referral) and record.office_id != record.holding_office_id():
        told.add(record.office_id)
    return told - {record.holding_office_id()}


def _give(record: Any, release: CaseRelease, holder: int, part: str, by_id: int | None) -> None:
    if part:
        _set_apart(record, part)
    key = record.part_key(part) if part else record.unwrapped()
    wrap = KeyWrap(
        case_id=record.case_id,
        part=part,
        holder_id=holder,
        release_id=release.id,
        release=release,
        by_id=by_id,
        at=release.given_at,
    )
    setattr(wrap, TOLD[release.kind][1], record.id)
    _seal_or_wrap(record.holding_office_id(), wrap, key)
    db.session.add(wrap)


def _seal_or_wrap(sender_id: int, wrap: KeyWrap, key: bytes) -> None:
    """To the holder's public key where the directory has both offices; else under its wrapping key,
    where that is here.
    """
    known = directory()
    sender = known.newest(sender_id)
    holder = known.newest(wrap.holder_id)
    if sender is not None and holder is not None and keyring().takes(sender.office_id):
        wrap.seal(key, sender, holder)
    elif keyring().takes(wrap.holder_id):
        wrap.wrap(key, held_version(wrap.holder_id))
    else:
        raise NoPair(wrap.holder_id)


def _set_apart(record: Any, part: str) -> None:
    """What a version before sealed with the rest: a plain update, no change of the record."""
    document = getattr(type(record), part)
    if content := document.moved_apart(record):
        db.session.flush()
        table = type(record).__table__
        stood = getattr(record, document.column)
        same = (table.c.id == record.id) & (table.c[document.column] == stood)
        values = {document.column: content, **untouched(table)}
        db.session.execute(update(table).where(same).values(values))
        db.session.expire(record, [document.column])


def end(release: CaseRelease) -> None:
    """What was told by a release is told no longer, in the same transaction."""
    if release.kind in TOLD:
        model = TOLD[release.kind][0]
        db.session.execute(delete(KeyWrap).where(KeyWrap.release_id == release.id))
        for record in db.session.identity_map.values():
            if isinstance(record, model) and record.reference == release.reference:
                db.session.expire(record, ["party_wraps"])


def end_of_teller(case_id: int, office_id: int | None) -> None:
    """An office that referred what it was told itself is told no longer: its own keys of these
    referrals go, those of whom it told stay.
    """
    mine = (KeyWrap.case_id == case_id, KeyWrap.holder_id == office_id)
    db.session.execute(delete(KeyWrap).where(*mine, KeyWrap.referral_id.is_not(None)))
    for record in db.session.identity_map.values():
        if isinstance(record, Referral) and record.case_id == case_id:
            db.session.expire(record, ["party_wraps"])


def take(record: Any, office_id: int | None) -> None:
    """What came in bundles to an office, under its own key from now on.

    Raises :class:`models.party_keys.BundleRefused`.
    """
    for wrap in record.party_wraps:
        if wrap.holder_id == office_id and wrap.is_bundle:
            wrap.take()


_is_told: dict[str, Any] = {
    "referral": Referral.state.in_(Sets.REFERRAL_LIVE),
    "handover": Return.handover.in_(Sets.HANDOVER_SHARED),
    "transit": Return.state.in_(Sets.RETURN_UNDER_WAY),
}


def not_given(limit: int) -> list[tuple[str, str]]:
    """Kind and reference of what was told by a version before, whose recipient has no wrap yet."""
    found: list[tuple[str, str]] = []
    for kind, model, told in (
        ("referral", Referral, Referral.partner_id),
        ("handover", Return, Return.receiving_id),
        ("transit", Return, Return.transit_id),
    ):
        column = getattr(KeyWrap, TOLD[kind][1])
        has_one = select(KeyWrap.id).where(column == model.id, KeyWrap.holder_id == told)
        query = select(model.reference).where(
            model.own_key.is_not(None), told.is_not(None), _is_told[kind], ~has_one.exists()
        )
        references = db.session.execute(query.order_by(model.id).limit(limit)).scalars()
        found += [(kind, reference) for reference in references]
    return found


def give_again(release: CaseRelease) -> bool:
    """Give what a version before told without a wrap; whether it could be done here."""
    try:
        share(release, by_id=release.given_by_id)
    except (HeldElsewhere, NoPair):
        return False
    return True
