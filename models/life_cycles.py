"""Life cycles: which states a record can be in, and which verb leads from one to the next.

The tables are in :mod:`models.states`. One method moves a record, :meth:`LifeCycle.move`; it
refuses what the table does not have, asks the guards of the verb, and writes who and when. Guards
are rules of the field that belong to one transition; the package that knows the rule adds it with
:meth:`LifeCycle.guard`, so that page, API, job and import meet it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator

from models import scope
from models.base import now, today
from models.rules import NotPossible, stated
from models.witnessed import stands

START = ""  # before the first verb


class State(StrEnum):
    """Base of all states: what the database holds is the value."""


class Someone(Protocol):
    """Who moves a record: an actor, or a task of the system, whose ``id`` is None."""

    @property
    def id(self) -> int | None:
        """The account's id."""


Guard = Callable[[Any, Any], None]


class StateColumn(TypeDecorator[State]):
    """A state as text of at most ``length`` characters; comes back as its enum, so that a misspelt
    state is found at once.
    """

    impl = String
    cache_ok = True

    def __init__(self, states: type[State], length: int) -> None:
        self.states = states
        super().__init__(length)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Refuse a text that is no state.

        A state of another life cycle fits no row, and that is no mistake: one condition may stand
        for records of several kinds. The empty text is none yet.
        """
        if not value or isinstance(value, State):
            return str(value) if value else value
        return self.states(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The state itself."""
        return self.states(value) if value else value


@dataclass
class LifeCycle:
    """One table: ``steps`` says where a verb leads, ``stamps`` which columns take who and when.

    ``refusal`` is what a person reads where a verb does not fit the state.
    """

    name: str
    states: type[State]
    steps: Mapping[tuple[str, str], State | str]
    refusal: Any
    column: str = "state"
    stamps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    guards: dict[str, list[Guard]] = field(default_factory=dict)

    @property
    def verbs(self) -> frozenset[str]:
        """Every verb of the table."""
        return frozenset(verb for _state, verb in self.steps)

    @property
    def endings(self) -> frozenset[State]:
        """States that nothing leads out of."""
        return frozenset(set(self.states) - {state for state, _verb in self.steps})

    def can(self, record: Any, verb: str) -> bool:
        """Whether the table has ``verb`` for the state that ``record`` is in.

        Guards are not asked.
        """
        return (self._state(record), verb) in self.steps

    def reachable_by(self, verb: str) -> frozenset[str]:
        """The states in which ``verb`` is possible."""
        return frozenset(state for state, other in self.steps if other == verb)

    def check(self, record: Any, verb: str, *, by: Someone) -> State | str:
        """The state that ``verb`` leads to.

        Raises :class:`NotPossible`, also for a row that somebody else wrote, or the broken rule of
        a guard.
        """
        after = self.steps.get((self._state(record), verb))
        if after is None or not stands(record):
            raise NotPossible(self.refusal)
        for guard in self.guards.get(verb, ()):
            guard(record, by)
        return after

    def move(self, record: Any, verb: str, *, by: Someone) -> None:
        """Do ``verb`` to ``record``: the new state, and who and when where the table says so.

        Raises as :meth:`check`.
        """
        after = self.check(record, verb, by=by)
        # Of several people (a family, a round) the request knows one; each is acted on here.
        scope.touch(getattr(record, "case_id", None))
        setattr(record, self.column, after)
        for column in self.stamps.get(verb, ()):
            setattr(record, column, by.id if column.endswith("_by_id") else _when(column))

    def guard(self, *verbs: str) -> Callable[[Guard], Guard]:
        """Add a rule to verbs.

        The rule takes the record and who acts, and raises :class:`models.rules.RuleBroken`.
        """
        unknown = set(verbs) - self.verbs
        if unknown:
            raise TypeError(f"{self.name} has no verbs {unknown}")

        def add(rule: Guard) -> Guard:
            for verb in verbs:
                rules = self.guards.setdefault(verb, [])
                if rule not in rules:
                    rules.append(rule)
            return stated(f"{self.name}: {', '.join(verbs)}")(rule)

        return add

    def walk(self) -> Iterator[tuple[str, str, State | str]]:
        """Each transition: from, verb, to."""
        for (state, verb), after in self.steps.items():
            yield state, verb, after

    def _state(self, record: Any) -> str:
        return getattr(record, self.column) or START


def _when(column: str) -> Any:
    return today() if column.endswith("_on") else now()
