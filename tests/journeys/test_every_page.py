"""Every page, as each role sees it: narrow and wide, both languages, light and dark, nothing broken."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.availability import ROOT
from tests.journeys.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ODD = {"/no-such-page": 404, "/c/bm8tc3VjaC1jZXJ0aWZpY2F0ZQ": 404}
"""Pages that are there to say that something is not."""
ANYWHERE = re.compile("")
OF_A_STATE = re.compile(r"^/my(/messages|/(policies|applications|appeals)/\*|/firms/\*(/apply(/\w+)?|/answer)?)?$")
NO_PAGE = re.compile(r"^/(static|documents|preferences|sign-out)|/(export|download|rejected)|\.(pdf|xlsx)$")
ONE_OF_MANY = re.compile(
    r"(?<=/terms/).+|(?<=/service-levels/).+|(?<=/sources/)(registry|customs|lists)|[^/]*\d[^/]*|(?<=/c/).+"
)
"""What pages of one kind differ by: of each kind, whoever walks about sees one."""


class Walk(NamedTuple):
    """Somebody who sees these pages and whatever their links lead to, on their side of the portal."""

    role: str
    side: str
    start: tuple[str, ...]
    only: re.Pattern[str] = ANYWHERE


QUEUES = tuple(
    f"/desk/queue?view={one}" for one in ("mine", "asked", "firms", "appeals", "affected", "today", "all")
)
SIDES = ("/sign-in?by=email", "/sign-up", "/link-on-its-way", *ODD)
WALKS = {
    "anybody": Walk("anonymous", "/", ("/", *SIDES)),
    "a reviewer": Walk(
        "reviewer", "/desk", ("/desk/queue", *QUEUES, "/desk/queue?q=nobody", "/desk/firms?q=厦门", "/me")
    ),
    "the sponsor": Walk("sponsor_commerce", "/desk", ("/desk/overview",)),
    "the auditor": Walk("auditor", "/desk", ("/desk/audit", "/desk/audit/3"), re.compile(r"^/desk/(audit|terms)")),
    "the administrator": Walk("administrator", "/desk", ("/desk/staff", "/desk/service-levels", "/desk/calendar")),
    "an insured exporter": Walk("exporter", "/my", ("/my", "/my/firms/new?uscc=91350211MAD00044KX", "/me")),
    **{
        f"an exporter, {state}": Walk(f"exporter:{state}", "/my", ("/my",), OF_A_STATE)
        for state in ("new", "draft", "asked", "appeal", "proposed", "won", "held", "left", "annulled", "screened")
    },
}
VIEWS = [
    pytest.param("zh", 320, False, 1, id="Chinese on a phone"),
    pytest.param("en", 1280, True, 1, id="English, dark, wide"),
]
LARGER = [
    pytest.param("en", 320, True, 3, id="English, dark, on a phone with the largest text"),
    pytest.param("zh", 1280, False, 2, id="Chinese, wide, larger text"),
]


@pytest.mark.parametrize("person", WALKS)
@pytest.mark.parametrize(("language", "width", "dark", "size"), VIEWS)
def test_every_page_fits_has_one_heading_and_passes_axe(
    visitor: Callable[..., Visitor], person: str, language: str, width: int, dark: bool, size: int
) -> None:
    someone = _arrives(visitor, person, language, width, dark, size)
    wrong = []
    for path, status in _walks(someone, WALKS[person]):
        wrong += [f"{path}: {fault}" for fault in (*_faults(someone, path, status), *_violations(someone))]
    assert wrong == []


@pytest.mark.parametrize("person", ["anybody", "a reviewer", "an insured exporter", "an exporter, draft"])
@pytest.mark.parametrize(("language", "width", "dark", "size"), LARGER)
def test_every_page_fits_with_larger_text(
    visitor: Callable[..., Visitor], person: str, language: str, width: int, dark: bool, size: int
) -> None:
    someone = _arrives(visitor, person, language, width, dark, size)
    wrong = []
    for path, status in _walks(someone, WALKS[person]):
        wrong += [f"{path}: {fault}" for fault in _faults(someone, path, status)]
    assert wrong == []


def _arrives(
    visitor: Callable[..., Visitor], person: str, language: str, width: int, dark: bool, size: int
) -> Visitor:
    someone = visitor(width=width, dark=dark)
    someone.reads(language)
    someone.goes_to(f"/preferences/text-size/{size}?next=/")
    if WALKS[person].role != "anonymous":
        someone.signs_in(WALKS[person].role)
    return someone


def _walks(someone: Visitor, walk: Walk) -> Iterator[tuple[str, int]]:
    """Open page after page, one of each kind that the links lead to; gives each with its status."""
    ahead, known = list(walk.start), {_kind(path) for path in walk.start}
    while ahead:
        path = ahead.pop(0)
        yield path, someone.goes_to(path)
        for link in someone.page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.href)"):
            there = link.removeprefix(someone.portal.url).partition("#")[0]
            kind = _kind(there)
            if kind in known or not _is_on(walk, there, kind):
                continue
            known.add(kind)
            ahead.append(there)


def _kind(path: str) -> str:
    return ONE_OF_MANY.sub("*", path.partition("?")[0])


def _is_on(walk: Walk, path: str, kind: str) -> bool:
    """Whether a link leads to a page of the person's own side of the portal that this walk is to see."""
    if not path.startswith(walk.side) or NO_PAGE.search(kind) or walk.only.search(kind) is None:
        return False
    return walk.side != "/" or not path.startswith(("/my", "/desk"))


def _faults(someone: Visitor, path: str, status: int) -> Iterator[str]:
    """What is wrong with the page that stands open."""
    page = someone.page
    if status != ODD.get(path, 200):
        yield f"status {status}"
    width = (page.viewport_size or {"width": 0})["width"]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        yield f"scrolls sideways at {width}"
    headings = page.locator("h1").all_inner_texts()
    if len(headings) != 1 or not page.title().startswith(headings[0].split("\n")[0].strip()):
        yield f"headings {headings}, title {page.title()!r}"
    if page.locator("html").get_attribute("lang") != someone.language:
        yield "language of the page"


def _violations(someone: Visitor) -> Iterator[str]:
    found: list[dict[str, Any]] = Axe().run(someone.page).response["violations"]
    for one in found:
        yield f"{one['id']} {[node['html'][:120] for node in one['nodes'][:2]]}"


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
