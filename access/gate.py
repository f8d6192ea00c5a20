"""Acting: from here on a person or a task stands before the compartments, and every look is noted.

``with acting(actor) as deeds`` opens the gate to what the policy allows. The looks are gathered and
written as one entry
a request for each kind of deed and compartment, so that a list of 25 names is one entry with 25
cases, not 25 entries.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from access import audit, brake
from access.actors import Actor
from access.permissions import Permission
from access.policy import Refused, allows
from models.base import db
from models.cases import Case
from models.data_protection import Block
from models.referrals import IncomingReferral, Referral
from models.returns import Return
from models.rules import RuleBroken
from models.sealed import COMPARTMENTS, MARKED, gate, gate_opened_by
from models.states import CASE
from models.witnessed import stands

_FOR_CASE = {
    (compartment, deed): Permission(f"{compartment}.{deed}")
    for compartment in COMPARTMENTS
    for deed in ("read", "write")
}
_FOR_OWN = {
    (Referral, "released", "read"): Permission.REFERRAL_RELEASED,
    (Referral, "released", "write"): Permission.REFERRAL_RELEASE,
    (Referral, "answer", "read"): Permission.REFERRAL_RELEASED,
    (Referral, "answer", "write"): Permission.REFERRAL_NOTE,
    (Referral, "thread", "read"): Permission.REFERRAL_TALK,
    (Referral, "thread", "write"): Permission.REFERRAL_TALK,
    (IncomingReferral, "told", "read"): Permission.INWARD_TOLD,
    (IncomingReferral, "told", "write"): Permission.INWARD_TELL,
    (Return, "released", "read"): Permission.RETURN_RELEASED,
    (Return, "released", "write"): Permission.RETURN_RELEASE,
    (Return, "papers", "read"): Permission.RETURN_PAPERS,
    (Return, "papers", "write"): Permission.RETURN_KEEP_PAPER,
    (Return, "journey", "read"): Permission.RETURN_JOURNEY,
    (Return, "journey", "write"): Permission.RETURN_PREPARE,
    (Return, "thread", "read"): Permission.RETURN_TALK,
    (Return, "thread", "write"): Permission.RETURN_TALK,
    (Return, "answers", "read"): Permission.RETURN_RECEIVE,
    (Return, "answers", "write"): Permission.RETURN_RECEIVE,
    (Return, "reports", "read"): Permission.RETURN_RECEIVE,
    (Return, "reports", "write"): Permission.REFERRAL_FILE,
    (Return, "visits", "read"): Permission.RETURN_RECEIVE,
    (Return, "visits", "write"): Permission.RETURN_RECEIVE,
    (Return, "tries", "read"): Permission.RETURN_RECEIVE,
    (Return, "tries", "write"): Permission.RETURN_RECEIVE,
    (Return, "seen", "read"): Permission.RETURN_RECEIVE,
    (Return, "seen", "write"): Permission.RETURN_RECEIVE,
    (Return, "home", "read"): Permission.RETURN_RECEIVE,
    (Return, "home", "write"): Permission.RETURN_RECEIVE,
    (Return, "ending", "read"): Permission.RETURN_RECEIVE,
    (Return, "ending", "write"): Permission.RETURN_RECEIVE,
    (Return, "plan", "read"): Permission.RETURN_RECEIVE,
    (Return, "plan", "write"): Permission.RETURN_RECEIVE,
}


# The organisations whose record something is.
_SIDES = ("office_id", "partner_id", "sending_id", "receiving_id", "transit_id")


def _marked(names: set[str], fields: tuple[str, ...]) -> tuple[str, ...]:
    """What is noted of a write: the mark of the newest document, or that no document was written.

    An entry with neither was written by a version before marks.
    """
    if any(name.startswith(MARKED) for name in fields):
        names -= {name for name in names if name.startswith((MARKED, audit.NO_DOCUMENT))}
        return fields
    is_marked = any(name.startswith(MARKED) for name in names)
    return fields if is_marked else (audit.NO_DOCUMENT, *fields)


_ledger: ContextVar[bool] = ContextVar("ledger", default=False)


@contextmanager
def for_the_ledger() -> Iterator[None]:
    """Within the block words that belong to the consent ledger itself are kept, whatever rests."""
    token = _ledger.set(True)
    try:
        yield
    finally:
        _ledger.reset(token)


class Acting:
    """The gate for one actor, and what went through it."""

    def __init__(self, actor: Actor, purpose: str = "") -> None:
        self.actor, self.purpose = actor, purpose
        self._seen: dict[tuple[str, str, str, int], tuple[list[int], set[str]]] = {}
        self._deeds: list[audit.AuditEntry] = []
        self._decided: set[tuple[str, int, str, str]] = set()
        self._as_written: set[int] = set()
        self._blocks: dict[int, list[Block]] = {}  # of cases that were read
        self._reading: brake.Reading | None = None  # of cases of others

    @property
    def actor_id(self) -> int | None:
        """The account that acts; None for a task of the system."""
        return self.actor.id

    def pass_through(
        self, deed: str, record: Any, compartment: str, fields: tuple[str, ...]
    ) -> None:
        """Let the actor read or write ``compartment`` of ``record``, or raise
        :class:`access.policy.Refused`.
        """
        key = (type(record).__name__, record.id, compartment, deed)
        if key not in self._decided:
            self._decide(deed, record, compartment)
            self._decided.add(key)
        is_case = isinstance(record, Case)
        case_id = record.id if is_case else record.case_id
        subject = "" if is_case else record.reference
        place = f"{compartment}/{case_id}" if deed == "write" else compartment
        look = (f"{compartment}.{deed}", subject, place, self._chain_of(record))
        cases, names = self._seen.setdefault(look, ([], set()))
        if case_id is not None and case_id not in cases:
            cases.append(case_id)
        if deed == "write":
            fields = _marked(names, fields)
        names.update(fields)

    def decide_anew(self) -> None:
        """What was decided so far was decided by rows that may have changed since."""
        self._decided, self._as_written, self._blocks = set(), set(), {}
        self._reading = None

    def newest_written(self, case_id: int, compartment: str) -> str:
        """The mark of what was last written there, by the trail; empty where it says none."""
        return audit.newest_mark(case_id, f"{compartment}.write")

    def _decide(self, deed: str, record: Any, compartment: str) -> None:
        permission = (
            _FOR_CASE[compartment, deed]
            if isinstance(record, Case)
            else _FOR_OWN[type(record), compartment, deed]
        )
        if not allows(self.actor, permission, record) or not self._is_as_written(record):
            raise Refused(permission)
        if deed == "read":
            self._stop_reading_on(record)
        if deed == "write" and isinstance(record, Case) and not _ledger.get():
            self._refuse_at_rest(record)

    def _is_as_written(self, record: Any) -> bool:
        """Whether the row of a case, and the blocks before it, are as the application wrote them:
        whoever moved them elsewhere opens nothing.
        """
        if not isinstance(record, Case) or record.id is None or record.id in self._as_written:
            return True
        if record.id not in self._blocks:
            self._look_for_blocks(record.id)
        if not all(stands(row) for row in (record, *self._blocks[record.id])):
            return False
        self._as_written.add(record.id)
        return True

    def _look_for_blocks(self, case_id: int) -> None:
        """Of a case, and of all that were read so far: a list opens many, one after the other."""
        keys = db.session.identity_map.keys()
        read = {case_id, *(identity[0] for model, identity, *_ in keys if model is Case)}
        read -= self._blocks.keys()
        query = select(Block).where(Block.case_id.in_(read))
        self._blocks |= {each: [] for each in read}
        with db.session.no_autoflush:
            for block in db.session.execute(query).scalars():
                self._blocks[block.case_id].append(block)

    def _stop_reading_on(self, record: Any) -> None:
        """Past so many cases of others within the hour, the next one asks for words first."""
        is_case = isinstance(record, Case)
        case_id = record.id if is_case else record.case_id
        if case_id is None or (is_case and record.owner_id == self.actor.id):
            return
        if not brake.stands_before(self.actor):
            return
        if self._reading is None:
            self._reading = brake.Reading(self.actor)
        if self._reading.stops_before(case_id):
            self.record(brake.STOPPED)
            raise brake.TooMany

    def _refuse_at_rest(self, case: Case) -> None:
        """Nothing new of a person is kept once the case is closed, or they took back their yes.

        Here, because every section, record, note and file of a case passes here.
        """
        CASE.check(case, "assist", by=self.actor)
        if case.must_rest:
            raise RuleBroken(
                _(
                    "The person does not agree to be assisted any more: nothing new is kept. "
                    "Close the case, or say on the page of consent why it must be kept."
                )
            )

    def record(
        self,
        deed: str,
        *,
        subject: str = "",
        cases: tuple[int, ...] = (),
        fields: tuple[str, ...] = (),
    ) -> None:
        """Put a deed that is not a look (an export, a decision, a sign-in) into the trail."""
        self._deeds.append(self._deed(deed, subject, fields, cases))

    def pending(self) -> list[audit.AuditEntry]:
        """What happened since the last call, ready for :func:`access.audit.append`."""
        looks = [
            self._deed(
                deed, subject, tuple(sorted(names)), tuple(cases[start : start + 200]), chain
            )
            for (deed, subject, _place, chain), (cases, names) in self._seen.items()
            for start in range(0, len(cases), 200)
        ]
        found = looks + self._deeds
        self._seen, self._deeds = {}, []
        return found

    def _chain_of(self, record: Any) -> int:
        """The trail of the office whose record it is, of several for which somebody works."""
        places = self.actor.places
        if len(places) < 2:
            return self.actor.home
        sides = [getattr(record, name, None) for name in _SIDES]
        theirs = [side for side in sides if side in places]
        if self.actor.office in theirs:
            return self.actor.office
        return next(iter(theirs), self.actor.home)

    def _deed(
        self,
        deed: str,
        subject: str,
        fields: tuple[str, ...],
        cases: tuple[int, ...],
        chain: int | None = None,
    ) -> audit.AuditEntry:
        return audit.AuditEntry(
            self.actor.name,
            deed,
            self.actor.home if chain is None else chain,
            self.actor.id,
            subject,
            fields,
            cases,
            self.purpose,
        )


@contextmanager
def acting(actor: Actor, purpose: str = "") -> Iterator[Acting]:
    """Act as ``actor`` within the block.

    The caller appends :meth:`Acting.pending` to the trail before it commits.
    """
    made = Acting(actor, purpose)
    with audit.recorded_by(made), gate_opened_by(made):
        yield made


def who_acts() -> Actor | None:
    """Who acts at this moment; None where nobody does (most tasks that come back by themselves)."""
    opened = gate.get()
    return opened.actor if isinstance(opened, Acting) else None
