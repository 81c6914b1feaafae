"""Charts on a phone: what stands left of a drawing is seen whole, in either language and in large text."""

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]

CUT_OFF = """() => [...document.querySelectorAll(".tb-plot-box")].flatMap(box => {
    const edge = box.getBoundingClientRect().left;
    return [...box.querySelectorAll("text")]
        .filter(one => one.getBoundingClientRect().width && one.getBoundingClientRect().left < edge)
        .map(one => one.textContent);
})"""


@pytest.mark.parametrize("path", ["/desk/overview", "/desk/claims-overview"])
def test_no_label_beside_a_chart_is_cut_off_on_a_phone(visitor: Callable[..., Visitor], path: str) -> None:
    sponsor = visitor()
    sponsor.signs_in("sponsor_commerce")
    sponsor.page.set_viewport_size({"width": 320, "height": 900})
    for language in ("zh", "en"):
        for size in ("1", "3"):
            sponsor.reads(language)
            sponsor.remembers("text_size", size)
            assert sponsor.goes_to(path) == 200
            assert sponsor.page.locator(".tb-plot text").count() > 4
            assert sponsor.page.evaluate(CUT_OFF) == [], (language, size)
