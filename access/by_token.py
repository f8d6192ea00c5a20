"""What a program may do with a bearer token: never more than its owner, and of that only this.

Each permission is decided here by name: the scopes of tokens it belongs to, or that no token has
it. Open is what a route of the API asks for, and what its verbs look at or write on the way. What
has no route stays closed, and so do money, accounts, keys, the trail, erasing and emergencies.
A permission that is missing here stops the start (:func:`access.policy.undecided`).
"""

from access.permissions import Permission as P  # noqa: N817 -- stands in every line of the map

# What an owner may narrow a token to.
_READ, _CASES, _REFERRALS, _RETURNS = "read", "cases", "referrals", "returns"
_STATISTICS, _WAREHOUSE = "statistics", "warehouse"
_NO: tuple[str, ...] = ()

BY_TOKEN: dict[P, tuple[str, ...]] = {
    P.ACCOUNT_USE: _NO,
    P.WORK_SEE: _NO,
    P.CASE_REGISTER: (_CASES,),
    P.CASE_IMPORT: _NO,
    P.CASE_LIST: (_READ, _CASES),
    P.CASE_OPEN: (_READ, _CASES),
    P.CASE_EDIT: (_CASES,),
    P.CASE_CLOSE: _NO,
    P.CASE_ASSIGN: _NO,
    P.CASE_TRANSFER: _NO,
    P.CASE_COPY: _NO,
    P.CASE_REVIEW: _NO,
    P.TRAIL_OF_CASE: _NO,
    P.IDENTITY_READ: (_READ, _CASES),
    P.IDENTITY_WRITE: (_CASES,),
    P.PROTECTION_READ: (_READ, _CASES),
    P.PROTECTION_WRITE: (_CASES,),
    P.MEDICAL_READ: (_READ, _CASES),
    P.MEDICAL_WRITE: (_CASES,),
    P.LEGAL_READ: (_READ, _CASES),
    P.LEGAL_WRITE: (_CASES,),
    P.CARE_READ: (_READ, _CASES),
    P.CARE_WRITE: (_CASES,),
    P.RETURN_READ: _NO,
    P.RETURN_WRITE: _NO,
    P.TRANSFER_ANSWER: _NO,
    P.APPROVAL_DECIDE: _NO,
    P.TEAM_SEE: _NO,
    P.SHELTER_LIST: _NO,
    P.SHELTER_PLACE: _NO,
    P.SHELTER_OPEN: _NO,
    P.SHELTER_RUN: _NO,
    P.REFERRAL_LIST: _NO,
    P.REFERRAL_SEND: (_REFERRALS,),
    P.REFERRAL_OPEN: (_READ, _REFERRALS),
    P.REFERRAL_RELEASED: (_READ, _REFERRALS),
    P.REFERRAL_RELEASE: (_REFERRALS,),
    P.REFERRAL_ANSWER: (_REFERRALS,),
    P.REFERRAL_SERVE: (_REFERRALS,),
    P.REFERRAL_TALK: _NO,
    P.REFERRAL_LINK: _NO,
    P.REFERRAL_FEEDBACK: _NO,
    P.REFERRAL_LOG: _NO,
    P.PATHWAY_SEE: _NO,
    P.INWARD_SEND: (_REFERRALS,),
    P.INWARD_LIST: _NO,
    P.INWARD_OPEN: (_READ, _REFERRALS),
    P.INWARD_TELL: (_REFERRALS,),
    P.INWARD_TOLD: _NO,
    P.INWARD_ANSWER: _NO,
    P.PARTNER_KEEP: _NO,
    P.MESSAGE_RESEND: _NO,
    P.REFERRAL_REVOKE: (_REFERRALS,),
    P.RETURN_LIST: _NO,
    P.RETURN_START: (_RETURNS,),
    P.RETURN_OPEN: (_READ, _RETURNS),
    P.RETURN_PREPARE: (_RETURNS,),
    P.RETURN_RECEIVE: (_RETURNS,),
    P.RETURN_TRANSIT: _NO,
    P.RETURN_JOURNEY: _NO,
    P.RETURN_TALK: _NO,
    P.RETURN_APPROVE: _NO,
    P.APPROVAL_LIST: _NO,
    P.MOVEMENT_LIST: _NO,
    P.MOVEMENT_RUN: _NO,
    P.RETURN_RELEASED: _NO,
    P.RETURN_RELEASE: (_RETURNS,),
    P.FUND_LIST: _NO,
    P.FUND_ASK: _NO,
    P.FUND_SEE: _NO,
    P.FUND_APPROVE: _NO,
    P.FUND_SPEND: _NO,
    P.FUND_KEEP: _NO,
    P.FUND_CORRECT: _NO,
    P.STATISTICS_READ: (_STATISTICS,),
    P.STATISTICS_PUBLISH: _NO,
    P.DATA_EXPORT: _NO,
    P.WAREHOUSE_READ: (_WAREHOUSE,),
    P.RELEASE_LIST: _NO,
    P.RELEASE_ASK: _NO,
    P.RELEASE_APPROVE: _NO,
    P.TRAIL_READ: _NO,
    P.ALERT_READ: _NO,
    P.PERSON_MERGE: _NO,
    P.ERASURE_LIST: _NO,
    P.ERASURE_ASK: _NO,
    P.ERASURE_DECIDE: _NO,
    P.BLOCK_SET: _NO,
    P.EMERGENCY_ASK: _NO,
    P.EMERGENCY_REVIEW: _NO,
    P.USER_LIST: _NO,
    P.USER_MANAGE: _NO,
    P.ACCESS_LIST: _NO,
    P.ACCESS_SEE: _NO,
    P.ACCESS_DECIDE: _NO,
}

TOKEN_MAY: frozenset[P] = frozenset(permission for permission, scopes in BY_TOKEN.items() if scopes)
SCOPES: dict[str, frozenset[P]] = {
    scope: frozenset(permission for permission, scopes in BY_TOKEN.items() if scope in scopes)
    for scope in (_READ, _CASES, _REFERRALS, _RETURNS, _STATISTICS, _WAREHOUSE)
}
