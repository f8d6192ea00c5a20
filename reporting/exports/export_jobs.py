"""Work of exports outside a request: files and releases made by the worker.

An edge: commits as it goes.
"""

from flask_babel import force_locale
from sqlalchemy import select, update

from access.actors import system
from models.base import begin_reading, begin_writing, db, now
from models.facts import Delivery, Release
from models.rules import RuleBroken
from models.sealed import seal_system
from models.states import DELIVERY, RELEASE, DeliveryState, ReleaseState, Sets
from notifications import outbox
from reporting.exports.deliveries import LEASE
from reporting.exports.exporting import MAKERS
from reporting.facts import counting
from reporting.facts.engine import engine
from reporting.pages.renderings import locked
from reporting.publishing import open_data
from reporting.tables import ctdc_rows
from web.links import link

EXPORT = system("export")


def make_file(number: int) -> None:
    """Make a file. Safe to run twice and after a kill: it is begun anew, and kept once. Commits."""
    delivery = db.session.execute(
        select(Delivery).where(Delivery.id == number).with_for_update(of=Delivery)
    ).scalar_one_or_none()
    if (
        delivery is None
        or delivery.state not in Sets.DELIVERY_WAITING
        or (delivery.state == DeliveryState.RUNNING and delivery.beat_at > now() - LEASE)
    ):
        db.session.rollback()
        return
    DELIVERY.move(delivery, "run", by=EXPORT)
    locale = str(delivery.user.locale)
    db.session.commit()
    try:
        with force_locale(locale):
            files = MAKERS[delivery.kind](delivery, lambda done, total: _beat(number, done, total))
    except RuleBroken:
        begin_writing()
        _finish(number, "fail", None)
        return
    _finish(number, "finish", files)


def _beat(number: int, done: int, total: int) -> None:
    """Say how far it is, in a transaction of its own."""
    db.session.execute(
        update(Delivery)
        .where(Delivery.id == number)
        .values(position=done, total=total, beat_at=now())
    )
    db.session.commit()


def _finish(number: int, verb: str, files: dict[str, bytes] | None) -> None:
    content = _locked(number, files) if files is not None else b""
    delivery = db.session.execute(
        select(Delivery).where(Delivery.id == number).with_for_update(of=Delivery)
    ).scalar_one()
    if content and delivery.password_sealed:
        delivery.file = content
    DELIVERY.move(delivery, verb, by=EXPORT)
    delivery.password = None
    outbox.post(
        f"file.{delivery.state}",
        reference=f"FI-{delivery.id}",
        path=link("exports.file", delivery),
        to=[delivery.user],
    )
    db.session.commit()


def _locked(number: int, files: dict[str, bytes]) -> bytes:
    """The files under their password: packed while others write; empty where it was cancelled."""
    begin_reading()
    delivery = db.session.get_one(Delivery, number)
    password = delivery.password if delivery.password_sealed else ""
    content = locked(files, password) if password else b""
    begin_writing()
    return content


def make_release(number: int) -> None:
    """Make a release. Safe to run twice: it is made once. Commits.

    Synthetic records are drawn once for a release: drawn again, they would cost the budget again,
    so a killed making ends as failed.
    """
    release = db.session.execute(
        select(Release).where(Release.id == number).with_for_update(of=Release)
    ).scalar_one_or_none()
    if release is None or release.state != ReleaseState.MAKING:
        db.session.rollback()
        return
    RELEASE.move(
        release, "begin_making", by=EXPORT
    )  # until it is made: who is killed on the way leaves it so
    kind, first, last, k, epsilon = (
        release.kind,
        release.from_year,
        release.to_year,
        release.k,
        release.epsilon_milli / 1000,
    )
    db.session.commit()
    counting.refresh()
    engine().load_now()
    begin_reading()
    found = ctdc_rows.rows(first, last)
    made, report = open_data.made(kind, found, k, epsilon)
    begin_writing()
    release = db.session.execute(
        select(Release).where(Release.id == number).with_for_update(of=Release)
    ).scalar_one()
    release.report = report
    if made:
        release.content = seal_system(f"releases/{release.key}", open_data.packed(release, made))
        RELEASE.move(release, "finish_making", by=EXPORT)
    open_data.tell(release, "release.made" if made else "release.refused")
    db.session.commit()
