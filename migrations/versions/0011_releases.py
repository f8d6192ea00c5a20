"""what somebody outside may see of a case is a row that leans on a line of the consent ledger

Releases are made for what is live. A referral without a line for its partner ends, and so does a handover without one for its mission, where the person
has not left: their keys are destroyed, the office may ask and tell anew. Where the person has travelled, the mission at home keeps access for
:data:`GRACE`, in which it asks them. Nothing of the asylum records can be read here (their kinds are keyed), so each release made here is looked at
anew by the first hourly work: its day is yesterday's until then.
"""

import logging
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

GRACE = timedelta(days=30)
log = logging.getLogger("alembic.runtime.migration")

_META = sa.MetaData()
_moment = sa.DateTime(timezone=True)


def _table(name: str, *columns: sa.Column) -> sa.Table:
    return sa.Table(name, _META, *columns, extend_existing=True)


def _columns(text: str) -> list[sa.Column]:
    kinds = {"i": sa.Integer, "s": sa.String, "d": sa.Date, "m": lambda: _moment, "j": sa.JSON, "b": sa.LargeBinary}
    return [sa.Column(name, kinds[kind]()) for name, _, kind in (word.partition(":") for word in text.split())]


CONSENTS = _table("consents", *_columns("id:i case_id:i purpose:s answer:s recipient_id:i valid_until:d withdrawn_at:m"))
REFERRALS = _table("referrals", *_columns("id:i reference:s case_id:i partner_id:i state:s fields:j sent_at:m ended_at:m access_until:m own_key:b sent_by_id:i"))
RETURNS = _table("returns", *_columns("id:i reference:s case_id:i receiving_id:i state:s handover:s own_key:b access_until:m transit_id:i sending_id:i"))
STEPS = _table("return_steps", *_columns("return_id:i step:s done_on:d outcome:s valid_until:d detail:j by_id:i"))
ENTRIES = _table("return_step_entries", *_columns("id:i return_id:i step:s done_on:d outcome:s valid_until:d detail:j by_id:i at:m"))
EVENTS = _table("return_events", *_columns("id:i return_id:i kind:s at:m organisation_id:i by_id:i"))
TASKS = _table("tasks", *_columns("id:i case_id:i owner_id:i kind:s record_key:s due_on:d"))
CASES = _table("cases", *_columns("id:i owner_id:i office_id:i"))
STAYS = _table("placements", *_columns("id:i key:s case_id:i facility_id:i left_on:d told_sealed:b"))
HOUSES = _table("facilities", *_columns("id:i organisation_id:i"))
RELEASES = _table(
    "case_releases",
    *_columns(
        "id:i case_id:i kind:s reference:s recipient_id:i purpose:s fields:j consent_id:i given_by_id:i given_at:m longest_until:d until:d"
        " state:s ended_at:m ended_by_id:i ended_because:s"
    ),
)
_HANDED = ("call_name", "given_names", "family_name", "birth", "phone", "languages", "safe_contact", "sex", "citizenship", "needs", "safety_note")
_TRAVELLED = ("departed", "arrived", "reintegration", "closed")


def upgrade() -> None:
    """Forward."""
    op.add_column("cases", sa.Column("kept_because", sa.String(length=12), nullable=False, server_default=""))
    op.add_column("returns", sa.Column("access_until", _moment, nullable=True))
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_at_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("witness_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("alone_sealed", sa.LargeBinary(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_consents_asked_at_id_organisations"), "organisations", ["asked_at_id"], ["id"])
    _entries()
    _releases()
    _fill()


def _entries() -> None:
    op.create_table(
        "return_step_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=30), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", _moment, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_return_step_entries_by_id_users")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_return_step_entries_return_id_returns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_step_entries")),
    )
    op.create_index(op.f("ix_return_step_entries_return_id"), "return_step_entries", ["return_id"])


def _releases() -> None:
    op.create_table(
        "case_releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=True),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("given_at", _moment, nullable=False),
        sa.Column("longest_until", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("ended_at", _moment, nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_because", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_releases_case_id_cases")),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_case_releases_consent_id_consents")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_case_releases_ended_by_id_users")),
        sa.ForeignKeyConstraint(["given_by_id"], ["users.id"], name=op.f("fk_case_releases_given_by_id_users")),
        sa.ForeignKeyConstraint(["recipient_id"], ["organisations.id"], name=op.f("fk_case_releases_recipient_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_releases")),
    )
    op.create_index(op.f("ix_case_releases_case_id"), "case_releases", ["case_id"])
    op.create_index("ix_case_releases_of", "case_releases", ["kind", "reference"])
    op.create_index("ix_case_releases_until", "case_releases", ["state", "until"])


def _fill() -> None:
    """Each recording of a step so far, and a release for each referral and handover that is live."""
    bind, now = op.get_bind(), datetime.now(UTC)
    for step in bind.execute(sa.select(STEPS)).mappings().all():
        bind.execute(ENTRIES.insert().values(**step, at=now))
    ended = sum(_referral(bind, row, now) for row in bind.execute(sa.select(REFERRALS).where(REFERRALS.c.state.in_(("sent", "accepted", "in_service")))).all())
    handed = sa.select(RETURNS).where(RETURNS.c.handover != "", RETURNS.c.state != "withdrawn")
    stopped = sum(_handover(bind, row, now) for row in bind.execute(handed).all())
    shut = sum(_stay(bind, row, now) for row in bind.execute(_partners_stays()).all())
    if ended or stopped or shut:
        log.warning("ended without a consent for their recipient: %d referrals, %d handovers, %d stays", ended, stopped, shut)


