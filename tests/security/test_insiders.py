"""What an insider tried to stay in, to see and to do with what is not theirs any more."""

import pytest
from flask import Flask

from access.permissions import Role
from accounts import ending
from data_protection import access_exceptions
from models.base import db
from models.cases import Case
from models.people import User
from models.referrals import Referral
from referral import partner_links
from tests import factories


def kept_from(house: factories.World, case: Case, *people: User) -> None:
    """The supervisor keeps a case from people."""
    for user in people:
        with factories.acts(house.supervisor) as by:
            access_exceptions.block(
                by=by,
                case=factories.anew(case),
                reason="conflict",
                email=factories.anew(user).email,
            )


def another_supervisor(house: factories.World) -> User:
    """So that a case may be kept from one of them."""
    made = house._person("boss", factories.anew(house.here), Role.SUPERVISOR)
    db.session.commit()
    return made


def _referred(house: factories.World) -> tuple[Case, Referral]:
    case = factories.case(house)
    with factories.acts(house.caseworker) as by:
        return case, factories.refer(by, house, case)


def _link(who: User, referral: Referral) -> tuple[str, str]:
    with factories.acts(who) as by:
        return partner_links.make(by=by, referral=factories.anew(referral))


def _shut(user: User) -> None:
    account = factories.anew(user)
    account.active = False
    ending.end_access(account)
    db.session.commit()


def _open(app: Flask, token: str, code: str) -> tuple[factories.Browser, str]:
    """A browser without account, and the address of the card; empty where there is none."""
    browser = factories.Browser(app)
    browser._learn(browser.get(f"/answer/{token}"))
    answer = browser.post(f"/answer/{token}", code=code)
    return browser, answer.headers.get("Location", "")


@pytest.mark.parametrize("how", ["shut", "kept from them"])
@pytest.mark.parametrize("when", ["before", "while it is open"])
def test_a_link_opens_nothing_once_who_made_it_may_not_make_it(
    app: Flask, how: str, when: str
) -> None:
    house = factories.World()
    case, referral = _referred(house)
    token, code = _link(house.colleague, referral)
    browser, card = _open(app, token, code) if when != "before" else (factories.Browser(app), "")
    if card:
        assert browser.get(card).status_code == 200
    if how == "shut":
        _shut(house.colleague)
    else:
        kept_from(house, case, house.colleague)
    if when == "before":
        browser, card = _open(app, token, code)
        assert not card
        return
    assert browser.get(card).status_code == 410
    assert browser.post(f"{card}/accept").status_code == 410
    fresh, way = _open(app, *_link(house.caseworker, referral))
    assert fresh.get(way).status_code == 200
