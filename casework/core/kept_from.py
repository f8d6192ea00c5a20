"""From whom a case is kept: it is given to nobody who could not open it."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import or_, select

from models.base import db
from models.cases import Case
from models.data_protection import Block
from models.rules import RuleBroken


def must_be_open(
    cases: Iterable[Case], user_id: int | None, office_id: int, *, field: str = "_form"
) -> None:
    """Refuse what would give cases to somebody of an office, or to the office, from whom one of
    them is kept; :class:`models.rules.RuleBroken` names the cases.
    """
    named = {case.id: case.number for case in cases}
    theirs = or_(Block.organisation_id == office_id, Block.user_id == (user_id or -1))
    query = select(Block.case_id).where(Block.case_id.in_(named), theirs)
    kept = sorted({named[case_id] for case_id in db.session.execute(query).scalars()})
    if kept:
        raise RuleBroken(
            _("Kept from them: %(numbers)s. Choose somebody else.", numbers=", ".join(kept)), field
        )
