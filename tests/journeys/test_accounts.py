"""Getting in and not losing anything: a forgotten password, an invitation, a session that ends in mid-form."""

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Visitor
from tests.journeys.steps import LINK, SUBMIT, Mouse, sent_by, signs_in_by_code

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

FIRST, SECOND = "the first sentence of mine", "another sentence of mine"
CLEAR = {"zh": "这个链接不能用了", "en": "This link no longer works"}


def _sets(hand: Mouse, password: str) -> None:
    hand.types("input[name=password]", password)
    hand.types("input[name=again]", password)
    hand.presses(SUBMIT)


def _signs_in(someone: Visitor, hand: Mouse, email: str, password: str) -> None:
    someone.goes_to("/sign-in?by=email")
    hand.types("input[name=email]", email)
    hand.types("input[name=password]", password)
    hand.presses(SUBMIT)


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(visitor: Callable[..., Visitor]) -> None:
    email = "forgets@example.com"
    someone = visitor(width=320)
    someone.reads("zh")
    hand = Mouse(someone.page)
    for page, password in (("/sign-up", FIRST), ("/forgotten", SECOND)):
        someone.goes_to(page)
        hand.types("input[name=email]", email)
        link = sent_by(someone.portal, email, LINK, lambda: hand.presses(SUBMIT))
        someone.goes_to(link)
        _sets(hand, password)
        someone.page.context.clear_cookies()
        someone.reads("zh")
    assert someone.goes_to(link) == 410
    assert someone.page.locator("h1").inner_text() == CLEAR["zh"]
    _signs_in(someone, hand, email, FIRST)
    assert someone.page.url.endswith("/sign-in?by=email"), "the forgotten one counts no more"
    _signs_in(someone, hand, email, SECOND)
    assert someone.page.url.endswith("/my")


def test_a_colleague_is_invited_by_text_and_acts_for_the_firm(visitor: Callable[..., Visitor]) -> None:
    mobile = "19900000309"
    host = visitor(width=1280)
    host.reads("en")
    host.signs_in("exporter")
    hand = Mouse(host.page)
    hand.presses("main a[href^='/my/policies/']")
    firm = host.page.locator("h1").inner_text()
    host.goes_to("/my")
    hand.presses("main a[href^='/my/firms/91']:not([href*='/buyers'])")
    hand.presses("main a[href$='/invite']")
    hand.types("input[name=name]", "阮小满（虚构）")
    hand.types("input[name=address]", mobile)
    hand.ticks("input[name=position][value=operator]")
    link = sent_by(host.portal, mobile, LINK, lambda: hand.presses(SUBMIT))
    guest = visitor(width=320)
    guest.reads("zh")
    guest.goes_to(link)
    invited = Mouse(guest.page)
    invited.presses("main a[href*='/sign-in']")
    signs_in_by_code(guest, invited, mobile)
    invited.presses("main form button[type=submit]")
    guest.goes_to("/my")
    assert firm in guest.page.locator("main").inner_text()
    other = visitor(width=320)
    other.goes_to(link)
    assert firm not in other.page.content(), "the link works once"


def test_what_was_typed_when_the_session_ended_is_there_again_after_signing_in(
    visitor: Callable[..., Visitor],
) -> None:
    someone = visitor(width=1280)
    someone.reads("en")
    someone.signs_in("exporter:draft")
    hand = Mouse(someone.page)
    hand.presses("main a[href$='/apply']")
    step = someone.page.url
    hand.types("input[name=representative]", "柯望舒")
    hand.ticks("input[name=agree_name]")
    someone.page.context.clear_cookies(name="session")
    hand.presses(SUBMIT)
    assert "/sign-in" in someone.page.url
    if "by=email" not in someone.page.url:
        hand.presses("main a[href*='by=email']")
    email, password = someone.portal.login("exporter:draft")
    hand.types("input[name=email]", email)
    hand.types("input[name=password]", password)
    hand.presses(SUBMIT)
    assert someone.page.url == step
    assert someone.page.locator("input[name=representative]").input_value() == "柯望舒"
    assert someone.page.is_checked("input[name=agree_name]")
