"""A person's word on photographs binds what is added, what goes out and what stays."""

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.core import consent
from files import photographs, queries, receiving
from models.base import db
from models.cases import Case, Task
from models.files import Attachment
from models.people import User
from models.rules import RuleBroken
from notifications import worker
from tests import factories
from tests.files.test_corpus import CORPUS
from tests.files.test_files import MARK, picture
from web.errors import NotFound

VIDEO = (CORPUS / "good/mp4/android-video.mp4").read_bytes()


def answers(house: factories.World, case: Case, answer: str) -> None:
    with factories.acts(house.caseworker) as by:
        consent.record(by=by, case=factories.anew(case), given={"photograph": answer})


def withdraws(house: factories.World, case: Case) -> None:
    with factories.acts(house.caseworker) as by:
        consent.withdraw(by=by, case=factories.anew(case), purpose="photograph")


def send(house: factories.World, case: Case, content: bytes, **said: Any) -> Attachment:
    with factories.acts(house.caseworker) as by:
        made = receiving.take_whole(
            by=by,
            case=factories.anew(case),
            name="a",
            content=content,
            compartment="protection",
            **said,
        )
    worker.run_worker(worker.own_connection(), burst=True)
    return factories.anew(made)


def open_tasks(case_id: int) -> list[Task]:
    return factories.of_kind(
        Task, photographs.TASK, Task.case_id == case_id, Task.done_at.is_(None)
    )


def is_given(who: User, key: str) -> bool:
    """Whether somebody who may open the case is given the file."""
    with factories.acts(who) as actor:
        try:
            return queries.kept(actor, key).key == key
        except NotFound:
            return False


@pytest.mark.parametrize("withdrawn", [False, True])
def test_what_shows_the_person_is_not_taken_against_their_word(
    quick_app: Flask, withdrawn: bool
) -> None:
    house = factories.World()
    case = factories.case(house)
    answers(house, case, "agrees" if withdrawn else "refuses")
    if withdrawn:
        withdraws(house, case)
    with pytest.raises(RuleBroken) as refused:
        send(house, case, picture(), shows_person="yes")
    assert refused.value.field == "shows_person"
    assert not db.session.execute(select(Attachment)).all()
    for content in (picture(), VIDEO):
        kept = send(house, case, content)
        assert (kept.state, kept.refusal) == ("refused", "not_said")
        assert send(house, case, content, shows_person="no").state == "kept"
    assert send(house, case, MARK).state == "kept", "words show nobody"


def test_a_word_given_while_the_file_is_on_its_way_counts(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        made = receiving.take_whole(
            by=by,
            case=factories.anew(case),
            name="a",
            content=picture(),
            compartment="protection",
            shows_person="yes",
        )
    answers(house, case, "refuses")
    worker.run_worker(worker.own_connection(), burst=True)
    kept = factories.anew(made)
    assert (kept.state, kept.refusal) == ("refused", "photograph")


@pytest.mark.parametrize("how", ["refuses", "withdraws"])
def test_what_is_there_stays_in_the_office_until_it_is_removed(quick_app: Flask, how: str) -> None:
    house = factories.World()
    case = factories.case(house)
    number, case_id, owner = case.number, case.id, house.caseworker.id
    answers(house, case, "agrees")
    shown = send(house, case, picture(), shows_person="yes").key
    other = send(house, case, picture(), shows_person="no").key
    assert is_given(house.far, shown)
    withdraws(house, case) if how == "withdraws" else answers(house, case, "refuses")
    assert not is_given(house.far, shown)
    assert is_given(house.far, other)
    assert is_given(house.caseworker, shown)
    (task,) = open_tasks(case_id)
    assert task.owner_id == owner
    browser = factories.Browser(quick_app, house.caseworker)
    assert "To be removed" in browser.get(f"/cases/{number}/files").text
    assert browser.post(f"/files/{shown}/remove").status_code == 303
    assert not open_tasks(case_id)


def test_said_later_it_counts_too(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    case_id = case.id
    key = send(house, case, picture()).key
    answers(house, case, "refuses")
    assert not open_tasks(case_id)
    browser = factories.Browser(quick_app, house.caseworker)
    assert browser.post(f"/files/{key}/facts", tags="", shows_person="yes").status_code == 303
    assert len(open_tasks(case_id)) == 1
    browser.post(f"/files/{key}/facts", tags="", shows_person="yes")
    assert len(open_tasks(case_id)) == 1, "one task, however often it is said"
    browser.post(f"/files/{key}/facts", tags="", shows_person="no")
    assert not open_tasks(case_id)
    assert browser.post(f"/files/{key}/facts", tags="", shows_person="maybe").status_code == 422


def test_the_form_and_the_parts_ask_the_same(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    number = case.number
    answers(house, case, "refuses")
    browser = factories.Browser(quick_app, house.caseworker)
    page = browser.get(f"/cases/{number}/files").text
    assert "The person does not want photographs" in page
    sent = {"compartment": "protection", "shows_person": "yes"}
    form = browser.post(f"/cases/{number}/files", **sent, file=(io.BytesIO(picture()), "a.jpg"))
    assert form.status_code == 422
    begun = browser.post(f"/cases/{number}/files/begin", **sent, name="a.jpg", size="100")
    assert begun.status_code == 422
