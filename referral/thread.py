"""Questions and answers about a referral: sealed under the referral's own key, ends with it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access.actors import Actor
from access.permissions import Role
from models.base import db, now
from models.referrals import Referral
from models.rules import RuleBroken
from notifications import outbox
from referral.sending import holders, tell_workers
from web.links import link

MOST = 100  # words in a thread


def say(*, by: Actor, referral: Referral, words: str) -> None:
    """Add a word to the thread; the other side is notified.

    The row is locked first, so that two who speak at once are both heard.
    """
    db.session.execute(
        select(Referral.id).where(Referral.id == referral.id).with_for_update()
    ).all()
    db.session.refresh(referral)
    side = "partner" if referral.partner_id in by.at(Role.PARTNER) else "office"
    count = _write(by, referral, side, words)
    number = f"{referral.reference[3:]}.{count}"
    path = link("referral.show", referral)
    if side == "office":
        tell_workers(referral, "referral.question", path=path, reference=number)
    else:
        outbox.post(
            "referral.question",
            reference=number,
            path=path,
            to=holders(referral),
            office=referral.office_id,
        )


def _write(by: Actor, referral: Referral, side: str, words: str) -> int:
    """Append a word; gives how many there are now."""
    thread: list[dict[str, Any]] = list(referral.thread.get("items", []))
    if len(thread) >= MOST:
        raise RuleBroken(
            _("This thread is full. Talk to each other, or send a new referral."), "words"
        )
    name = by.user.name if by.user else ""
    thread.append({"at": now().isoformat(), "name": name, "side": side, "words": words})
    referral.thread = {"items": thread}
    referral.unanswered_by = "office" if side == "partner" else "partner"
    return len(thread)


def items(words: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was said, oldest first, as pages show it."""
    return [{**item, "at": datetime.fromisoformat(item["at"])} for item in words]
