"""Case numbers: random, checked, without look-alikes."""

from hypothesis import given
from hypothesis import strategies as st

from models import numbers


def test_numbers_are_valid_and_differ() -> None:
    made = {numbers.new() for _ in range(2000)}
    assert len(made) == 2000
    assert all(numbers.is_valid(number) and len(number) == 11 for number in made)
    assert not set("".join(number[3:] for number in made)) & set("0O1ILBS52Z8UV")


@given(st.integers(0, 7), st.sampled_from(numbers.ALPHABET))
def test_one_wrong_character_is_noticed(place: int, letter: str) -> None:
    tail = numbers.new()[3:]
    wrong = tail[:place] + letter + tail[place + 1 :]
    assert numbers.is_valid("SC-" + wrong) == (wrong == tail)


@given(st.integers(0, 6))
def test_two_swapped_characters_are_noticed(place: int) -> None:
    tail = numbers.new()[3:]
    swapped = tail[:place] + tail[place + 1] + tail[place] + tail[place + 2 :]
    assert numbers.is_valid("SC-" + swapped) == (swapped == tail)


def test_what_people_type_is_tidied() -> None:
    number = numbers.new()
    assert numbers.tidy(number.lower().replace("-", " ")) == number
