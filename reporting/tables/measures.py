"""What is counted: each measure with its definition, so that a statistician could repeat it from
the facts.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from standards import ctdc

_PLACES = (
    "region",
    "host",
    "office",
    "quarter",
    "month",
    "citizenship",
    "sex",
    "age_band",
    "category",
)
_VARIABLES = (
    *(name for variables in ctdc.GROUPS.values() for name in variables),
    *(f"any_{group}" for group in ctdc.GROUPS),
)


@dataclass(frozen=True)
class Measure:
    """People counted once a year: which facts (``sort``), what it is called, how it is defined,
    what it can be divided by.

    ``victims`` narrows to people whom the case shows to be victims of trafficking; ``each_kind``
    counts a person once for each kind of help.
    """

    code: str
    sort: str
    label: object
    definition: object
    dimensions: tuple[str, ...]
    victims: bool = False
    each_kind: bool = False


_ONCE = _l(
    "A person counts once a year, on the day of the first such help of the year, with the codes of "
    "the case it was given in."
)
_AGREED = _l(
    "People who did not agree to be counted are left out. Age is that of the day the case was "
    "opened."
)
COMMON = (_ONCE, _AGREED)

MEASURES: dict[str, Measure] = {
    measure.code: measure
    for measure in (
        Measure(
            "registered",
            "registered",
            _l("People registered"),
            _l("People for whom a case was opened, by the day it was opened."),
            (*_PLACES, "kind"),
        ),
        Measure(
            "hasm",
            "hasm",
            _l("People assisted by HASM"),
            _l(
                "People for whom money of a HASM fund was approved, by the day of the approval; "
                "everybody a request is for. Country of return: that of their return, where there "
                "is one, or their citizenship."
            ),
            (*_PLACES, "return_region", "country", "fund"),
        ),
        Measure(
            "gaf",
            "gaf",
            _l("People helped by the Global Assistance Fund"),
            _l(
                "People for whom money of a fund of the Global Assistance Fund was approved, by "
                "the day of the approval."
            ),
            (*_PLACES, "return_region", "country", "fund"),
        ),
        Measure(
            "mefm",
            "mefm",
            _l("People helped by MEFM"),
            _l(
                "People whom an operation in a crisis helped that the Migration Emergency Funding "
                "Mechanism lends to, by the day of the help, and those for whom its money was "
                "approved. Of a journey those who left count, on the day they left, as they do "
                "for its operation: who did not come does not. The kind is the sector of "
                "assistance."
            ),
            (*_PLACES, "return_region", "country", "fund", "kind"),
        ),
        Measure(
            "victims",
            "victims",
            _l("People helped by funds for victims"),
            _l(
                "People for whom money of a fund for victims of trafficking was approved, by the "
                "day of the approval."
            ),
            (*_PLACES, "return_region", "country", "fund"),
        ),
        Measure(
            "avrr",
            "avrr",
            _l("People returned through AVRR"),
            _l(
                "People who departed with assisted voluntary return, by the day of departure. From "
                "a transit country: where the return says that the host country was one."
            ),
            (*_PLACES, "return_region", "country", "transit"),
        ),
        Measure(
            "ended",
            "ended",
            _l("Returns ended"),
            _l(
                "People whose return and reintegration was closed, by the day it was closed; the "
                "kind is how it ended."
            ),
            (*_PLACES, "return_region", "country", "transit", "kind"),
        ),
        Measure(
            "trafficked",
            "registered",
            _l("Victims of trafficking registered"),
            _l(
                "People for whom a case was opened, by that day, and who are victims of "
                "trafficking: presumed or identified, or of that category and "
                "not decided otherwise."
            ),
            (*_PLACES, "standing", *_VARIABLES),
            victims=True,
        ),
        Measure(
            "service",
            "service",
            _l("People helped, by kind of service"),
            _l(
                "People who were given a service by a partner or a place in a shelter, by the day "
                "of the first of each kind. A person counts once for each kind; the kinds do not "
                "add up."
            ),
            _PLACES,
            each_kind=True,
        ),
        Measure(
            "scored",
            "scored",
            _l("People surveyed after return, by follow-up"),
            _l(
                "People who answered the Reintegration Sustainability Survey, by the day of the "
                "first survey of each follow-up in the year. The kind is the follow-up: of month "
                "1, 3, 6 or 12 after arrival."
            ),
            (*_PLACES, "return_region", "country"),
            each_kind=True,
        ),
        Measure(
            "reintegration",
            "reintegration",
            _l("People given reintegration assistance, by kind"),
            _l(
                "People for whom reintegration assistance was approved, by the day of the first of "
                "each kind. A person counts once for each kind; the kinds do not add up."
            ),
            _PLACES,
            each_kind=True,
        ),
    )
}
