"""Every page, as each role sees it: narrow and wide, both languages, light and dark, nothing broken."""

import os
import re
from collections.abc import Callable, Iterator
from itertools import combinations, product
from typing import Any, NamedTuple

import pytest

from tests.availability import ROOT
from tests.journeys.axe import Axe
from tests.journeys.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

ODD = {"/no-such-page": 404, "/c/bm8tc3VjaC1jZXJ0aWZpY2F0ZQ": 404}
"""Pages that are there to say that something is not."""
PHONE = 320  # px wide
ANYWHERE = re.compile("")
OF_A_LOSS = re.compile(
    r"^/my(/warnings|/firms/\*/(buyers(/new)?|notices/new)|/(notices|claims)/[^/]+(/[a-z]+)?(/\*)?)?$"
)
OF_THE_STATE_OF_A_LOSS = re.compile(r"^/my(/firms/\*/buyers|/(notices|claims)/[^/]+)?$")
OF_CLAIMS = re.compile(
    r"^/desk/(claims|claims-overview|notices|obligors|lookalikes|merges|exclusions|consents|payments|rates"
    r"|recoveries|excesses|events|concerns)(/|$)"
)
OF_A_STATE = re.compile(r"^/my(/messages|/(policies|applications|appeals)/\*|/firms/\*(/apply(/\w+)?|/answer)?)?$")
NO_PAGE = re.compile(r"^/(static|documents|preferences|sign-out)|/(export|download|rejected)|\.(pdf|xlsx)$")
ONE_OF_MANY = re.compile(
    r"(?<=/terms/).+|(?<=/service-levels/).+|(?<=/sources/)(registry|customs|lists)|[^/]*\d[^/]*|(?<=/c/).+"
)
"""What pages of one kind differ by: of each kind, whoever walks about sees one."""
EACH_ITS_OWN = re.compile(r"^/my/(notices|claims)/[^/]+$")
"""Pages that say something else in each state: whoever walks about sees them all."""


class Walk(NamedTuple):
    """Somebody who sees these pages and whatever their links lead to, on their side of the portal."""

    role: str
    side: str
    start: tuple[str, ...]
    only: re.Pattern[str] = ANYWHERE


CLAIM_QUEUES = tuple(
    f"/desk/claims?view={one}"
    for one in ("assess", "approve", "mine", "asked", "suspended", "answer", "pay", "preparing")
)
"""Of each of these lists the first claim is opened, for each is in another state."""
FIRST_ROW = "main table tbody tr:first-child a[href*='/desk/claims/']"
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
    "a claims officer": Walk(
        "claims_officer",
        "/desk",
        (
            "/desk/claims?view=all",
            *CLAIM_QUEUES,
            "/desk/claims?view=all&q=nobody",
            "/desk/payments",
            "/desk/recoveries",
        ),
        OF_CLAIMS,
    ),
    "the approver": Walk(
        "approver", "/desk", ("/desk/claims?view=approve", "/desk/payments", "/desk/recoveries"), OF_CLAIMS
    ),
    **{
        f"a firm, {key}": Walk(f"exporter:{key}", "/my", ("/my",), OF_A_LOSS)
        for key in ("claim", "requested", "assigned", "objected")
    },
    **{
        f"a firm, {key}": Walk(f"exporter:{key}", "/my", ("/my",), OF_THE_STATE_OF_A_LOSS)
        for key in ("watched", "noroom", "currency", "merged")
    },
    **{
        f"an exporter, {state}": Walk(f"exporter:{state}", "/my", ("/my",), OF_A_STATE)
        for state in ("new", "draft", "asked", "appeal", "proposed", "won", "held", "left", "annulled", "screened")
    },
}


class View(NamedTuple):
    """How somebody looks at a page."""

    language: str
    width: int
    dark: bool
    size: int  # of the text, 3 is the largest


# Every page is seen twice: again in the other language, at the other width and in the other colours. What
# goes together, and how large the text is, changes from page to page. Over the pages the pairs hold every two
# values that any two of the four can have at once; another walk for larger text alone would prove no more.
VIEWS = (
    (View("zh", 320, False, 1), View("en", 1280, True, 1)),
    (View("zh", 320, True, 2), View("en", 1280, False, 2)),
    (View("zh", 1280, False, 3), View("en", 320, True, 3)),
)


