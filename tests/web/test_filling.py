"""A kept form is filled into the form that was sent, and into no other of the same address."""

from web.filling import filled

PAGE = """
<form action="/ask"><input type="hidden" name="what" value="plan"><textarea name="note"></textarea></form>
<form action="/ask"><input type="hidden" name="what" value="closure"><textarea name="note"></textarea></form>
"""


def _filled(what: str, page: str = PAGE) -> str | None:
    typed = [("what", what), ("note", "Her words")]
    return filled(page, "/here", "/ask", typed, token="t", notice="<p>kept</p>")


def test_several_forms_of_one_address_are_told_apart_by_what_they_send_unseen() -> None:
    page = _filled("closure")
    assert page is not None
    plan, closure = page.split("</form>")[:2]
    assert "Her words" in closure
    assert "<p>kept</p>" in closure
    assert "Her words" not in plan
    assert 'value="plan"' in plan


def test_where_none_is_that_form_nothing_is_filled() -> None:
    assert _filled("something else") is None


def test_one_form_alone_is_filled_whatever_it_sends_unseen() -> None:
    first = PAGE.strip().splitlines()[0]
    page = _filled("closure", first)
    assert page is not None
    assert "Her words" in page
