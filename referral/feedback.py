"""How a referral went, as each side found it: the office, the partner, the person. Ratings are coded and make a partner's quality; words go into the case."""

from sqlalchemy import select

from access.actors import Actor
from casework.core import timeline
from models.base import db, now
from models.referrals import Feedback, Referral


def rate(*, by: Actor, referral: Referral, side: str, rating: int, words: str = "") -> Feedback:
    """Keep what one side says; said again, the later stands. ``words`` are sealed in the case's timeline, for the office alone."""
    found = db.session.execute(
        select(Feedback).where(Feedback.referral_id == referral.id, Feedback.side == side)
    ).scalar_one_or_none()
    if found is None:
        found = Feedback(referral_id=referral.id, side=side, rating=rating)
        db.session.add(found)
    found.rating, found.by_id, found.at = rating, by.id, now()
    if words:
        timeline.add(
            by=by,
            case=referral.case,
            kind=f"feedback_{side}",
            note=words,
            reference=referral.reference,
        )
    db.session.flush()
    return found
