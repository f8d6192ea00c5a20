"""Contents sealed anew: every column that the key of a case and a compartment seals."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from encryption import cipher
from models.base import db
from models.cases import Event
from models.files import Attachment
from models.index_rows import NameCard
from models.records import Member, Record
from models.referrals import Referral
from models.returns import Return
from models.sealed import CaseDocument, CaseKey, Version, open_with, seal_with
from models.shelter import Placement


def reseal(key: CaseKey) -> None:
    """Seal anew, under the newest key, what still stands under the one before.

    What changed meanwhile is left as it is: its key is kept.
    """
    for sealed in _sealed_under(key):
        query = select(sealed.row, sealed.column).where(sealed.where, sealed.column.is_not(None))
        for row, content in db.session.execute(query).all():
            if cipher.key_version(content) != key.number:
                place = sealed.place.format(row, compartment=key.compartment)
                renewed = seal_with(key, open_with(key, content, place), place)
                same = sealed.where & (sealed.row == row) & (sealed.column == content)
                values = {sealed.column.name: renewed}
                db.session.execute(update(sealed.column.table).where(same).values(values))


@dataclass(frozen=True)
class Sealed:
    """A column of sealed contents: which column names its rows, the place that each content is
    bound to, and which rows one key seals.
    """

    row: Any
    column: Any
    place: str
    where: Any


# What the key of a case and a compartment seals: model, what names its rows, column, place.
_OF_COMPARTMENTS: tuple[tuple[Any, str, str, str], ...] = (
    (Record, "key", "content_sealed", "records/{}"),
    (Record, "key", "says_sealed", "records/{}/says"),
    (Version, "key", "before_sealed", "versions/{}"),
    (CaseDocument, "case_id", "content", "case_documents/{}/{compartment}"),
    (Event, "id", "note_sealed", "Event/{}/note_sealed"),
    (Attachment, "id", "name_sealed", "Attachment/{}/name_sealed"),
    (Attachment, "id", "tags_sealed", "Attachment/{}/tags_sealed"),
    (Attachment, "id", "key_sealed", "Attachment/{}/key_sealed"),
)
# The same, of tables whose rows all belong to one compartment.
_OF_ONE_COMPARTMENT: tuple[tuple[str, Any, str, str, str], ...] = (
    ("index", NameCard, "case_id", "content", "name_cards/{}"),
    (Member.compartment, Member, "key", "relation_sealed", "members/{}"),
    (Placement.compartment, Placement, "key", "told_sealed", "placements/{}"),
    (Referral.compartment, Referral, "id", "left_sealed", "Referral/{}/left_sealed"),
    (Return.compartment, Return, "id", "left_sealed", "Return/{}/left_sealed"),
)


def _sealed_under(key: CaseKey) -> Iterator[Sealed]:
    """Every column that one key seals."""
    for compartment, model, row, column, place in _OF_ONE_COMPARTMENT:
        columns = _columns(model)
        if compartment == key.compartment:
            yield Sealed(columns[row], columns[column], place, columns.case_id == key.case_id)
    if key.compartment == "index":  # it seals nothing but the cards of names
        return
    for model, row, column, place in _OF_COMPARTMENTS:
        columns = _columns(model)
        mine = (columns.case_id == key.case_id) & (columns.compartment == key.compartment)
        yield Sealed(columns[row], columns[column], place, mine)


def _columns(model: Any) -> Any:
    return model.__table__.c
