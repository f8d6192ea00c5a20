"""Rules of the house, as tests: things found where they stand, small functions and files, only the
edges commit.
"""

import ast
import importlib.metadata
import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import pytest
from flask import Flask

from access.permissions import Permission
from access.policy import GRANTS
from config import ROOT
from data_protection import permissions_page, rules_page
from tests import figures

PACKAGES = sorted(
    path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in {"tests"}
)
FILES = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")] + [
    ROOT / name
    for name in (
        "application.py",
        "config.py",
        "environment.py",
        "loading.py",
        "serve.py",
        "wsgi.py",
    )
]
EDGES = {
    "installing.py",
    "reporting/exports/export_jobs.py",
    "reporting/facts/counting.py",
    "access/forged.py",
    "accounts/locked_out.py",
    "accounts/signing_in.py",
    "web/guard.py",
    "web/errors.py",
    "web/keeping.py",
    "web/shown.py",
    "web/sessions.py",
    "casework/intake/jobs.py",
    "avrr/jobs.py",
    "notifications/webhooks.py",
    "notifications/jobs.py",
    "notifications/worker.py",
    "notifications/periodic.py",
    "operations/indexing.py",
    "operations/keys.py",
    "operations/rewrapping.py",
    "operations/rotation.py",
    "data_protection/jobs.py",
    "files/jobs.py",
    "accounts/tokens.py",
    "notifications/queue.py",
    "demo/acting.py",
    "demo/seed.py",
    "application.py",
}


def functions(path: Path) -> list[ast.FunctionDef]:
    """Every function of a file."""
    return [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]


def test_no_room_hides_another_module() -> None:
    installed = importlib.metadata.packages_distributions()
    for room in PACKAGES:
        assert room not in sys.stdlib_module_names
        assert room not in installed, f"{room} is also an installed package"
        found = importlib.util.find_spec(room)
        assert found is not None
        assert found.origin is not None
        assert Path(found.origin).is_relative_to(ROOT)


def test_no_room_escapes_the_linters() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["importlinter"]["root_packages"]) == set(PACKAGES)
    assert set(project["tool"]["mypy"]["packages"]) == set(PACKAGES)


def test_tests_are_packages() -> None:
    for folder in (ROOT / "tests").rglob("*/"):
        if any(folder.glob("*.py")):
            assert (folder / "__init__.py").exists(), folder


TABLES = {
    "config.py",
    "models/states.py",
    "standards/lists.py",
}  # tables of data, read by looking a name up


def test_functions_and_files_fit_a_screen() -> None:
    """Measured code (``benchmarks``) fills databases by the row and may take longer."""
    assert [
        function
        for function in figures.functions()
        if function.lines > 40 and not function.place.startswith("benchmarks/")
    ] == []
    assert figures.percentile(0.99) <= 35
    long = {
        str(path.relative_to(ROOT)): figures.lines_of((path,))
        for path in figures.modules()
        if figures.lines_of((path,)) > 425
    }
    assert set(long) <= TABLES, long


def test_templates_read_like_their_table_of_contents() -> None:
    assert max(map(len, figures.template_lines())) <= 140
    assert figures.addresses_in_templates() == []
    assert not [
        path for path in figures.templates() if re.search(r"\bmay\(", path.read_text("utf-8"))
    ], "what may be done is handed over by the view"


def test_a_template_that_writes_several_words_brings_the_macro_itself() -> None:
    """A part is included by more than one page: what only one of them imports fails in the other."""
    brings = '{% from "macros/labels.html" import labels %}'
    for path in figures.templates():
        text = path.read_text("utf-8")
        assert ("{{ labels(" not in text and "=labels(" not in text) or brings in text, path


def test_no_address_and_no_state_is_written_out() -> None:
    assert figures.addresses_in_python() == []
    assert figures.literal_states() == []


