"""``docs/rules.md``, made from the rules themselves by ``./run flask rules``."""

import inspect
from collections.abc import Callable
from typing import Any

from models.rules import STATED

HEAD = """# The rules of the field

Made from the code by `./run flask rules`; a test compares the two. Each rule stands in the verb
that it guards, so that page, API, import and job meet it. *To be verified* says that no text of
the standard could be read.

| deed | rule | source | who can do otherwise | in the code |
|---|---|---|---|---|"""


def page() -> str:
    """The page as Markdown."""
    rows = sorted(
        (where, rule.__module__, rule.__qualname__, rule)
        for where, rule in STATED
        if "<locals>" not in rule.__qualname__
    )
    return "\n".join([HEAD, *(_row(where, rule) for where, _module, _name, rule in rows)]) + "\n"


def _row(where: str, rule: Callable[..., Any]) -> str:
    parts = {"": "", "Source:": "ours", "Set aside:": "nobody"}
    for paragraph in (inspect.getdoc(rule) or _from_name(rule)).split("\n\n"):
        words = " ".join(paragraph.split())
        head = next((mark for mark in parts if mark and words.startswith(mark)), "")
        said = words.removeprefix(head).strip()
        parts[head] = said if head or not parts[""] else f"{parts['']} {said}"
    cells = (where, *parts.values(), f"`{rule.__module__}.{rule.__qualname__}`")
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _from_name(rule: Callable[..., Any]) -> str:
    """A guard whose name is the whole rule: ``_the_case_is_active``."""
    return rule.__qualname__.strip("_").replace("_", " ").capitalize() + "."
