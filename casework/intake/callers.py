"""Callers: people who reached the office and have not agreed yet that anything is kept about them.

What was said, what was advised, a safe way to call back, a word to find it by. No name is asked.
The team of the office reads it; each further talk is written below, nothing is written over. It
ends after its days, when the person refuses, or as contacts of the case when they agree.
"""

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, select

from access import audit
from access.actors import Actor
from access.permissions import Permission
from access.policy import visible
from casework.core import queries, words
from casework.intake import registration
from casework.records import changes
from casework.records.kinds import KINDS
from models.base import db, now, zone_of
from models.callers import BECAME, Caller
from models.cases import Case
from standards import lists
from web import keeping, paging
from web.errors import NotFound, Over
from web.links import link

SIZE = 25  # callers on a page
_KINDS = {"hotline": "contact_phone", "walk_in": "contact_visit", "outreach": "contact_visit"}


@dataclass(frozen=True)
class Talk:
    """One talk with a caller: when, with whom, how they reached us, what was said."""

    at: datetime
    by_id: int | None
    channel: str = ""
    said: str = ""
    advised: str = ""
    call_back: str = ""


@dataclass(frozen=True)
class Known:
    """A caller as the team reads it: the word, each talk, the way to call back that holds now."""

    caller: Caller
    word: str
    talks: list[Talk] = field(default_factory=list)

    @property
    def call_back(self) -> str:
        """What was said last about calling back."""
        return next((talk.call_back for talk in reversed(self.talks) if talk.call_back), "")

    def says(self, asked: str) -> bool:
        """Whether all words of ``asked`` stand in it."""
        texts = [text for talk in self.talks for text in (talk.said, talk.advised, talk.call_back)]
        return words.all_in(asked, [self.word, *texts])


def write_down(*, by: Actor, given: dict[str, Any]) -> Caller:
    """Keep a first talk (:class:`casework.intake.schemas.CallerSchema`) for the office where the
    actor works.
    """
    office, _team_id = registration.place_of_work(by)
    caller = Caller(key=secrets.token_hex(12), office=office, expires_at=_until())
    db.session.add(caller)
    given = dict(given)
    _seal(caller, given.pop("word"), [_talk(by, given)])
    db.session.flush()
    audit.record("caller_written", subject=caller.key)
    return caller


def write_on(*, by: Actor, caller: Caller, given: dict[str, Any]) -> None:
    """Write a further talk below those before; its days begin anew."""
    query = select(Caller).where(Caller.id == caller.id).with_for_update()
    caller = db.session.execute(query.execution_options(populate_existing=True)).scalar_one()
    said = json.loads(caller.said)
    _seal(caller, said["word"], [*said["talks"], _talk(by, given)])
    caller.changed_at, caller.expires_at = now(), _until()
    audit.record("caller_written", subject=caller.key)


def erase(*, by: Actor, caller: Caller) -> None:
    """The person refuses, or it is of no use: nothing of it stays."""
    del by  # the trail says who
    audit.record("caller_erased", subject=caller.key)
    keeping.forget_about([caller.key])
    db.session.delete(caller)


def _until() -> datetime:
    return now() + timedelta(days=current_app.config["SETTINGS"].caller_days)


def _talk(by: Actor, given: dict[str, Any]) -> dict[str, Any]:
    return {"at": now().isoformat(), "by_id": by.id, **given}


def _seal(caller: Caller, word: str, talks: list[dict[str, Any]]) -> None:
    caller.said = json.dumps({"word": word, "talks": talks}, ensure_ascii=False)


def of(actor: Actor, key: str, **_: Any) -> Caller:
    """A caller of an office where the actor works on cases; others do not exist. Raises
    :class:`web.errors.Over` for one who became a case, with the way there.
    """
    caller = _found(actor, key)
    if caller is None:
        if (before := _found(actor, BECAME + key)) is not None:
            raise _became(actor, before)
        raise NotFound
    return caller


