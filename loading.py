"""Libraries that few processes need are loaded when something of them is first used.

A process that serves pages starts in half the time; one that makes a letter, a workbook or a table
of statistics pays for that library then. What only some installations need at all
(``requirements-cloud.in``) need not even be installed.
"""

import importlib
from functools import lru_cache
from types import ModuleType
from typing import Any

CLOUD = {"boto3", "botocore", "hvac"}  # requirements-cloud.in


class NotInstalled(Exception):
    """A library that the settings ask for is not there. The message says how it comes."""


class _Later:
    """Stands for a module until something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(_load(self._name), attribute)


def later(name: str) -> Any:
    """The module ``name``, loaded at its first use; that use raises :class:`NotInstalled` where it
    is missing.
    """
    return _Later(name)


@lru_cache
def _load(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        package = (missing.name or name).partition(".")[0]
        if package not in CLOUD:
            raise
        raise NotInstalled(
            f"The settings ask for {package}, which is not installed. Run: ./run cloud"
        ) from None
