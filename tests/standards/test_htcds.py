"""The standard's own spellings lead to its codes."""

import pytest

from standards import htcds


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("First Name", "prs_FirstName"),
        ("prs_First_Name", "prs_FirstName"),
        ("group/prs_Second_Name", "prs_SecondName"),
        ("vic_TraffickinStatusDecisionMakingOrg", "vic_TraffickingStatusDecisionMakingOrg"),
        ("Mailing State/Province", "prs_MailingState"),
        ("Shoe size", None),
    ],
)
def test_headers(header: str, column: str | None) -> None:
    assert htcds.column_of(header) == column


def test_every_label_and_code_of_every_list_is_understood() -> None:
    for field in (
        "prs_Gender",
        "vic_MethodOfRecruitment",
        "vic_MethodsOfControl",
        "vic_TypeOfExploitation",
        "vic_ForcedLabourIndustry",
        "cas_Status",
    ):
        for code, label in htcds.options(field):
            assert htcds.code_of(field, label) == htcds.code_of(field, code) == code
    lists = htcds.standard()["toolkit_lists"]
    for code, name in zip(lists["Country Code"], lists["Country"], strict=True):
        assert htcds.country_of(name) == htcds.country_of(code.lower()) == code
