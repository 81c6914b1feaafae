"""Firm and staff in turns, each at a browser of their own: asked for more, an appeal, two people on one case."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.conftest import Visitor
from tests.journeys.steps import FILE, SUBMIT, Firm, Mouse, applies, as_staff, spare

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

SAVE = "#decide button[type=submit]:not([name])"
RIGHT_TOTAL = "5,412,000.00"


@contextmanager
def at_the_case(
    visitor: Callable[..., Visitor], role: str, firm: str, view: str, language: str = "zh"
) -> Iterator[tuple[Visitor, Mouse]]:
    """Somebody of the staff, come from the queue to the case of this firm."""
    with as_staff(visitor, role, language) as someone:
        someone.goes_to(f"/desk/queue?view={view}")
        someone.page.get_by_role("link", name=firm).first.click()
        someone.page.wait_for_url(re.compile(r"/desk/(applications|memberships|appeals)/"))
        assert someone.page.locator("h1").inner_text() == firm
        yield someone, Mouse(someone.page)


def turn_of(someone: Visitor) -> str:
    """What the firm's first page says about whose turn it is."""
    someone.goes_to("/my")
    return someone.page.locator(".tb-firm").first.inner_text()


def test_a_referred_firm_is_asked_for_more_answers_in_place_and_is_cleared(
    visitor: Callable[..., Visitor], tmp_path: Path
) -> None:
    firm = spare("absent", tmp_path)
    name = firm.said.name
    someone = visitor(width=1280)
    someone.reads("en")
    hand = Mouse(someone.page)
    case = applies(someone, hand, firm)
    assert case.startswith("/my/applications/"), "whom the registry does not have a person looks at"
    with at_the_case(visitor, "reviewer", name, "waiting") as (_reviewer, desk):
        desk.ticks("input[name=outcome][value=ask]")
        desk.ticks("input[name=items][value=evidence_registration]")
        desk.ticks("input[name=items][value=explain]")
        desk.presses(SAVE)
    assert "Your turn" in turn_of(someone)
    someone.goes_to(case)
    hand.types("textarea[name=explain]", "登记在思明区，档案正在迁移。")
    hand.presses("#answer button[type=submit]")
    assert hand.page.locator("textarea[name=explain]").input_value(), (
        "what was written stays while a paper is missing"
    )
    hand.attaches("input[name=evidence_registration]", firm.licence)
    hand.presses("#answer button[type=submit]")
    assert hand.page.locator("#answer").count() == 0, "answered: nothing more is asked"
    with at_the_case(visitor, "reviewer", name, "waiting") as (reviewer, desk):
        assert "登记在思明区，档案正在迁移。" in reviewer.page.content()
        desk.ticks("input[name=outcome][value=approve]")
        desk.types("textarea[name=reason]", "登记机关的档案证明与营业执照相符。")
        desk.presses(SAVE)
    someone.goes_to("/my")
    hand.presses("a[href^='/my/policies/']")
    assert hand.page.locator("h1").inner_text() == name


def test_an_ineligible_firm_is_confirmed_appeals_and_wins(visitor: Callable[..., Visitor], tmp_path: Path) -> None:
    firm = spare("over", tmp_path)
    someone = visitor(width=320)
    someone.reads("zh")
    hand = Mouse(someone.page)
    case = applies(someone, hand, firm)
    assert "6,150,000" not in someone.page.content(), "no total before it is confirmed who acts for the firm"
    _confirmed_from_the_licence(visitor, firm)
    someone.goes_to(case)
    assert "6,150,000.00" in someone.page.content()
    hand.presses(f"main a[href^='{case}/appeal']")
    hand.ticks("input[name=codes][value=exports_within_cap]")
    hand.types("textarea[name=words]", "海关把代理出口的三票货算在我们名下，附报关单。")
    hand.attaches(FILE, firm.licence)
    hand.presses(SUBMIT)
    assert "/my/appeals/" in hand.page.url
    _corrected_by_two(visitor, firm)
    someone.goes_to("/my")
    hand.presses("a[href^='/my/policies/']")
    assert hand.page.locator("h1").inner_text() == firm.said.name


def _confirmed_from_the_licence(visitor: Callable[..., Visitor], firm: Firm) -> None:
    with at_the_case(visitor, "reviewer", firm.said.name, "firms") as (_reviewer, desk):
        desk.ticks("input[name=outcome][value=confirm]")
        desk.ticks("input[name=name_agrees]")
        desk.ticks("input[name=code_agrees]")
        desk.types("input[name=representative]", firm.said.representative)
        desk.presses(SAVE)


def _corrected_by_two(visitor: Callable[..., Visitor], firm: Firm) -> None:
    """A reviewer proposes what is right, somebody else approves it."""
    with at_the_case(visitor, "reviewer", firm.said.name, "appeals") as (reviewer, desk):
        desk.presses("a[href*='correct=exports']")
        desk.types("#correction input[name=value]", RIGHT_TOTAL)
        desk.types("#correction textarea[name=reason]", "三票货属于代理出口，报关单相符。")
        desk.presses("#correction button[name=step][value=try]")
        assert reviewer.page.locator("#tried").count() == 1, "what it changes is seen before it is proposed"
        desk.presses("#correction button[name=step][value=propose]")
        assert reviewer.page.locator("form[action*='/approve']").count() == 0, "nobody approves their own proposal"
    with at_the_case(visitor, "approver", firm.said.name, "appeals", "en") as (_approver, desk):
        desk.presses("form[action*='approve'] button[type=submit]")


def test_of_two_reviewers_on_one_case_the_second_is_told_and_keeps_what_was_written(
    visitor: Callable[..., Visitor],
) -> None:
    firm, written = "厦门新禾国际货运有限公司", "企业来电说明，报关单上的货物属于本企业。"
    second = visitor()
    second.reads("en")
    _becomes_a_reviewer(second, "second.reviewer@example.com")
    second.page.get_by_role("link", name=firm).click()
    hand = Mouse(second.page)
    hand.types("textarea[name=reason]", written)
    hand.ticks("input[name=outcome][value=approve]")
    with at_the_case(visitor, "reviewer", firm, "waiting") as (_first, desk):
        desk.ticks("input[name=outcome][value=reject]")
        desk.types("textarea[name=reason]", "企业书面说明：没有自己的出口。")
        desk.presses(SAVE)
    hand.presses(SAVE)
    assert hand.page.locator("[role=alert]").count() == 1, "the second is told"
    assert hand.page.locator("textarea[name=reason]").input_value() == written
    assert "企业书面说明：没有自己的出口。" in hand.page.content(), "and reads what the first decided"


def _becomes_a_reviewer(someone: Visitor, email: str) -> None:
    """The operator makes the account; its owner sets the password by the one-time link."""
    made = someone.portal.command("staff", "add", email, "--role", "reviewer", "--name", "叶清")
    assert made.returncode == 0, made.stderr
    someone.goes_to(made.stdout.strip().splitlines()[-1])
    hand = Mouse(someone.page)
    hand.types("input[name=password]", "a sentence of my own")
    hand.types("input[name=again]", "a sentence of my own")
    hand.presses(SUBMIT)
    hand.types("input[name=email]", email)
    hand.types("input[name=password]", "a sentence of my own")
    hand.presses(SUBMIT)
