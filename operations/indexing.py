"""Each case in the index of the office that holds it, under that office's newest index key.

What stands elsewhere is moved in small steps, and may be read where it stands until then: from the
common index of a version before, from an index whose key is rotated, from that of another office
where a process of the version before transferred a case. An index that nothing needs any more is
dropped as a whole.
"""

import time
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from encryption.cipher import Unreadable
from encryption.keyring import HeldElsewhere
from encryption.providers import KeyTrouble
from models import enrolling
from models.base import db, now
from models.cases import Case
from models.index_keys import FIRST, IndexKey, bound_to, standing
from models.index_rows import BlindToken, NameCard, NameRow
from models.key_wraps import SystemKey, held_version, keyring
from models.people import Organisation
from models.states import KeyState

BATCH = 50
PATIENCE = 60.0  # seconds that the periodic task takes at most
# As long a process of the version before may run beside, which asks and writes the common index.
BESIDE = timedelta(days=1)


def give_each_office_its_key() -> None:
    """An index key for every office of ours that has none and whose keys are here. Commits."""
    with_key = select(IndexKey.office_id)
    query = select(Organisation.id).where(
        Organisation.kind != "partner", Organisation.id.not_in(with_key)
    )
    found = db.session.execute(query.order_by(Organisation.id)).scalars()
    lacking = [office for office in found if keyring().takes(office)]
    if lacking:
        common = select(Case.office_id).join(NameCard, NameCard.case_id == Case.id)
        common = common.where(NameCard.index_number.is_(None), Case.office_id.in_(lacking))
        there = set(db.session.execute(common.distinct()).scalars())
        _add({office: now() + BESIDE if office in there else None for office in lacking})


def begin() -> None:
    """A new index key for every office whose keys are here, beside the one in use. Commits."""
    query = select(IndexKey.office_id, func.max(IndexKey.beside_until)).group_by(IndexKey.office_id)
    _add({office: until for office, until in db.session.execute(query) if keyring().takes(office)})


def _add(offices: dict[int, Any]) -> None:
    last = db.session.execute(select(func.max(IndexKey.id))).scalar() or FIRST - 1
    for number, (office, until) in enumerate(offices.items(), last + 1):
        _key, wrapped = keyring().new(bound_to(number), held_version(office))
        db.session.add(
            IndexKey(
                id=number,
                office_id=office,
                master_version=wrapped.master_version,
                content=wrapped.content,
                beside_until=until,
            )
        )
    try:
        db.session.commit()
    except IntegrityError:  # another process was first
        db.session.rollback()


def unfinished() -> bool:
    """Whether an office has two indexes: a rotation was begun."""
    query = select(IndexKey.office_id).group_by(IndexKey.office_id).having(func.count() > 1)
    return db.session.execute(query.limit(1)).first() is not None


def batch(stuck: set[int]) -> list[int]:
    """Move the next cases; gives which. Commits.

    Whoever changes one of them waits meanwhile. ``stuck`` takes those that do not open.
    """
    newest = _newest()
    here = [office for office in newest if keyring().takes(office)]
    query = (
        select(NameCard.case_id, Organisation.country)
        .join(Case, Case.id == NameCard.case_id)
        .join(Organisation, Organisation.id == Case.office_id)
        .where(_waits(newest), Case.office_id.in_(here), NameCard.case_id.not_in(stuck))
        .order_by(NameCard.case_id)
        .limit(BATCH)
        .with_for_update(of=NameCard, skip_locked=True)
    )
    rows = db.session.execute(query).all()
    for case_id, country in rows:
        _move(case_id, country, stuck)
    db.session.commit()
    db.session.expunge_all()
    return [case_id for case_id, _country in rows]


def _move(case_id: int, country: str, stuck: set[int]) -> None:
    try:
        with db.session.begin_nested():
            enrolling.move(case_id, country, whole=True)
    except (Unreadable, KeyTrouble, HeldElsewhere):
        stuck.add(case_id)


def _newest() -> dict[int, int]:
    newest = func.max(IndexKey.id).label("number")
    query = select(IndexKey.office_id, newest).group_by(IndexKey.office_id)
    return {row.office_id: row.number for row in db.session.execute(query)}


def _waits(newest: dict[int, int]) -> ColumnElement[bool]:
    """Stands in the common index alone, in one that is being retired, or in one of which an older
    copy of the database tells.
    """
    return or_(NameCard.index_number.is_(None), NameCard.index_number.not_in(list(newest.values())))


