"""Everything that was said and done in a case, back to the first day, read one after another."""

from access.actors import Actor
from casework.casefile.case_header import head
from casework.core import queries, timeline
from models.cases import Case
from standards import lists
from web.errors import NotFound

SIZE = 50  # entries on a page
CONTACTS = frozenset(lists.codes(lists.CONTACTS)) | {"contact_forced"}


def of_case(
    actor: Actor, case: Case, *, what: str, number: int, oldest_first: bool
) -> dict[str, object]:
    """One page of the timeline (``number`` from 1). ``what``: everything (empty) or ``contacts``.

    Only the words of this page are opened. Raises :class:`NotFound` for a page that does not exist.
    """
    every = queries.happened(case)
    events = [event for event in every if event.kind in CONTACTS] if what else every
    if oldest_first:
        events = events[::-1]
    pages = max(1, -(-len(events) // SIZE))
    if not 1 <= number <= pages:
        raise NotFound
    header = head(actor, case, "overview")
    readable = frozenset(name for name, is_open in header["opens"].items() if is_open)
    shown = events[(number - 1) * SIZE : number * SIZE]
    return {
        **header,
        "timeline": timeline.words_of(shown, readable),
        "what": what,
        "order": "oldest" if oldest_first else "",
        "page": number,
        "pages": pages,
        "total": len(events),
    }
