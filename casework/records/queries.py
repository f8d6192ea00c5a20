"""Reading records."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from casework.core import queries as cases
from casework.records.kind import Kind
from casework.records.kinds import KINDS, code_of, codes, of_section
from models.base import db
from models.cases import Case, Task
from models.records import Record, kind_token
from models.sealed import Version
from web.errors import NotFound


def record(actor: Actor, number: str, key: str, **_: Any) -> Case:
    """The case of a record, loaded through the case; a record of another case does not exist."""
    case = cases.case(actor, number)
    query = select(Record.id).where(Record.key == key, Record.case_id == case.id)
    if db.session.execute(query).scalar() is None:
        raise NotFound
    return case


def record_of(case: Case, key: str, compartment: str) -> Record:
    """A record of a case; in another compartment than the one asked for, it does not exist."""
    query = select(Record).where(
        Record.key == key, Record.case_id == case.id, Record.compartment == compartment
    )
    record = db.session.execute(query).unique().scalar_one_or_none()
    if record is None or not code_of(record):
        raise NotFound
    return record


def kind_of(code: str, compartment: str) -> Kind:
    """A kind of a compartment."""
    kind = KINDS.get(code)
    if kind is None or kind.compartment != compartment:
        raise NotFound
    return kind


def of_case(case: Case, section: str, *, removed: bool = False) -> dict[str, list[Record]]:
    """All records of a section by kind, newest first; each stays sealed until it is read."""
    kinds = of_section(section)
    state = Record.removed.is_(removed)
    tokens = {kind_token(case.id, kind.code): kind.code for kind in kinds}
    query = (
        select(Record)
        .where(Record.case_id == case.id, Record.kind_token.in_(tokens), state)
        .order_by(Record.id.desc())
    )
    by_kind: dict[str, list[Record]] = {kind.code: [] for kind in kinds}
    for row in db.session.execute(query).unique().scalars():
        by_kind[tokens[row.kind_token]].append(row)
    return by_kind


def in_full(case: Case, kinds: Iterable[str]) -> list[Record]:
    """Every record of some kinds that was not removed, in the order they were written."""
    tokens = [kind_token(case.id, code) for code in kinds]
    query = select(Record).where(
        Record.case_id == case.id,
        Record.kind_token.in_(tokens),
        Record.removed.is_(False),
    )
    return list(db.session.execute(query.order_by(Record.id)).unique().scalars())


def by_key(case: Case, keys: Iterable[str]) -> dict[str, Record]:
    """Records of a case by their public keys, removed ones too."""
    wanted = set(keys)
    if not wanted:
        return {}
    query = select(Record).where(Record.case_id == case.id, Record.key.in_(wanted))
    return {row.key: row for row in db.session.execute(query).unique().scalars()}


def written_on(case: Case, keys: Iterable[str]) -> set[str]:
    """Which records of a case were changed after they were written."""
    wanted = set(keys)
    if not wanted:
        return set()
    query = select(Version.subject).where(Version.case_id == case.id, Version.subject.in_(wanted))
    return set(db.session.execute(query.distinct()).scalars())


def versions(case: Case, compartment: str, subject: str = "") -> list[Version]:
    """What stood before each change of a section (no subject) or of a record, newest first; each
    stays sealed until it is read.
    """
    query = select(Version).where(
        Version.case_id == case.id, Version.compartment == compartment, Version.subject == subject
    )
    return list(db.session.execute(query.order_by(Version.id.desc())).scalars())


def counts(actor: Actor, case: Case) -> dict[str, int]:
    """How many records stand in each section that the actor may read."""
    mine = [
        name
        for name in {kind.compartment for kind in KINDS.values()}
        if allows(actor, Permission(f"{name}.read"), case)
    ]
    query = select(Record.kind_token, func.count()).where(
        Record.case_id == case.id, Record.compartment.in_(mine), Record.removed.is_(False)
    )
    kinds = codes(case.id)
    by_section = Counter[str]()
    for token, count in db.session.execute(query.group_by(Record.kind_token)).all():
        if token in kinds:
            by_section[KINDS[kinds[token]].section] += count
    return by_section


def labels_of(tasks: Iterable[Task]) -> dict[int, Any]:
    """What the deadlines of records are called, for those whose tasks they are: task → label.

    One query; nothing is opened.
    """
    by_key = {task.record_key: task for task in tasks if task.record_key}
    rows = (
        db.session.execute(select(Record).where(Record.key.in_(by_key))).unique().scalars()
        if by_key
        else ()
    )
    return {by_key[row.key].id: KINDS[code].label for row in rows if (code := code_of(row))}
