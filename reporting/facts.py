"""Counting: a person is one fact per programme and year. Counts move with the facts in the same transaction."""

from typing import Any

from sqlalchemy import delete, extract, func, insert, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from avrr import signals as avrr_signals
from casework import signals as casework_signals
from funds import signals as funds_signals
from models.base import db
from models.cases import Case
from models.counts import Count, Fact
from models.money import Fund, FundRequest, FundRequestPerson
from models.people import Organisation
from models.returns import Return

CODES = ("programme", "year", "host", "country", "sex", "age_band", "transit")


def count(case: Case, programme: str, year: int, country: str, *, transit: bool = False) -> None:
    """Count the person of ``case`` in ``programme`` and ``year``, once. Nobody is counted who did not agree to it."""
    if not case.statistics_agreed:
        return
    values = {
        "person_id": case.person_id, "case_id": case.id, "programme": programme, "year": year, "host": case.office.country,
        "country": country, "sex": case.sex, "age_band": case.age_band, "transit": transit,
    }  # fmt: skip
    made = db.session.execute(_dialect().insert(Fact).values(**values).on_conflict_do_nothing().returning(Fact.id)).scalar()
    if made is not None:
        _move(values, 1)


def recode(case: Case) -> None:
    """The coded fields of a case changed, or its consent to be counted: its facts follow."""
    facts = list(db.session.execute(select(Fact).where(Fact.case_id == case.id)).scalars())
    for fact in facts:
        codes = {name: getattr(fact, name) for name in CODES}
        _move(codes, -1)
        db.session.delete(fact)
        db.session.flush()
        count(case, fact.programme, fact.year, fact.country, transit=fact.transit)
    if case.statistics_agreed and not facts:
        _catch_up(case)


def _catch_up(case: Case) -> None:
    """Consent to be counted came later than what is counted."""
    for record in db.session.execute(select(Return).where(Return.case_id == case.id, Return.departed_on.is_not(None))).scalars():
        departed(record)
        ended(record)
    query = select(FundRequest).join(FundRequestPerson).where(FundRequestPerson.case_id == case.id, FundRequest.state.in_(("approved", "closed")))
    for request in db.session.execute(query).unique().scalars():
        _fund_helps(request, case)


def departed(record: Return) -> None:
    """A return through AVRR counts on the day of departure."""
    if record.departed_on:
        count(record.case, "avrr", record.departed_on.year, record.country, transit=record.from_transit)


def funded(request: FundRequest) -> None:
    """Everybody a request is for counts for the fund's programme when money is approved."""
    everybody = select(Case).join(FundRequestPerson, FundRequestPerson.case_id == Case.id).where(FundRequestPerson.request_id == request.id)
    for case in db.session.execute(everybody).unique().scalars():
        _fund_helps(request, case)


def _fund_helps(request: FundRequest, case: Case) -> None:
    if request.answered_at and request.fund.programme != "avrr":
        query = select(Return.country).where(Return.case_id == case.id, Return.state != "withdrawn").order_by(Return.id.desc())
        country = db.session.execute(query).scalars().first() or case.citizenship
        count(case, request.fund.programme, request.answered_at.year, country)


def ended(record: Return) -> None:
    """How a return ended counts on the day it was closed, as a programme of its own: ``ended_completed`` and so on."""
    if record.closed_on and record.outcome:
        count(record.case, f"ended_{record.outcome}", record.closed_on.year, record.country, transit=record.from_transit)


def rebuild() -> bool:
    """Make all facts anew from the raw rows (departures, approvals, endings), then the counts; true if nothing had to change.

    One fact for each person, programme and year, from the first case that gives it; nobody who did not agree to be counted.
    """
    before = set(db.session.execute(select(*_columns(Fact), Fact.person_id)))
    db.session.execute(delete(Fact))
    for rows in (_departures(), _approvals(), _endings()):
        firsts: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in db.session.execute(rows).mappings():
            firsts.setdefault((row["programme"], row["year"], row["person_id"]), dict(row))
        values = list(firsts.values())
        for start in range(0, len(values), 5000):
            db.session.execute(insert(Fact), values[start : start + 5000])
    right = recount()
    return right and set(db.session.execute(select(*_columns(Fact), Fact.person_id))) == before


def _of_case() -> tuple[Any, ...]:
    return (Case.person_id, Case.id.label("case_id"), Organisation.country.label("host"), Case.sex, Case.age_band)


def _departures() -> Any:
    year = extract("year", Return.departed_on).label("year")
    columns = (literal("avrr").label("programme"), year, Return.country.label("country"), Return.from_transit.label("transit"))
    query = select(*_of_case(), *columns).select_from(Return).join(Case, Case.id == Return.case_id).join(Organisation, Organisation.id == Case.office_id)
    return query.where(Return.departed_on.is_not(None), Case.statistics_agreed).order_by(Return.departed_on, Return.id)


def _endings() -> Any:
    year = extract("year", Return.closed_on).label("year")
    columns = (("ended_" + Return.outcome).label("programme"), year, Return.country.label("country"), Return.from_transit.label("transit"))
    query = select(*_of_case(), *columns).select_from(Return).join(Case, Case.id == Return.case_id).join(Organisation, Organisation.id == Case.office_id)
    return query.where(Return.closed_on.is_not(None), Return.outcome != "", Case.statistics_agreed).order_by(Return.closed_on, Return.id)


def _approvals() -> Any:
    going = select(Return.country).where(Return.case_id == Case.id, Return.state != "withdrawn").order_by(Return.id.desc()).limit(1).correlate(Case)
    country = func.coalesce(going.scalar_subquery(), Case.citizenship).label("country")
    columns = (Fund.programme.label("programme"), extract("year", FundRequest.answered_at).label("year"), country, literal(value=False).label("transit"))
    query = select(*_of_case(), *columns).select_from(FundRequest).join(FundRequestPerson, FundRequestPerson.request_id == FundRequest.id)
    query = (
        query.join(Case, Case.id == FundRequestPerson.case_id).join(Organisation, Organisation.id == Case.office_id).join(Fund, Fund.id == FundRequest.fund_id)
    )
    helped = FundRequest.state.in_(("approved", "closed"))
    return query.where(helped, Fund.programme != "avrr", Case.statistics_agreed).order_by(FundRequest.answered_at, FundRequest.id)


def connect() -> None:
    """Listen to what the rooms below tell."""
    avrr_signals.departed.connect(departed)
    avrr_signals.closed.connect(ended)
    funds_signals.approved.connect(funded)
    casework_signals.case_recoded.connect(recode)


def recount() -> bool:
    """Build all counts anew from the facts; true if they were right before."""
    before = set(db.session.execute(select(*_columns(Count), Count.people).where(Count.people > 0)))
    grouped = select(*_columns(Fact), func.count().label("people")).group_by(*_columns(Fact))
    after = set(db.session.execute(grouped))
    if before != after:
        db.session.execute(delete(Count))
        rows = [dict(zip((*CODES, "people"), row, strict=True)) for row in after]
        if rows:
            db.session.execute(insert(Count), rows)
    return before == after


def _columns(table: Any) -> list[Any]:
    return [getattr(table, name) for name in CODES]


def _move(values: dict[str, Any], step: int) -> None:
    codes = {name: values[name] for name in CODES}
    upsert = _dialect().insert(Count).values(**codes, people=max(step, 0))
    db.session.execute(upsert.on_conflict_do_update(index_elements=list(CODES), set_={"people": Count.people + step}))


def _dialect() -> Any:
    return postgresql if db.engine.dialect.name == "postgresql" else sqlite
