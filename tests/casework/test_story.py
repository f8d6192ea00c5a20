"""What was said in a contact is found again, whatever happened since."""

from flask import Flask

from casework.core import timeline
from tests import factories
from web.links import link


def test_n24_the_first_contact_is_read_after_a_hundred_entries(app: Flask) -> None:
    with app.app_context():
        house = factories.World()
        case = factories.case(house)
        number = case.number
        with factories.acts(house.caseworker) as by:
            timeline.log_contact(
                by=by, case=factories.anew(case), kind="contact_phone", note="The very first call."
            )
            for turn in range(100):
                timeline.add(by=by, case=factories.anew(case), kind="assigned", reference=str(turn))
        browser = factories.Browser(app, house.caseworker)
        assert "The very first call." not in browser.get(link("casefile.show", number)).text
        contacts = browser.get(link("casefile.happened", number, what="contacts")).text
        assert "The very first call." in contacts
        assert "1 entry" in contacts
        last = browser.get(link("casefile.happened", number, at=3)).text
        assert "The very first call." in last
        assert "page 3 of 3" in last
        assert browser.get(link("casefile.happened", number, at=4)).status_code == 404
        first = browser.get(link("casefile.happened", number, order="oldest")).text
        assert "The very first call." in first
        health = factories.Browser(app, house.health)
        assert "The very first call." not in health.get(link("casefile.happened", number)).text
