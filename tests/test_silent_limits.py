"""No list, job or reader takes so many and says nothing of the rest.

Each ``limit(…)`` of more than one row, each place in an order that is asked by, and each list that
is cut at a number of our own stands here with its way out: a next page, a total with a way to all,
a refusal that names the number, or that the rest comes by itself the next time. Lists of one record
(the files of a case, the payments of a request) have no limit at all.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from config import ROOT

PACKAGES = (
    "access", "accounts", "avrr", "casework", "data_protection", "encryption", "files", "funds",
    "models", "notifications", "operations", "referral", "reporting", "web",
)  # fmt: skip
PAGES = "a next page"
AGAIN = "a job: what is done is not asked for again, the rest comes with the next lot"
ALL = "read lot by lot until nothing is left"
SAMPLE = "a sample by its name, and its size is told"
NEWEST = "the newest alone, and its page says so; all stand on a page of their own"
RANKS = frozenset({"row_number", "rank", "dense_rank"})  # a limit by another name
WAYS_OUT = {
    "web/paging.py:page": PAGES,
    "web/paging.py:counted": PAGES,
    "reporting/exports/warehouse.py:facts": PAGES,
    "reporting/pages/queries.py:behind": PAGES,
    "web/keeping.py:here": "those of this page; all of them under Not finished",
    "web/keeping.py:again": "the newest of this page; the others stand on it",
    "accounts/access_queries.py:about": NEWEST,
    "reporting/exports/deliveries.py:ask": "a refusal that names the number",
    "models/index.py:find_exact": "a value that so many share tells of nobody",
    "casework/shelter/presence.py:given_since": "what is given once a day at the most, of a month",
    "casework/core/queries.py:own_recent": NEWEST,
    "casework/core/queries.py:events": NEWEST,
    "avrr/jobs.py:_untold": ALL,
    "avrr/jobs.py:_untold_steps": ALL,
    "operations/upgrading.py:_some_visits": ALL,
    "operations/upgrading.py:some_says": ALL,
    "data_protection/retention.py:give_days": ALL,
    "avrr/early_warnings.py:missed": AGAIN,
    "referral/directory.py:quality": "of how many answers it is a share is told beside it",
    "referral/overdue.py:expire_late": AGAIN,
    "data_protection/retention.py:propose_expired": AGAIN,
    "files/receiving.py:forget_ended": AGAIN,
    "files/receiving.py:forget_unfinished": AGAIN,
    "files/receiving.py:look_again": AGAIN,
    "models/coded.py:_rewrite": ALL,
    "models/witnessed.py:cover": ALL,
    "casework/core/ageing.py:to_look_at": AGAIN,
    "notifications/jobs.py:_together": AGAIN,
    "notifications/jobs.py:_claim_some": AGAIN,
    "notifications/webhooks.py:sweep": AGAIN,
    "operations/backup.py:_sample": SAMPLE,
    "operations/indexing.py:_labels": ALL,
    "operations/indexing.py:_see_what_others_wrote": ALL,
    "operations/indexing.py:batch": ALL,
    "operations/keys.py:verify": SAMPLE,
    "operations/rewrapping.py:_case_keys": ALL,
    "operations/rewrapping.py:_index_keys": ALL,
    "models/sharing.py:not_given": ALL,
    "operations/rewrapping.py:_key_wraps": ALL,
    "operations/rewrapping.py:_own_keys": ALL,
    "operations/rewrapping.py:_rows": ALL,
    "operations/rewrapping.py:tell_parties": AGAIN,
    "operations/rotation.py:_renew_some": ALL,
    "operations/rotation.py:settle": ALL,
    "reporting/exports/deliveries.py:stalled": AGAIN,
    "reporting/exports/deliveries.py:send_due": AGAIN,
    "reporting/facts/counting.py:_changed": AGAIN,
    "reporting/facts/counting.py:_all_cases": ALL,
    "reporting/facts/engine.py:_chunks": ALL,
}
# Where a list, once read, is cut: what is iterated over or joined up to a number, or cut at a
# constant with a name.
BYTES = "no list: a piece of bytes or of a word"
BESIDE = "a drawing; the table beside it has all"
CUTS = {
    "access/audit_seals.py:_line": BYTES,
    "encryption/blind.py:token": BYTES,
    "encryption/codes.py:opened": BYTES,
    "encryption/names.py:skeletons": BYTES,
    "models/index.py:_nearest": "the nearest alone: what sounds alike is ranked, not listed",
    "models/office_pairs.py:opens_with": BYTES,
    "operations/first_start.py:code": BYTES,
    "avrr/steps.py:_checked": "the first three questions of a fixed list",
    "casework/casefile/record_pages.py:_listed": "how many there are is told, and leads to all",
    "casework/casefile/routes.py:_remember": "the cases opened last, in the rail; no list of work",
    "casework/intake/columns.py:header": "a refusal that names the number",
    "data_protection/commands.py:audit_verify": "in how many places is told in the last line",
    "data_protection/queries.py:numbers_of": "how many more is told beside",
    "funds/pages.py:request": "how many there are is told",
    "operations/commands.py:verify": "how many there are is told in the last line",
    "reporting/facts/counting.py:_changed": AGAIN,
    "reporting/pages/queries.py:behind": PAGES,
    "reporting/tables/charts.py:bars": BESIDE,
    "reporting/tables/charts.py:flows": BESIDE,
    "reporting/tables/charts.py:lines": BESIDE,
    "reporting/tables/operations/load.py:_of_workers": "the others stand in the last row, summed",
}


def _cuts(tree: ast.AST, inside: str = "") -> Iterator[str]:
    """The functions in which a list is cut at a number of ours."""
    for node in ast.iter_child_nodes(tree):
        name = node.name if isinstance(node, ast.FunctionDef) else inside
        if isinstance(node, ast.For | ast.comprehension) and _is_cut(node.iter):
            yield name
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "join":
            yield from (name for given in node.args if _is_cut(given))
        if _is_cut(node, by_name=True):
            yield name
        yield from _cuts(node, name)


def _is_cut(node: ast.AST, *, by_name: bool = False) -> bool:
    upper = node.slice.upper if _is_head(node) else None
    if isinstance(upper, ast.Name):
        return upper.id.isupper()
    is_number = isinstance(upper, ast.Constant) and isinstance(upper.value, int)
    return is_number and upper.value > 1 and not by_name


def _is_head(node: ast.AST) -> bool:
    is_slice = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)
    return is_slice and node.slice.lower is None


def _limits(tree: ast.AST, inside: str = "") -> Iterator[str]:
    """The functions in which more rows than one are asked for, and no more than so many."""
    for node in ast.iter_child_nodes(tree):
        name = node.name if isinstance(node, ast.FunctionDef) else inside
        called = getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""
        how_many = node.args[0] if called == "limit" and node.args else None  # type: ignore[attr-defined]
        if how_many and not (isinstance(how_many, ast.Constant) and how_many.value == 1):
            yield name
        if called in RANKS:
            yield name
        yield from _limits(node, name)


def _of(path: Path, walk: Callable[[ast.AST], Iterator[str]] = _limits) -> set[str]:
    place = path.relative_to(ROOT).as_posix()
    return {f"{place}:{name}" for name in walk(ast.parse(path.read_text("utf-8")))}


def test_every_limit_has_a_way_out() -> None:
    found = {
        limit
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for limit in _of(path)
    }
    assert found - WAYS_OUT.keys() == set(), "say what becomes of the rest"
    assert WAYS_OUT.keys() - found == set(), "no limit any more: take it out of the list"


def test_every_list_that_is_cut_has_a_way_out() -> None:
    found = {
        cut
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for cut in _of(path, _cuts)
    }
    assert found - CUTS.keys() == set(), "say what becomes of the rest"
    assert CUTS.keys() - found == set(), "not cut any more: take it out of the list"
