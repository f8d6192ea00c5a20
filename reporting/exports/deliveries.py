"""Files that take a while: asked for in a page, made by the worker, fetched with a notice.

Each is encrypted with a password of its own.

The password is shown when the file is asked for (of a saved report: when it is scheduled) and not
again. What is made lies sealed, for seven days.
"""

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select

from access import audit
from access.actors import Actor
from casework.core import queries as cases
from models.base import db, now, today
from models.data_protection import Block, Erasure
from models.facts import Delivery, SavedReport
from models.rules import RuleBroken, stated
from models.scope import opened
from models.states import DeliveryState, ErasureState, Sets, TransferState
from models.work import Transfer
from notifications import queue
from web import paging
from web.errors import NotFound, Over

DAYS, MOST = 7, 20
LEASE = timedelta(minutes=5)


def new_password() -> str:
    """Twenty hexadecimal digits in fives: 80 bits, easy to read out."""
    return "-".join(secrets.token_hex(2) for _place in range(5))


def ask(*, by: Actor, kind: str, wanted: dict[str, Any], name: str, password: str) -> Delivery:
    """Ask for a file; the worker makes it."""
    waiting = select(Delivery.id).where(
        Delivery.user_id == by.id, Delivery.state.in_(Sets.DELIVERY_WAITING)
    )
    if len(db.session.execute(waiting.limit(MOST)).all()) >= MOST:
        raise RuleBroken(_("Many of your files are still being made. Wait for them first."))
    if len(password) < 16:
        raise RuleBroken(_("Take the password that the page made."), "password")
    made = Delivery(
        key=secrets.token_hex(12),
        user_id=by.id or 0,
        kind=kind,
        wanted=wanted | {"as": _roles(by)},
        name=name,
        expires_at=now() + timedelta(days=DAYS),
    )
    made.password = password
    db.session.add(made)
    db.session.flush()
    queue.enqueue_after_commit("make_file", made.id)
    return made


def _roles(actor: Actor) -> list[str]:
    """What somebody is, and where."""
    return sorted(f"{role}@{place}" for role, places in actor.by_role.items() for place in places)


OWN = "own"  # the file stays in the office of whoever asks


def recipients() -> list[tuple[str, str]]:
    """Who may get a file with names: their own office, a service, a mission."""
    found = [*cases.partners(), *cases.missions()]
    told = [(str(place.id), place.name) for place in found]
    return [(OWN, _("Nobody outside: for the work of my office")), *told]


def ask_htcds(
    *, by: Actor, format_: str, identities: bool, password: str, recipient: str = ""
) -> Delivery:
    """Ask for cases as a file of the HTCDS; with names only for a ``recipient`` of the list."""
    if identities and recipient not in dict(recipients()):
        raise RuleBroken(_("Say who gets the names."), "recipient")
    wanted = {"format": format_, "identities": identities, "recipient": recipient}
    delivery = ask(by=by, kind="htcds", wanted=wanted, name=f"HTCDS {format_}", password=password)
    names = "identities" if identities else "pseudonyms"
    audit.record("export_asked", subject=f"htcds {format_} {names}")
    return delivery


def ask_ctdc(*, by: Actor, wanted: dict[str, Any], password: str) -> Delivery:
    """Ask for victims as rows of the CTDC's variables."""
    name = f"CTDC {wanted['from_year']}-{wanted['to_year']}"
    delivery = ask(by=by, kind="ctdc", wanted=wanted, name=name, password=password)
    audit.record("export_asked", subject=delivery.name)
    return delivery


def files_of(by: Actor, kinds: Sequence[str], after: str = "") -> paging.Page:
    """Files of somebody that may still be fetched, or are being made, the newest first."""
    query = select(Delivery).where(
        Delivery.user_id == by.id, Delivery.kind.in_(kinds), Delivery.expires_at > now()
    )
    return paging.counted(query.order_by(Delivery.id.desc()), after)


def reports_of(by: Actor) -> list[SavedReport]:
    """What somebody keeps, by name."""
    query = select(SavedReport).where(SavedReport.user_id == by.id).order_by(SavedReport.name)
    return list(db.session.execute(query).scalars())


def report_of(by: Actor, key: str, **_more: Any) -> SavedReport:
    """A report of the one who asks; others' do not exist."""
    query = select(SavedReport).where(SavedReport.key == key, SavedReport.user_id == by.id)
    report = db.session.execute(query).scalar_one_or_none()
    if report is None:
        raise NotFound
    return report


def remove(report: SavedReport) -> None:
    """Keep a report no longer, send it no longer."""
    db.session.delete(report)


