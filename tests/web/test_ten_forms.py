"""Ten kinds of forms through what happens to forms, below the browser: nothing typed is lost, and
nothing is done twice. No form has a line of its own for it.
"""

import html
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import delete, event, func, select

from avrr import handover, preparation, reintegration
from models.base import db, today
from models.people import SignedIn
from models.sent import KeptForm, SentForm
from tests import factories
from tests.avrr.test_return import ready
from tests.factories import LOOKED, SEEN
from tests.faults.test_away import Breaking
from web.barring import stop_at
from web.links import deed_at, link

SAID = "She was at the bus station, she said: “wait for me” & <nobody> came."
Given = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of form: who fills it in, on which page, where it is sent, what it needs besides."""

    who: str
    page: Callable[["Story"], str]
    deed: str
    given: Callable[["Story"], Given]


class Story:
    """A case with a partner and another mission, and a person who returned."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.house = house = factories.World()
        self.number = factories.case(house).number
        self.partner = str(factories.anew(house.partner).id)
        self.there, self.far = (str(factories.anew(each).id) for each in (house.there, house.far))

    @cached_property
    def returned(self) -> str:
        """A return that arrived."""
        record = ready(self.house)
        with factories.acts(self.house.origin) as by:
            handover.accept(by=by, return_=factories.anew(record))
        with factories.acts(self.house.caseworker) as by:
            preparation.depart(by=by, return_=factories.anew(record), departed_on=today())
        with factories.acts(self.house.origin) as by:
            reintegration.arrive(
                by=by, return_=factories.anew(record), arrived_on=today(), met=True, onward=True
            )
        return str(factories.anew(record).reference)


def _case(name: str, *more: str) -> Callable[[Story], str]:
    return lambda story: link(name, story.number, *more)


def _return(name: str) -> Callable[[Story], str]:
    return lambda story: link(name, story.returned)


def _given(**given: Any) -> Callable[[Story], Given]:
    return lambda _story: given


def _today(name: str) -> Callable[[Story], Given]:
    return lambda _story: {name: today().isoformat()}


KINDS = {
    "contact": Kind("caseworker", _case("casefile.contact"), "casefile.log_contact", _given()),
    "account": Kind(
        "caseworker", _case("sections.account_form"), "sections.change_account", _given()
    ),
    "screening": Kind("caseworker", _case("sections.screening_form"), "sections.screen", _given()),
    "medical": Kind("health", _case("sections.medical"), "sections.change_medical", _given()),
    "legal": Kind("legal", _case("sections.legal"), "sections.change_legal", _given()),
    "note": Kind(
        "caseworker",
        _case("records.protection_new_record", "note"),
        "records.protection_add_record",
        _given(),
    ),
    "survey": Kind(
        "origin", _return("reintegration.survey"), "reintegration.take_survey", _today("on")
    ),
    "follow-up": Kind(  # not planned: the one of the first month is due later
        "origin",
        _return("avrr.show"),
        "reintegration.follow_up",
        lambda _story: {"month": "0"} | dict.fromkeys(("done_on", "next_on"), today().isoformat()),
    ),
    "referral": Kind(
        "caseworker",
        _case("referral.new"),
        "referral.send",
        lambda story: {"partner": story.partner, "service": "shelter", "fields": "needs"},
    ),
    "transfer": Kind(
        "caseworker",
        _case("team.transfer_form"),
        "team.offer",
        lambda story: {"office": story.there, "user": story.far},
    ),
}
UNTOUCHED = frozenset(("password", "file", "submit", "button"))


