"""How a referral went, as each side found it: the office, the partner, the person.

Ratings are coded and make a partner's quality; words go into the case.
"""

from sqlalchemy import select

from access.actors import Actor
from casework.core import timeline
from models.base import db, now
from models.referrals import Feedback, Referral


def rate(*, by: Actor, referral: Referral, side: str, rating: int, words: str = "") -> Feedback:
    """Keep what one side says; said again, the later stands.

    ``words`` are sealed in the case's timeline, for the office alone.
    """
    query = select(Feedback).where(Feedback.referral_id == referral.id, Feedback.side == side)
    feedback = db.session.execute(query).scalar_one_or_none()
    if feedback is None:
        feedback = Feedback(referral_id=referral.id, side=side)
        db.session.add(feedback)
    feedback.rating = rating
    feedback.by_id = by.id
    feedback.at = now()
    if words:
        kind = f"feedback_{side}"
        timeline.add(by=by, case=referral.case, kind=kind, note=words, reference=referral.reference)
    db.session.flush()
    return feedback
