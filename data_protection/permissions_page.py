"""``docs/permissions.md``, made from the one map by ``./run flask permissions``.

Two tables: the rules in words, and what they come to for each role and relation to a case, worked
out on records of no database.
"""

from datetime import timedelta
from typing import Any

from access.actors import Actor
from access.by_token import BY_TOKEN
from access.conditions import Condition
from access.permissions import Permission, Role
from access.policy import GRANTS, allows
from models.access_changes import AccessChange
from models.advances import Advance, CrisisOperation
from models.assistance import Assistance
from models.base import now
from models.callers import Caller
from models.cases import Case
from models.cut_offs import CutOff
from models.data_protection import Emergency, Erasure, PersonRequest, ReadingOn
from models.facts import Release
from models.money import FundRequest, LedgerEntry
from models.movements import Movement
from models.office_pairs import OfficePair
from models.people import Grant, Organisation, User
from models.referrals import IncomingReferral, Referral
from models.returns import Return
from models.shelter import Facility
from models.states import (
    HandoverState,
    IncomingReferralState,
    ReferralState,
    ReleaseState,
    ReturnState,
)
from models.work import Approval, Transfer


def page() -> str:
    """The page as Markdown."""
    lines = [
        "# Who may do what",
        "",
        (
            "Made from `access/policy.py` and `access/by_token.py` by `./run flask permissions`; "
            "a test compares the two. A permission is given when all facts of one line hold."
        ),
        (
            "By API token says to which scopes of tokens a permission belongs; "
            "a token opens nothing that its owner may not."
        ),
        "",
        "| permission | given to | by API token |",
        "|---|---|---|",
    ]
    for permission in Permission:
        clauses = [
            " and ".join(_in_words(condition) for condition in clause)
            for clause in GRANTS[permission]
        ]
        given_to = "<br>".join(clauses)
        scopes = ", ".join(BY_TOKEN[permission]) or "no"
        lines.append(f"| `{permission.value}` | {given_to} | {scopes} |")
    return "\n".join([*lines, "", *_matrix()]) + "\n"


def _in_words(condition: Condition) -> str:
    """The docstring of a condition on one line, without its full stop."""
    return " ".join((condition.__doc__ or condition.__name__).split()).rstrip(".")


HERE, THERE, PARTNER, OTHER_PARTNER, HEADQUARTERS = 1, 2, 3, 4, 5
# Who asks: name → (account, role, organisation, team). The case is held by account 1, in team 1, of
# the mission HERE.
PEOPLE: dict[str, tuple[int, Role, int, int | None]] = {
    "caseworker, own case": (1, Role.CASEWORKER, HERE, 1),
    "caseworker, team": (2, Role.CASEWORKER, HERE, 1),
    "caseworker, same mission": (3, Role.CASEWORKER, HERE, 2),
    "caseworker, other mission": (4, Role.CASEWORKER, THERE, None),
    "supervisor": (5, Role.SUPERVISOR, HERE, None),
    "health officer": (6, Role.HEALTH, HERE, None),
    "legal officer": (7, Role.LEGAL, HERE, None),
    "partner, referred and accepted": (8, Role.PARTNER, PARTNER, None),
    "partner, not referred": (9, Role.PARTNER, OTHER_PARTNER, None),
    "mission staff, handed over": (10, Role.ORIGIN, THERE, None),
    "shelter manager": (11, Role.SHELTER, PARTNER, None),
    "manager": (12, Role.MANAGER, HEADQUARTERS, None),
    "data protection officer": (13, Role.PROTECTION, HEADQUARTERS, None),
    "administrator": (14, Role.ADMINISTRATOR, HEADQUARTERS, None),
}
_OTHERS = {Permission.FUND_CORRECT: "entry", Permission.RETURN_APPROVE: "item"}
_WITHOUT_SUBJECT = {
    Permission.EMERGENCY_ASK,
    Permission.STATISTICS_READ,
    Permission.REFERRAL_LOG,
    Permission.INWARD_SEND,
    Permission.FUND_KEEP,
    Permission.OPERATION_BEGIN,
    Permission.RELEASE_ASK,
}
_OF_CASE = {
    "case",
    "identity",
    "protection",
    "medical",
    "legal",
    "return",
    "care",
    "block",
    "person",
}
_ABOUT_CASE = {
    Permission.REFERRAL_SEND,
    Permission.RETURN_START,
    Permission.FUND_ASK,
    Permission.TRAIL_OF_CASE,
    Permission.ERASURE_ASK,
    Permission.SHELTER_PLACE,
    Permission.REQUEST_RECEIVE,
}
_NAMED = {
    "caller",
    "pair",
    "access",
    "organisation",
    "cut_off",
    "sessions",
    "referral",
    "returns",
    "fund",
    "erasure",
    "emergency",
    "request",
    "reading",
    "user",
    "transfer",
    "approval",
    "shelter",
    "partner",
    "inward",
    "movement",
    "operation",
    "advance",
    "release",
}


