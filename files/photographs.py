"""A person who does not want photographs: nothing that shows them is added or goes out, and what
there is leaves.

Whether a file shows the person is said by whoever sends it; no machine can tell.
"""

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from casework.core import consent_standing, tasks
from files.content.kinds import SHOWN, NotKept
from models.base import db, today
from models.cases import Case, Task
from models.files import Attachment
from models.rules import RuleBroken
from models.states import FileState

PURPOSE = "photograph"
TASK = "photographs"
SHOWS = "yes"


def are_refused(case: Case) -> bool:
    """Whether the person said no to photographs, or took their yes back."""
    standing = next(each for each in consent_standing.summary(case) if each.purpose == PURPOSE)
    return standing.answer in {"refuses", "withdrawn"}


def refuse_shown(case: Case, shows_person: str) -> None:
    """Raise where a file shows the person against their word."""
    if shows_person == SHOWS and are_refused(case):
        raise RuleBroken(
            _("The person does not want photographs: a file that shows them cannot be added."),
            "shows_person",
        )


def require_leave(attachment: Attachment, kind: str) -> None:
    """Raise :class:`NotKept` for a picture against the person's word.

    Where the person said no, whoever sends a picture must say that it does not show them: a
    programme that does not ask must not be a way around it.
    """
    if not are_refused(attachment.case):
        return
    if attachment.shows_person == SHOWS:
        raise NotKept("photograph")
    if kind in SHOWN and not attachment.shows_person:
        raise NotKept("not_said")


def may_go_to(actor: Actor, attachment: Attachment) -> bool:
    """Whether the actor may be given a file: one that shows the person against their word stays in
    the office that holds the case, until it is removed.
    """
    if attachment.shows_person != SHOWS or not are_refused(attachment.case):
        return True
    offices: frozenset[int] = frozenset().union(*actor.by_role.values())
    return actor.system or attachment.case.office_id in offices


def to_remove(case: Case) -> list[Attachment]:
    """The files that show the person against their word."""
    if not are_refused(case):
        return []
    query = select(Attachment).where(
        Attachment.case_id == case.id,
        Attachment.state != FileState.REFUSED,
        ~Attachment.has_ended,
    )
    found = db.session.execute(query.order_by(Attachment.id)).scalars()
    return [file for file in found if file.shows_person == SHOWS]


def remind(*, by: Actor, case: Case) -> None:
    """A task for the caseworker while there is something to remove; done once nothing is."""
    db.session.flush()
    query = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    undone = db.session.execute(query).scalars()
    task = next((task for task in undone if task.kind == TASK), None)
    wanted = bool(to_remove(case))
    if wanted and task is None:
        tasks.add(by=by, case=case, kind=TASK, due_on=today())
    elif task is not None and not wanted:
        tasks.finish(by=by, task=task)


def answered(case: Case, by: Actor) -> None:
    """The person said something new: no to photographs, or yes again."""
    remind(by=by, case=case)
