"""No list, job or reader takes so many and says nothing of the rest.

Each ``limit(…)`` of more than one row, and each place in an order that is asked by, stands here with its way out: a next page, a total with a way
to all, a refusal that names the number, or that the rest comes by itself the next time. Lists of
one record (the files of a case, the payments of a request) have no limit at all.
"""

import ast
from collections.abc import Iterator
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


def _of(path: Path) -> set[str]:
    place = path.relative_to(ROOT).as_posix()
    return {f"{place}:{name}" for name in _limits(ast.parse(path.read_text("utf-8")))}


def test_every_limit_has_a_way_out() -> None:
    found = {
        limit
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for limit in _of(path)
    }
    assert found - WAYS_OUT.keys() == set(), "say what becomes of the rest"
    assert WAYS_OUT.keys() - found == set(), "no limit any more: take it out of the list"
