"""What a package brings to the application.

Each has a ``parts.py`` with its :class:`Parts`; only ``application.py`` reads them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import click
from blinker import Signal
from flask import Flask

from web.guard import GuardedBlueprint

Job = Callable[[int], None]
Task = Callable[[], Any]


@dataclass(frozen=True)
class Parts:
    """Routes, work outside requests, commands, and what is set up once.

    ``jobs`` run by name from the queue and take one id. The tasks of every minute, ten minutes and
    hour take nothing and
    do not commit: whoever runs them commits after each. ``listens`` says which signals of packages
    below are answered.
    """

    routes: tuple[GuardedBlueprint, ...] = ()
    jobs: Mapping[str, Job] = field(default_factory=dict)
    every_minute: tuple[Task, ...] = ()
    every_ten_minutes: tuple[Task, ...] = ()
    every_hour: tuple[Task, ...] = ()
    commands: tuple[click.Command, ...] = ()
    listens: tuple[tuple[Signal, Callable[..., Any]], ...] = ()
    set_up: tuple[Callable[[Flask], None], ...] = ()
