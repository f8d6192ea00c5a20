"""Templates compiled once for all processes of an installation: a process that starts reads what
another compiled.

What is kept is the code of templates, as it came with the product: no value that a page shows is in
it, so no personal data.
"""

import hashlib
import os
from pathlib import Path

import jinja2
from flask import Flask
from jinja2 import Environment, FileSystemBytecodeCache


class Exposed(Exception):
    """Others may write into the folder of compiled templates: what lies there would run as ours."""


def register(app: Flask, folder: Path) -> None:
    """Keep compiled templates in ``folder``, for the owner alone.

    Comes last: filters and options of templates must stand.

    Raises :class:`Exposed`.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.stat()
    if state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise Exposed(
            f"{folder} must belong to this account and be closed to others. Run: chmod 700 {folder}"
        )
    mark = _mark(app.jinja_env)
    for path in folder.glob("*.cache"):
        if not path.name.startswith(mark):
            path.unlink(missing_ok=True)  # of another version of the product
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(folder), f"{mark}-%s.cache")


def _mark(environment: Environment) -> str:
    """Short, and another one where the same source may be compiled into something else; Jinja
    itself looks at source and Python alone.
    """
    options = (
        environment.trim_blocks,
        environment.lstrip_blocks,
        sorted(environment.extensions),
        sorted(environment.filters),
        sorted(environment.tests),
    )
    return hashlib.sha256(repr((jinja2.__version__, options)).encode()).hexdigest()[:12]
