"""Rotation of keys while people work. Each step commits in small batches and can be killed: the next run goes on where it stood.

- :func:`rotate_master`  a new master key and wrapping key; every case key is wrapped anew, contents stay
- :func:`rotate_cases`   new case keys; contents are sealed anew. The key before stays beside until nothing needs it
- :func:`rotate_index`   a new index key; a second index grows beside the first and takes its place
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from encryption import cipher
from models import index
from models.base import db, now
from models.cases import BlindToken, Case, Event, NameCard, NameRow
from models.files import Attachment
from models.records import Member, Record
from models.referrals import IncomingReferral, Referral
from models.returns import Return
from models.sealed import (
    CaseDocument,
    CaseKey,
    SystemKey,
    Version,
    bound_name,
    keyring,
    load_wraps,
    new_case_key,
    open_with,
    seal_with,
    unwrapped,
)
from models.shelter import Placement
from models.states import KeyState

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
        row.content, row.master_version = wrapped.content, wrapped.master_version
    db.session.commit()


def _new_wrap() -> None:
    name = f"wrap/{max(_wrap_versions()) + 1}"
    wrapped = keyring().new_by_provider(name)
    db.session.add(
        SystemKey(name=name, master_version=wrapped.master_version, content=wrapped.content)
    )
    db.session.commit()


def _rewrap_batch(newest: int) -> int:
    """Wrap up to :data:`BATCH` keys anew; gives how many. A row that changed meanwhile is left for the next round."""
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
    for number, content in rows:
        context = f"{bound_name(model)}/{number}"
        wrapped = keyring().wrap(unwrapped(content, context), context, newest)
        same = (table.c.id == number) & (table.c.own_key == content)
        db.session.execute(
            update(table).where(same).values(own_key=wrapped.content, own_key_version=newest)
        )
    return len(rows)


def _retire(newest: int) -> None:
    """Delete older wrapping keys. Their rows are locked first: whoever is about to wrap with one holds it, or finds it gone and takes the new one."""
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
    while True:
        mark = db.session.get_one(SystemKey, "rotation/cases")
        query = (
            select(CaseKey.case_id)
            .where(CaseKey.case_id > mark.position)
            .distinct()
            .order_by(CaseKey.case_id)
            .limit(50)
        )
        numbers = list(db.session.execute(query).scalars())
        if not numbers:
            break
        for number in numbers:
            _renew(number)
        db.session.execute(
            update(SystemKey).where(SystemKey.name == mark.name).values(position=numbers[-1])
        )
        db.session.commit()
        db.session.expunge_all()
        say(f"cases up to {numbers[-1]} have new keys")
    db.session.execute(delete(SystemKey).where(SystemKey.name == "rotation/cases"))
    db.session.commit()
    say(
        "All cases have new keys. The keys before are destroyed within two hours, when nothing can need them."
    )


def _renew(case_id: int) -> None:
    keys = list(
        db.session.execute(
            select(CaseKey).where(CaseKey.case_id == case_id).with_for_update()
        ).scalars()
    )
    for key in keys:
        if key.previous:
            _reseal(key)
        fresh = new_case_key(case_id, key.compartment)
        key.previous, key.content, key.master_version = (
            key.content,
            fresh.content,
            fresh.master_version,
        )
        key.number, key.rotated_at = key.number + 1, now()
    db.session.flush()
    for key in keys:
        _reseal(key)


def _reseal(key: CaseKey) -> None:
    """Seal anew, under the newest key, what still stands under the one before. What changed meanwhile is left as it is: its key is kept."""
    for table, column, place, where in _sealed_under(key):
        for number, content in db.session.execute(
            select(table.c[_ID[table.name]], column).where(where, column.is_not(None))
        ).all():
            if cipher.key_version(content) != key.number:
                spot = place.format(number)
                sealed = seal_with(key, open_with(key, content, spot), spot)
                db.session.execute(
                    update(table)
                    .where(where, table.c[_ID[table.name]] == number, column == content)
                    .values({column.name: sealed})
                )


_ID = {
    "case_documents": "case_id",
    "name_cards": "case_id",
    "events": "id",
    "attachments": "id",
    "records": "key",
    "versions": "key",
    "members": "key",
    "placements": "key",
}


def _sealed_under(key: CaseKey) -> list[tuple[Any, Any, str, Any]]:
    """Every column that one key seals: table, column, place it is bound to, rows."""
    documents, cards, events, files = (
        model.__table__.c for model in (CaseDocument, NameCard, Event, Attachment)
    )
    if key.compartment == "index":
        return [(NameCard.__table__, cards.content, "name_cards/{}", cards.case_id == key.case_id)]
    mine = (documents.case_id == key.case_id) & (documents.compartment == key.compartment)
    of_event = (events.case_id == key.case_id) & (events.compartment == key.compartment)
    of_file = (files.case_id == key.case_id) & (files.compartment == key.compartment)
    records, versions, members, placements = (
        model.__table__.c for model in (Record, Version, Member, Placement)
    )
    of_record = (records.case_id == key.case_id) & (records.compartment == key.compartment)
    of_version = (versions.case_id == key.case_id) & (versions.compartment == key.compartment)
    children: list[tuple[Any, Any, str, Any]] = [
        (Record.__table__, records.content_sealed, "records/{}", of_record),
        (Version.__table__, versions.before_sealed, "versions/{}", of_version),
    ]
    if key.compartment == Member.compartment:
        children.append(
            (
                Member.__table__,
                members.relation_sealed,
                "members/{}",
                members.case_id == key.case_id,
            )
        )
    if key.compartment == Placement.compartment:
        children.append(
            (
                Placement.__table__,
                placements.told_sealed,
                "placements/{}",
                placements.case_id == key.case_id,
            )
        )
    return [
        *children,
        (CaseDocument.__table__, documents.content, f"case_documents/{{}}/{key.compartment}", mine),
        (Event.__table__, events.note_sealed, "Event/{}/note_sealed", of_event),
        (Attachment.__table__, files.name_sealed, "Attachment/{}/name_sealed", of_file),
        (Attachment.__table__, files.tags_sealed, "Attachment/{}/tags_sealed", of_file),
        (Attachment.__table__, files.key_sealed, "Attachment/{}/key_sealed", of_file),
    ]


def settle(limit: int = 2000) -> int:
    """Periodic: destroy keys before the newest once nothing can be sealed with them any more. Gives how many."""
    query = (
        select(CaseKey)
        .where(CaseKey.previous.is_not(None), CaseKey.rotated_at < now() - SETTLE)
        .limit(limit)
    )
    found = list(db.session.execute(query.with_for_update(skip_locked=True)).scalars())
    for key in found:
        _reseal(key)
        key.previous = None
    db.session.commit()
    return len(found)


def rotate_index(say: Say) -> None:
    """A new index key: every case is put into a second index, which then takes the place of the first."""
    current, building = index.generations()
    if building is None:
        wrapped = keyring().new_by_provider(f"index/{current.number + 1}")
        row = SystemKey(
            name=f"index/{current.number + 1}",
            master_version=wrapped.master_version,
            content=wrapped.content,
            state=KeyState.NEXT,
        )
        db.session.add(row)
        db.session.commit()
        building = index.generations()[1]
    assert building is not None
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


def _index_batch(name: str, building: index.Generation) -> int:
    """Put the next cases into the new index; gives the last one's id, 0 at the end. Registration waits while a batch is written."""
    mark = db.session.execute(
        select(SystemKey).where(SystemKey.name == name).with_for_update()
    ).scalar_one()
    query = (
        select(NameCard.case_id)
        .where(NameCard.case_id > mark.position)
        .order_by(NameCard.case_id)
        .limit(100)
    )
    numbers = list(db.session.execute(query).scalars())
    cases = {
        case.id: case
        for case in db.session.execute(select(Case).where(Case.id.in_(numbers))).scalars()
    }
    for number in numbers:
        index.enrol_again(number, building, _identity(number), cases[number].office.country)
    mark.position = numbers[-1] if numbers else mark.position
    db.session.commit()
    db.session.expunge_all()
    return numbers[-1] if numbers else 0


def _identity(case_id: int) -> dict[str, Any]:
    document, key = (
        db.session.get(CaseDocument, (case_id, "identity")),
        db.session.get(CaseKey, (case_id, "identity")),
    )
    if document is None or key is None:
        return {}
    found: dict[str, Any] = json.loads(
        open_with(key, document.content, f"case_documents/{case_id}/identity")
    )
    return found


def _drop_index(number: int) -> None:
    while True:
        labels = list(
            db.session.execute(
                select(NameRow.label).where(NameRow.generation == number).limit(2000)
            ).scalars()
        )
        db.session.execute(delete(NameRow).where(NameRow.label.in_(labels)))
        db.session.commit()
        if not labels:
            break
    db.session.execute(delete(BlindToken).where(BlindToken.generation == number))
    db.session.commit()


def unfinished() -> list[str]:
    """Rotations that were begun and not finished, in words."""
    found = ["the master key"] if len(_wrap_versions()) > 1 else []
    waiting = db.session.execute(
        select(SystemKey.name).where(SystemKey.state == KeyState.NEXT)
    ).scalars()
    return found + list(waiting)
