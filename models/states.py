"""The states of everything that has a life cycle, and the tables that lead from one to the next.

No state stands as a literal anywhere else: Python, SQL and templates use these names and the named
sets beside them.
"""

from typing import ClassVar

from flask_babel import lazy_gettext as _l

from models.life_cycles import START, LifeCycle, State


class CaseStatus(State):
    """Where a case stands."""

    OPEN = "open"
    ASSISTANCE = "assistance"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
    ERASED = "erased"


class ImportState(State):
    """A file of cases on its way in."""

    MAPPING = "mapping"
    UPLOADED = "uploaded"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ReferralState(State):
    """A referral to a partner."""

    SENT = "sent"
    ACCEPTED = "accepted"
    IN_SERVICE = "in_service"
    COMPLETED = "completed"
    DECLINED = "declined"
    EXPIRED = "expired"
    REVOKED = "revoked"


class IncomingReferralState(State):
    """A person whom a partner refers to a mission."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class ReturnState(State):
    """A voluntary return, from its preparation to the end of reintegration."""

    PREPARING = "preparing"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    REINTEGRATION = "reintegration"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MISTAKEN = "mistaken"  # nobody wanted it: of another person, or begun twice


class HandoverState(State):
    """What the mission in the country of return says to a return; none before it was asked."""

    SENT = "sent"
    ACCEPTED = "accepted"
    QUESTIONS = "questions"
    KEPT = "kept"  # nobody there receives: the sending mission goes on by itself


class MovementState(State):
    """A flight, bus or ship with seats."""

    PLANNED = "planned"
    DEPARTED = "departed"
    CANCELLED = "cancelled"


class SeatState(State):
    """A seat of a movement."""

    LISTED = "listed"
    BOARDED = "boarded"
    NO_SHOW = "no_show"


class AssistanceState(State):
    """An item of reintegration assistance."""

    PLANNED = "planned"
    APPROVED = "approved"
    REFUSED = "refused"
    PARTLY = "partly"
    ENDED = "ended"


class FundRequestState(State):
    """Money asked for; ``second`` waits for a second approval."""

    ASKED = "asked"
    SECOND = "second"
    APPROVED = "approved"
    CLOSED = "closed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class AdvanceState(State):
    """Money that a revolving fund lends to an operation; ``second`` waits for a second approval."""

    ASKED = "asked"
    SECOND = "second"
    APPROVED = "approved"
    DRAWN = "drawn"
    REPAID = "repaid"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class TransferState(State):
    """A case offered to another worker or office."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"


class ApprovalState(State):
    """A question to a supervisor."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # what it was about does not stand any more


class ErasureState(State):
    """A case asked to be erased."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


class PersonRequestState(State):
    """What a person asked of us about their data (access, correction, objection, …)."""

    RECEIVED = "received"
    EXTENDED = "extended"
    GRANTED = "granted"
    IN_PART = "in_part"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class ReleaseState(State):
    """Open data: asked by one, approved by two others, made by the worker."""

    ASKED = "asked"
    SECOND = "second"
    MAKING = "making"
    MADE = "made"
    REFUSED = "refused"
    FAILED = "failed"


class CaseReleaseState(State):
    """Whether somebody outside may still see what they were told of a case."""

    IN_FORCE = "in_force"
    ENDED = "ended"


class DeliveryState(State):
    """A file somebody asked for."""

    ASKED = "asked"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class FileState(State):
    """A file of a case."""

    RECEIVING = "receiving"
    QUARANTINE = "quarantine"
    KEPT = "kept"
    REFUSED = "refused"


