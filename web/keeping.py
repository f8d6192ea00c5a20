"""What was typed is kept: while typing, and whenever a form that was sent cannot go on (the screen
was locked, the session is over, a second factor is wanted, something was refused or broke).

One sealed row for each form of each author. It is never sent by itself: its author finds the form
filled again where it stands, or under *Not finished*. It goes with the deed, or after seven days.
"""

import json
import logging
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import shorten
from typing import Any, cast

from flask import Flask, Response, g, render_template, request, session
from flask_babel import gettext
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect

from access.actors import Actor
from encryption.signing import digest, keyed_digest
from models import scope
from models.base import begin_writing, db, now
from models.sealed import Unreadable, keyring
from models.sent import KeptForm, SentForm, ShownPage
from web import form_tokens, kept_rules, remembered
from web.filling import OWN, Gone, filled
from web.form_pairs import not_seen_since, put_back
from web.form_tokens import TAKEN_UP, FormToken, sent_key
from web.links import deed_at, link

log = logging.getLogger("safeconduct.kept")
KEPT_DAYS = 7
MOST_KEPT = 300  # of one author; the oldest go
MOST_CHARACTERS = 1_000_000
CHANGED = "changed"  # why: the form was sent before, with other words
NOT_KEPT = OWN | {"form_title", "asked_and_sure", "seen_before_it_goes"}  # said beside a form
# What proves who somebody is, in the forms that ask for it; elsewhere the same names are words.
PROOFS = frozenset(("password", "current", "new", "second", "code", "answer"))
ASK_FOR_PROOFS = ("accounts", "partner_links")

_NUMBER = re.compile(r"(?<=/)[A-Z]{2,}-[0-9A-Z-]+(?=/|$)", re.IGNORECASE)
# What has no public number and is erased all the same: a caller, a registration that is stopped.
_KEY = re.compile(r"/(?:callers|registrations)/([0-9a-f]{12,})(?=/|$)")
MOST_WITHOUT_SESSION = 10  # of one author: whoever has an old page, and nothing else, fills no more


@dataclass(frozen=True)
class Typed:
    """A kept form, opened: what was typed, where it stands and where it goes."""

    key: str
    why: str
    changed_at: datetime
    expires_at: datetime
    page: str
    action: str
    title: str
    token: str
    fields: list[tuple[str, str]]
    files: bool = False  # a file was sent with it, and is to be chosen again

    @property
    def what(self) -> str:
        """Which of many forms that are alike it is, such as the step of a return."""
        return kept_rules.name_of(self.action, self.fields)

    @property
    def number(self) -> str:
        """The public number that the address names: of a case, a return, a referral."""
        return number_in(self.action, self.page)

    @property
    def first_words(self) -> str:
        """How the longest of what was typed begins, so that two of a kind are told apart."""
        words = max((value for name, value in self.fields if name not in OWN), key=len, default="")
        return shorten(words, 60, placeholder=" …") if " " in words else ""

    @property
    def place(self) -> str:
        """The address at which it stands filled."""
        between = "&" if "?" in self.page else "?"
        return f"{self.page}{between}{TAKEN_UP}={self.key}" if self.page else ""


def number_in(*addresses: str) -> str:
    """The public number that the first of some addresses names; empty where none does."""
    found = (_NUMBER.search(address) for address in addresses)
    return next((match[0].upper() for match in found if match), "")


def about(*addresses: str) -> bytes | None:
    """A keyed hash of the public number that the first of some addresses names, or of the key of a
    caller or a registration; none where they name none.
    """
    keys = (_KEY.search(address) for address in addresses)
    named = number_in(*addresses) or next((match[1] for match in keys if match), "")
    return _about(named) if named else None


def _about_of(token: FormToken, action: str, pairs: list[list[str]]) -> bytes | None:
    """By the addresses of a form, else by what was typed into it: an emergency names its case."""
    typed = remembered.named_in(*(value for _name, value in pairs))
    return about(action, token.page) or next((_about(number) for number in sorted(typed)), None)


def _about(number: str) -> bytes:
    return keyed_digest(keyring().derive("kept/about"), number.encode())