def test_routes_ask_and_render_and_nothing_else() -> None:
    names = ("routes.py", "api.py")
    routes = [path for path in FILES if path.name.endswith(names) and path.parent.name != "web"]
    wrong = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in routes
        for word in ("select(", "RuleBroken", "db.session")
        if word in path.read_text("utf-8")
    ]
    assert wrong == []


def test_only_the_edges_commit() -> None:
    for path in FILES:
        name = str(path.relative_to(ROOT))
        if name in EDGES or name.endswith("commands.py") or name.startswith("benchmarks/"):
            continue
        assert "session.commit()" not in path.read_text("utf-8"), name


def test_no_room_for_leftovers() -> None:
    assert not [path for path in FILES if path.stem in {"utils", "helpers", "misc", "common"}]


def test_every_public_function_says_what_it_does() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in FILES
        for node in functions(path)
        if not node.name.startswith("_") and not ast.get_docstring(node) and not _nested(path, node)
    ]
    assert silent == []


def _nested(path: Path, wanted: ast.FunctionDef) -> bool:
    return any(
        node is not wanted and node.lineno < wanted.lineno <= (node.end_lineno or 0)
        for node in functions(path)
    )


def test_the_page_of_rules_is_what_the_rules_say(app: Flask) -> None:
    del app  # the rules are stated when all rooms are there
    assert (ROOT / "docs" / "rules.md").read_text("utf-8") == rules_page.page()


def test_the_permissions_page_is_what_the_map_says() -> None:
    assert (ROOT / "docs" / "permissions.md").read_text("utf-8") == permissions_page.page()
    assert set(GRANTS) == set(Permission)


def test_css_knows_no_left_and_right() -> None:
    text = (ROOT / "static" / "office.css").read_text("utf-8")
    assert not re.findall(
        r"\b(?:margin|padding|border)-(?:left|right)|[{;]\s*(?:left|right):|text-align:\s*(?:left|right)",
        text,
    )


def test_templates_have_no_inline_script_or_style() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son[a-z]+=", text), path


def test_signals_are_listed_in_the_architecture_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    names = [
        name
        for path in FILES
        if path.stem == "signals"
        for name in re.findall(r'signal\("([\w.]+)"\)', path.read_text("utf-8"))
    ]
    assert names
    assert all(f"`{name}`" in page for name in names)


def _named_in(package: Path) -> set[str]:
    """The modules that the docstring of a package names."""
    text = (package / "__init__.py").read_text("utf-8")
    return set(re.findall(r":mod:`(?:[\w.]+\.)?(\w+)`", text)) | set(re.findall(r"``(\w+)``", text))


# Found by their name alone: what every package has, and pages beside their routes.
_EVERYWHERE = re.compile(
    r"(__init__|parts|queries|schemas|routes|pages|jobs|commands|api|signals|\w+_routes|\w+_pages"
    r"|\w+_api)"
)


@pytest.mark.parametrize("package", ["casework/core", "casework/records", "avrr", "access"])
def test_a_package_says_what_each_of_its_modules_is_for(package: str) -> None:
    folder = ROOT / package
    modules = {path.stem for path in folder.glob("*.py") if not _EVERYWHERE.fullmatch(path.stem)}
    assert modules - _named_in(folder) == set()


def test_every_module_that_a_docstring_names_is_there() -> None:
    for path in FILES:
        for name in re.findall(r":mod:`([\w.]+)`", path.read_text("utf-8")):
            place = ROOT / name.replace(".", "/")
            there = place.is_dir() or place.with_suffix(".py").exists()
            assert there or name.partition(".")[0] not in PACKAGES, f"{path}: {name}"


def test_what_is_opened_is_opened_while_the_function_runs() -> None:
    """A generator under ``@opened`` runs after the opening is shut again, and sees nothing."""
    wrong = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            around = [ast.unparse(each) for each in node.decorator_list]
            opens = any(
                re.match(r"(scope\.)?(opened|everywhere|within|reaching)\b", each)
                for each in around
            )
            lazy = any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(node))
            if opens and lazy:
                wrong.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert wrong == []
