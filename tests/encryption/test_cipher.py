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


def test_what_was_sealed_years_ago_opens_and_what_is_sealed_has_the_same_layout() -> None:
    """Format, key version, a nonce of 96 bits, the ciphertext, a tag of 128 bits."""
    old = bytes.fromhex(
        "010003000102030405060708090a0b0622b47ea1cbcef953a0163ed9073e5bedcb56a4b700"
    )
    assert cipher.unseal(KEY, old, bound="cases/1/care") == b"A bed."
    fresh = cipher.seal(KEY, b"A bed.", bound="cases/1/care", version=3)
    assert (len(fresh), fresh[:3]) == (len(old), old[:3])
    assert len(fresh) == 3 + 12 + len(b"A bed.") + 16


def test_a_value_of_another_format_or_without_a_head_is_unreadable() -> None:
    sealed = cipher.seal(KEY, b"secret", bound="x")
    with pytest.raises(cipher.Unreadable):
        cipher.unseal(KEY, b"\x02" + sealed[1:], bound="x")
    for length in range(3):
        with pytest.raises(cipher.Unreadable):
            cipher.key_version(sealed[:length])
    assert len(cipher.new_key()) == 32
