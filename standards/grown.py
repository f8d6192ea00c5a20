"""Lists that offices add to: what was shipped, then what they added. A code of theirs says as which
of ours it is counted, so that statistics and exports stay those of everybody.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import get_locale

from standards.languages import SOURCE

Option = tuple[str, object]
PREFIX = "own"  # no code of ours begins so


@dataclass(frozen=True)
class Added:
    """One that an office added: ``offered`` where the office that asks has it and uses it still."""

    code: str
    labels: Mapping[str, str]
    counted_as: str
    offered: bool

    @property
    def label(self) -> str:
        """In the reader's language, else in the one that ours are written in."""
        locale = str(get_locale() or SOURCE)
        return self.labels.get(locale) or self.labels.get(SOURCE) or self.code


class Grown(tuple[Option, ...]):
    """Read as any list of options: it gives what may be chosen at the office whose form it is."""

    __slots__ = ()
    names: ClassVar[dict[int, str]] = {}
    # Gives what offices added to a list; models.code_entries says so.
    added: ClassVar[Callable[[str], list[Added]]] = staticmethod(lambda _name: [])

    @classmethod
    def of(cls, name: str, shipped: tuple[Option, ...]) -> "Grown":
        """The list ``name``, which begins with what was shipped."""
        made = cls(shipped)
        cls.names[id(made)] = name
        return made

    @property
    def name(self) -> str:
        """How offices and rows call it."""
        return self.names[id(self)]

    @property
    def shipped(self) -> tuple[Option, ...]:
        """Ours alone."""
        return tuple(super().__iter__())

    def __iter__(self) -> Iterator[Option]:
        yield from super().__iter__()
        yield from ((each.code, each.label) for each in self._added() if each.offered)

    def __len__(self) -> int:
        return sum(1 for _option in self)

    def __contains__(self, option: object) -> bool:
        return any(option == each for each in self)

    def every(self) -> list[Option]:
        """With what is not offered here: it may stand in a case that came from elsewhere."""
        return [*super().__iter__(), *((each.code, each.label) for each in self._added())]

    def label(self, code: str) -> str:
        """What a code is called; the code itself where nobody knows it."""
        return str(dict(self.every()).get(code, code))

    def counted_as(self, code: str) -> str:
        """The code of ours under which one of an office is counted."""
        if not code.startswith(PREFIX):
            return code
        return next((each.counted_as for each in self._added() if each.code == code), code)

    def _added(self) -> list[Added]:
        return Grown.added(self.name)


def every(options: Any) -> list[Option]:
    """All that a list of options knows, offered or not."""
    found = options() if callable(options) else options
    return found.every() if isinstance(found, Grown) else list(found)
