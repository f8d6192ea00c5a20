"""What a page shows of items of assistance: the funds to ask, and instalments in the books."""

from flask_babel import gettext as _
from sqlalchemy import select

from avrr import assistance_items
from funds import pages as funds
from models.base import db
from models.money import LedgerEntry
from models.returns import Return


def choices() -> list[tuple[str, str]]:
    """The funds that may be asked, and that none of them is."""
    return [
        *funds.choices(),
        (assistance_items.NOT_OURS, _("Not from our funds")),
    ]


def entries(return_: Return) -> dict[int, LedgerEntry]:
    """What the books say of the instalments of a return, by the number of the entry's row."""
    ids = {
        instalment.entry_id
        for item in return_.assistance
        for instalment in item.instalments
        if instalment.entry_id is not None
    }
    if not ids:
        return {}
    query = select(LedgerEntry).where(LedgerEntry.id.in_(ids))
    return {entry.id: entry for entry in db.session.execute(query).scalars()}
