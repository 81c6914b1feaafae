"""Every page, as each role sees it: narrow and wide, both languages, light and dark, nothing broken."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.availability import ROOT
from tests.journeys.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGES = {
    "anonymous": [
        "/",
        "/sign-in",
        "/sign-in?by=email",
        "/sign-up",
        "/forgotten",
        "/link-on-its-way",
        "/no-such-page",
    ],
    "reviewer": [
        "/desk/applications",
        "/desk/applications?tab=all",
        "/desk/applications/A2026-00030",
        "/desk/applications/import",
        "/desk/overview",
        "/desk/policies",
        "/desk/policies/issue",
        "/desk/firms?q=厦门",
        "/desk/firms/91350206MAD00001KW",
        "/desk/sources",
        "/desk/sources/registry",
        "/desk/sources/customs/import",
        "/desk/sources/absent",
        "/me",
    ],
    "sponsor_commerce": ["/desk/overview", "/desk/rosters", "/desk/policies"],
    "auditor": ["/desk/audit", "/desk/audit/3", "/desk/terms"],
    "administrator": ["/desk/staff", "/desk/terms"],
}
VIEWS = [
    pytest.param("zh", 320, False, 1, id="Chinese on a phone"),
    pytest.param("en", 320, True, 3, id="English, dark, on a phone with the largest text"),
    pytest.param("zh", 1280, True, 2, id="Chinese, dark, wide, larger text"),
    pytest.param("en", 1280, False, 1, id="English, wide"),
]
# The demonstration's numbers carry the year it runs in.
YEAR = "2026"


@pytest.mark.parametrize("role", PAGES)
@pytest.mark.parametrize(("language", "width", "dark", "size"), VIEWS)
def test_every_page_fits_has_one_heading_and_passes_axe(
    visitor: Callable[..., Visitor], role: str, language: str, width: int, dark: bool, size: int
) -> None:
    someone = visitor(width=width, dark=dark)
    someone.reads(language)
    someone.goes_to(f"/preferences/text-size/{size}?next=/")
    if role != "anonymous":
        someone.signs_in(role)
    wrong = []
    for path in _this_year(someone, PAGES[role]):
        status = someone.goes_to(path)
        page = someone.page
        expected = 404 if path == "/no-such-page" else 200
        if status != expected:
            wrong.append(f"{path}: status {status}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path}: scrolls sideways at {width}")
        headings = page.locator("h1").all_inner_texts()
        if len(headings) != 1 or not page.title().startswith(headings[0].split("\n")[0].strip()):
            wrong.append(f"{path}: headings {headings}, title {page.title()!r}")
        if page.locator("html").get_attribute("lang") != ("zh-Hans" if language == "zh" else "en"):
            wrong.append(f"{path}: language of the page")
        wrong += [f"{path}: {v['id']} {[n['html'][:120] for n in v['nodes'][:2]]}" for v in _violations(someone)]
    assert wrong == []


def _this_year(someone: Visitor, paths: list[str]) -> list[str]:
    """The demonstration's case numbers carry the year of the day on which it was loaded."""
    if not any(YEAR in path for path in paths):
        return paths
    someone.goes_to("/desk/applications")
    shown = someone.page.locator("main table tbody a[href*='/desk/applications/A']").first
    target = (shown.get_attribute("href") or "").split("?")[0]
    return [target if path.startswith("/desk/applications/A") else path for path in paths]


def _violations(someone: Visitor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Axe().run(someone.page).response["violations"]
    return found


def test_the_picture_of_the_readme_is_the_queue_as_it_is(visitor: Callable[..., Visitor]) -> None:
    """With PORTAL_SCREENSHOT=1 (`make screenshot`) the picture in the repository is made anew."""
    reviewer = visitor()
    reviewer.signs_in("reviewer")
    picture = reviewer.page.screenshot()
    kept = ROOT / "static" / "images" / "screenshot.png"
    if os.environ.get("PORTAL_SCREENSHOT") == "1":
        kept.write_bytes(picture)
    assert picture.startswith(b"\x89PNG")
    assert kept.exists(), "make screenshot"
    assert kept.read_bytes()[16:20] == picture[16:20], (
        "the picture of the README has another width: make screenshot"
    )