class MessageState(State):
    """A notice on its way, to a person or to a partner's system."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class RecordState(State):
    """A record of a case; ``done`` once nothing more is due of it."""

    OPEN = "open"
    DONE = "done"
    REMOVED = "removed"


class AccessChangeState(State):
    """A change of who may act."""

    ASKED = "asked"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    STOPPED = "stopped"
    LAPSED = "lapsed"


class CutOffState(State):
    """An organisation that was cut off."""

    CUT = "cut"
    ASKED = "asked"
    OVER = "over"


class ExtraFieldState(State):
    """A field that an office adds to a form of a case; never taken away, only hidden."""

    ASKED = "asked"
    IN_FORCE = "in_force"
    HIDDEN = "hidden"
    REFUSED = "refused"


class OfficePairState(State):
    """The key pairs of an office: asked for by one officer, entered by another."""

    ASKED = "asked"
    ENTERED = "entered"
    REFUSED = "refused"


class Presence(State):
    """Whether a person who sleeps in a facility is there."""

    IN = "in"
    OUT = "out"
    MISSING = "missing"


class KeyState(State):
    """A key of an index: in use, or being filled beside the one in use. Other keys have none."""

    CURRENT = "current"
    NEXT = "next"


class Sets:
    """Named sets of states, for Python (``in``) and SQL (``column.in_``)."""

    CASE_ACTIVE: ClassVar = frozenset(
        {CaseStatus.OPEN, CaseStatus.ASSISTANCE, CaseStatus.FOLLOW_UP}
    )
    CASE_ENDED: ClassVar = frozenset({CaseStatus.CLOSED, CaseStatus.ERASED})
    IMPORT_WAITING: ClassVar = frozenset({ImportState.MAPPING, ImportState.UPLOADED})
    IMPORT_UNFINISHED: ClassVar = IMPORT_WAITING | {ImportState.RUNNING}
    REFERRAL_SERVING: ClassVar = frozenset({ReferralState.ACCEPTED, ReferralState.IN_SERVICE})
    REFERRAL_LIVE: ClassVar = REFERRAL_SERVING | {ReferralState.SENT}
    REFERRAL_ENDED: ClassVar = frozenset(ReferralState) - REFERRAL_LIVE
    REFERRAL_TAKEN: ClassVar = REFERRAL_SERVING | {ReferralState.COMPLETED}
    REFERRAL_RATEABLE: ClassVar = frozenset(
        {
            ReferralState.IN_SERVICE,
            ReferralState.COMPLETED,
            ReferralState.DECLINED,
            ReferralState.EXPIRED,
        }
    )
    RETURN_UNDER_WAY: ClassVar = frozenset({ReturnState.PREPARING, ReturnState.DEPARTED})
    RETURN_GIVEN_UP: ClassVar = frozenset({ReturnState.WITHDRAWN, ReturnState.MISTAKEN})
    RETURN_HOME: ClassVar = frozenset({ReturnState.ARRIVED, ReturnState.REINTEGRATION})
    RETURN_RECEIVED: ClassVar = RETURN_HOME | {ReturnState.CLOSED}
    RETURN_TRAVELLED: ClassVar = RETURN_HOME | {ReturnState.DEPARTED}
    HANDOVER_PENDING: ClassVar = frozenset({HandoverState.SENT, HandoverState.ACCEPTED})
    HANDOVER_SHARED: ClassVar = frozenset(HandoverState) - {HandoverState.KEPT}
    HANDOVER_ANY: ClassVar = frozenset(HandoverState)  # somebody goes on after arrival
    FUND_REQUEST_WAITING: ClassVar = frozenset({FundRequestState.ASKED, FundRequestState.SECOND})
    FUND_REQUEST_LIVE: ClassVar = FUND_REQUEST_WAITING | {FundRequestState.APPROVED}
    FUND_REQUEST_GRANTED: ClassVar = frozenset({FundRequestState.APPROVED, FundRequestState.CLOSED})
    ADVANCE_WAITING: ClassVar = frozenset({AdvanceState.ASKED, AdvanceState.SECOND})
    ADVANCE_OPEN: ClassVar = frozenset({AdvanceState.APPROVED, AdvanceState.DRAWN})
    ASSISTANCE_GIVEN: ClassVar = frozenset({AssistanceState.APPROVED, AssistanceState.PARTLY})
    RELEASE_WAITING: ClassVar = frozenset({ReleaseState.ASKED, ReleaseState.SECOND})
    RELEASE_SPENT: ClassVar = frozenset({ReleaseState.MAKING, ReleaseState.MADE})
    DELIVERY_WAITING: ClassVar = frozenset({DeliveryState.ASKED, DeliveryState.RUNNING})
    EXTRA_FIELD_KNOWN: ClassVar = frozenset({ExtraFieldState.IN_FORCE, ExtraFieldState.HIDDEN})
    DELIVERY_ENDED: ClassVar = frozenset({DeliveryState.READY, DeliveryState.FAILED})


_CASE_ENDED = _l("This case is closed. Reopen it first.")
_DECIDED = _l("This has been decided already.")

_LIVE_CASE = (CaseStatus.OPEN, CaseStatus.ASSISTANCE, CaseStatus.FOLLOW_UP)
CASE = LifeCycle(
    "case",
    CaseStatus,
    {
        (START, "register"): CaseStatus.OPEN,
        **{(state, "assist"): state for state in _LIVE_CASE},
        (CaseStatus.OPEN, "assist"): CaseStatus.ASSISTANCE,
        **{(state, "follow_up"): CaseStatus.FOLLOW_UP for state in _LIVE_CASE},
        **{(state, "stay"): state for state in _LIVE_CASE},
        (CaseStatus.FOLLOW_UP, "stay"): CaseStatus.ASSISTANCE,  # they had not left after all
        **{(state, "close"): CaseStatus.CLOSED for state in _LIVE_CASE},
        # What it had comes back; of what was closed by a version before that is not known.
        (CaseStatus.CLOSED, "reopen"): CaseStatus.ASSISTANCE,
        (CaseStatus.CLOSED, "reopen_registered"): CaseStatus.OPEN,
        (CaseStatus.CLOSED, "reopen_follow_up"): CaseStatus.FOLLOW_UP,
        (CaseStatus.CLOSED, "erase"): CaseStatus.ERASED,
    },
    _CASE_ENDED,
    column="status",
    stamps={"close": ("closed_on",)},
)
IMPORT = LifeCycle(
    "import",
    ImportState,
    {
        (START, "take"): ImportState.UPLOADED,
        (START, "ask_columns"): ImportState.MAPPING,
        (ImportState.MAPPING, "choose_columns"): ImportState.UPLOADED,
        (ImportState.UPLOADED, "choose_columns"): ImportState.UPLOADED,
        (ImportState.UPLOADED, "start"): ImportState.RUNNING,
        (ImportState.RUNNING, "finish"): ImportState.DONE,
        (ImportState.RUNNING, "fail"): ImportState.FAILED,
        **{(state, "cancel"): ImportState.CANCELLED for state in sorted(Sets.IMPORT_UNFINISHED)},
    },
    _l("This import has ended already."),
)
REFERRAL = LifeCycle(
    "referral",
    ReferralState,
    {
        (START, "send"): ReferralState.SENT,
        (ReferralState.SENT, "accept"): ReferralState.ACCEPTED,
        (ReferralState.SENT, "decline"): ReferralState.DECLINED,
        (ReferralState.SENT, "expire"): ReferralState.EXPIRED,
        (ReferralState.SENT, "revoke"): ReferralState.REVOKED,
        (ReferralState.ACCEPTED, "serve"): ReferralState.IN_SERVICE,
        (ReferralState.ACCEPTED, "complete"): ReferralState.COMPLETED,
        (ReferralState.ACCEPTED, "revoke"): ReferralState.REVOKED,
        (ReferralState.IN_SERVICE, "serve"): ReferralState.IN_SERVICE,
        (ReferralState.IN_SERVICE, "complete"): ReferralState.COMPLETED,
        (ReferralState.IN_SERVICE, "revoke"): ReferralState.REVOKED,
    },
    _l("This referral has ended already."),
    stamps={
        "accept": ("answered_at",),
        "decline": ("answered_at", "ended_at"),
        "expire": ("ended_at",),
        "revoke": ("ended_at",),
        "complete": ("ended_at",),
    },
)
INCOMING_REFERRAL = LifeCycle(
    "incoming_referral",
    IncomingReferralState,
    {
        (START, "tell"): IncomingReferralState.SENT,
        (IncomingReferralState.SENT, "accept"): IncomingReferralState.ACCEPTED,
        (IncomingReferralState.SENT, "decline"): IncomingReferralState.DECLINED,
        # With the organisation that told: nobody of it learns an answer any more.
        (IncomingReferralState.SENT, "cut_off"): IncomingReferralState.DECLINED,
    },
    _l("A colleague answered this already."),
    stamps={
        **dict.fromkeys(("accept", "decline", "cut_off"), ("answered_by_id", "answered_at")),
    },
)
RETURN = LifeCycle(
    "return",
    ReturnState,
    {
        (START, "begin"): ReturnState.PREPARING,
        (START, "come_home"): ReturnState.ARRIVED,  # by another way than ours
        (ReturnState.PREPARING, "depart"): ReturnState.DEPARTED,
        (ReturnState.PREPARING, "withdraw"): ReturnState.WITHDRAWN,
        (ReturnState.PREPARING, "undo"): ReturnState.MISTAKEN,
        (ReturnState.DEPARTED, "stay"): ReturnState.PREPARING,  # they had not left after all
        (ReturnState.DEPARTED, "arrive"): ReturnState.ARRIVED,
        (ReturnState.ARRIVED, "plan"): ReturnState.REINTEGRATION,
        (ReturnState.REINTEGRATION, "plan"): ReturnState.REINTEGRATION,
        (ReturnState.ARRIVED, "close"): ReturnState.CLOSED,
        (ReturnState.REINTEGRATION, "close"): ReturnState.CLOSED,
    },
    _l("This return is not in preparation any more."),
    stamps={"close": ("closed_on",)},
)
HANDOVER = LifeCycle(
    "handover",
    HandoverState,
    {
        (START, "hand_over"): HandoverState.SENT,
        (HandoverState.QUESTIONS, "hand_over"): HandoverState.SENT,
        (HandoverState.SENT, "accept"): HandoverState.ACCEPTED,
        (HandoverState.SENT, "send_back"): HandoverState.QUESTIONS,
        **{(state, "say"): state for state in HandoverState if state != HandoverState.KEPT},
        (START, "keep"): HandoverState.KEPT,
        (HandoverState.KEPT, "hand_over"): HandoverState.SENT,
        # What it leaned on has ended, or the return itself: the other missions see nothing of it
        # any more, as before it was handed over.
        **{(state, "end"): START for state in (START, *HandoverState)},
    },
    _l("There is no handover to answer."),
    column="handover",
)
MOVEMENT = LifeCycle(
    "movement",
    MovementState,
    {
        (START, "plan"): MovementState.PLANNED,
        (MovementState.PLANNED, "depart"): MovementState.DEPARTED,
        (MovementState.PLANNED, "cancel"): MovementState.CANCELLED,
        (MovementState.DEPARTED, "stay"): MovementState.PLANNED,
    },
    _l("This movement has left or was cancelled."),
)
SEAT = LifeCycle(
    "seat",
    SeatState,
    {
        (START, "list"): SeatState.LISTED,
        (SeatState.LISTED, "board"): SeatState.BOARDED,
        (SeatState.LISTED, "miss"): SeatState.NO_SHOW,
        (SeatState.BOARDED, "miss"): SeatState.NO_SHOW,  # they had not left after all
        (SeatState.BOARDED, "stay"): SeatState.LISTED,
    },
    _l("This seat was settled already."),
)
ASSISTANCE = LifeCycle(
    "assistance",
    AssistanceState,
    {
        (START, "plan"): AssistanceState.PLANNED,
        (START, "give"): AssistanceState.APPROVED,
        (AssistanceState.PLANNED, "approve"): AssistanceState.APPROVED,
        (AssistanceState.PLANNED, "refuse"): AssistanceState.REFUSED,
        # What was not given is not needed any more, or the return ended.
        (AssistanceState.PLANNED, "end"): AssistanceState.ENDED,
        (AssistanceState.APPROVED, "end"): AssistanceState.ENDED,
        (AssistanceState.APPROVED, "end_partly"): AssistanceState.PARTLY,
    },
    _DECIDED,
    stamps={"approve": ("decided_by_id",), "refuse": ("decided_by_id",)},
)
FUND_REQUEST = LifeCycle(
    "fund_request",
    FundRequestState,
    {
        (START, "ask"): FundRequestState.ASKED,
        (FundRequestState.ASKED, "approve_first"): FundRequestState.SECOND,
        (FundRequestState.ASKED, "approve"): FundRequestState.APPROVED,
        (FundRequestState.SECOND, "approve_second"): FundRequestState.APPROVED,
        (FundRequestState.ASKED, "refuse"): FundRequestState.REFUSED,
        (FundRequestState.SECOND, "refuse_second"): FundRequestState.REFUSED,
        (FundRequestState.APPROVED, "close"): FundRequestState.CLOSED,
        **{
            (state, "cancel"): FundRequestState.CANCELLED
            for state in sorted(Sets.FUND_REQUEST_LIVE)
        },
    },
    _l("This request was answered already."),
    stamps={
        "approve_first": ("answered_by_id", "answered_at"),
        "approve": ("answered_by_id", "answered_at"),
        "approve_second": ("second_by_id", "answered_at"),
        "refuse": ("answered_by_id", "answered_at"),
        "refuse_second": ("second_by_id", "answered_at"),
    },
)
ADVANCE = LifeCycle(
    "advance",
    AdvanceState,
    {
        (START, "ask"): AdvanceState.ASKED,
        (AdvanceState.ASKED, "approve_first"): AdvanceState.SECOND,
        (AdvanceState.ASKED, "approve"): AdvanceState.APPROVED,
        (AdvanceState.SECOND, "approve_second"): AdvanceState.APPROVED,
        (AdvanceState.ASKED, "refuse"): AdvanceState.REFUSED,
        (AdvanceState.SECOND, "refuse_second"): AdvanceState.REFUSED,
        (AdvanceState.APPROVED, "draw"): AdvanceState.DRAWN,
        (AdvanceState.DRAWN, "draw"): AdvanceState.DRAWN,
        (AdvanceState.DRAWN, "repay"): AdvanceState.DRAWN,
        (AdvanceState.DRAWN, "repay_rest"): AdvanceState.REPAID,
        (AdvanceState.REPAID, "take_back"): AdvanceState.DRAWN,  # a repayment was corrected
        (AdvanceState.DRAWN, "take_back"): AdvanceState.DRAWN,
        **{
            (state, "cancel"): AdvanceState.CANCELLED
            for state in (AdvanceState.ASKED, AdvanceState.SECOND, AdvanceState.APPROVED)
        },
    },
    _l("This advance was answered already, or has ended."),
    stamps={
        "approve_first": ("answered_by_id", "answered_at"),
        "approve": ("answered_by_id", "answered_at"),
        "approve_second": ("second_by_id", "answered_at"),
        "refuse": ("answered_by_id", "answered_at"),
        "refuse_second": ("second_by_id", "answered_at"),
    },
)
_ANSWERED = ("answered_by_id", "answered_at")
TRANSFER = LifeCycle(
    "transfer",
    TransferState,
    {
        (START, "offer"): TransferState.ASKED,
        (TransferState.ASKED, "accept"): TransferState.ACCEPTED,
        (TransferState.ASKED, "decline"): TransferState.DECLINED,
        (TransferState.ASKED, "take_back"): TransferState.TAKEN_BACK,
    },
    _l("This offer was answered already."),
    stamps={"accept": _ANSWERED, "decline": _ANSWERED, "take_back": _ANSWERED},
)
CASE_RELEASE = LifeCycle(
    "case_release",
    CaseReleaseState,
    {
        (START, "grant"): CaseReleaseState.IN_FORCE,
        (CaseReleaseState.IN_FORCE, "lean_anew"): CaseReleaseState.IN_FORCE,
        (CaseReleaseState.IN_FORCE, "end"): CaseReleaseState.ENDED,
    },
    _l("What was told has ended."),
    stamps={"grant": ("given_by_id", "given_at"), "end": ("ended_by_id", "ended_at")},
)
_BY_ANOTHER = ("decided_by_id", "decided_at")
APPROVAL = LifeCycle(
    "approval",
    ApprovalState,
    {
        (START, "ask"): ApprovalState.ASKED,
        (ApprovalState.ASKED, "approve"): ApprovalState.APPROVED,
        (ApprovalState.ASKED, "refuse"): ApprovalState.REFUSED,
        (ApprovalState.ASKED, "withdraw"): ApprovalState.WITHDRAWN,
    },
    _DECIDED,
    stamps={"approve": _BY_ANOTHER, "refuse": _BY_ANOTHER},
)
ERASURE = LifeCycle(
    "erasure",
    ErasureState,
    {
        (START, "ask"): ErasureState.ASKED,
        (ErasureState.REFUSED, "ask"): ErasureState.ASKED,
        (ErasureState.ASKED, "refuse"): ErasureState.REFUSED,
        (ErasureState.ASKED, "erase"): ErasureState.DONE,
    },
    _DECIDED,
    stamps={"ask": ("asked_by_id", "asked_at"), "refuse": _BY_ANOTHER, "erase": _BY_ANOTHER},
)
EXTRA_FIELD = LifeCycle(
    "extra_field",
    ExtraFieldState,
    {
        (START, "ask"): ExtraFieldState.ASKED,
        (ExtraFieldState.ASKED, "approve"): ExtraFieldState.IN_FORCE,
        (ExtraFieldState.ASKED, "refuse"): ExtraFieldState.REFUSED,
        # Other words for a field in force stand beside those that forms show, until agreed to.
        (ExtraFieldState.IN_FORCE, "ask_change"): ExtraFieldState.IN_FORCE,
        (ExtraFieldState.IN_FORCE, "approve"): ExtraFieldState.IN_FORCE,
        (ExtraFieldState.IN_FORCE, "refuse"): ExtraFieldState.IN_FORCE,
        (ExtraFieldState.IN_FORCE, "hide"): ExtraFieldState.HIDDEN,
        (ExtraFieldState.HIDDEN, "show"): ExtraFieldState.IN_FORCE,
    },
    _DECIDED,
    stamps={
        "ask": ("asked_by_id", "asked_at"),
        "ask_change": ("asked_by_id", "asked_at"),
        "approve": _BY_ANOTHER,
        "refuse": _BY_ANOTHER,
    },
)
OFFICE_PAIR = LifeCycle(
    "office_pair",
    OfficePairState,
    {
        (START, "ask"): OfficePairState.ASKED,
        (OfficePairState.ASKED, "enter"): OfficePairState.ENTERED,
        (OfficePairState.ASKED, "refuse"): OfficePairState.REFUSED,
    },
    _DECIDED,
    stamps={"ask": ("asked_by_id", "asked_at"), "enter": _BY_ANOTHER, "refuse": _BY_ANOTHER},
)
_OPEN_REQUESTS = (PersonRequestState.RECEIVED, PersonRequestState.EXTENDED)
PERSON_REQUEST = LifeCycle(
    "person_request",
    PersonRequestState,
    {
        (START, "receive"): PersonRequestState.RECEIVED,
        (PersonRequestState.RECEIVED, "extend"): PersonRequestState.EXTENDED,
        **{(state, "grant"): PersonRequestState.GRANTED for state in _OPEN_REQUESTS},
        **{(state, "grant_in_part"): PersonRequestState.IN_PART for state in _OPEN_REQUESTS},
        **{(state, "refuse"): PersonRequestState.REFUSED for state in _OPEN_REQUESTS},
        **{(state, "take_back"): PersonRequestState.TAKEN_BACK for state in _OPEN_REQUESTS},
    },
    _l("This request was answered already."),
    stamps={
        "receive": ("received_by_id",),
        "extend": ("extended_by_id", "extended_on"),
        **dict.fromkeys(
            ("grant", "grant_in_part", "refuse", "take_back"), ("answered_by_id", "answered_on")
        ),
    },
)
RELEASE = LifeCycle(
    "release",
    ReleaseState,
    {
        (START, "ask"): ReleaseState.ASKED,
        (ReleaseState.ASKED, "approve"): ReleaseState.SECOND,
        (ReleaseState.SECOND, "approve_second"): ReleaseState.MAKING,
        (ReleaseState.ASKED, "refuse"): ReleaseState.REFUSED,
        (ReleaseState.SECOND, "refuse"): ReleaseState.REFUSED,
        # Until it is made: whoever is killed on the way leaves it failed, and it is not drawn a
        # second time.
        (ReleaseState.MAKING, "begin_making"): ReleaseState.FAILED,
        (ReleaseState.FAILED, "finish_making"): ReleaseState.MADE,
    },
    _DECIDED,
    stamps={
        "approve": ("first_by_id", "first_at"),
        "approve_second": ("second_by_id", "second_at"),
        "refuse": ("refused_by_id",),
    },
)
DELIVERY = LifeCycle(
    "delivery",
    DeliveryState,
    {
        (START, "ask"): DeliveryState.ASKED,
        (DeliveryState.ASKED, "run"): DeliveryState.RUNNING,
        (DeliveryState.RUNNING, "run"): DeliveryState.RUNNING,
        (DeliveryState.RUNNING, "finish"): DeliveryState.READY,
        (DeliveryState.RUNNING, "fail"): DeliveryState.FAILED,
    },
    _l("This file was made already."),
    stamps={"run": ("beat_at",)},
)
FILE = LifeCycle(
    "file",
    FileState,
    {
        (START, "begin"): FileState.RECEIVING,
        (FileState.RECEIVING, "finish"): FileState.QUARANTINE,
        (FileState.QUARANTINE, "keep"): FileState.KEPT,
        (FileState.QUARANTINE, "refuse"): FileState.REFUSED,
    },
    _l("This file was received already."),
)
MESSAGE = LifeCycle(
    "message",
    MessageState,
    {
        (START, "post"): MessageState.WAITING,
        (MessageState.WAITING, "deliver"): MessageState.DELIVERED,
        (MessageState.WAITING, "fail"): MessageState.FAILED,
        (MessageState.FAILED, "send_again"): MessageState.WAITING,
        (MessageState.WAITING, "send_again"): MessageState.WAITING,
        # A partner asks for what its system lost: the same notice, with the same id.
        **{(state, "repeat"): MessageState.WAITING for state in MessageState},
    },
    _l("This notice was delivered already."),
    stamps={"deliver": ("delivered_at",)},
)
RECORD = LifeCycle(
    "record",
    RecordState,
    {
        (START, "open"): RecordState.OPEN,
        (START, "settle"): RecordState.DONE,
        (RecordState.OPEN, "open"): RecordState.OPEN,
        (RecordState.OPEN, "settle"): RecordState.DONE,
        (RecordState.DONE, "open"): RecordState.OPEN,
        (RecordState.DONE, "settle"): RecordState.DONE,
        (RecordState.OPEN, "remove"): RecordState.REMOVED,
        (RecordState.DONE, "remove"): RecordState.REMOVED,
        (RecordState.REMOVED, "restore"): RecordState.OPEN,
        (RecordState.REMOVED, "restore_settled"): RecordState.DONE,
    },
    _l("This record was removed. Bring it back first."),
    stamps=dict.fromkeys(("remove", "restore", "restore_settled"), ("changed_by_id", "changed_at")),
)
PRESENCE = LifeCycle(
    "presence",
    Presence,
    {
        (START, "come"): Presence.IN,
        **{
            (state, verb): after
            for state in Presence
            for verb, after in zip(
                ("come", "go", "miss"), (Presence.IN, Presence.OUT, Presence.MISSING), strict=True
            )
        },
    },
    _l("This person has left the facility."),
    column="presence",
    stamps={"come": ("presence_at",), "go": ("presence_at",), "miss": ("presence_at",)},
)
ACCESS_CHANGE = LifeCycle(
    "access_change",
    AccessChangeState,
    {
        (START, "make"): AccessChangeState.DONE,
        (START, "ask"): AccessChangeState.ASKED,
        # A partner opens what was referred before to somebody new: the missions can stop it.
        (START, "announce"): AccessChangeState.WAITING,
        (AccessChangeState.ASKED, "approve"): AccessChangeState.DONE,
        # What would open an account to somebody else waits, so that its owner can stop it.
        (AccessChangeState.ASKED, "approve_later"): AccessChangeState.WAITING,
        (AccessChangeState.WAITING, "carry_out"): AccessChangeState.DONE,
        (AccessChangeState.ASKED, "refuse"): AccessChangeState.REFUSED,
        (AccessChangeState.ASKED, "lapse"): AccessChangeState.LAPSED,
        # A mail address that somebody else has by the time it would change.
        (AccessChangeState.WAITING, "lapse"): AccessChangeState.LAPSED,
        (AccessChangeState.ASKED, "stop"): AccessChangeState.STOPPED,
        (AccessChangeState.WAITING, "stop"): AccessChangeState.STOPPED,
    },
    _DECIDED,
    stamps={
        **dict.fromkeys(("approve", "approve_later", "refuse"), ("decided_by_id", "decided_at")),
        "stop": ("stopped_by_id",),
    },
)
CUT_OFF = LifeCycle(
    "cut_off",
    CutOffState,
    {
        (START, "cut"): CutOffState.CUT,
        (CutOffState.CUT, "ask_back"): CutOffState.ASKED,
        (CutOffState.ASKED, "let_in"): CutOffState.OVER,
        (CutOffState.ASKED, "keep_out"): CutOffState.CUT,
    },
    _DECIDED,
    stamps={
        "cut": ("cut_by_id", "at"),
        "ask_back": ("asked_by_id", "asked_at"),
        **dict.fromkeys(("let_in", "keep_out"), ("decided_by_id", "decided_at")),
    },
)
INDEX_KEY = LifeCycle(
    "index_key",
    KeyState,
    {
        (START, "build"): KeyState.NEXT,
        (KeyState.NEXT, "use"): KeyState.CURRENT,
        (START, "use"): KeyState.CURRENT,
    },
    _l("This key is in use."),
)

ALL: tuple[LifeCycle, ...] = (
    CASE,
    IMPORT,
    REFERRAL,
    INCOMING_REFERRAL,
    RETURN,
    HANDOVER,
    MOVEMENT,
    SEAT,
    ASSISTANCE,
    FUND_REQUEST,
    TRANSFER,
    CASE_RELEASE,
    APPROVAL,
    ERASURE,
    PERSON_REQUEST,
    RELEASE,
    DELIVERY,
    FILE,
    MESSAGE,
    RECORD,
    PRESENCE,
    ACCESS_CHANGE,
    CUT_OFF,
    INDEX_KEY,
)
