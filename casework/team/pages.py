"""What stands on the pages of work between people: offers, the board, the calendar, my work."""

from datetime import date, timedelta

from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from casework.casefile import child_safeguards, watchlist
from casework.casefile.case_header import head
from casework.core import ages, approvals, queries, ratings, tasks
from casework.intake import drafts
from casework.records import queries as records
from casework.team import board as team_board
from casework.team import calendar_feed, reviews, schemas
from models.base import today
from models.cases import Case
from models.work import Approval
from standards import lists
from web import keeping, paging
from web.errors import NotFound
from web.forms import Form, chosen

MOST_LATE = 60  # tasks on My work at a time; the next page has the others
MOST_OFFERS = 5  # cases on My work that are offered; the page of all has the others
MOST_DRAFTS = 5  # registrations on My work; the page of all has the others
MOST_REVIEWS = 5  # of what waits for a review; the page of all has the others
MOST_UNFINISHED = 8  # forms on My work; the page of all has the others


def transfer(actor: Actor, case: Case, form: Form | None) -> dict[str, object]:
    """The form to offer a case, or the offer that waits for an answer."""
    return {
        **head(actor, case, "overview"),
        "form": form or Form(schemas.TransferSchema, {"office": str(case.office_id)}),
        "pending": queries.pending_transfer(case),
        "offices": queries.missions(),
        "people": queries.caseworkers(case.office_id),
    }


def board(actor: Actor, form: Form | None, after: str = "") -> dict[str, object]:
    """Who has how much to do, what nobody has, and who could take it."""
    offices = sorted(actor.at(Role.SUPERVISOR))
    nobody = team_board.of_nobody(offices)
    people = [(user.id, user.name) for _office, user in queries.colleagues(offices)]
    gone = [(user.id, user.name) for _office, user in queries.gone(offices)]
    return {
        "load": team_board.caseload(offices),
        "nobody": nobody,
        "unassigned": team_board.unassigned(actor, offices, after),
        "people": people,
        "leaving": [*gone, *people],
        "form": form or Form(schemas.HandAllSchema),
    }


def calendar(actor: Actor, month: str) -> dict[str, object]:
    """A month (``2026-09``, or none for this one).

    Raises :class:`NotFound` for what is no month.
    """
    try:
        first = date.fromisoformat(f"{month}-01") if month else today().replace(day=1)
    except ValueError:
        raise NotFound from None
    return {
        "weeks": calendar_feed.month(actor, first),
        "first": first,
        "before": (first - timedelta(days=1)).replace(day=1),
        "after": (first + timedelta(days=32)).replace(day=1),
        "today": today(),
        "feed": calendar_feed.feed_since(actor),
    }


def work(actor: Actor, after: str = "") -> dict[str, object]:
    """What needs somebody today, what they wait for, and the cases in their name."""
    week = queries.due_tasks(actor, today() + timedelta(days=7))
    due = [task for task in week if task.due_on <= today()]
    late = sorted((task for task in due if task.due_on < today()), key=tasks.danger)
    return {
        "late": paging.part_of(late, after, MOST_LATE),
        "due_today": [task for task in due if task.due_on == today()],
        "later": len(week) - len(due),
        "names": records.labels_of(due),
        "open_own": queries.open_own(actor),
        "high_risk": queries.high_risk_own(actor),
        "consents_ending": queries.consents_ending(actor),
        "waiting": queries.waiting_on(actor),
        "reviews": reviews.waiting(actor, size=MOST_REVIEWS),
        "drafts": drafts.unfinished(actor, size=MOST_DRAFTS),
        "kept": paging.part_of(keeping.unfinished(actor), size=MOST_UNFINISHED),
        "cases": queries.own_recent(actor),
        "offers": queries.offers_to(actor, size=MOST_OFFERS),
        "approvals": approvals.to_decide(actor, size=10),
        "flagged": watchlist.flagged(actor),
        "may_register": allows(actor, Permission.CASE_REGISTER),
        "today": today(),
    }


def approval(actor: Actor, asked: Approval, form: Form | None) -> dict[str, object]:
    """What somebody is asked about, and what there is to see before they answer; codes alone, the
    file itself is opened from there.
    """
    case = asked.case
    lowered = ratings.lowered(case)
    answer = chosen(form, schemas.AnswerSchema)
    answer.data["read"] = approvals.mark(asked)
    lacks = child_safeguards.missing(case) if asked.what == approvals.RETURN_ else []
    return {
        "approval": asked,
        "case": case,
        "read_first": approvals.must_be_read(asked),
        "is_child": ages.counts_as_child(case),
        "lacks": [lists.label(child_safeguards.MISSING, code) for code in lacks],
        "lowered": lowered,
        "lowered_by": queries.names([lowered.by_id]).get(lowered.by_id) if lowered else "",
        "is_own": lowered is not None and lowered.by_id == actor.id,
        "form": answer,
    }
