"""What the trail says of a search: what was asked, by keyed tokens, and every person it met.

Whoever looks for a person leaves a trace with that person, in whichever office their case is. What
was asked is not in the clear: the same question gives the same token, so that "who else looked for
this name" can be answered, by whoever knows the name.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import distinct, func, select

from access import audit
from access.actors import Actor
from access.permissions import Role
from models import search_tokens
from models.audit import AuditRecord, AuditRecordCase
from models.base import db, now, today
from models.cases import Case
from models.rules import RuleBroken
from models.scope import opened
from notifications import outbox
from standards import lists
from web.links import link

SEARCH = "search"
ELSEWHERE = "search_elsewhere"
MOST_ELSEWHERE = 20  # people of other offices in an hour, before nobody else is shown


def tokens(asked: Mapping[str, str]) -> tuple[str, ...]:
    """What was asked (kind → as typed) as ``kind:token``, the same for any order of names."""
    return tuple(
        f"{kind}:{search_tokens.token(kind, value)}"
        for kind, value in sorted(asked.items())
        if value
    )


def note(
    *,
    by: Actor,
    asked: Mapping[str, str],
    own: Iterable[int],
    elsewhere: list[Case],
    why: str,
) -> None:
    """Put a search into the trail, and into the history of everybody it met.

    ``elsewhere``: cases of other offices; ``why``: the code of the reason for which their offices
    are shown, empty where they are not. Raises :class:`models.rules.RuleBroken` for a reason that
    is none of the list.
    """
    said = tokens(asked)
    audit.record(SEARCH, fields=said, cases=tuple(own))
    if not elsewhere:
        return
    if why and why not in lists.codes(lists.ELSEWHERE_REASONS):
        raise RuleBroken(_("Choose one of the list."), "why")
    ids = tuple(case.id for case in elsewhere)
    audit.record(ELSEWHERE, subject=why, fields=said, cases=ids)
    if why:
        _tell(by, elsewhere)


@opened("trail")
def is_too_many(by: Actor) -> bool:
    """Whether somebody met more people of other offices within the hour than work needs."""
    query = (
        select(func.count(distinct(AuditRecordCase.case_id)))
        .join(AuditRecord, AuditRecordCase.entry_id == AuditRecord.id)
        .where(
            AuditRecord.user_id == by.id,
            AuditRecord.at >= now() - timedelta(hours=1),
            AuditRecord.deed == ELSEWHERE,
        )
    )
    return (db.session.execute(query).scalar() or 0) > MOST_ELSEWHERE


def _tell(by: Actor, elsewhere: list[Case]) -> None:
    """The office of each person hears that somebody asks: of each who asks, once a day."""
    for case in elsewhere:
        recipients = outbox.people_of(case.office_id, Role.SUPERVISOR)
        if case.holder is not None and case.holder.id not in {user.id for user in recipients}:
            recipients.append(case.holder)
        outbox.post(
            "search.elsewhere",
            reference=f"SE-{search_tokens.token('asker', f'{case.id}/{by.id}/{today()}')}",
            path=link("trail.of_case", case),
            to=recipients,
            office=case.office_id,
        )