def _line(bind: sa.Connection, case_id: int, recipient_id: int, today: date) -> tuple[int, date | None] | None:
    """The line in force for a recipient and its last day; none without one, or without assistance."""
    in_force = (CONSENTS.c.case_id == case_id, CONSENTS.c.answer == "agrees", CONSENTS.c.withdrawn_at.is_(None))
    lines = bind.execute(sa.select(CONSENTS).where(*in_force).order_by(CONSENTS.c.id)).all()
    lines = [line for line in lines if line.valid_until is None or line.valid_until >= today]
    helped = [line for line in lines if line.purpose == "assistance"]
    told = [line for line in lines if line.purpose == "sharing" and line.recipient_id == recipient_id]
    if not helped or not told:
        return None
    ends = [line.valid_until for line in (told[-1], helped[-1]) if line.valid_until]
    return told[-1].id, min(ends, default=None)


def _end_of(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) if day else None


def _release(bind: sa.Connection, kind: str, row: sa.Row, recipient_id: int, fields: list[str], given_at: datetime, **more: object) -> None:
    values = {
        "kind": kind,
        "case_id": row.case_id,
        "reference": row.reference,
        "recipient_id": recipient_id,
        "purpose": "sharing",
        "fields": fields,
        "given_at": given_at,
        "state": "in_force",
        "ended_because": "",
    }
    bind.execute(RELEASES.insert().values(**values | more))


_OVER = {"state": "ended", "ended_because": "before_releases"}


def _referral(bind: sa.Connection, row: sa.Row, now: datetime) -> int:
    """Gives 1 where it ended."""
    line = _line(bind, row.case_id, row.partner_id, now.date())
    change = sa.update(REFERRALS).where(REFERRALS.c.id == row.id)
    if line is None:
        bind.execute(change.values(state="revoked", ended_at=now, own_key=None))
        _release(bind, "referral", row, row.partner_id, row.fields, row.sent_at, ended_at=now, **_OVER)
        _ask(bind, row.case_id, now)
        return 1
    ends = [end for end in (row.access_until, _end_of(line[1])) if end]
    ends = [end if end.tzinfo else end.replace(tzinfo=UTC) for end in ends]
    bind.execute(change.values(access_until=min(ends, default=None)))
    yesterday = now.date() - timedelta(days=1)
    longest = (row.sent_at + timedelta(days=180)).date()
    _release(bind, "referral", row, row.partner_id, row.fields, row.sent_at, consent_id=line[0], until=yesterday, longest_until=longest)
    return 0


def _handover(bind: sa.Connection, row: sa.Row, now: datetime) -> int:
    """Gives 1 where it ended."""
    if row.receiving_id is None or row.own_key is None:
        return 0
    line = _line(bind, row.case_id, row.receiving_id, now.date())
    change = sa.update(RETURNS).where(RETURNS.c.id == row.id)
    told = (bind, "handover", row, row.receiving_id, list(_HANDED), now)
    if line is not None:
        bind.execute(change.values(access_until=_end_of(line[1])))
        _release(*told, consent_id=line[0], until=now.date() - timedelta(days=1))
        return 0
    if row.state in _TRAVELLED:
        last = now.date() + GRACE
        bind.execute(change.values(access_until=_end_of(last), transit_id=None))
        _release(*told, until=last)
        return 0
    bind.execute(change.values(handover="", own_key=None, transit_id=None))
    bind.execute(EVENTS.insert().values(return_id=row.id, kind="handover_ended", at=now))
    _release(*told, ended_at=now, **_OVER)
    _ask(bind, row.case_id, now)
    return 1


def _partners_stays() -> sa.Select:
    """Stays in houses of another organisation than the office of the case."""
    joined = STAYS.join(HOUSES, HOUSES.c.id == STAYS.c.facility_id).join(CASES, CASES.c.id == STAYS.c.case_id)
    columns = (STAYS.c.id, STAYS.c.key.label("reference"), STAYS.c.case_id, HOUSES.c.organisation_id)
    return sa.select(*columns).select_from(joined).where(STAYS.c.left_on.is_(None), HOUSES.c.organisation_id != CASES.c.office_id)


def _stay(bind: sa.Connection, row: sa.Row, now: datetime) -> int:
    """Gives 1 where what the house was told ended; the bed stays."""
    served = (REFERRALS.c.case_id == row.case_id, REFERRALS.c.partner_id == row.organisation_id, REFERRALS.c.state.in_(("accepted", "in_service")))
    line = _line(bind, row.case_id, row.organisation_id, now.date())
    told = (bind, "shelter", row, row.organisation_id, ["care", "languages", "name"], now)
    if line is not None and bind.execute(sa.select(REFERRALS.c.id).where(*served)).first():
        _release(*told, consent_id=line[0], until=line[1])
        return 0
    bind.execute(sa.update(STAYS).where(STAYS.c.id == row.id).values(told_sealed=None))
    _release(*told, ended_at=now, **_OVER)
    return 1


def _ask(bind: sa.Connection, case_id: int, now: datetime) -> None:
    """A task for whoever holds the case: ask the person."""
    owner = bind.execute(sa.select(CASES.c.owner_id).where(CASES.c.id == case_id)).scalar()
    bind.execute(TASKS.insert().values(case_id=case_id, owner_id=owner, kind="consent_renewal", record_key="", due_on=now.date()))


def downgrade() -> None:
    """Back. What ended stays ended; earlier recordings of a step, witnesses and releases are lost."""
    op.drop_table("case_releases")
    op.drop_table("return_step_entries")
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_consents_asked_at_id_organisations"), type_="foreignkey")
        batch_op.drop_column("alone_sealed")
        batch_op.drop_column("witness_sealed")
        batch_op.drop_column("asked_at_id")
    op.drop_column("returns", "access_until")
    op.drop_column("cases", "kept_because")
