"""Wrong rules of returns and funds."""

from tests.mutation.change import Change

_AVRR = "tests/avrr/test_limits.py"
_FUNDS = "tests/funds/test_limits.py"

CHANGES = [
    Change(
        "avrr/checklist.py",
        "ends < facts.travel_on else",
        "ends <= facts.travel_on else",
        f"{_AVRR} -k day_of_travel",
        "a travel document must outlive the day of travel",
    ),
    Change(
        "avrr/checklist.py",
        "was.done_on < until else",
        "was.done_on <= until else",
        f"{_AVRR} -k last_day_to_think",
        "a declaration on the day to think until does not count",
    ),
    Change(
        "avrr/early_warnings.py",
        "before - after >= FALL",
        "before - after > FALL",
        f"{_AVRR} -k exactly",
        "a fall of exactly 0.15 does not warn",
    ),
    Change(
        "avrr/early_warnings.py",
        "survey.composite < low",
        "survey.composite <= low",
        f"{_AVRR} -k under_the_limit",
        "a score at the limit warns",
    ),
    Change(
        "avrr/early_warnings.py",
        "LATE = timedelta(days=14)",
        "LATE = timedelta(days=15)",
        f"{_AVRR} -k two_weeks",
        "a missed visit warns a day late",
    ),
    Change(
        "avrr/movements.py",
        "until >= movement.travel_on",
        "until > movement.travel_on",
        f"{_AVRR} -k day_of_a_movement",
        "a certificate must outlive the day of a movement",
    ),
    Change(
        "avrr/steps.py",
        'if not consent.agreed(return_.case, "consulate"):',
        "if False:",
        "tests/avrr/test_return.py -k no_travel_document",
        "the consulate is told without the person's leave",
    ),
    Change(
        "avrr/preparation.py",
        "if lacking := checklist.missing(readiness.shown(return_, own=True)):",
        "if lacking := checklist.missing(readiness.shown(return_)):",
        "tests/avrr/test_return.py -k seeks_protection",
        "somebody who seeks protection departs",
    ),
    Change(
        "avrr/assistance_items.py",
        "item.amount_minor > alone",
        "item.amount_minor >= alone",
        f"{_AVRR} -k above_1000",
        "an item of exactly 1000 is approved by another",
    ),
    Change(
        "avrr/jobs.py",
        "today() - MISSED - timedelta(days=1)",
        "today() - MISSED",
        f"{_AVRR} -k missed_after",
        "a visit is missed a day early",
    ),
    Change(
        "funds/requests.py",
        "if not fund.starts_on <= on <= fund.ends_on:",
        "if not fund.starts_on <= on < fund.ends_on:",
        f"{_FUNDS} -k first_and_its_last",
        "a fund is shut on its last day",
    ),
    Change(
        "funds/requests.py",
        "if sum(budget.values()) > fund.ceiling_minor * people:",
        "if sum(budget.values()) >= fund.ceiling_minor * people:",
        f"{_FUNDS} -k ceiling",
        "the ceiling itself is too much",
    ),
    Change(
        "funds/approvals.py",
        "request.amount_minor > limit",
        "request.amount_minor >= limit",
        f"{_FUNDS} -k two_approve",
        "two approve the limit itself",
    ),
    Change(
        "funds/approvals.py",
        "if by.id in earlier:",
        "if False:",
        "tests/funds/test_asking.py -k nobody_answers",
        "somebody answers their own request",
    ),
    Change(
        "funds/approvals.py",
        "fund.balance_minor * LOW < total",
        "fund.balance_minor * LOW <= total",
        f"{_FUNDS} -k tenth",
        "a fund with a tenth left is low",
    ),
    Change(
        "funds/payments.py",
        "value <= table.amount_minor",
        "value < table.amount_minor",
        f"{_FUNDS} -k last_cent",
        "the last cent of a line cannot be paid",
    ),
    Change(
        "funds/ledger.py",
        "Fund.balance_minor + available >= 0",
        "Fund.balance_minor + available > 0",
        f"{_FUNDS} -k last_cent",
        "the last cent of a fund cannot be set aside",
    ),
    Change(
        "funds/ledger.py",
        '"release": ("committed", "available"),',
        '"release": ("available", "committed"),',
        "tests/funds/test_books.py -k each_cent",
        "what goes back to a fund is set aside again",
    ),
    Change(
        "funds/administration.py",
        "(fund.ends_on - today()).days <= ENDS_SOON",
        "(fund.ends_on - today()).days < ENDS_SOON",
        f"{_FUNDS} -k thirty_days",
        "managers hear of a fund's end a day late",
    ),
]
