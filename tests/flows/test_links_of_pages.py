"""Every page that anybody reaches by links, for every role: each link leads somewhere, and each
form to a deed its reader may do.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound as NoSuchRule

from access.actors import person
from access.policy import allows
from models import scope
from models.base import db
from models.people import User
from tests import factories
from tests.security.test_13_matrix import sheltered, story
from web.errors import NotFound
from web.guard import ROUTES

LINK = re.compile(r'href="(/[^"#]*)')
FORM = re.compile(r'<form[^>]*method="post"[^>]*action="(/[^"]*)"|formaction="(/[^"]*)"')
TITLE = re.compile(r"<title>(.*?)</title>", re.S)
AWAY = ("/static/", "/leave", "/lock")  # files; what leads out, and what locks
PER_SHAPE = 2  # pages of a kind that one person opens
SHAPE = re.compile(r"[A-Z]{2}-[0-9A-Z]+|\b[0-9a-f]{12,}\b|\b\d+\b")


class Reader:
    """One person with a browser: what they reach, and what of it leads nowhere."""

    def __init__(self, app: Flask, user: User) -> None:
        self.app = app
        self.user = user
        self.browser = factories.Browser(app, user)
        self.pages: set[str] = set()
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
        for address in dict.fromkeys(LINK.findall(answer.text)):
            if not address.startswith(AWAY):
                yield address.replace("&amp;", "&")

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
