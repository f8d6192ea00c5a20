"""Every key under the newest wrapping key of the office that holds it, and what an office keeps
outside cases sealed under that key; in small steps.

What is wrapped under another key: after a rotation the one before, in an installation from before
keys by office the installation's own, and now and then that of another office, where a process of
the version before wrote.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import LargeBinary, case, func, literal, select
from sqlalchemy.exc import IntegrityError

from casework.core import release
from encryption.cipher import Unreadable
from encryption.keyring import FIRST_WRAP, HeldElsewhere
from models import sharing
from models.base import db
from models.cases import Case
from models.holding import WITH_OWN_KEY, seal_anew, wrap_anew, wrap_own_anew
from models.index_keys import IndexKey, bound_to
from models.key_wraps import WRAPS, SystemKey, keyring, load_wraps, unwrapped, version_of
from models.office_pairs import DirectoryBroken
from models.party_keys import BUNDLE, BundleRefused, KeyWrap
from models.people import Organisation
from models.referrals import IncomingReferral
from models.sealed import CaseKey
from models.sealed_by_office import SEALED, OfficeColumn, key_column, office_of
from operations import indexing

BATCH = 300
HEAD = 3  # bytes before a nonce: the format, and two of the key's version
Newest = dict[int | None, int]


def versions() -> dict[int | None, list[int]]:
    """The versions of wrapping keys by office, the newest last; of none: the installation's own."""
    query = select(SystemKey.name, SystemKey.office_id).where(SystemKey.name.like(WRAPS))
    found: dict[int | None, list[int]] = {}
    for name, office in db.session.execute(query):
        found.setdefault(office, []).append(version_of(name))
    return {office: sorted(known) for office, known in found.items()}


def newest() -> Newest:
    """The newest version of each office."""
    return {office: known[-1] for office, known in versions().items()}


def add_wraps(offices: list[int | None]) -> None:
    """A new wrapping key for each of ``offices``, at once or not at all. Commits."""
    last = max((known[-1] for known in versions().values()), default=FIRST_WRAP - 1)
    for number, office in enumerate(offices, last + 1):
        name = f"wrap/{number}"
        made = keyring().new_by_provider(name)
        row = SystemKey(name=name, master_version=made.master_version, content=made.content)
        row.office_id = office
        db.session.add(row)
    try:
        db.session.commit()
    except IntegrityError:  # another process was first
        db.session.rollback()
    load_wraps()
    db.session.rollback()


def give_each_office_its_key() -> None:
    """A wrapping key for every organisation that has none and belongs here, and for those that hold
    cases one for their index. Commits.
    """
    with_key = select(SystemKey.office_id).where(SystemKey.office_id.is_not(None))
    query = select(Organisation.id).where(Organisation.id.not_in(with_key))
    lacking = [
        office
        for office in db.session.execute(query.order_by(Organisation.id)).scalars()
        if keyring().takes(office)
    ]
    if lacking:
        add_wraps([*lacking])
    indexing.give_each_office_its_key()


