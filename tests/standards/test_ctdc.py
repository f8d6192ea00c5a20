"""The variables of the CTDC: the codebook's own example, its bands and merges, and nothing guessed."""

from hypothesis import given
from hypothesis import strategies as st

from standards import ctdc, htcds

EMPTY = {
    "year": 2025,
    "sex": "",
    "age": None,
    "citizenship": "",
    "host": "",
    "exploitation": [],
    "control": [],
    "industry": [],
    "division": [],
    "sexual": [],
    "relation": "",
}


def row(**known: object) -> ctdc.Row:
    return ctdc.row({**EMPTY, **known})


def test_the_worked_example_of_the_percentage_rule() -> None:
    example = ctdc.codebook()["percentage_rule"]["worked_example"]
    rows = [dict(zip(example["columns"], person, strict=True)) for person in example["persons"]]
    count, shares = ctdc.percentages(rows, example["columns"])
    assert count == 4, "the one without any answer is not in the denominator"
    assert [shares[name] for name in example["columns"]] == example["percent"]


def test_there_are_the_27_variables_in_their_order_and_values_of_the_codebook_alone() -> None:
    full = row(
        sex="Feminine",
        age=20,
        citizenship="CI",
        host="TN",
        exploitation=["ForcedLabour", "OrganRemoval"],
        control=list(htcds.codes("vic_MethodsOfControl")),
        industry=["F_Construction"],
        division=["01"],
        sexual=["Prostitution"],
        relation="Familial",
    )
    assert list(full) == [variable["name"] for variable in ctdc.codebook()["variables"]]
    assert len(full) == 27
    for name, value in full.items():
        allowed = ctdc.values(name)
        assert not allowed or value in allowed
    assert (
        full["citizenship"],
        full["CountryOfExploitation"],
        full["ageBroad"],
        full["gender"],
    ) == ("CIV", "TUN", "18--20", "Woman")
    assert all(full[name] == 1 for name in ctdc.MEANS)
    assert (
        full["typeOfLabourAgriculture"]
        == full["typeOfLabourConstruction"]
        == full["recruiterRelationFamily"]
        == 1
    )


def test_what_is_not_told_is_missing_and_never_zero() -> None:
    nothing = row()
    assert {name for name, value in nothing.items() if value is not None} == {"yearOfRegistration"}
    assert row(relation="Acquainted")["recruiterRelationFriend"] is None, (
        "an acquaintance may be friend or partner"
    )
    assert row(industry=["A_AgricultureForestryAndFishing"])["typeOfLabourAgriculture"] is None, (
        "the variable is division 01 alone"
    )


@given(st.integers(0, 120))
def test_every_age_has_its_band(age: int) -> None:
    band = ctdc.age_band(age) or ""
    low, _dash, high = band.replace("+", "--200").partition("--")
    assert int(low) <= age <= int(high)


def test_countries_have_three_letters_and_kosovo_is_in_serbia() -> None:
    codes = htcds.standard()["toolkit_lists"]["Country Code"]
    found = {code: ctdc.alpha3(code) for code in codes if code}
    assert all(found.values())
    assert (ctdc.alpha3("XK"), ctdc.alpha3("CD"), ctdc.alpha3("FR"), ctdc.alpha3("DE")) == (
        "SRB",
        "COD",
        "FRA",
        "DEU",
    )
    assert len(set(found.values())) == len(found)
