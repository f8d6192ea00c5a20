"""Rotation of keys while people work.

Each step commits in small batches and can be killed: the next run goes on where it stood.

- :func:`rotate_master`  a new master key, a new wrapping key for each office; every case key is
  wrapped anew, contents stay
- :func:`rotate_office`  the same of one office, the master key stays
- :func:`rotate_cases`   new case keys; contents are sealed anew. The key before stays beside until
  nothing needs it
- :func:`rotate_index`   new index keys; a second index of each office grows beside the first and
  takes its place
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from encryption.providers import KeyTrouble
from models.base import db, now
from models.cases import Case
from models.key_wraps import SystemKey, keyring, load_wraps
from models.sealed import CaseDocument, CaseKey, new_case_key
from models.states import KeyState
from operations import indexing, rewrapping, upgrading
from operations.resealing import reseal

SETTLE = timedelta(hours=1)
Say = Callable[[str], Any]


def rotate_master(say: Say, *, forget_old: bool = False) -> None:
    """A new version of the master key and a new wrapping key for each office; all keys wrapped
    anew.
    """
    _all_keys_are_here()
    if _begun():
        say("An earlier rotation was not finished; going on.")
    else:
        say(keyring().provider.rotate())
        _rewrap_system_keys()
        rewrapping.give_each_office_its_key()
        rewrapping.add_wraps([*rewrapping.versions()])
    _finish_rotation(say)
    if forget_old:
        say(keyring().provider.forget_old())


def rotate_office(say: Say, office_id: int) -> None:
    """A new wrapping key for one office, and what it holds wrapped anew.

    Raises :class:`encryption.providers.KeyTrouble` where its keys are kept elsewhere.
    """
    if not keyring().takes(office_id):
        raise KeyTrouble("The keys of this office are not on this machine.")
    if _begun():
        say("An earlier rotation was not finished; going on.")
    else:
        rewrapping.add_wraps([office_id])
    _finish_rotation(say)


def wrap_by_office(say: Say) -> None:
    """Every key under that of the office that holds it, and its cases in its own index: for an
    installation from before keys by office. Nothing else is rotated.
    """
    rewrapping.give_each_office_its_key()
    _wrap_anew(say, rewrapping.Rewrapping(rewrapping.newest()))
    while told := rewrapping.tell_parties():
        say(f"{told} keys given to the offices that were told")
    fill_indexes(say)


def says_under_cases() -> int:
    """At each start: what records say to rules, under the keys of their cases. Gives how many;
    commits lot by lot, so that after a kill the next start goes on.
    """
    done = 0
    while moved := upgrading.some_says():
        db.session.commit()
        db.session.expunge_all()
        done += moved
    return done


def _all_keys_are_here() -> None:
    if keyring().offices is not None:
        raise KeyTrouble(
            "This machine has the keys of some offices only (SAFECONDUCT_OFFICES). "
            "Rotate where all are, or one office that is here."
        )


def _begun() -> bool:
    """Whether an office has a wrapping key beside the newest: a rotation was begun."""
    return any(len(known) > 1 for known in rewrapping.versions().values())


def _finish_rotation(say: Say) -> None:
    load_wraps()
    work = rewrapping.Rewrapping(rewrapping.newest())
    done = _wrap_anew(say, work)
    _retire(work)
    alone = ", ".join(f"wrap/{version}" for version in sorted(work.newest.values()))
    say(f"{done} keys in all; {alone} stand alone.")


def _wrap_anew(say: Say, work: rewrapping.Rewrapping) -> int:
    done = 0
    while moved := work.batch():
        done += moved
        say(f"{done} keys wrapped anew")
    if work.stuck:
        say(f"{len(work.stuck)} rows outside cases were altered and do not open; they stay.")
    return done


def _rewrap_system_keys() -> None:
    for row in db.session.execute(
        select(SystemKey).where(SystemKey.content != b"").with_for_update()
    ).scalars():
        wrapped = keyring().rewrap_by_provider(row.content, row.name)
        row.content = wrapped.content
        row.master_version = wrapped.master_version
    db.session.commit()


def _retire(work: rewrapping.Rewrapping) -> None:
    """Delete older wrapping keys.

    Their rows are locked first: whoever is about to wrap with one holds it, or finds it gone and
    takes the new one.
    """
    old = [version for known in rewrapping.versions().values() for version in known[:-1]]
    names = [f"wrap/{version}" for version in old]
    locked = select(SystemKey.name).where(SystemKey.name.in_(names)).with_for_update()
    db.session.execute(locked).all()
    while work.needs(old):
        db.session.commit()
        if not work.batch():
            raise KeyTrouble("Keys of another machine are under an old wrapping key. Rotate there.")
        db.session.execute(locked).all()
    db.session.execute(delete(SystemKey).where(SystemKey.name.in_(names)))
    db.session.commit()
    load_wraps()
    db.session.rollback()


def rotate_cases(say: Say) -> None:
    """A new key for every compartment of every case, and everything under it sealed anew."""
    _all_keys_are_here()
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
        select(CaseKey.case_id, Case.office_id)
        .join(Case, Case.id == CaseKey.case_id)
        .where(CaseKey.case_id > mark.position)
        .distinct()
        .order_by(CaseKey.case_id)
        .limit(50)
    )
    case_ids = db.session.execute(query).all()
    if not case_ids:
        return 0
    for case_id, office_id in case_ids:
        _renew(case_id, office_id)
    last = case_ids[-1][0]
    same = SystemKey.name == mark.name
    db.session.execute(update(SystemKey).where(same).values(position=last))
    db.session.commit()
    db.session.expunge_all()
    return int(last)


def _renew(case_id: int, office_id: int) -> None:
    # Contents before keys, the order in which whoever writes takes them: neither waits for ever.
    contents = select(CaseDocument.case_id).where(CaseDocument.case_id == case_id)
    db.session.execute(contents.with_for_update()).all()
    query = select(CaseKey).where(CaseKey.case_id == case_id).with_for_update()
    keys = list(db.session.execute(query).scalars())
    for key in keys:
        if key.previous:
            reseal(key)
        fresh = new_case_key(case_id, key.compartment, office_id)
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
    """New index keys: every case is put into a second index of its office, which then takes the
    place of the first.
    """
    _all_keys_are_here()
    indexing.give_each_office_its_key()
    if not indexing.unfinished():
        indexing.begin()
    fill_indexes(say)
    indexing.retire(at_once=True)
    indexing.forget_strangers()
    say("The new indexes are in use; the rows of the old ones are gone.")


def fill_indexes(say: Say) -> None:
    """Every case into the newest index of its office."""
    stuck: set[int] = set()
    while moved := indexing.batch(stuck):
        say(f"cases up to {moved[-1]} are in the index of their office")
    if stuck:
        say(f"{len(stuck)} cases were altered and do not open; they stay where they are.")


def unfinished() -> list[str]:
    """Rotations that were begun and not finished, in words."""
    master = ["the master key"] if _begun() else []
    begun = select(SystemKey.name).where(SystemKey.state == KeyState.NEXT)
    names = ["the index of names"] if indexing.unfinished() else []
    return [*master, *names, *db.session.execute(begun).scalars()]
