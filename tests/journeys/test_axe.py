"""What axe finds with contrast measured once for each look is what it finds when it measures every text."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.journeys.axe import Axe
from tests.journeys.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

INVENTED = """<!doctype html><html lang="en"><head><title>Invented</title></head>
<body style="background: #fff; color: #222"><main><h1>Invented</h1>
<p>Read</p><p>Read</p><p id="pale" style="color: #bbb">Read</p><p style="color: #bbb" id="pale-again">Read</p>
<div style="background: #222"><p id="dark-on-dark" style="color: #444">Read</p>
<p style="color: #fff">Read</p></div>
<div style="background: #fff0; opacity: .4"><p id="seen-through">Read</p></div>
<p style="color: #888; font-size: 30px">Large</p><p id="small" style="color: #888; font-size: 14px">Small</p>
<button style="color: #ccc; background: #fff" disabled>Off</button>
<button id="on" style="color: #ccc; background: #fff">On</button>
<p style="color: #ccd">x</p><p id="two-letters" style="color: #ccd">xy</p>
<p style="color: #dcd" hidden>Not there</p><p id="there" style="color: #dcd">There</p>
<div style="position: relative; height: 40px"><p style="position: absolute">Read</p></div>
<div style="position: relative; height: 40px; background: #333">
<p style="position: absolute" id="laid">Read</p></div>
<div style="background: linear-gradient(#fff, #eee)"><p>On a picture</p><p>On a picture</p></div>
</main></body></html>"""
BAD = {"pale", "pale-again", "dark-on-dark", "seen-through", "small", "on", "two-letters", "there", "laid"}
EVERY_TEXT = """async () => {
    axe.configure({rules: [{id: "color-contrast", selector: "*"}]});
    const found = await axe.run({resultTypes: ["violations"], elementRef: true});
    axe.configure({rules: [{id: "color-contrast", selector: "[data-contrast]"}]});
    return found.violations.map(one => [one.id, one.nodes.map(node => node.element.outerHTML.slice(0, 120))]);
}"""
PALER = (
    """([found, color]) => [...document.querySelectorAll(found)].forEach(one => { one.style.color = color; })"""
)


def _both(axe: Axe, page: Page) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What axe finds when it measures each look, and when it measures every text."""
    by_look: dict[str, list[str]] = {}
    for name, elements in axe.violations(page):
        by_look[name] = sorted(by_look.get(name, []) + elements)
    return by_look, {name: sorted(elements) for name, elements in page.evaluate(EVERY_TEXT)}


def test_every_kind_of_bad_contrast_is_found_beside_a_good_one(visitor: Callable[..., Visitor]) -> None:
    page, axe = visitor().page, Axe()
    axe.comes_along(page)
    page.goto("about:blank")
    page.set_content(INVENTED)
    by_look, every_text = _both(axe, page)
    assert by_look == every_text
    found = by_look["color-contrast"]
    assert {name for name in BAD if any(f'id="{name}"' in element for element in found)} == BAD
    assert len(found) == len(BAD)
    settled = set(axe.settled)
    assert settled
    assert _both(axe, page)[0] == by_look, "what is bad is found again on the next page"
    assert axe.settled == settled


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("reviewer", "/desk/queue?view=all"),
        ("claims_officer", "/desk/claims-overview"),
        ("claims_officer", "/desk/claims?view=all"),
    ],
)
def test_on_a_full_page_nothing_bad_is_missed(
    visitor: Callable[..., Visitor], role: str, path: str, dark: bool
) -> None:
    someone, axe = visitor(dark=dark), Axe()
    axe.comes_along(someone.page)
    someone.signs_in(role)
    assert someone.goes_to(path) == 200
    assert _both(axe, someone.page) == ({}, {})
    for what in ("tbody tr:nth-child(2) *", "td, td *", "h1, h2, label, a"):
        someone.goes_to(path)
        someone.page.evaluate(PALER, [what, "#555" if dark else "#aaa"])
        by_look, every_text = _both(axe, someone.page)
        assert by_look == every_text, what
        assert "color-contrast" in by_look, what
