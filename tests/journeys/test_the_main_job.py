"""A reviewer clears a referred case and the sponsor takes the roster home, in a real browser, both languages."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.sponsor.roster_check import read_export_id
from tests.journeys.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

# Which referred firm of the demonstration is cleared in which language, and what its page then says.
CASES = [
    pytest.param("zh", "厦门泊溪茶叶专业合作社", "复核员放行", id="in Chinese"),
    pytest.param("en", "厦门汀序陶瓷有限公司", "Cleared by a reviewer", id="in English"),
]


@pytest.mark.parametrize(("language", "firm", "cleared"), CASES)
def test_a_reviewer_clears_a_referred_case(
    visitor: Callable[..., Visitor], language: str, firm: str, cleared: str
) -> None:
    reviewer = visitor()
    reviewer.reads(language)
    reviewer.signs_in("reviewer")
    page = reviewer.page
    page.get_by_role("link", name=firm).click()
    assert page.locator("h1").inner_text() == firm
    page.locator("main form button[type=submit]").first.click()
    assert page.locator("[role=alert], .tb-errors, [id*=error]").count() > 0, "nothing was chosen, and it says so"
    page.check("input[name=outcome][value=approve]")
    page.fill("textarea[name=reason]", "登记机关回函确认，材料齐全。")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    assert cleared in page.content()
    reviewer.goes_to("/desk/applications")
    assert page.get_by_role("link", name=firm).count() == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sponsor_downloads_a_roster_that_proves_itself(
    visitor: Callable[..., Visitor], tmp_path: Path, language: str
) -> None:
    sponsor = visitor()
    sponsor.reads(language)
    sponsor.signs_in("sponsor_finance")
    sponsor.goes_to("/desk/rosters")
    with sponsor.page.expect_download() as download:
        sponsor.page.locator("form[action$='/rosters/download'] button[type=submit]").click()
    path = tmp_path / "roster.xlsx"
    download.value.save_as(path)
    assert re.fullmatch(r"投保名册_xiamen-continued_\d{4}-\d\d-\d\d\.xlsx", download.value.suggested_filename)
    assert len(read_export_id(path)) == 26
    verified = sponsor.portal.command("roster", "verify", str(path))
    assert (verified.returncode, verified.stdout.strip()) == (0, "roster: unaltered")


def test_everything_on_the_main_path_works_without_scripts(visitor: Callable[..., Visitor]) -> None:
    reviewer = visitor(scripts=False)
    reviewer.signs_in("reviewer")
    page = reviewer.page
    page.get_by_role("link", name="厦门屿见供应链有限公司").click()
    page.check("input[name=outcome][value=reject]")
    page.fill("textarea[name=reason]", "企业说明没有自己的出口。")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    assert "企业说明没有自己的出口" in page.content()


def test_a_person_signs_in_with_the_keyboard_alone(visitor: Callable[..., Visitor]) -> None:
    auditor = visitor()
    email, password = auditor.portal.login("auditor")
    auditor.goes_to("/sign-in?by=email")
    keyboard = auditor.page.keyboard
    for _press in range(20):
        if auditor.page.evaluate("document.activeElement.name") == "email":
            break
        keyboard.press("Tab")
    keyboard.type(email)
    keyboard.press("Tab")
    keyboard.type(password)
    keyboard.press("Enter")
    auditor.page.wait_for_url("**/desk/**")
