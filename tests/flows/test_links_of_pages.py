"""Every page that anybody reaches by links, for every role: each link leads somewhere, each form to
a deed its reader may do, and what is typed into a form comes back after a lock.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import delete
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound as NoSuchRule

from access.actors import person
from access.policy import allows
from models import scope
from models.base import db
from models.people import SignedIn, User
from models.sent import KeptForm
from tests import factories
from tests.security.test_13_matrix import sheltered, story
from web.errors import NotFound
from web.guard import ROUTES

SAID = "She was at the bus station, she said: “wait for me” & <nobody> came."
LINK = re.compile(r'href="(/[^"#]*)')
FORM = re.compile(r'<form[^>]*method="post"[^>]*action="(/[^"]*)"|formaction="(/[^"]*)"')
TITLE = re.compile(r"<title>(.*?)</title>", re.S)
AWAY = ("/static/", "/leave", "/lock")  # files; what leads out, and what locks
# Pages of a kind that one person opens.
PER_SHAPE = 2 if os.environ.get("SAFECONDUCT_TESTS") == "all" else 1
EVENTS = ("lock", "ended")
SHAPE = re.compile(r"[A-Z]{2}-[0-9A-Z]+|\b[0-9a-f]{12,}\b|\b\d+\b")


@dataclass
class Filled:
    """One form of a page: where it is sent, what stands in its fields and its areas of text."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Filled] = []
        self._form: Filled | None = None
        self._area = ""

    @classmethod
    def of(cls, page: str) -> list[Filled]:
        """The forms that are sent by POST, in their order."""
        reader = cls()
        reader.feed(page)
        return reader.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form begins, or has a field."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Filled(said.get("action", "")) if said.get("method") == "post" else None
            self.found += [self._form] if self._form else []
        elif self._form and tag == "textarea":
            self._area = said["name"]
            self._form.areas[self._area] = ""
        elif self._form and tag == "input" and self._is_sent(said):
            self._form.fields[said["name"]] = said.get("value", "")

    @staticmethod
    def _is_sent(said: dict[str, str]) -> bool:
        kind = said.get("type", "text")
        ticked = kind not in {"checkbox", "radio"} or "checked" in said
        return "name" in said and ticked and kind not in {"file", "password"}

    def handle_data(self, data: str) -> None:
        """What stands in an area of text."""
        if self._form and self._area:
            self._form.areas[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        self._area = "" if tag == "textarea" else self._area
        self._form = None if tag == "form" else self._form


class Reader:
    """One person with a browser: what they reach, and what of it leads nowhere."""

    def __init__(self, app: Flask, user: User) -> None:
        self.app = app
        self.user = user
        self.browser = factories.Browser(app, user)
        self.pages: set[str] = set()
        self.with_words: dict[str, str] = {}  # a deed whose form has room for words → its page
        self.faults: list[str] = []
        self._shapes: dict[str, int] = {}
        self._found_on: dict[str, str] = {}

    def walk(self) -> None:
        """Follow links, breadth first, until there is nothing new."""
        waiting, seen = ["/"], {"/"}
        while waiting:
            path = waiting.pop(0)
            for address in self._open(path):
                if address not in seen and self._is_new_kind(address):
                    seen.add(address)
                    self._found_on[address] = path
                    waiting.append(address)

    def _is_new_kind(self, address: str) -> bool:
        shape = SHAPE.sub("N", address.partition("?")[0]) + ("?" if "?" in address else "")
        self._shapes[shape] = self._shapes.get(shape, 0) + 1
        return self._shapes[shape] <= PER_SHAPE

    def _open(self, path: str) -> Iterator[str]:
        answer = self.browser.get(path)
        if answer.status_code in {302, 303}:
            yield answer.headers["Location"].partition("#")[0]
            return
        if answer.status_code != 200:
            source = self._found_on.get(path, "")
            self.faults.append(f"{path} answers {answer.status_code}; {source} leads there")
            return
        self.pages.add(self._endpoint(path, "GET") or path)
        if "html" not in answer.headers["Content-Type"]:
            return
        title = TITLE.search(answer.text)
        if title is None or title[1] != "Office notes":
            self.faults.append(f"{path} is titled {title and title[1]!r}")
        for action in {first or second for first, second in FORM.findall(answer.text)}:
            self._check_deed(path, action.replace("&amp;", "&"))
        for form in Forms.of(answer.text):
            if form.areas:
                self.with_words.setdefault(self._endpoint(form.action or path, "POST"), path)
        for address in dict.fromkeys(LINK.findall(answer.text)):
            if not address.startswith(AWAY):
                yield address.replace("&amp;", "&")

    def keeps_words(self, deed: str, event: str) -> bool:
        """Whether what is typed into the form of a deed comes back, when ``event`` came between: a
        ``lock``, a session that ``ended``.
        """
        page = self.with_words[deed]
        forms = Forms.of(self.browser.get(page).text)
        form = next(
            f for f in forms if f.areas and self._endpoint(f.action or page, "POST") == deed
        )
        words = {name: f"{SAID} {name}" for name in form.areas}
        filled = getattr(self, f"_after_{event}")(form.action or page, form.fields | words)
        areas = [area for form in Forms.of(filled) for area in form.areas.items()]
        stands = [(name, text.removeprefix("\n")) for name, text in areas]
        return all(item in stands for item in words.items())

    def _after_lock(self, action: str, typed: dict[str, str]) -> str:
        self.browser.post("/lock")
        locked = self.browser.post(action, **typed)
        opened = self.browser.post(locked.headers["Location"], password=factories.PASSWORD)
        return str(self.browser.get(opened.headers["Location"], follow_redirects=True).text)

    def _after_ended(self, action: str, typed: dict[str, str]) -> str:
        user_id = factories.anew(self.user).id
        db.session.execute(delete(SignedIn).where(SignedIn.user_id == user_id))
        # A few forms wait for somebody without a session, not dozens.
        db.session.execute(delete(KeptForm).where(KeptForm.author_id == user_id))
        db.session.commit()
        waits = self.browser.post(action, **typed).headers["Location"]
        self.browser.sign_in(factories.anew(self.user).email, factories.PASSWORD)
        return str(self.browser.get(waits, follow_redirects=True).text)

    def _endpoint(self, path: str, method: str) -> str:
        matched = self._match(path, method)
        return matched[0] if matched else ""

    def _match(self, path: str, method: str) -> tuple[str, dict[str, object]] | None:
        adapter = self.app.url_map.bind("localhost")
        try:
            endpoint, arguments = adapter.match(unquote(path.partition("?")[0]), method=method)
        except (NoSuchRule, MethodNotAllowed):
            return None
        return endpoint, dict(arguments)

    def _check_deed(self, page: str, action: str) -> None:
        matched = self._match(action, "POST")
        if matched is None:
            self.faults.append(f"{page} has a form to {action}, where nothing is")
            return
        endpoint, arguments = matched
        if not self._may(endpoint, arguments):
            self.faults.append(f"{page} offers {endpoint}, which {self.user.email} may not do")

    def _may(self, endpoint: str, arguments: dict[str, object]) -> bool:
        route = ROUTES[endpoint]
        if route.permission is None:
            return True
        actor = person(factories.anew(self.user))
        before = scope.standing()
        scope.enter(actor.scope)
        try:
            subject = route.subject(actor, **arguments) if route.subject else None
            return allows(actor, route.permission, subject)
        except NotFound:
            return False
        except RuntimeError:  # a finder that looks at the request itself; the page found it too
            return True
        finally:
            scope.put_back(before)
            db.session.rollback()


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_every_link_of_every_page_leads_where_its_reader_may_go(app: Flask) -> None:
    house = factories.World()
    story(house)
    sheltered(house, factories.case(house, given_names="Zqxsecond"))
    readers = [Reader(app, factories.anew(user)) for user in house.people.values()]
    for reader in readers:
        reader.walk()
    faults = [f"{reader.user.name}: {fault}" for reader in readers for fault in reader.faults]
    if faults:
        pytest.fail("\n".join(faults))
    reached = {page for reader in readers for page in reader.pages}
    assert len(reached) >= 90, sorted(reached)
    _comes_back(readers)


def _comes_back(readers: list[Reader]) -> None:
    """Of every form with room for words, whoever wrote it: none has a line of its own for it."""
    of_deed = {deed: reader for reader in readers for deed in reader.with_words}
    assert len(of_deed) >= 25, sorted(of_deed)
    lost = [
        (deed, event)
        for deed, reader in of_deed.items()
        for event in EVENTS
        if not reader.keeps_words(deed, event)
    ]
    assert not lost, lost
