"""Releasing open data: one asks, two others approve, the worker makes it.

The privacy budget of each year of data is spent with the second approval.
"""

import io
import json
import secrets
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update

from access import audit
from access.actors import Actor
from access.permissions import Permission, Role
from access.policy import allows
from models.base import db, insert_if_new
from models.facts import PrivacySpending, Release
from models.rules import RuleBroken
from models.sealed import open_system
from models.states import RELEASE, ReleaseState, Sets
from notifications import outbox, queue
from reporting.publishing import synthetic_data
from reporting.tables import ctdc_rows
from web.errors import NotFound
from web.links import link

LEAST = 100  # records under which open data is refused


def ask(
    *, by: Actor, title: str, kind: str, from_year: int, to_year: int, epsilon: Any = None
) -> Release:
    """Ask for a release; the others who may approve are told."""
    _refuse_again(kind, from_year, to_year)
    milli = round(float(epsilon or 0) * 1000) if kind == "synthetic" else 0
    if milli:
        _refuse_spent(from_year, to_year, milli)
    made = Release(
        key=secrets.token_hex(8),
        kind=kind,
        title=title,
        from_year=from_year,
        to_year=to_year,
        k=current_app.config["SETTINGS"].open_data_k,
        epsilon_milli=milli,
        asked_by_id=by.id,
        report={},
    )
    db.session.add(made)
    db.session.flush()
    audit.record("release_asked", subject=made.key)
    people = {
        user.id: user
        for user in [*outbox.holders(Role.MANAGER), *outbox.officers()]
        if user.id != by.id
    }
    outbox.post(
        "release.asked", reference=f"OD-{made.id}", path=link("open_data.index"), to=people.values()
    )
    return made


def _refuse_again(kind: str, first: int, last: int) -> None:
    """Two k-anonymous files of the same people can be laid side by side, and then they are not
    k-anonymous any more.
    """
    overlapping = select(Release.id).where(
        Release.kind == "k_anonymous",
        Release.state.in_(Sets.RELEASE_SPENT),
        Release.from_year <= last,
        Release.to_year >= first,
    )
    if kind == "k_anonymous" and db.session.execute(overlapping.limit(1)).first():
        raise RuleBroken(
            _(
                "Some of these years were released k-anonymously before. A second file of "
                "the same people could be compared with it. Choose other years, or synthetic "
                "records."
            ),
            "from_year",
        )


def budget() -> int:
    """The budget of one year of data, in thousandths of epsilon."""
    thousandths: int = current_app.config["SETTINGS"].privacy_budget
    return thousandths


def spending() -> dict[int, int]:
    """What was spent of each year, in thousandths."""
    return dict(
        db.session.execute(
            select(PrivacySpending.year, PrivacySpending.spent_milli).order_by(PrivacySpending.year)
        ).all()
    )


def _refuse_spent(first: int, last: int, milli: int) -> None:
    spent = spending()
    short = [str(year) for year in range(first, last + 1) if spent.get(year, 0) + milli > budget()]
    if short:
        raise RuleBroken(
            _(
                "The privacy budget of %(years)s is spent, or would be. Ask for a smaller "
                "epsilon or other years.",
                years=", ".join(short),
            ),
            "epsilon",
        )


@dataclass(frozen=True)
class May:
    """What somebody may do with a release, as it stands."""

    fetch: bool
    decide: bool


def may(actor: Actor, release: Release) -> May:
    """The flags of :class:`May`."""
    waiting = release.state in Sets.RELEASE_WAITING
    return May(
        fetch=release.state is ReleaseState.MADE,
        decide=waiting and allows(actor, Permission.RELEASE_APPROVE, release),
    )


def approve(*, by: Actor, release: Release) -> None:
    """The first approval, or the second, which spends the budget and starts the work."""
    if RELEASE.can(release, "approve"):
        RELEASE.move(release, "approve", by=by)
    else:
        RELEASE.check(release, "approve_second", by=by)
        _refuse_again(release.kind, release.from_year, release.to_year)
        _spend(release)
        RELEASE.move(release, "approve_second", by=by)
        queue.enqueue_after_commit("make_release", release.id)
    audit.record("release_approved", subject=release.key)