def catch_up() -> int:
    """Periodic: move what waits, drop what nothing needs; gives how many were moved."""
    give_each_office_its_key()
    until = time.monotonic() + PATIENCE
    done, stuck = 0, set[int]()
    while time.monotonic() < until:
        moved = batch(stuck)
        done += len(moved)
        if not moved:
            retire()
            break
    db.session.rollback()
    return done


def retire(*, at_once: bool = False) -> None:
    """Drop indexes in which nothing stands alone any more. Commits.

    ``at_once``: no process of the version before runs any more.
    """
    if _beside(at_once=at_once):
        _see_what_others_wrote()
    newest = _newest()
    for number in db.session.execute(select(IndexKey.id)).scalars().all():
        if number not in newest.values():
            _retire_one(number)
    _retire_common()


def _beside(*, at_once: bool) -> bool:
    """Whether the time has just ended in which the common index was written too."""
    query = select(IndexKey.id).where(IndexKey.beside_until.is_not(None))
    if not at_once:
        query = query.where(IndexKey.beside_until <= now())
    return db.session.execute(query.limit(1)).first() is not None


def _see_what_others_wrote() -> None:
    """Cases that a process of the version before changed or transferred, into the right index."""
    numbers = {each.number: each.office_id for each in standing().offices}
    newest = _newest()
    last = 0
    while True:
        query = select(NameCard.case_id, Case.office_id, NameCard, Organisation.country)
        query = query.join(Case, Case.id == NameCard.case_id)
        query = query.join(Organisation, Organisation.id == Case.office_id)
        query = query.where(NameCard.case_id > last).order_by(NameCard.case_id).limit(500)
        rows = db.session.execute(query).all()
        for case_id, office, card, country in rows:
            last = case_id
            right = card.index_number == newest.get(office)
            fits = card.enrolled == enrolling.mark(card.content)
            if office in numbers.values() and not (right and fits):
                enrolling.move(case_id, country)
        db.session.commit()
        db.session.expunge_all()
        if not rows:
            break
    mine = IndexKey.id.in_(list(numbers))
    db.session.execute(update(IndexKey).where(mine).values(beside_until=None))
    db.session.commit()


def _retire_one(number: int) -> None:
    """An office's index before the newest.

    Its key is locked first: whoever is about to write there holds it, or finds the newer one.
    """
    mine = IndexKey.id == number
    db.session.execute(select(IndexKey.id).where(mine).with_for_update()).all()
    stands = select(NameCard.case_id).where(NameCard.index_number == number).limit(1)
    if db.session.execute(stands).first() is None:
        _drop(NameRow.generation == number)
        db.session.execute(delete(BlindToken).where(BlindToken.generation == number))
        db.session.execute(delete(IndexKey).where(mine))
    db.session.commit()


def _retire_common() -> None:
    """The common index, once each office has its own and each case stands there."""
    with_key = select(IndexKey.office_id)
    lacking = select(Organisation.id).where(
        Organisation.kind != "partner", Organisation.id.not_in(with_key)
    )
    alone = select(NameCard.case_id).where(NameCard.index_number.is_(None))
    beside = select(IndexKey.id).where(IndexKey.beside_until.is_not(None))
    if any(db.session.execute(each.limit(1)).first() for each in (lacking, alone, beside)):
        return
    numbers = [each.number for each in standing().common]
    if _drop(NameRow.generation.in_(numbers)):
        db.session.execute(delete(BlindToken).where(BlindToken.generation.in_(numbers)))
    # One that a version before was filling when it was stopped.
    begun = SystemKey.name.like("index/%"), SystemKey.state == KeyState.NEXT
    db.session.execute(delete(SystemKey).where(*begun))
    db.session.commit()


def forget_strangers() -> None:
    """Rows of indexes whose keys are gone: an older copy of the database brought them. Commits."""
    there = standing()
    known = [*(each.number for each in there.all), *there.kept_apart]
    _drop(NameRow.generation.not_in(known))


def _drop(rows: ColumnElement[bool]) -> int:
    """Delete rows of the index, some at a time; gives how many. Commits."""
    done = 0
    while labels := _labels(rows):
        db.session.execute(delete(NameRow).where(NameRow.label.in_(labels)))
        db.session.commit()
        done += len(labels)
    return done


def _labels(rows: ColumnElement[bool]) -> list[bytes]:
    return list(db.session.execute(select(NameRow.label).where(rows).limit(2000)).scalars())