class Forms(HTMLParser):
    """What a browser would send of each form of a page, by where it is sent; and where it could say
    more: the areas for words, and the choices.
    """

    def __init__(self, here: str, page: str) -> None:
        super().__init__()
        self.here = here
        self.of: dict[str, list[tuple[str, str]]] = {}
        self.areas: dict[str, list[str]] = {}
        self.choices: dict[str, dict[str, list[str]]] = {}
        self._at = self._area = self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form begins, or has a field."""
        said = {name: value or "" for name, value in attrs}
        name = said.get("name", "")
        if tag == "form":
            self._at = said.get("action") or self.here if said.get("method") == "post" else ""
            self.of[self._at], self.areas[self._at], self.choices[self._at] = [], [], {}
        elif not self._at:
            return
        elif tag == "textarea":
            self._area = name
            self.areas[self._at].append(name)
            self.of[self._at].append((name, ""))
        elif tag == "select":
            self._select = name
        elif tag == "option":
            self._choice(self._select, said.get("value", ""), is_taken="selected" in said)
        elif tag == "input" and said.get("type") == "radio":
            self._choice(name, said.get("value", ""), is_taken="checked" in said)
        elif tag == "input" and name and self._is_sent(said):
            self.of[self._at].append((name, said.get("value", "")))

    @staticmethod
    def _is_sent(said: dict[str, str]) -> bool:
        kind = said.get("type", "text")
        return kind not in UNTOUCHED and (kind != "checkbox" or "checked" in said)

    def _choice(self, name: str, value: str, *, is_taken: bool) -> None:
        if value:
            self.choices[self._at].setdefault(name, []).append(value)
        if is_taken:
            self.of[self._at].append((name, value))

    def handle_data(self, data: str) -> None:
        """What stands in an area of text; a browser leaves out the first line break."""
        if self._at and self._area:
            name, before = self.of[self._at][-1]
            self.of[self._at][-1] = (name, before + (data if before else data.removeprefix("\n")))

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        self._area = "" if tag == "textarea" else self._area
        self._at = "" if tag == "form" else self._at


class Filling:
    """Somebody at a form: every area has words in it, and of everything else the first is chosen."""

    def __init__(self, story: Story, kind: Kind) -> None:
        self.story, self.kind = story, kind
        self.user = getattr(story.house, kind.who)
        self.page = kind.page(story)
        self.browser = factories.Browser(story.app, self.user)
        self.action, self.form = self.open(self.browser)

    def open(self, browser: factories.Browser) -> tuple[str, Given]:
        """Where the form is sent, and what a browser would send of it, filled in."""
        answer = browser.get(self.page, follow_redirects=True)
        assert answer.status_code == 200, self.page
        forms = Forms(self.page, answer.text)
        action = next(each for each in forms.of if deed_at(each) == self.kind.deed)
        words = {name: f"{SAID} {name}" for name in forms.areas[action]}
        first = {
            name: values[0]
            for name, values in forms.choices[action].items()
            if not name.endswith("__none")
        }
        return action, dict(forms.of[action]) | first | words | self.kind.given(self.story)

    @property
    def typed(self) -> set[tuple[str, str]]:
        """What must never be lost."""
        own = {"csrf_token", "form_token", "revision"}
        return {(name, value) for name, value in self.form.items() if value and name not in own}

    def send(self) -> Any:
        """Send it."""
        return self.browser.post(self.action, **self.form)

    def keep(self, form: Given) -> int:
        """As the script does while somebody types; gives the status."""
        sent = form | {"form_action": self.action}
        return int(self.browser.post(link("unfinished.keep"), **sent).status_code)

    def stands_in(self, page: str) -> bool:
        """Whether all of it stands in the form of a page."""
        return self.typed <= set(Forms(self.page, page).of.get(self.action, ()))

    def kept(self) -> list[str]:
        """The keys of what is kept of its author."""
        db.session.rollback()
        mine = select(KeptForm.key).where(KeptForm.author_id == factories.anew(self.user).id)
        return list(db.session.execute(mine.order_by(KeptForm.id)).scalars())

    def taken_up(self, browser: factories.Browser, key: str) -> str:
        """The page with the form filled again."""
        answer = browser.get(link("unfinished.take_up", key), follow_redirects=True)
        return str(answer.text)


@pytest.fixture(params=KINDS)
def filling(request: Any, quick_app: Flask) -> Filling:
    return Filling(Story(quick_app), KINDS[request.param])


def answered() -> int:
    """How many deeds were done and answered."""
    db.session.rollback()
    query = select(func.count()).select_from(SentForm).where(SentForm.answer.is_not(None))
    return int(db.session.execute(query).scalar_one())


def test_nothing_typed_is_lost_and_nothing_is_done_twice(
    filling: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One walk for each kind: what it is made for costs more than what happens to it."""
    what_is_typed_in_two_tabs_is_found_on_another_machine(filling)
    what_was_sent_and_cannot_go_on_stands_filled_afterwards(filling, monkeypatch)
    what_breaks_on_the_way_is_given_back_and_counts_once(filling)