def subjects() -> dict[str, Any]:
    """One record of each kind, all about one case."""
    return {**_of_partners(), **_of_return(), **_of_oversight()}


def _case() -> Case:
    return Case(id=1, owner_id=1, office_id=HERE, team_id=1)


def _of_partners() -> dict[str, Any]:
    """The case, and what was agreed about it with a partner and with another mission."""
    return {
        "case": _case(),
        "referral": Referral(
            case=_case(),
            office_id=HERE,
            partner_id=PARTNER,
            sent_by_id=1,
            state=ReferralState.ACCEPTED,
            answer_by=now() + timedelta(days=1),
            answered_at=now(),
        ),
        "inward": IncomingReferral(
            case_id=1, office_id=HERE, partner_id=PARTNER, state=IncomingReferralState.SENT
        ),
        "transfer": Transfer(case_id=1, from_office_id=HERE, to_office_id=THERE, to_user_id=4),
        "partner": Organisation(id=PARTNER, code="", name="", kind="partner", country=""),
        "shelter": Facility(id=1, organisation_id=HERE),
    }


def _of_return() -> dict[str, Any]:
    """A return that another mission accepted, and the money for it."""
    return {
        "returns": Return(
            case=_case(),
            sending_id=HERE,
            receiving_id=THERE,
            transit_id=None,
            handover=HandoverState.ACCEPTED,
            state=ReturnState.PREPARING,
        ),
        "item": Assistance(planned_by_id=10, record=Return(receiving_id=THERE)),
        "movement": Movement(office_id=HERE),
        "caller": Caller(office_id=HERE),
        "fund": FundRequest(case_id=1, office_id=HERE, asked_by_id=1),
        "entry": LedgerEntry(by_id=1),
        "operation": CrisisOperation(office_id=HERE),
        "advance": Advance(office_id=HERE, asked_by_id=5),
    }


def _of_oversight() -> dict[str, Any]:
    """What one asks and another decides."""
    return {
        "release": Release(asked_by_id=99, first_by_id=None, state=ReleaseState.ASKED),
        "erasure": Erasure(case_id=1, asked_by_id=5),
        "emergency": Emergency(case=_case(), user_id=4),
        "request": PersonRequest(case=_case()),
        "reading": ReadingOn(office_id=HERE, user_id=4),
        "user": User(id=99, email="", name=""),
        "organisation": Organisation(id=PARTNER, code="", name="", kind="partner", country=""),
        "approval": Approval(case_id=1, office_id=HERE, asked_by_id=1),
        "pair": OfficePair(office_id=HERE, asked_by_id=98),
        "cut_off": CutOff(organisation_id=PARTNER, asked_by_id=98),
        "sessions": User(
            id=98, grants=[Grant(organisation_id=HERE, role=Role.CASEWORKER, ends_on=None)]
        ),
        "access": AccessChange(
            user_id=99, office_id=HERE, asked_by_id=98, headquarters=False, partner=False
        ),
    }


def subject_of(permission: Permission) -> str:
    """Which kind of record a permission is asked about; empty for none."""
    name, verb = permission.value.split(".")
    if verb in {"list", "register", "import"} or permission in _WITHOUT_SUBJECT:
        return ""
    if permission in _OTHERS:
        return _OTHERS[permission]
    if name in _OF_CASE or permission in _ABOUT_CASE:
        return "case"
    return name if name in _NAMED else ""


def outcomes_of(permission: Permission) -> dict[str, bool]:
    """What the map says for everybody about one case, of one permission."""
    record = subjects().get(subject_of(permission))
    return {who: allows(_actor(who), permission, record) for who in PEOPLE}


def outcomes() -> dict[Permission, dict[str, bool]]:
    """What the map says for everybody about one case."""
    records = subjects()
    actors = {who: _actor(who) for who in PEOPLE}
    return {
        permission: {
            who: allows(actor, permission, records.get(subject_of(permission)))
            for who, actor in actors.items()
        }
        for permission in Permission
    }


def _actor(who: str) -> Actor:
    user_id, role, place, team = PEOPLE[who]
    user = User(id=user_id, email=who, name=who, active=True)
    return Actor(
        who,
        user,
        {role: frozenset({place})},
        frozenset({team} if team else ()),
        headquarters=frozenset({HEADQUARTERS}),
    )


def _matrix() -> list[str]:
    lines = [
        "## For one case",
        "",
        (
            "The case is held by a caseworker of team A of a mission; one partner accepted a "
            "referral, one mission received the handover. A test walks every route as each of "
            "these people and compares."
        ),
        "",
        "| permission | " + " | ".join(PEOPLE) + " |",
        "|---|" + "---|" * len(PEOPLE),
    ]
    return lines + [
        f"| `{permission.value}` | "
        + " | ".join("yes" if yes else "–" for yes in row.values())
        + " |"
        for permission, row in outcomes().items()
    ]