def forget_about(numbers: Iterable[str]) -> None:
    """What anybody kept or was answered about records with these public numbers goes with them."""
    gone = [_about(number) for number in numbers]
    with scope.opened("kept"):
        for model in (KeptForm, SentForm):
            db.session.execute(delete(model).where(model.about.in_(gone)))
        db.session.execute(delete(ShownPage))  # of minutes: none is left that may show them


def forget(number: str, deeds: Collection[str], what: Callable[[Typed], bool], by: Any) -> None:
    """Forms that go to one of ``deeds`` about a record of this number, and are ``what`` was done
    another way meanwhile: ``by``'s own, or everybody's where that is None.
    """
    query = select(KeptForm).where(KeptForm.about == _about(number))
    if by is not None:
        query = query.where(KeptForm.author_id == by.id)
    with scope.opened("kept"):
        for row in db.session.execute(query).scalars().all():
            try:
                kept = _typed(row)
            except Unreadable:  # of an office whose key is not here
                continue
            if deed_at(kept.action) in deeds and what(kept):
                db.session.delete(row)


def now_about(key: str, number: str) -> None:
    """What was kept or answered about a registration is about the case that it became: it goes when
    that one does.
    """
    with scope.opened("kept"):
        for model in (KeptForm, SentForm):
            of_key = update(model).where(model.about == _about(key))
            db.session.execute(of_key.values(about=_about(number)))


def key_of(token: FormToken, action: str) -> str:
    """How the row of a form is called: the same for each of its savings."""
    return digest(token.text.encode(), action.encode()).hex()[:32]


def keep(token: FormToken, action: str, why: str, fields: Iterable[tuple[str, str]]) -> str:
    """Keep what stands in a form for the one it was drawn for; gives its key.

    Raises ``ValueError`` where it is longer than any form of ours.
    """
    left_out = NOT_KEPT | _proofs(action)
    typed = list(not_seen_since(fields))
    left_out |= kept_rules.not_kept(action, typed)
    pairs = [[name, value] for name, value in typed if name not in left_out]
    if sum(len(value) for _name, value in pairs) > MOST_CHARACTERS:
        raise ValueError("too long to be kept")
    key = key_of(token, action)
    title = request.form.get("form_title", "")[:120]
    content: dict[str, Any] = {"page": token.page, "action": action, "title": title}
    content |= {"token": token.text, "files": any(request.files.values())}
    row = db.session.execute(select(KeptForm).filter_by(key=key)).scalar_one_or_none()
    if row is None:
        _make_room(token.user_id)
        row = KeptForm(key=key, author_id=token.user_id, page=_place(token.user_id, token.page))
        row.about = _about_of(token, action, pairs)
        row.expires_at = now() + timedelta(days=KEPT_DAYS)  # from the first saving on
    elif not title:
        content["title"] = json.loads(row.typed)["title"]
    row.why, row.changed_at = why, now()
    row.typed = json.dumps(content | {"fields": pairs}).encode()
    db.session.add(row)
    return key


def _proofs(action: str) -> frozenset[str]:
    """The names of fields that are not kept of a form sent to ``action``."""
    return PROOFS if deed_at(action).startswith(ASK_FOR_PROOFS) else frozenset()


def _make_room(author_id: int) -> None:
    """The oldest of too many go, so that a form that is sent for ever fills no disk."""
    newest = (
        select(KeptForm.changed_at)
        .where(KeptForm.author_id == author_id)
        .order_by(KeptForm.changed_at.desc())
        .offset(MOST_KEPT - 1)
        .limit(1)
    )
    since = db.session.execute(newest).scalar()
    if since is not None:
        mine = delete(KeptForm).where(KeptForm.author_id == author_id)
        db.session.execute(mine.where(KeptForm.changed_at <= since))


