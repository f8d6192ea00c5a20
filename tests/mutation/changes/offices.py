"""Wrong rules of data protection, notices and statistics."""

from tests.mutation.change import Change

_PROTECTION = "tests/data_protection/test_limits.py"
_NOTICES = "tests/notifications/test_limits.py"

CHANGES = [
    Change(
        "data_protection/access_exceptions.py",
        "HOURS = 4",
        "HOURS = 40",
        f"{_PROTECTION} -k four_hours",
        "emergency access lasts 40 hours",
    ),
    Change(
        "data_protection/access_exceptions.py",
        "if user is not None and user.id in {case.owner_id, by.id}:",
        "if user is not None and user.id in {by.id}:",
        f"{_PROTECTION} -k holder",
        "the holder of a case is blocked from it",
    ),
    Change(
        "data_protection/retention.py",
        "Case.retain_until < today()",
        "Case.retain_until <= today()",
        f"{_PROTECTION} -k retention",
        "retention proposes a day early",
    ),
    Change(
        "data_protection/access_alerts.py",
        "if count > most:",
        "if count >= most:",
        f"{_PROTECTION} -k sixty",
        "unusual access counts n as more than n",
    ),
    Change(
        "data_protection/access_alerts.py",
        "NIGHT = range(5)",
        "NIGHT = range(6)",
        f"{_PROTECTION} -k midnight",
        "the night lasts until six",
    ),
    Change(
        "data_protection/access_alerts.py",
        ".correlate(AuditRecord)",
        "",
        f"{_PROTECTION} -k ten_cases",
        "teams of everybody count as those of the one who looked",
    ),
    Change(
        "files/receiving.py",
        "UNFINISHED_DAYS = 3",
        "UNFINISHED_DAYS = 30",
        f"{_PROTECTION} -k three_days",
        "half a file lies for a month",
    ),
    Change(
        "notifications/timing.py",
        "start <= clock < end if start <= end else clock >= start or clock < end",
        "start <= clock < end if start <= end else clock > start or clock < end",
        f"{_NOTICES} -k quiet_hours",
        "quiet hours begin a moment late",
    ),
    Change(
        "notifications/timing.py",
        "else clock >= start or clock < end",
        "else clock >= start or clock.replace(minute=clock.minute // 59 * 59) < end "
        "and clock.minute != 59",
        f"{_NOTICES} -k quiet_hours",
        "the last minute of quiet hours is loud",
    ),
    Change(
        "notifications/timing.py",
        "DIGEST_AT = time(7, 30)",
        "DIGEST_AT = time(7, 31)",
        f"{_NOTICES} -k half_past",
        "the mail of the day leaves a minute late",
    ),
    Change(
        "notifications/jobs.py",
        "LEASE = timedelta(seconds=60)",
        "LEASE = timedelta(seconds=59)",
        f"{_NOTICES} -k for_a_minute",
        "a message is taken by a second worker",
    ),
    Change(
        "notifications/jobs.py",
        "elif message.tries >= MOST_TRIES:",
        "elif message.tries > MOST_TRIES:",
        f"{_NOTICES} -k twelve_times",
        "a mail is tried once more",
    ),
    Change(
        "notifications/webhooks.py",
        "hook.before_until > now()",
        "hook.before_until >= now()",
        f"{_NOTICES} -k both_sign",
        "an old secret signs a second longer",
    ),
    Change(
        "notifications/webhooks.py",
        "if message.hook.failures >= 3 and",
        "if message.hook.failures > 3 and",
        f"{_NOTICES} -k three_times",
        "a broken system is asked four times",
    ),
    Change(
        "notifications/queue.py",
        "fresh and right and _first_time(str(made))",
        "fresh and right",
        f"{_NOTICES} -k from_the_future",
        "a job runs twice",
    ),
    Change(
        "reporting/tables/marks.py",
        "return value if base <= 1 else (value + base // 2) // base * base",
        "return value if base <= 1 else value // base * base",
        "tests/reporting/test_disclosure.py -k rounding",
        "figures are rounded down",
    ),
    Change(
        "reporting/publishing/open_data.py",
        "if len(rows) < LEAST:",
        "if len(rows) <= LEAST:",
        "tests/reporting/test_limits.py -k hundred",
        "a hundred records are too few",
    ),
    Change(
        "reporting/publishing/open_data.py",
        "PrivacySpending.spent_milli + release.epsilon_milli <= PrivacySpending.budget_milli",
        "PrivacySpending.spent_milli <= PrivacySpending.budget_milli",
        "tests/reporting/test_limits.py -k budget",
        "more than the privacy budget is spent",
    ),
    Change(
        "reporting/exports/deliveries.py",
        "DAYS, MOST = 7, 20",
        "DAYS, MOST = 70, 20",
        "tests/reporting/test_limits.py -k seven_days",
        "files lie for ten weeks",
    ),
    Change(
        "reporting/exports/deliveries.py",
        "SavedReport.next_on <= today()",
        "SavedReport.next_on < today()",
        "tests/reporting/test_limits.py -k on_its_day",
        "a report is a day late",
    ),
]
