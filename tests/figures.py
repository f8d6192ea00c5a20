"""The figures of the code beside their goals:

``./run house`` prints them, ``./run house --write`` puts them into the page of the architecture.
The limits among them are held by ``tests/test_architecture.py``.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN = "<!-- figures: ./run house --write -->"
END = "<!-- end of figures -->"
APART = {"tests", "migrations", "static", "translations", "docs", "templates"}
STATES = ROOT / "models" / "states.py"


@cache
def modules() -> tuple[Path, ...]:
    """Every module of the product."""
    packages = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in APART]
    nested = [path for package in packages for path in package.rglob("*.py")]
    return (*sorted(nested), *sorted(ROOT.glob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """A module, parsed."""
    return ast.parse(path.read_text("utf-8"))


@dataclass(frozen=True)
class Function:
    """A function with where it stands, how many lines it has and how many ways lead through it."""

    place: str
    lines: int
    ways: int


_FORKS = (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.With, ast.IfExp, ast.comprehension)


@cache
def functions() -> tuple[Function, ...]:
    """All functions, nested ones with the one they stand in."""
    return tuple(_functions())


def _functions() -> Iterator[Function]:
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                place = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
                ways = 1 + sum(isinstance(inner, _FORKS) for inner in ast.walk(node))
                yield Function(place, (node.end_lineno or node.lineno) - node.lineno + 1, ways)


@cache
def templates() -> tuple[Path, ...]:
    """Every page, partial and macro."""
    return tuple(sorted((ROOT / "templates").rglob("*.html")))


def template_lines() -> list[str]:
    """All lines of templates that are not empty."""
    return [line for path in templates() for line in path.read_text("utf-8").splitlines() if line]


# The prefix of the API, static files, and a folder of office documents: none leads to a page.
APART_ADDRESSES = {"/api/v1", "/api/", "/static/", "/healthz", "/readyz", "/embeddings/"}
ADDRESS = re.compile(
    r"""(?:href|action|formaction)="/|["']/[a-z][a-z-]*/%s|["']/(?!static)[a-z-]+["']"""
)


def addresses_in_templates() -> list[str]:
    """Lines of templates that write an address out."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in templates()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if ADDRESS.search(line)
    ]


def addresses_in_python() -> list[str]:
    """Texts in Python that are an address of ours, but for where routes are declared."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        if path.name not in {"serve.py", "config.py"} and path.parent.name != "benchmarks"
        for node in _texts(tree(path))
        if isinstance(node.value, str)
        and re.match(r"/[a-z][a-z-]*(/|$)", node.value)
        and node.value not in APART_ADDRESSES
    ]


def _texts(module: ast.Module) -> Iterator[ast.Constant]:
    inside = {
        id(part)
        for node in ast.walk(module)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }
    declared = {
        id(argument)
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"get", "post", "open_get", "open_post", "startswith"}
        for argument in node.args
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and id(node) not in declared | inside:
            yield node


def literal_states() -> list[str]:
    """Places where a state is compared with, or set to, a text; templates too."""
    return [*_states_in_python(), *_states_in_templates()]


_STATED = {"state", "status", "handover", "presence"}


def _states_in_python() -> Iterator[str]:
    for path in modules():
        if path == STATES or path.parent.name == "benchmarks":
            continue
        for node in ast.walk(tree(path)):
            sides: list[ast.AST] = []
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
            elif isinstance(node, ast.Assign):
                sides = [*node.targets, node.value]
            named = any(isinstance(side, ast.Attribute) and side.attr in _STATED for side in sides)
            if named and any(_is_text(side) for side in sides):
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Set | ast.Tuple | ast.List):
        return any(_is_text(item) for item in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


_STATE_IN_TEMPLATE = re.compile(
    r"""\.(state|status|handover|presence)\s*(==|!=|in|not in)\s*[("'\[]"""
)


def _states_in_templates() -> Iterator[str]:
    for path in templates():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if _STATE_IN_TEMPLATE.search(line):
                yield f"{path.relative_to(ROOT)}:{number}"


def count(pattern: str) -> int:
    """How often a pattern stands in the product's Python."""
    return sum(len(re.findall(pattern, path.read_text("utf-8"))) for path in modules())


def lines_of(paths: Iterator[Path] | tuple[Path, ...]) -> int:
    """How many lines files have."""
    return sum(len(path.read_text("utf-8").splitlines()) for path in paths)


def comments_in_a_hundred() -> float:
    """Lines of comment in a hundred lines."""
    return round(100 * count(r"(?m)^\s*#|  # (?!noqa|type:)") / lines_of(modules()), 1)


def percentile(share: float) -> int:
    """How long the function is that is longer than ``share`` of all."""
    lengths = sorted(function.lines for function in functions())
    return lengths[int(len(lengths) * share)]


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    goal: str
    made: Callable[[], object]


def _tests_a_line() -> float:
    return round(lines_of((ROOT / "tests").rglob("*.py")) / lines_of(modules()), 2)


FIGURES = (
    Figure("functions", "", lambda: len(functions())),
    Figure("median of their lines", "", lambda: percentile(0.5)),
    Figure("99 in 100 have at most so many lines", "35", lambda: percentile(0.99)),
    Figure("the longest", "40", lambda: max(one.lines for one in functions())),
    Figure("functions over 40 lines", "0", lambda: sum(one.lines > 40 for one in functions())),
    Figure("the longest file", "400", lambda: max(lines_of((path,)) for path in modules())),
    Figure("longest line of a template", "140", lambda: max(map(len, template_lines()))),
    Figure(
        "mean line of a template",
        "37",
        lambda: round(sum(map(len, template_lines())) / len(template_lines())),
    ),
    Figure("addresses written out in templates", "0", lambda: len(addresses_in_templates())),
    Figure("addresses written out in Python", "0", lambda: len(addresses_in_python())),
    Figure("states written out", "0", lambda: len(literal_states())),
    Figure("`Any`", "300", lambda: count(r"\bAny\b")),
    Figure("`dict[str, Any]`", "120", lambda: count(r"dict\[str, Any\]")),
    Figure("`fmt: skip`", "10", lambda: count(r"# fmt: skip")),
    Figure("`noqa`", "", lambda: count(r"# noqa")),
    Figure("comments in 100 lines", "5", comments_in_a_hundred),
    Figure("lines of tests for a line of code", "0.8", _tests_a_line),
)


def table() -> str:
    """The figures as a table of Markdown."""
    rows = [f"| {figure.what} | {figure.made()} | {figure.goal} |" for figure in FIGURES]
    return "\n".join(["| what | now | goal |", "|---|---|---|", *rows])


def write() -> None:
    """Put the table into the page."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    print(table())
    if "--write" in sys.argv:
        write()
    if "--places" in sys.argv:
        for place in (*addresses_in_templates(), *addresses_in_python(), *literal_states()):
            print(place)