def keep_sent(why: str) -> str:
    """Keep the form that this request brought, in a transaction of its own; its key, or nothing
    where it is none of ours or cannot be kept now. What was changed after it was sent
    (:data:`CHANGED`) is another form.
    """
    token = _kept_for()
    if token is None:
        return ""
    if why == CHANGED:
        token = form_tokens.afresh(token)
    fields = list(put_back(request.form).items(multi=True))
    try:
        begin_writing()
        with scope.opened("kept", "accounts", who=f"author/{token.user_id}"):
            if g.get("actor") is None and _has_enough(token):
                raise ValueError("too many without a session")
            key = keep(token, request.path, why, fields)
        db.session.commit()
    except (SQLAlchemyError, ValueError) as wrong:
        db.session.rollback()
        log.warning("form not kept: %s", type(wrong).__name__)
        return ""
    return key


def _kept_for() -> FormToken | None:
    """The token of what was sent, where there are words to keep."""
    actor = g.get("actor")
    if request.method != "POST" or (actor is not None and actor.forced):
        return None
    try:
        token = form_tokens.sent()
    except HTTPException:  # too big to be read
        return None
    left_out = NOT_KEPT | _proofs(request.path)
    has_words = any(name not in left_out for name in request.form)
    return token if has_words and token is not None and _is_of_who_asks(token) else None


def _is_of_who_asks(token: FormToken) -> bool:
    """Whether the form was drawn for whoever is signed in, or nobody is: then it must be of the
    last day, and waits for its owner.
    """
    who = g.get("who") or _who_signed_in()
    return str(who) == str(token.user_id) if who else form_tokens.is_of_today(token)


def _who_signed_in() -> object:
    """By the session alone; nobody where the database is away and it could not be opened."""
    try:
        return session.get("_user_id")
    except AssertionError:
        return None


def is_of_somebody_else() -> bool:
    """Whether this form was drawn for another account than the one that is signed in now."""
    actor = g.get("actor")
    try:
        token = form_tokens.sent()
    except HTTPException:  # too big to be read
        return False
    is_theirs = actor is None or actor.forced or token is None or token.user_id == g.get("who")
    return not is_theirs


def _has_enough(token: FormToken) -> bool:
    """Whether so many forms came without a session that one more would push others out."""
    came = select(func.count()).select_from(KeptForm)
    waiting = came.where(KeptForm.author_id == token.user_id, KeptForm.why == "ended")
    return int(db.session.execute(waiting).scalar_one()) >= MOST_WITHOUT_SESSION


def given_back() -> list[tuple[str, str]]:
    """What this request brought, with its tokens, for a page that gives it back itself: the
    database is away, or it is too long to be kept.
    """
    if _kept_for() is None and not is_of_somebody_else():
        return []
    proofs = _proofs(request.path)
    return [pair for pair in put_back(request.form).items(multi=True) if pair[0] not in proofs]


def take(by: Actor, key: str) -> Typed | None:
    """A kept form of one's own, opened; none about what one may not open any more."""
    return next(iter(_still_theirs(by, _of(by).where(KeptForm.key == key))), None)


def unfinished(by: Actor) -> list[Typed]:
    """All that one has not finished and may still open, newest first."""
    return _still_theirs(by, _of(by).order_by(KeptForm.changed_at.desc()))


def _still_theirs(by: Actor, query: Any) -> list[Typed]:
    """Without those of cases, referrals and returns that went elsewhere, ended or were erased; but
    what was sent and refused for that very reason its author has back for a day. What was kept
    while its form was on the way, and was done, is not unfinished.
    """
    rows = _not_done([_typed(row) for row in db.session.execute(query).scalars()])
    named = {row.key: remembered.named_in(row.action, row.page.partition("?")[0]) for row in rows}
    theirs = remembered.openable(by, set().union(*named.values()))
    since = now() - timedelta(days=1)
    return [
        row
        for row in rows
        if named[row.key] <= theirs or (row.why == "refused" and row.changed_at > since)
    ]


def _not_done(rows: list[Typed]) -> list[Typed]:
    keys = {sent_key(row.token, row.action): row for row in rows if row.why == "typing"}
    query = select(SentForm.key).where(SentForm.key.in_(keys), SentForm.answer.is_not(None))
    over = {keys[key].key for key in db.session.execute(query).scalars()} if keys else set()
    return [row for row in rows if row.key not in over]


