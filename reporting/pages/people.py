"""Which figures about people stand on each page."""

from flask_babel import gettext as _

from reporting.pages.asking import Asked
from reporting.tables import measures, panels, scores, tables, trafficking
from reporting.tables.panels import Panel
from standards import lists


def programme(ask: Asked, code: str) -> list[Panel]:
    """The people of one programme."""
    name = lists.label(lists.PROGRAMMES, code)
    country = "country" if code != "registered" else "citizenship"
    by_month = _("%(name)s: people by month and category", name=name)
    by_country = _("%(name)s: people by country of return and sex", name=name)
    by_age = _("%(name)s: people by host country and age", name=name)
    figures = [
        ask.panel(f"{code}-months", by_month, code, "month", "category"),
        ask.panel(f"{code}-countries", by_country, code, country, "sex"),
        ask.panel(f"{code}-ages", by_age, code, "host", "age_band"),
    ]
    if "fund" in measures.MEASURES[code].dimensions:
        by_fund = _("%(name)s: people by fund and quarter", name=name)
        figures.append(ask.panel(f"{code}-funds", by_fund, code, "fund", "quarter"))
    return figures


def assisted(ask: Asked) -> list[Panel]:
    """The programmes, divided as asked."""
    return [_divided(ask, code) for code, _label in lists.PROGRAMMES if ask.programme in {code, ""}]


def _divided(ask: Asked, code: str) -> Panel:
    """One programme, divided as asked as far as its measure can be."""
    dimensions = measures.MEASURES[code].dimensions
    rows = ask.rows if ask.rows in dimensions else "country"
    columns = ask.columns if ask.columns in dimensions else "sex"
    if rows == columns:
        rows = "citizenship" if columns != "citizenship" else "sex"
    return ask.panel(f"{code}-divided", lists.label(lists.PROGRAMMES, code), code, rows, columns)


def mefm(ask: Asked) -> list[Panel]:
    """People helped by MEFM, by sector too."""
    sectors = ask.panel(
        "mefm-sectors", _("MEFM: people by sector of assistance and sex"), "mefm", "kind", "sex"
    )
    return [sectors, *programme(ask, "mefm")]


def avrr(ask: Asked) -> list[Panel]:
    """Returns, from host and from transit countries apart."""
    returns = [
        ask.panel("avrr-months", _("Returns by month and route"), "avrr", "month", "transit")
    ]
    if not dict(ask.filters).get("transit"):
        returns += [
            ask.panel(
                "avrr-transit",
                _("From transit countries: people by country of return and sex"),
                "avrr",
                "country",
                "sex",
                transit="1",
            ),
            ask.panel(
                "avrr-host",
                _("From host countries: people by country of return and sex"),
                "avrr",
                "country",
                "sex",
                transit="0",
            ),
        ]
    flow = panels.flow_panel(
        "avrr-flows",
        _("From host country to country of return"),
        ask.table("avrr", "host", "country"),
        ask.limit,
        rtl=ask.rtl,
    )
    ended = ask.panel("avrr-ended", _("How returns ended"), "ended", "kind", "sex")
    return [
        *returns,
        flow,
        ask.panel("avrr-ages", _("Returns by age and sex"), "avrr", "age_band", "sex"),
        ended,
    ]


def victims(ask: Asked) -> list[Panel]:
    """Victims of trafficking, and what was done to them."""
    return [
        ask.panel(
            "trafficked-months",
            _("Victims registered, by month and sex"),
            "trafficked",
            "month",
            "sex",
        ),
        ask.panel(
            "trafficked-standing",
            _("Victims presumed and identified, by sex"),
            "trafficked",
            "standing",
            "sex",
        ),
        ask.panel(
            "trafficked-origins",
            _("Victims by country of origin and age"),
            "trafficked",
            "citizenship",
            "age_band",
        ),
        panels.flow_panel(
            "trafficked-flows",
            _("From country of origin to host country"),
            ask.table("trafficked", "citizenship", "host"),
            ask.limit,
            rtl=ask.rtl,
        ),
        *_answers(ask),
    ]


def _answers(ask: Asked) -> list[Panel]:
    """What victims answered, group by group."""
    question = ask.question("trafficked", "sex", "age_band")
    definition = [str(measures.MEASURES["trafficked"].definition), str(trafficking.RULE)]
    shares = trafficking.answers(question, ask.limit, ask.bands)
    return [
        panels.shares(
            f"trafficked-{group}",
            str(title),
            shares[group],
            ask.limit,
            definition=definition,
            rtl=ask.rtl,
        )
        for group, title in trafficking.GROUPS.items()
    ]


def assistance(ask: Asked) -> list[Panel]:
    """Who was registered, and what was given."""
    return [
        _by_kind(ask, "service", _("People by kind of service and sex"), lists.SERVICES),
        _by_kind(
            ask,
            "reintegration",
            _("People by kind of reintegration assistance and sex"),
            lists.ASSISTANCE,
        ),
        ask.panel(
            "registered-months",
            _("People registered, by month and sex"),
            "registered",
            "month",
            "sex",
        ),
        ask.panel(
            "registered-categories",
            _("People registered, by category and age"),
            "registered",
            "category",
            "age_band",
        ),
        ask.panel(
            "registered-channels",
            _("People registered, by how they came and sex"),
            "registered",
            "kind",
            "sex",
        ),
    ]


def _by_kind(ask: Asked, code: str, title: str, kinds: lists.Options) -> Panel:
    table = tables.by_kind(ask.question(code, "host", "sex"), kinds, ask.limit, ask.bands)
    return panels.of_people(f"{code}-kinds", title, table, ask.limit, rtl=ask.rtl)


def reintegration(ask: Asked) -> list[Panel]:
    """How people fare after return."""
    table = tables.by_kind(
        ask.question("scored", "host", "sex"), scores.STEPS, ask.limit, ask.bands
    )
    return [
        scores.panel(ask.question("scored", "host", "sex"), ask.limit, ask.bands, rtl=ask.rtl),
        panels.of_people(
            "scored-people",
            _("People surveyed, by follow-up and sex"),
            table,
            ask.limit,
            rtl=ask.rtl,
        ),
        ask.panel(
            "reintegration-ended", _("How returns ended, by country"), "ended", "country", "kind"
        ),
    ]
