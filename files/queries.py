"""Files of a case, for whoever may open the case and the section they belong to."""

from typing import Any

from sqlalchemy import select

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows, require
from casework.core import queries as casework_queries
from files import photographs, receiving
from models.base import db
from models.cases import Case
from models.files import Attachment
from models.returns import Return
from models.states import FileState
from web.errors import NotFound


def file(key: str) -> Attachment:
    """The file of that key; raises :class:`web.errors.NotFound`, also where its key is gone."""
    query = select(Attachment).where(Attachment.key == key, ~Attachment.has_ended)
    attachment = db.session.execute(query).scalar_one_or_none()
    if attachment is None:
        raise NotFound
    return attachment


def kept(actor: Actor, key: str) -> Attachment:
    """The file of that key, if it was looked into and may go out to this actor."""
    attachment = file(key)
    if attachment.state != FileState.KEPT or not photographs.may_go_to(actor, attachment):
        raise NotFound
    return attachment


def of_return(return_: Return) -> list[Attachment]:
    """The files of a return, newest first; whoever asks must be allowed to read them."""
    query = select(Attachment).where(Attachment.return_id == return_.id, ~Attachment.has_ended)
    return list(db.session.execute(query.order_by(Attachment.id.desc())).scalars())


def paper(return_: Return, key: str) -> Attachment:
    """One of them; another's does not exist."""
    found = file(key)
    if found.return_id != return_.id:
        raise NotFound
    return found


def case_of(actor: Actor, key: str, **_: Any) -> Case:
    """The case of a file, if the actor may open both; a file of another's case does not exist."""
    query = select(Case.number).join(Attachment, Attachment.case_id == Case.id)
    number = db.session.execute(query.where(Attachment.key == key)).scalar()
    if number is None or file(key).return_id is not None:
        raise NotFound
    case = casework_queries.case(actor, number)
    if not allows(actor, Permission(f"{file(key).compartment}.read"), case):
        raise NotFound
    return case


def writable(actor: Actor, case: Case, key: str) -> Attachment:
    """The file of that key, if the actor may change its section; raises as the policy does."""
    attachment = file(key)
    require_section(actor, case, attachment.compartment)
    return attachment


def require_section(actor: Actor, case: Case, compartment: str) -> None:
    """Raise unless the actor may put something into this section of the case."""
    require(actor, Permission(f"{compartment}.write"), case)


def sections(actor: Actor, case: Case, verb: str) -> list[str]:
    """The sections with files in which the actor may ``read`` or ``write``."""
    return [
        code for code in receiving.COMPARTMENTS if allows(actor, Permission(f"{code}.{verb}"), case)
    ]


def files(case: Case, compartments: list[str]) -> list[Attachment]:
    """The files of some sections of a case, newest first."""
    query = (
        select(Attachment)
        .where(Attachment.case_id == case.id, Attachment.compartment.in_(compartments))
        .order_by(Attachment.id.desc())
    )
    return list(db.session.execute(query).scalars())
