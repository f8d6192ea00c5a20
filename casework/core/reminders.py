"""Who is told that a consent ends: seven days before, and on the day."""

from datetime import timedelta

from sqlalchemy import select

from casework.core import consent
from models.base import db, today
from models.cases import Case, Consent
from models.states import Sets
from notifications import outbox
from web.links import link

AHEAD = timedelta(days=7)


def of_consents_ending() -> int:
    """Every hour: tell whoever answers for a case, once for each day; gives how many cases.

    A line that a newer one replaced has ended already and is no news.
    """
    days = (today(), today() + AHEAD)
    query = (
        select(Case, Consent.valid_until, Consent.answer)
        .join(Consent, Consent.case_id == Case.id)
        .where(
            Consent.withdrawn_at.is_(None),
            Consent.valid_until.in_(days),
            Case.status.in_(Sets.CASE_ACTIVE),
        )
    )
    rows = db.session.execute(query).unique().all()
    found = dict.fromkeys((case, until) for case, until, answer in rows if answer == "agrees")
    for case, until in found:
        is_today = until == today()
        outbox.post(
            "consent.ends_today" if is_today else "consent.ending",
            reference=f"CE-{case.id}-{until:%m%d}",
            path=link("casefile.consent", case),
            to=consent.holders(case),
            urgent=is_today,
        )
    return len(found)
