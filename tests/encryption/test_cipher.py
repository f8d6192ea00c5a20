"""Sealed values open only whole, with the right key, at their own place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encryption import cipher

KEY = bytes(range(32))


@given(st.binary(max_size=400), st.text(max_size=40))
def test_what_is_sealed_opens_again(content: bytes, place: str) -> None:
    assert cipher.unseal(KEY, cipher.seal(KEY, content, bound=place), bound=place) == content


def test_another_place_another_key_and_every_changed_byte_are_refused() -> None:
    sealed = cipher.seal(KEY, b"secret", bound="cases/1/identity", version=3)
    assert cipher.key_version(sealed) == 3
    with pytest.raises(cipher.Unreadable):
        cipher.unseal(KEY, sealed, bound="cases/2/identity")
    with pytest.raises(cipher.Unreadable):
        cipher.unseal(bytes(32), sealed, bound="cases/1/identity")
    for position in range(len(sealed)):
        broken = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        with pytest.raises(cipher.Unreadable):
            cipher.unseal(KEY, broken, bound="cases/1/identity")
    for length in range(len(sealed)):
        with pytest.raises(cipher.Unreadable):
            cipher.unseal(KEY, sealed[:length], bound="cases/1/identity")


def test_equal_values_never_look_equal() -> None:
    assert len({cipher.seal(KEY, b"same", bound="x") for _ in range(200)}) == 200
