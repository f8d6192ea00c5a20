"""Every help as a fact: what, when, by which fund, to which country."""

from collections.abc import Iterator
from datetime import date, datetime

from models.states import Sets
from reporting.facts.columns import Facts
from reporting.facts.raw_rows import Row, Rows
from reporting.facts.surveys import day, survey


def helps(case: Row, rows: Rows) -> list[Facts]:
    """The helps of a case, in an order that is always the same."""
    home = case["citizenship"]
    facts = [
        help_fact("registered", case["opened_on"], to=home, kind=case["channel"]),
        *_of_returns(rows["returns"]),
        *_of_money(rows, to=_destination(rows["returns"]) or home),
        *_of_operations(rows["operations"], to=_destination(rows["returns"]) or home),
        *_of_services(rows, home),
        *_of_assistance(rows["assistance"], home),
        *_of_surveys(rows),
    ]
    return sorted(facts, key=_order)


def _order(fact: Facts) -> tuple[str, str, str, int]:
    return fact["given_on"], fact["measure"], fact["kind"], fact["fund_id"] or 0


def _destination(returns: list[Row]) -> str | None:
    """The country of the newest return that was not withdrawn."""
    countries = (
        return_["country"]
        for return_ in reversed(returns)
        if return_["state"] not in Sets.RETURN_GIVEN_UP
    )
    return next(countries, None)


def _of_returns(returns: list[Row]) -> Iterator[Facts]:
    for return_ in returns:
        country = return_["country"]
        transit = return_["from_transit"]
        if return_["departed_on"]:
            yield help_fact("avrr", return_["departed_on"], to=country, transit=transit)
        if return_["closed_on"] and return_["outcome"]:
            outcome = return_["outcome"]
            yield help_fact(
                "ended", return_["closed_on"], to=country, transit=transit, kind=outcome
            )


def _of_money(rows: Rows, *, to: str) -> Iterator[Facts]:
    left = {return_["id"]: return_["departed_on"] for return_ in rows["returns"]}
    for grant in rows["granted"]:
        # A return counts when it departs, not when its money is approved.
        programme, on = grant["programme"], grant["answered_at"]
        measure = "avrr_funded" if programme == "avrr" else programme
        sector = ""
        if measure == "mefm":
            # Of a movement in a crisis who was on board counts, as for its operation.
            is_journey = grant["return_id"] in left and not grant["at_home"]
            sector, on = grant["sector"], left[grant["return_id"]] if is_journey else on
        if on is not None:
            yield help_fact(measure, on, to=to, fund=grant["fund_id"], kind=sector)


def _of_operations(people: list[Row], *, to: str) -> Iterator[Facts]:
    """Whom an operation in a crisis helped: the fund lends to it, nobody has money of it."""
    for person in people:
        yield help_fact("mefm", person["helped_on"], to=to, kind=person["sector"])


def _of_services(rows: Rows, home: str) -> Iterator[Facts]:
    for service in rows["services"]:
        if service["outcome"] != "not_come":
            yield help_fact("service", service["given_on"], to=home, kind=service["kind"])
    for stay in rows["stays"]:
        yield help_fact("service", stay["from_on"], to=home, kind="shelter")


def _of_assistance(items: list[Row], home: str) -> Iterator[Facts]:
    for item in items:
        if item["state"] in Sets.ASSISTANCE_GIVEN:
            yield help_fact("reintegration", item["given_on"], to=home, kind=item["kind"])


def _of_surveys(rows: Rows) -> Iterator[Facts]:
    for taken in rows["surveys"]:
        if scores := survey(taken, rows["returns"]):
            step = bucket(scores["months"])
            yield help_fact("scored", taken["on"], to=scores["country"], kind=step)


def bucket(months: int) -> str:
    """The follow-up that a survey so many months after arrival belongs to: of month 1, 3, 6 or
    12.
    """
    return next((str(month) for month, end in ((1, 2), (3, 5), (6, 9)) if months < end), "12")


def help_fact(
    measure: str,
    given: date | datetime,
    *,
    to: str,
    fund: int | None = None,
    transit: bool = False,
    kind: str = "",
) -> Facts:
    """One help, under the names of its columns."""
    return {
        "measure": measure,
        "given_on": day(given),
        "fund_id": fund,
        "country": to,
        "from_transit": bool(transit),
        "kind": kind or "",
    }