def _found(actor: Actor, key: str) -> Caller | None:
    mine = visible(actor, Permission.CALLER_OPEN, Caller)
    query = select(Caller).where(Caller.key == key, mine, Caller.expires_at > now())
    return db.session.execute(query).scalar_one_or_none()


def _became(actor: Actor, caller: Caller) -> Over:
    """Who may open the case is led there; the others hear that it is one."""
    what, head = _("This caller has agreed and has become a case."), _("This has become a case")
    try:
        case = queries.case(actor, json.loads(caller.said)["case"])
    except NotFound:
        advice = _("The case is not yours to open, or is erased. Ask who works on it.")
        return Over(what, advice, head=head)
    advice = _("All that was said stands among the contacts of the case.")
    way = (link("casefile.show", case), _("Open the case %(number)s", number=case.number))
    return Over(what, advice, [way], head=head)


def _theirs(actor: Actor) -> Any:
    return visible(actor, Permission.CALLER_OPEN, Caller) & Caller.key.not_like(f"{BECAME}%")


def read(caller: Caller) -> Known:
    """What is known of a caller. That it was read is in the trail."""
    audit.record("caller_read", subject=caller.key)
    return _opened(caller)


def _opened(caller: Caller) -> Known:
    said = json.loads(caller.said)
    talks = [Talk(**{**talk, "at": datetime.fromisoformat(talk["at"])}) for talk in said["talks"]]
    return Known(caller, said["word"], talks)


def listed(actor: Actor, asked: str = "", after: str = "") -> paging.Page:
    """Callers of the actor's offices in which all words of ``asked`` stand, newest talk first, and
    how many there are.
    """
    mine = _theirs(actor) & (Caller.expires_at > now())
    query = select(Caller).where(mine).order_by(Caller.changed_at.desc(), Caller.id.desc())
    if asked:
        opened = [_opened(row) for row in db.session.execute(query).scalars()]
        if opened:
            audit.record("callers_looked_for")
        return paging.part_of([known for known in opened if known.says(asked)], after)
    page = paging.counted(query, after)
    if page.items:
        audit.record("callers_listed", subject=f"{len(page.items)} of {page.total}")
    return replace(page, items=[_opened(row) for row in page.items])


def take_over(*, by: Actor, key: str, case: Case) -> None:
    """The person agreed: each talk becomes a contact of the case, and the caller ends."""
    try:
        caller = of(by, key)
    except NotFound:  # erased since, or its days are over
        return
    known = _opened(caller)
    names = queries.names(talk.by_id for talk in known.talks)
    for talk in known.talks:
        given = _as_contact(case, talk, names.get(talk.by_id, ""))
        changes.add(by=by, case=case, kind=KINDS["contact"], given=given)
    audit.record("caller_taken_over", subject=caller.key, cases=(case.id,))
    keeping.now_about(caller.key, case.number)
    caller.key, caller.said = BECAME + caller.key, json.dumps({"case": case.number})


def _as_contact(case: Case, talk: Talk, name: str) -> dict[str, Any]:
    at = talk.at.astimezone(zone_of(case.office.timezone))
    note = [talk.said]
    if talk.advised:
        note.append(_("Advised: %(words)s", words=talk.advised))
    if talk.call_back:
        note.append(_("A safe way to call back: %(words)s", words=talk.call_back))
    return {
        "kind": _KINDS.get(talk.channel, "contact_other"),
        "on": at.date(),
        "at": at.strftime("%H:%M"),
        "spoke": name,
        "note": "\n\n".join(note),
        "own_call": True,
    }


def channel_of(caller: Caller) -> str:
    """How the person reached the office at first."""
    channel = json.loads(caller.said)["talks"][0].get("channel", "")
    return channel if channel in lists.codes(lists.CHANNELS) else ""


def erase_old() -> int:
    """Erase callers past their days; gives how many."""
    over = Caller.expires_at <= now()
    keys = db.session.execute(select(Caller.key).where(over)).scalars().all()
    if keys:
        keeping.forget_about(keys)
        db.session.execute(delete(Caller).where(over))
    return len(keys)