def refuse(*, by: Actor, release: Release) -> None:
    """One refusal ends it."""
    RELEASE.move(release, "refuse", by=by)
    audit.record("release_refused", subject=release.key)
    tell(release, "release.refused")


def _spend(release: Release) -> None:
    """Take the epsilon from each year's budget, all or nothing; of two at one moment only those go
    through that the budget covers.
    """
    if not release.epsilon_milli:
        return
    for year in range(release.from_year, release.to_year + 1):
        db.session.execute(
            insert_if_new(PrivacySpending).values(year=year, spent_milli=0, budget_milli=budget())
        )
        # The budget may have been set anew; what is spent stays spent.
        db.session.execute(
            update(PrivacySpending)
            .where(PrivacySpending.year == year, PrivacySpending.spent_milli <= budget())
            .values(budget_milli=budget())
        )
        taken = db.session.execute(
            update(PrivacySpending)
            .where(
                PrivacySpending.year == year,
                PrivacySpending.spent_milli + release.epsilon_milli <= PrivacySpending.budget_milli,
            )
            .values(spent_milli=PrivacySpending.spent_milli + release.epsilon_milli)
            .returning(PrivacySpending.year)
        ).first()
        if taken is None:
            raise RuleBroken(
                _(
                    "The privacy budget of %(years)s is spent, or would be. Ask for a smaller "
                    "epsilon or other years.",
                    years=year,
                ),
                "epsilon",
            )


def made(
    kind: str, rows: list[synthetic_data.Row], k: int, epsilon: float
) -> tuple[list[synthetic_data.Row], dict[str, Any]]:
    """The records to be given out, with the reports for those who judge; none where it cannot be
    done safely.
    """
    if len(rows) < LEAST:
        return [], {"failed": "too_few"}
    left_out = 0
    if kind == "k_anonymous":
        made, left_out = synthetic_data.k_anonymous(rows, k)
    else:
        try:
            made = synthetic_data.synthetic(rows, epsilon)
        except synthetic_data.TooFew:
            made = []
    if not made:
        return [], {"failed": "too_few"}
    privacy = synthetic_data.privacy(rows, made, k)
    if kind == "k_anonymous" and privacy["classes_under_k"]:
        return [], {"failed": "not_anonymous"}
    return made, {
        "utility": synthetic_data.utility(rows, made),
        "privacy": privacy,
        "left_out_rounded": round(left_out / 10) * 10,
    }


def packed(release: Release, made: list[synthetic_data.Row]) -> bytes:
    """What is given out: the records, and what they are.

    The reports stay with those who approved.
    """
    about = {
        "title": release.title,
        "kind": release.kind,
        "years": [release.from_year, release.to_year],
        "records": len(made),
        "variables": ctdc_rows.codebook([])["variables"],
        "k": release.k if release.kind == "k_anonymous" else None,
        "epsilon": release.epsilon_milli / 1000 or None,
        "delta": f"1/(n^{synthetic_data.DELTA_EXPONENT} ln n)"
        if release.kind == "synthetic"
        else None,
        "method": "values left out until each combination is borne by k records"
        if release.kind == "k_anonymous"
        else "differentially private aggregate-seeded synthesis (pac-synth)",
        "missing": "empty: not recorded, not known, or left out",
        "percentage_rule": ctdc_rows.codebook([])["percentage_rule"],
        "sha256": "",
        "note": "No row is a person's record."
        if release.kind == "synthetic"
        else "Rows are of people who agreed to be counted.",
    }
    data = ctdc_rows.as_csv(made)
    about["sha256"] = sha256(data).hexdigest()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", data)
        archive.writestr(
            "about.json",
            json.dumps(
                {name: value for name, value in about.items() if value is not None}, indent=1
            ),
        )
    return out.getvalue()


def fetched(release: Release) -> bytes:
    """The files of a release that was made."""
    if release.state != ReleaseState.MADE or release.content is None:
        raise NotFound
    audit.record("export", subject=f"release {release.key}")
    return open_system(f"releases/{release.key}", release.content)


def tell(release: Release, event: str) -> None:
    """Tell whoever asked."""
    if release.asked_by is not None:
        outbox.post(
            event, reference=f"OD-{release.id}", path=link("open_data.index"), to=[release.asked_by]
        )
