"""Which office holds a case, said by its keys: they are wrapped anew when it goes to another."""

from typing import Any

from sqlalchemy import select, update

from models import enrolling
from models.base import db, untouched
from models.cases import Case
from models.key_wraps import held_version, keyring, unwrapped
from models.referrals import IncomingReferral, Referral
from models.returns import Return
from models.sealed import CaseKey
from models.sealed_by_office import SEALED, OfficeColumn, key_column, row_column
from models.sealed_records import bound_name

WITH_OWN_KEY: tuple[Any, ...] = (Referral, Return, IncomingReferral)


def taken_over(case: Case) -> None:
    """All that is sealed of a case under the key of the office that has it now: its keys, those of
    its referrals and returns, words about it outside, and its entries in the index.

    In the transaction in which it changes hands: so the office before opens none of it any more.
    Raises :class:`encryption.keyring.HeldElsewhere` where this machine has not both offices' keys.
    """
    db.session.flush()
    version = held_version(case.office_id)
    mine = select(CaseKey).where(CaseKey.case_id == case.id).with_for_update()
    for key in db.session.execute(mine, execution_options={"populate_existing": True}).scalars():
        wrap_anew(key, version)
    for model in WITH_OWN_KEY:
        _own_keys(model, case, version)
    for sealed in SEALED:
        if hasattr(sealed.model, "case_id"):
            query = select(sealed.model).where(sealed.model.case_id == case.id)
            for record in db.session.execute(query).unique().scalars():
                if (content := getattr(record, sealed.column)) is not None:
                    seal_anew(sealed, record, content, version)
                    db.session.expire(record, [sealed.column])
    db.session.flush()
    db.session.refresh(case, ["office"])
    enrolling.move(case.id, case.office.country)


def _own_keys(model: Any, case: Case, version: int) -> None:
    """The own keys of a case's records; what a partner told a mission stays with that mission."""
    query = select(model).where(model.case_id == case.id, model.own_key.is_not(None))
    for record in db.session.execute(query).unique().scalars():
        if record.holding_office_id() == case.office_id:
            wrap_own_anew(model, record.id, record.own_key, version)
            db.session.expire(record, ["own_key", "own_key_version"])


def wrap_anew(key: CaseKey, version: int) -> None:
    """A key of a case, and the one before it, under a version of the wrapping keys."""
    context = f"case_keys/{key.case_id}/{key.compartment}"
    key.content = keyring().wrap(unwrapped(key.content, context), context, version).content
    if key.previous:
        key.previous = keyring().wrap(unwrapped(key.previous, context), context, version).content
    key.master_version = version


def wrap_own_anew(model: Any, row_id: int, content: bytes, version: int) -> None:
    """The own key of a record: a plain update, as this is no change of the record."""
    table = model.__table__
    context = f"{bound_name(model)}/{row_id}"
    wrapped = keyring().wrap(unwrapped(content, context), context, version)
    same = (table.c.id == row_id) & (table.c.own_key == content)
    values = {"own_key": wrapped.content, "own_key_version": version, **untouched(table)}
    db.session.execute(update(table).where(same).values(values))


def seal_anew(sealed: OfficeColumn, record: Any, content: bytes, version: int) -> None:
    """What a row holds outside cases; if it changed meanwhile it is left as it is."""
    table = sealed.model.__table__
    row = str(getattr(record, row_column(sealed.model)))
    renewed = sealed.sealed(row, sealed.opened(row, content), version)
    key = key_column(sealed.model)
    same = (key == getattr(record, key.name)) & (table.c[sealed.column] == content)
    values = {sealed.column: renewed, **untouched(table)}
    db.session.execute(update(table).where(same).values(values))