@dataclass
class Rewrapping:
    """Wraps and seals anew what does not lie under the newest key of its office."""

    newest: Newest
    stuck: set[tuple[OfficeColumn, Any]] = field(default_factory=set)  # rows that were altered

    def batch(self) -> int:
        """Up to :data:`BATCH` keys and :data:`BATCH` rows of each column; gives how many. Commits.

        What changed meanwhile is left for the next round.
        """
        moved = self._case_keys()
        moved += self._index_keys()
        moved += self._key_wraps()
        moved += sum(self._own_keys(model) for model in WITH_OWN_KEY)
        moved += sum(self._rows(sealed) for sealed in SEALED)
        db.session.commit()
        db.session.expunge_all()
        return moved

    def _case_keys(self) -> int:
        wrong = CaseKey.master_version != self._right(Case.office_id)
        query = select(CaseKey, Case.office_id).join(Case, Case.id == CaseKey.case_id)
        query = query.where(wrong, self._here(Case.office_id)).order_by(CaseKey.case_id)
        held = query.limit(BATCH).with_for_update(of=CaseKey, skip_locked=True)
        rows = db.session.execute(held).all()
        for key, office in rows:
            wrap_anew(key, self._of(office))
        return len(rows)

    def _index_keys(self) -> int:
        wrong = IndexKey.master_version != self._right(IndexKey.office_id)
        query = select(IndexKey).where(wrong, self._here(IndexKey.office_id)).limit(BATCH)
        held = query.with_for_update(skip_locked=True, key_share=True)
        rows = db.session.execute(held).scalars().all()
        for key in rows:
            version = self._of(key.office_id)
            opened = unwrapped(key.content, bound_to(key.id))
            key.content = keyring().wrap(opened, bound_to(key.id), version).content
            key.master_version = version
        return len(rows)

    def _key_wraps(self) -> int:
        """What other offices were told; bundles stay as they are until they are taken."""
        wrong = KeyWrap.master_version != self._right(KeyWrap.holder_id)
        query = select(KeyWrap).where(
            wrong, KeyWrap.master_version != BUNDLE, self._here(KeyWrap.holder_id)
        )
        held = query.limit(BATCH).with_for_update(of=KeyWrap, skip_locked=True)
        rows = db.session.execute(held).unique().scalars().all()
        for wrap in rows:
            wrap.wrap_anew(self._of(wrap.holder_id))
        return len(rows)

    def _own_keys(self, model: Any) -> int:
        columns = model.__table__.c
        office = Case.office_id if model is not IncomingReferral else columns.office_id
        query = select(columns.id, columns.own_key, office).where(
            columns.own_key.is_not(None), columns.own_key_version != self._right(office)
        )
        if model is not IncomingReferral:
            query = query.join(Case, Case.id == columns.case_id)
        rows = db.session.execute(query.where(self._here(office)).limit(BATCH)).all()
        for row_id, content, holder in rows:
            wrap_own_anew(model, row_id, content, self._of(holder))
        return len(rows)

    def _rows(self, sealed: OfficeColumn) -> int:
        """Rows of one column outside cases."""
        stuck = [row_id for of, row_id in self.stuck if of is sealed]
        query = lying_under(sealed, self.newest.values(), other=True)
        query = query.where(key_column(sealed.model).not_in(stuck)).limit(BATCH)
        moved = 0
        for row_id, content in db.session.execute(query).all():
            if (record := db.session.get(sealed.model, row_id)) is None:
                continue  # kept forms come and go
            try:
                seal_anew(sealed, record, content, self._of(office_of(record)))
                moved += 1
            except (Unreadable, HeldElsewhere):
                self.stuck.add((sealed, row_id))
        return moved

    def needs(self, old: list[int]) -> bool:
        """Whether anything lies under one of the ``old`` keys, but for what was altered."""
        queries = [
            select(CaseKey.case_id).where(CaseKey.master_version.in_(old)),
            select(IndexKey.id).where(IndexKey.master_version.in_(old)),
            select(KeyWrap.id).where(KeyWrap.master_version.in_(old)),
        ]
        queries += [
            select(model.id).where(model.own_key.is_not(None), model.own_key_version.in_(old))
            for model in WITH_OWN_KEY
        ]
        for sealed in SEALED:
            stuck = [row_id for of, row_id in self.stuck if of is sealed]
            queries.append(lying_under(sealed, old).where(key_column(sealed.model).not_in(stuck)))
        return any(db.session.execute(query.limit(1)).first() for query in queries)

    def _of(self, office: int | None) -> int:
        return self.newest.get(office, self.newest[None])

    def _right(self, office: Any) -> Any:
        """The same as SQL."""
        known = {holder: version for holder, version in self.newest.items() if holder is not None}
        return case(known, value=office, else_=self.newest[None]) if known else self.newest[None]

    def _here(self, office: Any) -> Any:
        """Only offices whose keys this process holds."""
        held = keyring().offices
        return literal(value=True) if held is None else office.in_(held)


def lying_under(sealed: OfficeColumn, known: Any, *, other: bool = False) -> Any:
    """Key and content of rows under one of the ``known`` versions; with ``other``, of all
    others.
    """
    table = sealed.model.__table__
    column = table.c[sealed.column]
    version = func.substr(column, 2, HEAD - 1, type_=LargeBinary)
    heads = [number.to_bytes(HEAD - 1, "big") for number in sorted(known)]
    rule = version.not_in(heads) if other else version.in_(heads)
    key = key_column(sealed.model)
    return select(key, column).where(column.is_not(None), rule).order_by(key)


def tell_parties(limit: int = BATCH) -> int:
    """What was told by a version before, for each office that was told under its own key; and what
    came in bundles to an office of this machine. Gives how many. Commits.
    """
    done = 0
    for kind, reference in sharing.not_given(limit) if keyring().offices is None else ():
        standing = release.of(kind, reference)
        done += standing is not None and sharing.give_again(standing)
    query = select(KeyWrap).where(KeyWrap.master_version == BUNDLE).order_by(KeyWrap.id)
    for wrap in db.session.execute(query.limit(limit)).unique().scalars().all():
        done += keyring().takes(wrap.holder_id) and _taken(wrap)
    db.session.commit()
    return done


def _taken(wrap: KeyWrap) -> bool:
    """Whether a bundle was what its sender signed; else it stays, and whoever opens it hears so."""
    try:
        wrap.take()
    except (BundleRefused, DirectoryBroken):
        return False
    return True


def catch_up(batches: int = 5) -> int:
    """Periodic: each office its key, and what still lies under the installation's own under that.

    Gives how many were wrapped anew. Where there is nothing to do it costs a few looks.
    """
    give_each_office_its_key()
    done = tell_parties()
    if None not in (known := newest()) or len(known) == 1:
        return done
    work = Rewrapping(known)
    for _round in range(batches):
        if not _something_waits(known):
            break
        done += work.batch()
    db.session.rollback()
    return done


def _something_waits(known: Newest) -> bool:
    """Whether a key of a case lies under the installation's own, which every office has left."""
    own = versions()[None]
    queries = [select(CaseKey.case_id).where(CaseKey.master_version.in_(own))]
    queries += [select(each.id).where(each.own_key_version.in_(own)) for each in WITH_OWN_KEY]
    queries += [select(KeyWrap.id).where(KeyWrap.master_version.in_(own))]
    queries += [lying_under(sealed, known.values(), other=True) for sealed in SEALED]
    return any(db.session.execute(query.limit(1)).first() for query in queries)
