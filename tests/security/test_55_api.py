"""Case 55: random valid and invalid requests from the API's own description: no fault of ours, no
answer outside the description.

A short run with every ``./run test``; ``SAFECONDUCT_FUZZ=20000 ./run test security -k test_55``
sends at least that many and prints how many.
"""

import os
from collections import Counter
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from referral import sending
from tests import factories

WANTED = int(os.environ.get("SAFECONDUCT_FUZZ", "600"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
PEOPLE = ("caseworker", "supervisor", "helper", "origin", "manager")


def test_55_the_api_keeps_to_its_description(quick_app: Flask) -> None:
    house = factories.World()
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        referral = sending.send(
            by=by,
            case=case,
            partner=house.partner.id,
            service="shelter",
            urgency="urgent",
            fields_=["needs"],
        )
    real = {"number": case.number, "reference": referral.reference}
    apis = {name: factories.Api(quick_app, factories.anew(getattr(house, name))) for name in PEOPLE}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", quick_app)
    operations = [found.ok() for found in schema.get_all_operations()]
    sent: Counter[int] = Counter()
    each = -(-WANTED // len(operations))
    for operation in operations:
        _attack(operation, each, apis, real, sent)
    print(
        f"{sum(sent.values())} requests over {len(operations)} operations: {dict(sorted(sent.items()))}"
    )
    assert sum(sent.values()) >= WANTED * 0.9
    assert max(sent) < 500


def _attack(
    operation: Any,
    count: int,
    apis: dict[str, factories.Api],
    real: dict[str, str],
    sent: Counter[int],
) -> None:
    modes = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        derandomize=WANTED <= 600,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=modes, who=st.sampled_from(PEOPLE), known=st.booleans())
    def attack(case: Any, who: str, known: bool) -> None:
        if known:
            case.path_parameters = {
                name: real.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
        response = factories._apart(case.call, headers=apis[who].headers)
        sent[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    attack()
