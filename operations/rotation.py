"""Rotation of keys while people work.

Each step commits in small batches and can be killed: the next run goes on where it stood.

- :func:`rotate_master`  a new master key and wrapping key; every case key is wrapped anew, contents
  stay
- :func:`rotate_cases`   new case keys; contents are sealed anew. The key before stays beside until
  nothing needs it
- :func:`rotate_index`   a new index key; a second index grows beside the first and takes its place
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from models import index
from models.base import db, now
from models.cases import BlindToken, Case, NameCard, NameRow
from models.referrals import IncomingReferral, Referral
from models.returns import Return
from models.sealed import (
    CaseDocument,
    CaseKey,
    SystemKey,
    keyring,
    load_wraps,
    new_case_key,
    open_with,
    unwrapped,
)
from models.sealed_records import bound_name
from models.states import KeyState
from operations.resealing import reseal

BATCH = 300
_WITH_OWN_KEY = (Referral, Return, IncomingReferral)
SETTLE = timedelta(hours=1)
Say = Callable[[str], Any]


def rotate_master(say: Say, *, forget_old: bool = False) -> None:
    """A new version of the master key and a new wrapping key; all case keys wrapped anew."""
    if len(_wrap_versions()) == 1:
        say(keyring().provider.rotate())
        _rewrap_system_keys()
        _new_wrap()
    else:
        say("An earlier rotation was not finished; going on.")
    newest = max(_wrap_versions())
    load_wraps()
    done = 0
    while moved := _rewrap_batch(newest):
        done += moved
        say(f"{done} keys wrapped anew")
    _retire(newest)
    if forget_old:
        say(keyring().provider.forget_old())
    say(f"{done} keys in all; wrap/{newest} stands alone.")


def _wrap_versions() -> list[int]:
    names = db.session.execute(
        select(SystemKey.name).where(SystemKey.name.like("wrap/%"))
    ).scalars()
    return [int(name.removeprefix("wrap/")) for name in names]


def _rewrap_system_keys() -> None:
    for row in db.session.execute(
        select(SystemKey).where(SystemKey.content != b"").with_for_update()
    ).scalars():
        wrapped = keyring().rewrap_by_provider(row.content, row.name)
        row.content = wrapped.content
        row.master_version = wrapped.master_version
    db.session.commit()


def _new_wrap() -> None:
    name = f"wrap/{max(_wrap_versions()) + 1}"
    wrapped = keyring().new_by_provider(name)
    db.session.add(
        SystemKey(name=name, master_version=wrapped.master_version, content=wrapped.content)
    )
    db.session.commit()


def _rewrap_batch(newest: int) -> int:
    """Wrap up to :data:`BATCH` keys anew; gives how many.

    A row that changed meanwhile is left for the next round.
    """
    moved = 0
    query = (
        select(CaseKey)
        .where(CaseKey.master_version < newest)
        .order_by(CaseKey.case_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    for key in db.session.execute(query).scalars():
        context = f"case_keys/{key.case_id}/{key.compartment}"
        key.content = keyring().wrap(unwrapped(key.content, context), context, newest).content
        if key.previous:
            key.previous = keyring().wrap(unwrapped(key.previous, context), context, newest).content
        key.master_version = newest
        moved += 1
    for model in _WITH_OWN_KEY:
        moved += _rewrap_own(model, newest)
    db.session.commit()
    db.session.expunge_all()
    return moved


def _rewrap_own(model: Any, newest: int) -> int:
    # Plain updates: wrapping a key anew is no change of the record, its revision stays.
    table = model.__table__
    query = (
        select(table.c.id, table.c.own_key)
        .where(table.c.own_key.is_not(None), table.c.own_key_version < newest)
        .limit(BATCH)
    )
    rows = db.session.execute(query).all()
    for row_id, content in rows:
        context = f"{bound_name(model)}/{row_id}"
        wrapped = keyring().wrap(unwrapped(content, context), context, newest)
        same = (table.c.id == row_id) & (table.c.own_key == content)
        db.session.execute(
            update(table).where(same).values(own_key=wrapped.content, own_key_version=newest)
        )
    return len(rows)


def _retire(newest: int) -> None:
    """Delete older wrapping keys.

    Their rows are locked first: whoever is about to wrap with one holds it, or finds it gone and
    takes the new one.
    """
    old = [f"wrap/{version}" for version in _wrap_versions() if version < newest]
    db.session.execute(
        select(SystemKey.name).where(SystemKey.name.in_(old)).with_for_update()
    ).all()
    while _needs(newest):
        db.session.commit()
        _rewrap_batch(newest)
        db.session.execute(
            select(SystemKey.name).where(SystemKey.name.in_(old)).with_for_update()
        ).all()
    db.session.execute(delete(SystemKey).where(SystemKey.name.in_(old)))
    db.session.commit()
    load_wraps()
    db.session.rollback()


def _needs(newest: int) -> bool:
    tables: list[tuple[Any, Any]] = [(CaseKey.case_id, CaseKey.master_version < newest)]
    tables += [
        (model.id, model.own_key.is_not(None) & (model.own_key_version < newest))
        for model in _WITH_OWN_KEY
    ]
    return any(
        db.session.execute(select(column).where(older).limit(1)).first() for column, older in tables
    )


def rotate_cases(say: Say) -> None:
    """A new key for every compartment of every case, and everything under it sealed anew."""
    mark = db.session.get(SystemKey, "rotation/cases")
    if mark is None:
        mark = SystemKey(name="rotation/cases", master_version=0, content=b"", state=KeyState.NEXT)
        db.session.add(mark)
        db.session.commit()
    while last := _renew_some():
        say(f"cases up to {last} have new keys")
    db.session.execute(delete(SystemKey).where(SystemKey.name == "rotation/cases"))
    db.session.commit()
    say(
        "All cases have new keys. The keys before are destroyed within two hours, "
        "when nothing can need them."
    )


def _renew_some() -> int:
    """New keys for the next cases; gives the id of the last, 0 at the end."""
    mark = db.session.get_one(SystemKey, "rotation/cases")
    query = (
        select(CaseKey.case_id)
        .where(CaseKey.case_id > mark.position)
        .distinct()
        .order_by(CaseKey.case_id)
        .limit(50)
    )
    case_ids = list(db.session.execute(query).scalars())
    if not case_ids:
        return 0
    for case_id in case_ids:
        _renew(case_id)
    same = SystemKey.name == mark.name
    db.session.execute(update(SystemKey).where(same).values(position=case_ids[-1]))
    db.session.commit()
    db.session.expunge_all()
    return case_ids[-1]


def _renew(case_id: int) -> None:
    query = select(CaseKey).where(CaseKey.case_id == case_id).with_for_update()
    keys = list(db.session.execute(query).scalars())
    for key in keys:
        if key.previous:
            reseal(key)
        fresh = new_case_key(case_id, key.compartment)
        key.previous = key.content
        key.content = fresh.content
        key.master_version = fresh.master_version
        key.number += 1
        key.rotated_at = now()
    db.session.flush()
    for key in keys:
        reseal(key)


def settle(limit: int = 2000) -> int:
    """Periodic: destroy keys before the newest once nothing can be sealed with them any more.

    Gives how many.
    """
    query = (
        select(CaseKey)
        .where(CaseKey.previous.is_not(None), CaseKey.rotated_at < now() - SETTLE)
        .limit(limit)
    )
    keys = list(db.session.execute(query.with_for_update(skip_locked=True)).scalars())
    for key in keys:
        reseal(key)
        key.previous = None
    db.session.commit()
    return len(keys)


def rotate_index(say: Say) -> None:
    """A new index key: every case is put into a second index, which then takes the place of the
    first.
    """
    current, building = index.generations()
    if building is None:
        building = _begin_index(current.number + 1)
    name = f"index/{building.number}"
    while position := _index_batch(name, building):
        say(f"cases up to {position} are in the new index")
    db.session.execute(
        delete(SystemKey).where(SystemKey.name.like("index/%"), SystemKey.state == KeyState.CURRENT)
    )
    db.session.execute(
        update(SystemKey).where(SystemKey.name == name).values(state=KeyState.CURRENT, position=0)
    )
    db.session.commit()
    _drop_index(current.number)
    say(f"{name} is in use; the rows of the old one are gone.")


def _begin_index(number: int) -> index.Generation:
    """The key of a second index, and that index, still empty."""
    name = f"index/{number}"
    wrapped = keyring().new_by_provider(name)
    key = SystemKey(
        name=name,
        master_version=wrapped.master_version,
        content=wrapped.content,
        state=KeyState.NEXT,
    )
    db.session.add(key)
    db.session.commit()
    building = index.generations()[1]
    assert building is not None
    return building


def _index_batch(name: str, building: index.Generation) -> int:
    """Put the next cases into the new index; gives the last one's id, 0 at the end.

    Registration waits while a batch is written.
    """
    mark = db.session.execute(
        select(SystemKey).where(SystemKey.name == name).with_for_update()
    ).scalar_one()
    query = (
        select(NameCard.case_id)
        .where(NameCard.case_id > mark.position)
        .order_by(NameCard.case_id)
        .limit(100)
    )
    case_ids = list(db.session.execute(query).scalars())
    cases = db.session.execute(select(Case).where(Case.id.in_(case_ids))).scalars()
    countries = {case.id: case.office.country for case in cases}
    for case_id in case_ids:
        index.enrol_again(case_id, building, _identity(case_id), countries[case_id])
    mark.position = case_ids[-1] if case_ids else mark.position
    db.session.commit()
    db.session.expunge_all()
    return case_ids[-1] if case_ids else 0


def _identity(case_id: int) -> dict[str, Any]:
    document = db.session.get(CaseDocument, (case_id, "identity"))
    key = db.session.get(CaseKey, (case_id, "identity"))
    if document is None or key is None:
        return {}
    content = open_with(key, document.content, f"case_documents/{case_id}/identity")
    identity: dict[str, Any] = json.loads(content)
    return identity


def _drop_index(number: int) -> None:
    while True:
        query = select(NameRow.label).where(NameRow.generation == number).limit(2000)
        labels = list(db.session.execute(query).scalars())
        db.session.execute(delete(NameRow).where(NameRow.label.in_(labels)))
        db.session.commit()
        if not labels:
            break
    db.session.execute(delete(BlindToken).where(BlindToken.generation == number))
    db.session.commit()


def unfinished() -> list[str]:
    """Rotations that were begun and not finished, in words."""
    master = ["the master key"] if len(_wrap_versions()) > 1 else []
    begun = select(SystemKey.name).where(SystemKey.state == KeyState.NEXT)
    return [*master, *db.session.execute(begun).scalars()]
