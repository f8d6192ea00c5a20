"""Who wrote down that somebody is helped in a vital interest, and so does not review it."""

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from casework.core import timeline
from models.base import db
from models.cases import Case, Import, ImportedRow
from models.rules import RuleBroken, stated


@stated("vital interest: review")
def refuse(by: Actor, case: Case) -> None:
    """Who wrote down that somebody is helped in a vital interest, or brought in the list that says
    so, does not say that it was right.

    Source: ours; without a second pair of eyes nobody's word stands in the place of the person's.
    """
    if by.id is not None and by.id in {_wrote(case), _brought_in(case)}:
        raise RuleBroken(_("You wrote this down yourself: another supervisor reviews it."))


def _wrote(case: Case) -> int | None:
    said = timeline.newest(case, "vital_interest")
    return said.by_id if said is not None else None


def _brought_in(case: Case) -> int | None:
    query = select(Import.by_id).join(ImportedRow, ImportedRow.import_id == Import.id)
    return db.session.execute(query.where(ImportedRow.case_id == case.id).limit(1)).scalar()
