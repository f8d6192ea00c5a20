"""Addresses are made from the name of a page and the records it is about."""

import re
from types import SimpleNamespace

import pytest
from flask import Flask
from werkzeug.routing import BuildError

from access.permissions import Permission
from config import ROOT
from standards import notification_events
from tests import figures
from web.guard import ROUTES
from web.links import link

EVENTS = {code for code, _words in notification_events.EVENTS}
CASE = SimpleNamespace(id=7, number="SC-2K7M")


def test_records_fill_the_rule_in_its_order(quick_app: Flask) -> None:
    assert link("casefile.show", CASE) == "/cases/SC-2K7M"
    assert (
        link("casefile.finish_task", CASE, SimpleNamespace(id=12)) == "/cases/SC-2K7M/tasks/12/done"
    )
    assert link("casefile.show", "SC-2K7M") == "/cases/SC-2K7M"


def test_what_the_rule_does_not_have_stands_behind_the_question_mark(quick_app: Flask) -> None:
    assert link("casefile.index", status="open", risk="") == "/cases?status=open"


def test_too_many_records_and_unknown_pages_are_mistakes_of_ours(quick_app: Flask) -> None:
    with pytest.raises(TypeError, match="takes 1 records"):
        link("casefile.show", CASE, CASE)
    with pytest.raises((KeyError, BuildError)):
        link("casefile.no_such_page")


def test_every_page_has_an_address(quick_app: Flask) -> None:
    for route in ROUTES.values():
        count = route.rule.count("<")
        assert link(route.endpoint, *[1] * count).count("<") == 0


def test_every_page_that_is_named_exists(quick_app: Flask) -> None:
    """In Python, in templates, and in lists of pages: a name of a page that is not there fails here."""
    packages = {name.partition(".")[0] for name in ROUTES if "." in name}
    named = re.compile(rf"""["']((?:{"|".join(sorted(packages))})\.[a-z_]+)["']""")
    apart = {"models", "benchmarks"}  # names of columns
    modules = [path for path in figures.modules() if path.parent.name not in apart]
    paths = [*modules, *figures.templates()]
    permissions = {permission.value for permission in Permission}
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in paths
        for name in named.findall(path.read_text("utf-8"))
        if name not in ROUTES and name not in permissions | EVENTS and path.stem != "signals"
    ]
    assert wrong == []
