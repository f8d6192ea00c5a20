"""A kept form is filled into the form that was sent, and into no other of the same address."""

from web.filling import filled

PAGE = """
<form action="/ask"><input type="hidden" name="what" value="plan"><textarea name="note"></textarea></form>
<form action="/ask"><input type="hidden" name="what" value="closure"><textarea name="note"></textarea></form>
"""


def _filled(what: str, page: str = PAGE) -> str | None:
    typed = [("what", what), ("note", "Her words")]
    return filled(page, "/here", "/ask", typed, token="t", notice=lambda _gone: "<p>kept</p>")


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


CHOICES = """
<form action="/ask">
<select name="partner"><option value="">Choose</option><option value="1">One</option></select>
<select name="bed"><option value="7" disabled>Taken</option><option value="8">Free</option></select>
<input type="checkbox" name="who" value="a"><input type="checkbox" name="who" value="b">
<input type="radio" name="how" value="phone">
<textarea name="note"></textarea>
<button name="then" value="next">Save</button>
</form>
"""


def test_a_choice_that_is_offered_no_longer_is_told_and_becomes_no_other() -> None:
    told: list[tuple[str, str]] = []

    def notice(gone: list[tuple[str, str]]) -> str:
        told.extend(gone)
        return "<p>kept</p>"

    typed = [
        ("partner", "5"), ("bed", "7"), ("who", "a"), ("who", "c"), ("how", "letter"),
        ("note", "Her words"), ("then", "next"), ("revision", "3"), ("colleague", "Amal"),
    ]  # fmt: skip
    page = filled(
        CHOICES, "/here", "/ask", typed, token="t", notice=notice, no_longer="(no longer offered)"
    )
    assert page is not None
    assert told == [
        ("partner", ""), ("bed", ""), ("who", ""), ("how", ""), ("colleague", "Amal"),
    ]  # fmt: skip
    assert '<option value="5" selected="">(no longer offered)</option></select>' in page
    assert '<option value="7" selected="">(no longer offered)</option></select>' in page
    assert '<input type="checkbox" name="who" value="a" checked="">' in page
    assert page.count("checked") == 1


def test_what_is_offered_still_is_chosen_and_nothing_is_told() -> None:
    told: list[tuple[str, str]] = []
    typed = [("partner", "1"), ("bed", "8"), ("who", "b"), ("how", "phone"), ("note", "x")]
    page = filled(
        CHOICES, "/here", "/ask", typed, token="t", notice=lambda gone: told.extend(gone) or ""
    )
    assert page is not None
    assert told == []
    assert '<option value="1" selected="">' in page
    assert "no longer" not in page


def test_a_form_in_a_closed_fold_is_filled_where_it_can_be_seen() -> None:
    page = (
        '<details><p>Other</p></details><details class="row"><summary>Visit</summary>'
        '<form action="/ask"><textarea name="note"></textarea></form></details>'
    )
    found = _filled("", page)
    assert found is not None
    assert '<details><p>Other</p></details><details class="row" open="">' in found
