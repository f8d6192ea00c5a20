"""A form that is added tomorrow is kept, comes back filled and counts once, without a line of its
own: a page and a deed that know nothing of it, added here. And where the kit is taken away, this
test fails.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, render_template_string
from sqlalchemy import delete, select

from access.actors import Actor
from access.permissions import Permission
from models.base import db
from models.people import SignedIn
from models.sent import KeptForm
from tests import factories
from tests.web.test_ten_forms import Forms
from web import forms
from web.form_pairs import ASIDE, OPENED
from web.forms import Form, chosen
from web.guard import ROUTES, GuardedBlueprint, redirect_to
from web.keeping import ASK_FOR_PROOFS, NOT_KEPT
from web.links import link
from web.telling import SURE

SAID = "She was at the bus station, she said: “wait for me” & <nobody> came."
PAGE = """{% extends "base.html" %}{% import "macros/forms.html" as forms %}
{% block content %}
  {{ forms.faults(form) }}
  {{ forms.begin(link("tomorrow.keep")) }}{{ forms.fields(form) }}<button>Save</button></form>
{% endblock %}"""
DONE: list[dict[str, Any]] = []


class Tomorrow(forms.FormSchema):
    """A form of tomorrow."""

    words = forms.textarea("Words", required=True)
    on = forms.day("Day")
    some = forms.several("Some", (("a", "A"), ("b", "B")))


def show(_actor: Actor, form: Form | None = None) -> str:
    """Its page."""
    return render_template_string(PAGE, form=chosen(form, Tomorrow))


def keep(_actor: Actor, given: dict[str, Any]) -> Any:
    """Its deed."""
    DONE.append(given)
    return redirect_to("work.index")


@pytest.fixture
def served(quick_app: Flask) -> Iterator[Flask]:
    """The application with the form of tomorrow."""
    before = set(ROUTES)
    DONE.clear()
    room = GuardedBlueprint("tomorrow", __name__)
    room.get("/tomorrow", permission=Permission.CASE_LIST)(show)
    room.post("/tomorrow", permission=Permission.CASE_LIST, accepts=Tomorrow, page=show)(keep)
    quick_app.register_blueprint(room.blueprint)
    yield quick_app
    for name in set(ROUTES) - before:
        del ROUTES[name]


class At:
    """Somebody who filled it in."""

    def __init__(self, app: Flask) -> None:
        house = factories.World()
        self.app, self.user = app, house.caseworker
        self.page = link("tomorrow.show")
        self.browser = factories.Browser(app, self.user)
        self.form = self.opened() | {"words": SAID, "on": "2026-03-02", "some": "b"}

    def opened(self) -> dict[str, Any]:
        """What a browser would send of the page as it is."""
        return dict(Forms(self.page, self.browser.get(self.page).text).of[self.page])

    def stands(self, page: str) -> bool:
        """Whether all of it stands in the form of a page."""
        typed = {(name, self.form[name]) for name in ("words", "on", "some")}
        return typed <= set(Forms(self.page, page).of.get(self.page, ()))

    def taken_up(self) -> str:
        """The page again, with what is kept."""
        again = factories.Browser(self.app, self.user)
        db.session.rollback()
        key = db.session.execute(select(KeptForm.key)).scalar()
        assert key, "it is kept"
        return str(again.get(link("unfinished.take_up", key), follow_redirects=True).text)


def typing(at: At) -> None:
    """Kept while somebody types, found on another machine."""
    sent = at.form | {"form_action": at.page}
    assert at.browser.post(link("unfinished.keep"), **sent).status_code == 204
    assert at.stands(at.taken_up())


def locked(at: At) -> None:
    """It meets a lock."""
    at.browser.post("/lock")
    assert "/unlock" in at.browser.post(at.page, **at.form).location
    assert at.stands(at.taken_up())


def ended(at: At) -> None:
    """Its session has ended."""
    db.session.execute(delete(SignedIn))
    db.session.commit()
    assert at.browser.post(at.page, **at.form).status_code == 303
    assert at.stands(at.taken_up())


def refused(at: At) -> None:
    """Something does not fit."""
    at.form["on"] = "32.13.2026"
    page = at.browser.post(at.page, **at.form)
    assert page.status_code == 422
    assert SAID in dict(Forms(at.page, page.text).of[at.page]).values()


def twice(at: At) -> None:
    """It is sent twice."""
    first, second = (at.browser.post(at.page, **at.form) for _ in range(2))
    assert first.location == second.location
    assert len(DONE) == 1
    db.session.rollback()
    assert db.session.execute(select(KeptForm)).first() is None


def with_a_script(at: At) -> None:
    """A script finds whose form it is and where it is kept, and shows it under Not finished."""
    page = at.browser.get(at.page).text
    assert re.search(r'id="kept-words"[^>]*data-keep="/unfinished"', page, re.S)
    assert "/static/keeping" in page
    typing(at)
    assert SAID[:20] in at.browser.get(link("unfinished.index")).text


EVENTS = (typing, locked, ended, refused, twice, with_a_script)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_form_of_tomorrow_has_it_all(event: Callable[[At], None], served: Flask) -> None:
    event(At(served))


@pytest.mark.parametrize(
    ("event", "part", "without"),
    [
        (typing, "web.keeping._named_by_address", lambda _response: None),
        (locked, "web.keeping.keep_sent", lambda _why: ""),
        (ended, "web.keeping.keep_sent", lambda _why: ""),
        (twice, "web.once.answered", lambda _by: None),
        (typing, "web.form_tokens.new", lambda: ""),
        (twice, "web.form_tokens.new", lambda: ""),
        (with_a_script, "web.keeping.unfinished", lambda _by: []),
    ],
)
def test_without_a_part_of_the_kit_it_would_be_lost_or_done_twice(
    event: Callable[[At], None],
    part: str,
    without: Callable[..., Any],
    served: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(part, without)
    if part == "web.form_tokens.new":
        served.jinja_env.globals["form_token"] = without
    at = At(served)
    with pytest.raises(AssertionError):
        event(at)


def test_no_field_is_called_as_what_stands_beside_a_form_and_is_not_kept() -> None:
    """What somebody typed into such a field would be dropped from every draft."""
    waiting, taken = [forms.FormSchema], set()
    while waiting:
        schema = waiting.pop()
        waiting += schema.__subclasses__()
        names = {field.data_key or name for name, field in schema._declared_fields.items()}
        beside = {*NOT_KEPT, SURE, OPENED, "form_action"}
        asks_for_proofs = schema.__module__.startswith((*ASK_FOR_PROOFS, "referral"))
        proofs = set() if asks_for_proofs else {"password", "current", "second"}
        taken |= {f"{schema.__name__}.{name}" for name in names & (beside | proofs)}
        marked = {name for name in names if name.endswith(("__none", ASIDE))}
        taken |= {f"{schema.__name__}.{name}" for name in marked}
    # Chosen for one file that goes out, and kept sealed as any words are.
    assert taken == {"CopySchema.password"}
