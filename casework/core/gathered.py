"""What is asked of many cases at once is read at once: within :func:`together` the questions that
rules ask of one case after another find their answers there, and no query is made for each.

Nothing is written within it: an answer is that of its beginning.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar, cast

Answer = TypeVar("Answer")


class _Gathered(NamedTuple):
    """Of which cases, and the answers by the name of the question and its key."""

    ids: Collection[int]
    answers: Mapping[str, Mapping[Hashable, Any]]


_now: ContextVar[_Gathered | None] = ContextVar("gathered", default=None)


@contextmanager
def together(ids: Collection[int], **answers: Mapping[Hashable, Any]) -> Iterator[None]:
    """Answer from here on from what was read. What is not among ``answers`` of a case of ``ids``
    is nothing: None.
    """
    token = _now.set(_Gathered(frozenset(ids), answers))
    try:
        yield
    finally:
        _now.reset(token)


def answer(
    question: str, case_id: int, key: Hashable, read: Callable[[], Answer | None]
) -> Answer | None:
    """The answer that was gathered for this case, or what ``read`` gives."""
    stands = _now.get()
    if stands is None or case_id not in stands.ids or question not in stands.answers:
        return read()
    return cast("Answer | None", stands.answers[question].get(key))
