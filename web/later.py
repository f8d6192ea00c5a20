"""An answer whose content takes long to make: a paper that is set, a file that is encrypted. It is
made once everything is committed, so that nobody waits for it at a lock.
"""

from collections.abc import Callable
from typing import Any

from flask import Response


class Later(Response):
    """A response whose bytes ``make`` gives; it asks the database nothing any more."""

    def __init__(self, make: Callable[[], bytes], **more: Any) -> None:
        super().__init__(**more)
        self._make = make

    def finish(self) -> None:
        """Make the content."""
        self.set_data(self._make())


def finished(response: Any) -> Any:
    """A response with its content, whatever it is."""
    if isinstance(response, Later):
        response.finish()
    return response
