"""Files of a return: receipts, proofs of purchase, photos, business plans.

They lie under the return's own key. Both missions read them while it lives; who helps at home adds
and removes them. When what was handed over ends, or the case is erased, they are gone.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage

from access.actors import Actor
from access.permissions import Permission
from access.policy import allows
from avrr import visits
from files import photographs, queries, receiving
from models import files as attachments
from models.files import AT_HOME, Attachment
from models.returns import Return
from models.rules import NotPossible, stated
from models.states import FileState, Sets
from notifications import queue
from standards import lists
from web.errors import NotFound
from web.forms import FormSchema, choice, text


class PaperSchema(FormSchema):
    """A file of a return."""

    paper = choice(_l("What is it?"), lists.RETURN_PAPERS, required=True)
    shows_person = choice(
        _l("Does it show the person?"),
        lists.SHOWS_PERSON,
        hint=_l("A picture, a scan or a video in which the person can be recognised."),
    )
    file = text(
        _l("File"), hint=_l("Pictures, PDF, Office documents, plain text."), most=300, widget="file"
    )


@stated("return: keep a file")
def is_time_for(return_: Return) -> bool:
    """Whether files belong to it already: they prove what happens at home."""
    return return_.state in Sets.RETURN_HOME


def keep(
    *, by: Actor, return_: Return, sent: FileStorage | None, given: dict[str, Any]
) -> Attachment:
    """A file of a return lies under the return's own key: both missions read it while it lives, and
    it ends with it. One that shows the person is kept only with their word.

    Raises :class:`models.rules.RuleBroken` where none was chosen, or the person said no.

    Source: ours; proof of what was given is asked of every reintegration item.
    """
    if not is_time_for(return_):
        raise NotPossible(_("A file is added once the person has arrived."))
    if return_.has_ended:
        raise NotPossible(_("What was handed over has ended: nothing is kept here any more."))
    visits.must_be_home(return_)
    return receiving.take_whole(
        by=by,
        case=return_.case,
        name=(sent.filename or "") if sent else "",
        content=sent.read() if sent else b"",
        compartment=AT_HOME,
        shows_person=given.get("shows_person", ""),
        return_id=return_.id,
        paper=given["paper"],
    )


def readable(actor: Actor, return_: Return, key: str) -> Attachment:
    """One that was looked into and may go out to this actor; another does not exist."""
    found = queries.paper(return_, key)
    is_there = return_.own_key is not None and found.state == FileState.KEPT
    if not is_there or found.is_lost or not photographs.may_go_to(actor, found):
        raise NotFound
    return found


@dataclass(frozen=True)
class Line:
    """A file of a return, and whether whoever looks may be given it."""

    file: Attachment
    goes_out: bool
    is_lost: bool = False  # of a key of the return that is gone: nobody reads it any more

    @property
    def may_open(self) -> bool:
        """Whether it was looked into and may be downloaded."""
        return self.file.state == FileState.KEPT and self.goes_out and not self.is_lost


def listed(actor: Actor, return_: Return) -> list[Line]:
    """The files of a return, newest first; none where its key is gone, or not theirs to read."""
    if return_.own_key is None or not allows(actor, Permission.RETURN_PAPERS, return_):
        return []
    return [
        Line(each, photographs.may_go_to(actor, each), each.is_lost)
        for each in queries.of_return(return_)
    ]


def remove(*, by: Actor, return_: Return, key: str) -> None:
    """Remove one; what was stored of it is gone."""
    receiving.remove(by=by, attachment=queries.paper(return_, key))


def end(return_: Return) -> None:
    """The return's key is destroyed: nobody opens them any more, and what was stored goes. The next
    key of the return opens none of them, so no list may show them until then.
    """
    for attachment_id in attachments.end(Attachment.return_id == return_.id):
        queue.enqueue_after_commit("forget_file", attachment_id)
