"""``docs/permissions.md``, made from the one map: ``./run flask permissions > docs/permissions.md``.

Two tables: the rules in words, and what they come to for each role and relation to a case, worked out on records of no database.
"""

from datetime import timedelta
from typing import Any

from access.actors import Actor
from access.by_token import BY_TOKEN
from access.permissions import Permission, Role
from access.policy import GRANTS, allows
from models.base import now
from models.cases import Case
from models.data_protection import Emergency, Erasure
from models.facts import Release
from models.money import FundRequest, LedgerEntry
from models.people import Organisation, User
from models.referrals import IncomingReferral, Referral
from models.returns import Assistance, Movement, Return
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
        "Made from `access/policy.py` and `access/by_token.py` by `./run flask permissions`; a test compares the two. A permission is given when all facts of one line hold.",
        "By API token says to which scopes of tokens a permission belongs; a token opens nothing that its owner may not.",
        "",
        "| permission | given to | by API token |",
        "|---|---|---|",
    ]
    for permission in Permission:
        clauses = [
            " and ".join((fact.__doc__ or fact.__name__).strip().rstrip(".") for fact in clause)
            for clause in GRANTS[permission]
        ]
        lines.append(
            f"| `{permission.value}` | {'<br>'.join(clauses)} | {', '.join(BY_TOKEN[permission]) or 'no'} |"
        )
    return "\n".join([*lines, "", *_matrix()]) + "\n"


HERE, THERE, PARTNER, OTHER_PARTNER, HEADQUARTERS = 1, 2, 3, 4, 5
# Who asks: name → (account, role, organisation, team). The case is held by account 1, in team 1, of the mission HERE.
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


def subjects() -> dict[str, Any]:
    """One record of each kind, all about one case."""
    day = now() + timedelta(days=1)
    case = Case(id=1, owner_id=1, office_id=HERE, team_id=1)
    referral = Referral(
        case_id=1,
        office_id=HERE,
        partner_id=PARTNER,
        sent_by_id=1,
        state=ReferralState.ACCEPTED,
        answer_by=day,
        answered_at=now(),
    )
    return {
        "case": case,
        "referral": referral,
        "inward": IncomingReferral(
            case_id=1, office_id=HERE, partner_id=PARTNER, state=IncomingReferralState.SENT
        ),
        "returns": Return(
            case_id=1,
            sending_id=HERE,
            receiving_id=THERE,
            transit_id=None,
            handover=HandoverState.ACCEPTED,
            state=ReturnState.PREPARING,
        ),
        "item": Assistance(planned_by_id=10, record=Return(receiving_id=THERE)),
        "movement": Movement(office_id=HERE),
        "fund": FundRequest(case_id=1, office_id=HERE, asked_by_id=1),
        "entry": LedgerEntry(by_id=1),
        "release": Release(asked_by_id=99, first_by_id=None, state=ReleaseState.ASKED),
        "erasure": Erasure(case_id=1, asked_by_id=5),
        "emergency": Emergency(case_id=1, user_id=4),
        "user": User(id=99, email="", name=""),
        "transfer": Transfer(case_id=1, from_office_id=HERE, to_office_id=THERE, to_user_id=4),
        "approval": Approval(case_id=1, office_id=HERE, asked_by_id=1),
        "shelter": Facility(id=1, organisation_id=HERE),
        "partner": Organisation(id=PARTNER, code="", name="", kind="partner", country=""),
    }


def subject_of(permission: Permission) -> str:
    """Which kind of record a permission is asked about; empty for none."""
    name, verb = permission.value.split(".")
    if verb in {"list", "register", "import"} or permission in _WITHOUT_SUBJECT:
        return ""
    if permission in _OTHERS:
        return _OTHERS[permission]
    if permission in {
        Permission.REFERRAL_SEND,
        Permission.RETURN_START,
        Permission.FUND_ASK,
        Permission.TRAIL_OF_CASE,
        Permission.ERASURE_ASK,
        Permission.SHELTER_PLACE,
    }:
        return "case"
    return (
        "case"
        if name in _OF_CASE
        else name
        if name
        in {
            "referral",
            "returns",
            "fund",
            "erasure",
            "emergency",
            "user",
            "transfer",
            "approval",
            "shelter",
            "partner",
            "inward",
            "movement",
            "release",
        }
        else ""
    )


def outcomes() -> dict[Permission, dict[str, bool]]:
    """What the map says for everybody about one case."""
    records = subjects()
    found: dict[Permission, dict[str, bool]] = {}
    for permission in Permission:
        subject = records.get(subject_of(permission))
        found[permission] = {who: allows(_actor(who), permission, subject) for who in PEOPLE}
    return found


def _actor(who: str) -> Actor:
    number, role, place, team = PEOPLE[who]
    user = User(id=number, email=who, name=who, active=True)
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
        "The case is held by a caseworker of team A of a mission; one partner accepted a referral, one mission received the handover. A test walks every route as each of these people and compares.",
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