def what_is_typed_in_two_tabs_is_found_on_another_machine(filling: Filling) -> None:
    """Kept while somebody types."""
    assert len(filling.typed) >= 1
    _action, other_tab = filling.open(filling.browser)
    assert filling.keep(filling.form) == filling.keep(other_tab) == 204
    assert filling.keep(filling.form) == 204
    both = filling.kept()
    assert len(both) == 2, "a form of its own for each tab, however often it is kept"
    another = factories.Browser(filling.story.app, filling.user)
    assert all(link("unfinished.take_up", key) in another.get("/unfinished").text for key in both)
    assert all(filling.stands_in(filling.taken_up(another, key)) for key in both)
    assert "Go on with it" in another.get(filling.page, follow_redirects=True).text
    for key in both:
        another.post(link("unfinished.drop", key), asked_and_sure="yes")


def what_was_sent_and_cannot_go_on_stands_filled_afterwards(
    filling: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept by the guard: a lock, a wanted factor, a token of another session, no session."""
    before = answered()
    for stop in (_locked, _without_a_factor, _of_a_session_before, _ended):
        filling.browser = factories.Browser(filling.story.app, filling.user)
        filling.action, filling.form = filling.open(filling.browser)
        stop(filling, monkeypatch)
        sent = {"csrf_token": filling.browser.token, "asked_and_sure": "yes", **filling.form}
        answer = filling.browser.client.post(filling.action, data=sent)
        monkeypatch.undo()
        assert answer.status_code == 303, stop.__name__
        assert answered() == before, "nothing was done"
        (key,) = filling.kept()
        again = factories.Browser(filling.story.app, filling.user)
        assert filling.stands_in(filling.taken_up(again, key)), stop.__name__
        again.post(link("unfinished.drop", key), asked_and_sure="yes")


def _locked(filling: Filling, _patch: pytest.MonkeyPatch) -> None:
    filling.browser.post("/lock")


def _without_a_factor(_filling: Filling, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("web.barring._stop", _wants_a_factor)


def _of_a_session_before(filling: Filling, _patch: pytest.MonkeyPatch) -> None:
    filling.form["csrf_token"] = "of another one"


def _ended(_filling: Filling, _patch: pytest.MonkeyPatch) -> None:
    db.session.execute(delete(SignedIn))
    db.session.commit()


def _wants_a_factor(_user: Any, *, fresh: bool) -> Any:
    """As of a deed that asks for a second factor; only of what is sent."""
    del fresh
    is_deed = request.method == "POST" and request.path != "/sign-in"
    return stop_at("accounts_security.confirm", "factor") if is_deed else None


def what_breaks_on_the_way_is_given_back_and_counts_once(filling: Filling) -> None:
    """The database goes away at three steps; then it is sent, and sent again."""
    app, before = filling.story.app, answered()
    filling.browser = factories.Browser(app, filling.user)
    filling.action, filling.form = filling.open(filling.browser)
    breaking = Breaking(db.engine)
    event.listen(db.engine, "before_cursor_execute", breaking)
    app.testing = False
    try:
        for step in (0, 6, 13):
            breaking.left = step
            answer = filling.send()
            breaking.left = -1
            assert answer.status_code == 503, step
            given_back = set(Forms(filling.page, answer.text).of.get(filling.action, ()))
            said = {escaped for _name, escaped in filling.typed}
            assert filling.typed <= given_back or all(
                text in html.unescape(answer.text) for text in said
            )
    finally:
        app.testing = True
        event.remove(db.engine, "before_cursor_execute", breaking)
    assert answered() == before, "nothing half-done"
    first, second = filling.send(), filling.send()
    assert (first.status_code, second.status_code) == (303, 303), first.text
    assert first.location == second.location
    assert answered() == before + 1, "a second click counts as the first"
    assert filling.kept() == [], "what is done is kept no longer"


def test_what_is_sent_in_the_same_moment_is_done_once(filling: Filling) -> None:
    before = answered()
    cookie = filling.browser.client.get_cookie("session")
    assert cookie is not None
    filling.form |= {"asked_and_sure": "yes", "csrf_token": filling.browser.token}
    if filling.kind.deed == "referral.send":  # what goes is shown first, and seen
        filling.form[LOOKED] = SEEN.search(_looked_at(filling))[1]  # type: ignore[index]

    def send(_turn: int) -> int:
        client = filling.story.app.test_client()
        client.set_cookie("session", cookie.value)
        return int(client.post(filling.action, data=filling.form).status_code)

    db.session.rollback()
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(send, range(2))) == [303, 303]
    assert answered() == before + 1


def _looked_at(filling: Filling) -> str:
    answer = filling.browser.client.post(filling.action, data=filling.form)
    return str(filling.browser.get(answer.location).text)
