"""Pages by key: every row once, in order, whatever the size, the order of writing and the ways of
being allowed.
"""

import base64
import contextlib
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from models.base import db, now
from models.data_protection import Alert
from web import paging
from web.errors import NotFound

KEYS = (Alert.at, Alert.id)


def alerts(ages: list[int]) -> list[int]:
    """Alerts of so many minutes ago, in the order in which they were written; gives their ids,
    newest first.
    """
    db.session.execute(delete(Alert))
    for number, age in enumerate(ages):
        row = {
            "kind": "x",
            "subject": str(number),
            "window": "w",
            "count": age % 3,
            "at": now() - timedelta(minutes=age),
        }
        db.session.execute(insert(Alert).values(row))
    return list(
        db.session.execute(select(Alert.id).order_by(Alert.at.desc(), Alert.id.desc())).scalars()
    )


def walked(size: int, **more: Any) -> list[list[int]]:
    """The ids of every page, one after another."""
    found, cursor = [], ""
    while True:
        page = paging.page(select(Alert), KEYS, cursor, size, **more)
        assert page.first is (cursor == "")
        found.append([row.id for row in page.items])
        cursor = page.next
        if not cursor:
            return found


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(ages=st.lists(st.integers(0, 5), max_size=12), size=st.integers(1, 13))
def test_walking_through_pages_meets_every_row_once_in_order(
    quick_app: Flask, clock: Any, ages: list[int], size: int
) -> None:
    expected = alerts(ages)
    pages = walked(size)
    assert [number for page in pages for number in page] == expected
    assert all(len(page) == size for page in pages[:-1])
    assert len(pages) == max(1, -(-len(expected) // size)), (
        "a full page at the end promises no other"
    )
    ways = [Alert.count == 0, Alert.count < 2, Alert.count >= 2]  # they overlap
    assert [number for page in walked(size, ways=ways) for number in page] == expected
    some = [number for page in walked(size, ways=[Alert.count == 1]) for number in page]
    assert some == [number for number in expected if db.session.get_one(Alert, number).count == 1]


def test_what_is_written_meanwhile_moves_nothing(quick_app: Flask, clock: Any) -> None:
    expected = alerts([1, 2, 3, 4])
    first = paging.page(select(Alert), KEYS, size=2)
    newest = {"kind": "x", "subject": "new", "window": "w", "count": 0, "at": now()}
    db.session.execute(insert(Alert).values(newest))
    second = paging.page(select(Alert), KEYS, first.next, size=2)
    assert [row.id for row in (*first.items, *second.items)] == expected


def test_nobody_at_all_is_one_empty_page(quick_app: Flask) -> None:
    page = paging.page(select(Alert), KEYS, ways=())
    assert (page.items, page.next, page.first) == ([], "", True)


def packed(value: Any) -> str:
    return paging.sealed(value)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        "=",
        "ü",
        {},
        5,
        [],
        [1],
        [1, 2, 3],
        ["2026-03-10T12:00:00+00:00", "5"],
        ["no day", 5],
        ["2026-03-10T12:00:00+00:00", None],
        [["a"], "x"],
        ["", 1],
    ],
)
def test_a_cursor_that_is_none_finds_nothing_and_breaks_nothing(
    quick_app: Flask, cursor: Any
) -> None:
    with pytest.raises(NotFound):
        paging.page(select(Alert), KEYS, cursor if isinstance(cursor, str) else packed(cursor))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=40))
def test_whatever_stands_in_an_address_is_a_place_or_nothing(
    quick_app: Flask, content: bytes
) -> None:
    with contextlib.suppress(NotFound):
        paging._opened(base64.urlsafe_b64encode(content).decode().rstrip("="), 2)