def of(by: Actor, key: str, **_more: Any) -> Delivery:
    """A file of the one who asks; others' do not exist."""
    found = db.session.execute(
        select(Delivery).where(
            Delivery.key == key, Delivery.user_id == by.id, Delivery.expires_at > now()
        )
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def fetched(by: Actor, delivery: Delivery) -> bytes:
    """The encrypted file; not for whoever is no longer all that they were when they asked."""
    if delivery.state != DeliveryState.READY or delivery.content is None:
        raise NotFound
    if set(delivery.wanted.get("as", ())) - set(_roles(by)):
        raise NotFound
    if holds_what_was_taken_away(by, delivery):
        raise Over(
            _(
                "Since this file was made, a case was kept from you, went to another office or was "
                "erased."
            ),
            _("Ask for the file again: it then holds what you may open now."),
            head=_("This file is over"),
        )
    audit.record("export", subject=f"{delivery.kind} {delivery.name}")
    return delivery.file


@stated("export: fetch")
@opened("accounts")
def holds_what_was_taken_away(by: Actor, delivery: Delivery) -> bool:
    """A file with names is what its owner could open when they asked for it: once a case was kept
    from them since, went to another office or was erased, it is fetched no more. Which cases lie in
    it is written down nowhere, so each counts.

    Source: ours.
    Set aside: by asking for the file again.
    """
    if not delivery.wanted.get("identities"):
        return False
    since = delivery.made_at
    theirs = or_(Block.user_id == by.id, Block.organisation_id.in_(by.places))
    taken = (
        select(Block.id).where(theirs, Block.at >= since),
        select(Transfer.id).where(
            Transfer.state == TransferState.ACCEPTED,
            Transfer.from_office_id.in_(by.places),
            Transfer.to_office_id != Transfer.from_office_id,
            Transfer.answered_at >= since,
        ),
        select(Erasure.id).where(Erasure.state == ErasureState.DONE, Erasure.decided_at >= since),
    )
    return any(db.session.execute(query.limit(1)).first() is not None for query in taken)


def stalled() -> list[int]:
    """Files that nobody is making: their worker died, or the queue was away."""
    quiet = (Delivery.state == DeliveryState.ASKED) & (
        Delivery.beat_at < now() - timedelta(minutes=1)
    ) | (Delivery.state == DeliveryState.RUNNING) & (Delivery.beat_at < now() - LEASE)
    return list(db.session.execute(select(Delivery.id).where(quiet).limit(100)).scalars())


def forget_old() -> None:
    """Periodic: files past their days, and those with names that are older than an erasure."""
    db.session.execute(delete(Delivery).where(Delivery.expires_at <= now()))
    last = select(func.max(Erasure.decided_at)).where(Erasure.state == ErasureState.DONE)
    older = select(Delivery.id, Delivery.wanted).where(
        Delivery.kind == "htcds", Delivery.made_at <= last.scalar_subquery()
    )
    named = [row.id for row in db.session.execute(older) if row.wanted.get("identities")]
    db.session.execute(delete(Delivery).where(Delivery.id.in_(named)))


def save(*, by: Actor, name: str, path: str, every: str = "", password: str = "") -> SavedReport:
    """Keep a question under a name; where it is to be sent, with the password of its files."""
    if db.session.execute(
        select(SavedReport.id).where(SavedReport.user_id == by.id, SavedReport.name == name)
    ).first():
        raise RuleBroken(_("You have a report of this name. Choose another one."), "name")
    made = SavedReport(
        key=secrets.token_hex(8), user_id=by.id or 0, name=name, path=path, every=every
    )
    if every:
        if len(password) < 16:
            raise RuleBroken(_("Take the password that the page made."), "every")
        made.next_on, made.password = next_day(today(), every), password
    db.session.add(made)
    db.session.flush()
    return made


def next_day(after: date, every: str) -> date:
    """When a report is due next: the first day of the week, month or quarter after a day."""
    if every == "week":
        return after + timedelta(days=7 - after.weekday())
    months = 1 if every == "month" else 3 - (after.month - 1) % 3
    month = after.month + months
    return date(after.year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def send_due() -> int:
    """Periodic: ask for the files of reports that are due; each day once, whoever runs it.

    Gives how many.
    """
    query = (
        select(SavedReport)
        .where(SavedReport.next_on <= today())
        .limit(200)
        .with_for_update(skip_locked=True)
    )
    due = list(db.session.execute(query).scalars())
    for report in due:
        report.next_on = next_day(today(), report.every)
        if report.password_sealed and report.user.active:
            made = Delivery(
                key=secrets.token_hex(12),
                user_id=report.user_id,
                kind="report",
                wanted={"path": report.path},
                name=report.name,
                expires_at=now() + timedelta(days=DAYS),
            )
            made.password = report.password
            db.session.add(made)
            db.session.flush()
            queue.enqueue_after_commit("make_file", made.id)
    return len(due)
