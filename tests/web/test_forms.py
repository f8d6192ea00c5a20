"""What a field makes of what was typed, pasted or read from a cell."""

import pytest
from flask import Flask
from marshmallow import ValidationError

from web import forms


class _Lines(forms.FormSchema):
    one = forms.text("One line")
    many = forms.text("Several lines", widget="area")
    mail = forms.address("Mail address")


@pytest.mark.parametrize(
    "typed", ["12 Long Street\nLagos", "12 Long Street \r\n Lagos", "12 Long Street\u2028Lagos"]
)
def test_an_address_of_several_lines_becomes_one_line(quick_app: Flask, typed: str) -> None:
    with quick_app.test_request_context():
        assert _Lines().load({"one": typed}) == {"one": "12 Long Street Lagos"}
        several = _Lines().load({"many": typed})["many"]
        assert several == typed.replace("\u2028", "\n"), "a field of several lines keeps them"


def test_a_mail_address_is_one(quick_app: Flask) -> None:
    with quick_app.test_request_context():
        assert _Lines().load({"mail": " a@example.org\r\n"}) == {"mail": "a@example.org"}
        with pytest.raises(ValidationError):
            _Lines().load({"mail": "a@example.org\nb@example.org"})