def here() -> Sequence[Typed]:
    """What one has not finished on this page, newest first; for templates."""
    actor = g.get("actor")
    if actor is None or actor.forced or request.method != "GET":
        return ()
    place = _place(actor.id, form_tokens.page_of_request())
    query = _of(actor).where(KeptForm.page == place).order_by(KeptForm.changed_at.desc()).limit(5)
    taken_up = request.args.get(TAKEN_UP)  # says so itself, at the head of its form
    return [kept for kept in _still_theirs(actor, query) if kept.key != taken_up]


def again(by: Actor, page: str) -> str:
    """Where whoever comes back to ``page`` (after a lock) goes on: to its form, filled with what
    they typed there last, where something is kept; else to the page itself.
    """
    if by.forced:
        return page
    query = _of(by).where(KeptForm.page == _place(by.id, page)).limit(5)
    kept = _still_theirs(by, query.order_by(KeptForm.changed_at.desc()))
    return kept[0].place or page if kept else page


def drop(by: Actor, key: str) -> bool:
    """Erase a kept form; whether it was there."""
    gone = delete(KeptForm).where(KeptForm.author_id == by.id, KeptForm.key == key)
    return bool(getattr(db.session.execute(gone), "rowcount", 0))


def done(by: Actor) -> None:
    """What this request sent is done: it is kept no longer."""
    token = form_tokens.sent()
    if token is not None and token.user_id == by.id:
        drop(by, key_of(token, request.path))


def forget_old() -> None:
    """Periodic: erase what its author did not come back for."""
    db.session.execute(delete(KeptForm).where(KeptForm.expires_at <= now()))


def _of(by: Actor) -> Any:
    return select(KeptForm).where(KeptForm.author_id == by.id, KeptForm.expires_at > now())


def _place(author_id: int | None, page: str) -> bytes:
    """A keyed hash of an address, different for each author: a copy tells of no case by it."""
    return keyed_digest(keyring().derive("kept/pages"), str(author_id).encode(), page.encode())


def _typed(row: KeptForm) -> Typed:
    found: dict[str, Any] = json.loads(row.typed)
    fields = [(name, value) for name, value in found.pop("fields")]
    return Typed(row.key, row.why, row.changed_at, row.expires_at, fields=fields, **found)


def leads_back(path: str) -> bool:
    """Whether a way back leads to a form that is kept; for the pages that ask who one is."""
    return path.startswith(link("unfinished.index") + "/")


def register(app: Flask) -> None:
    """Fill the form that the address names, whatever page it stands on."""
    app.jinja_env.globals |= {
        "form_token": form_tokens.new,
        "leads_back": leads_back,
        "page_of_request": form_tokens.page_of_request,
        "unfinished_here": here,
    }
    app.after_request(_fill)
    app.after_request(form_tokens.as_sent)


def _fill(response: Response) -> Response:
    kept = _named_by_address(response)
    if kept is None or kept.key in (response.location or ""):  # asked first who one is
        return response
    again = _filled(response.get_data(as_text=True), kept) if response.status_code == 200 else None
    if again is None:
        # The page has this form no more, or is theirs no more: the words are shown by themselves.
        return cast("Response", redirect(link("unfinished.words", kept.key), 303))
    response.set_data(again)
    return response


def _named_by_address(response: Response) -> Typed | None:
    """The kept form that the address of a page names, if it is one of who asks."""
    actor, key = g.get("actor"), request.args.get(TAKEN_UP, "")
    is_page = request.method == "GET" and response.mimetype == "text/html"
    if not (key and is_page and actor) or response.is_streamed:
        return None
    try:
        return take(actor, key)
    except Unreadable:
        return None


def _filled(page: str, kept: Typed) -> str | None:
    def notice(gone: Gone) -> str:
        return render_template("unfinished/_notice.html", kept=kept, gone=gone)

    no_longer = gettext("(no longer offered: choose again)")
    at = kept.action, kept.fields
    more = {"token": kept.token, "notice": notice, "no_longer": no_longer}
    return filled(page, request.path, *at, **more)
