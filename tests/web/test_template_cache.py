"""Compiled templates are shared by processes, belong to their owner alone, and are never those of
another version.
"""

import stat
from pathlib import Path

import pytest
from flask import Flask

from application import create_app
from config import Settings
from web import template_cache


@pytest.fixture
def own_settings(sqlite_settings: Settings) -> Settings:
    """An installation whose templates nobody compiled yet."""
    (sqlite_settings.data / "templates").unlink()
    return sqlite_settings


def compile_all(app: Flask) -> int:
    names = [name for name in app.jinja_env.list_templates() if name.endswith(".html")]
    for name in names:
        app.jinja_env.get_template(name)
    return len(names)


def kept(settings: Settings) -> dict[str, int]:
    """The files with the time of their last change."""
    return {path.name: path.stat().st_mtime_ns for path in (settings.data / "templates").iterdir()}


def test_what_one_process_compiled_the_next_one_reads(own_settings: Settings) -> None:
    count = compile_all(create_app(own_settings))
    first = kept(own_settings)
    assert len(first) == count
    compile_all(create_app(own_settings))
    assert kept(own_settings) == first


def test_the_folder_is_the_owners_alone(own_settings: Settings) -> None:
    compile_all(create_app(own_settings))
    folder = own_settings.data / "templates"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    folder.chmod(0o770)
    with pytest.raises(template_cache.Exposed, match="chmod 700"):
        create_app(own_settings)


def test_what_other_options_compiled_is_not_used_and_goes(
    own_settings: Settings, tmp_path: Path
) -> None:
    app = create_app(own_settings)
    compile_all(app)
    before = set(kept(own_settings))
    app.jinja_env.filters["another"] = str
    template_cache.register(app, own_settings.data / "templates")
    app.jinja_env.cache.clear()  # type: ignore[union-attr]
    compile_all(app)
    assert before.isdisjoint(kept(own_settings))