def test_the_views_hold_every_two_values_that_can_meet() -> None:
    for first, second in VIEWS:
        assert {first.language, second.language} == {"zh", "en"}
        assert {first.width, second.width} == {320, 1280}
        assert first.dark != second.dark
    views = [view for pair in VIEWS for view in pair]
    for one, other in combinations(range(len(View._fields)), 2):
        seen = {(view[one], view[other]) for view in views}
        assert seen == set(product({view[one] for view in views}, {view[other] for view in views}))


@pytest.fixture(scope="module")
def axe() -> Axe:
    """One for all walks: what it settled for one page it knows on the others."""
    return Axe()


@pytest.mark.parametrize("person", WALKS)
def test_every_page_fits_has_one_heading_and_passes_axe(
    visitor: Callable[..., Visitor], axe: Axe, person: str
) -> None:
    someone = visitor()
    axe.comes_along(someone.page)
    if WALKS[person].role != "anonymous":
        someone.signs_in(WALKS[person].role)
    # Walks through the same pages begin at another pair, so that each is seen in all of them.
    first = list(WALKS).index(person)
    wrong = []
    for number, path in enumerate(_walks(someone, WALKS[person]), first):
        for view in VIEWS[number % len(VIEWS)]:
            _looks(someone, view)
            wrong += [f"{path} as {tuple(view)}: {fault}" for fault in _faults(someone, axe, path, view)]
    assert not wrong, "\n".join(wrong)


def _looks(someone: Visitor, view: View) -> None:
    """Have what opens next as this view has it."""
    someone.page.set_viewport_size({"width": view.width, "height": 900})
    someone.page.emulate_media(color_scheme="dark" if view.dark else "light")
    someone.reads(view.language)
    someone.remembers("text_size", str(view.size))


def _walks(someone: Visitor, walk: Walk) -> Iterator[str]:
    """Page after page, one of each kind that the links lead to; whoever takes one opens it."""
    ahead, known = list(walk.start), {_kind(path) for path in walk.start}
    while ahead:
        path = ahead.pop(0)
        yield path
        for there in _links(someone, "a[href]:not([download])"):
            kind = _kind(there)
            if kind not in known and _is_on(walk, there, kind):
                known.add(kind)
                ahead.append(there)
        if path in CLAIM_QUEUES:
            ahead += [there for there in _links(someone, FIRST_ROW)[:1] if there not in ahead]


def _links(someone: Visitor, selector: str) -> list[str]:
    """Where the page's links lead to."""
    found: list[str] = someone.page.eval_on_selector_all(selector, "all => all.map(a => a.href)")
    return [link.removeprefix(someone.portal.url).partition("#")[0] for link in found]


def _kind(path: str) -> str:
    plain = path.partition("?")[0]
    return plain if EACH_ITS_OWN.search(plain) else ONE_OF_MANY.sub("*", plain)


def _is_on(walk: Walk, path: str, kind: str) -> bool:
    """Whether a link leads to a page of the person's own side of the portal that this walk is to see."""
    plain = path.partition("?")[0]
    if not path.startswith(walk.side) or NO_PAGE.search(plain) or walk.only.search(kind) is None:
        return False
    return walk.side != "/" or not path.startswith(("/my", "/desk"))


SEEN = """() => ({
    width: document.documentElement.scrollWidth,
    headings: [...document.querySelectorAll("h1")].map(one => one.innerText.split("\\n")[0].trim()),
    title: document.title,
    language: document.documentElement.lang,
    text: document.documentElement.className,
    cut: [...document.querySelectorAll(".tb-scroll-listed")].filter(one => one.scrollWidth > one.clientWidth + 1)
        .map(one => one.getAttribute("aria-label")),
})"""


def _faults(someone: Visitor, axe: Axe, path: str, view: View) -> Iterator[str]:
    """Open a page; what is wrong with it."""
    status = someone.goes_to(path)
    if status != ODD.get(path, 200):
        yield f"status {status}"
    seen: dict[str, Any] = someone.page.evaluate(SEEN)
    if seen["width"] > view.width:
        yield f"scrolls sideways, {seen['width']} px wide"
    if view.width == PHONE and seen["cut"]:
        yield f"a list of rows hides a part beyond the edge: {seen['cut']}"
    headings = seen["headings"]
    if len(headings) != 1 or not seen["title"].startswith(headings[0]):
        yield f"headings {headings}, title {seen['title']!r}"
    if seen["language"] != someone.language:
        yield "language of the page"
    if seen["text"] != f"text-{view.size}":
        yield f"size of the text: {seen['text']!r}"
    for name, elements in axe.violations(someone.page):
        yield f"{name} {elements[:2]}"


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
