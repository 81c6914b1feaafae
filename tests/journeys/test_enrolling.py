"""A firm comes from the public page to its policy and the certificate, and the sponsor's roster shows it."""

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from openpyxl import load_workbook

from tests.journeys.conftest import Visitor
from tests.journeys.steps import (
    SUBMIT,
    Firm,
    Keyboard,
    Mouse,
    acknowledges,
    as_staff,
    fills_in,
    signs_in_by_code,
    spare,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

WAYS = [
    pytest.param("tide", "zh", 320, Mouse, True, id="Chinese, on a phone"),
    pytest.param("pine", "en", 1280, Mouse, True, id="English, wide"),
    pytest.param("lamp", "zh", 1280, Keyboard, True, id="Chinese, wide, by the keyboard alone"),
    pytest.param("clay", "en", 320, Mouse, False, id="English, on a phone, without scripts"),
]
ACKNOWLEDGED = {"zh": "已收悉", "en": "acknowledged"}


@pytest.mark.parametrize(("key", "language", "width", "way", "scripts"), WAYS)
def test_a_firm_comes_from_the_public_page_to_its_policy_and_the_roster_shows_it(
    visitor: Callable[..., Visitor],
    tmp_path: Path,
    key: str,
    language: str,
    width: int,
    way: type[Mouse] | type[Keyboard],
    scripts: bool,
) -> None:
    firm = spare(key, tmp_path)
    someone = visitor(width=width, scripts=scripts)
    someone.reads(language)
    hand = way(someone.page)
    someone.goes_to("/")
    hand.presses("main a[href='/check']")
    hand.types("input[name=uscc]", firm.said.uscc)
    hand.presses(SUBMIT)
    hand.presses("main a[href='/my']")
    signs_in_by_code(someone, hand, firm.said.mobile)
    hand.presses("main a[href='/my/firms/new']")
    fills_in(hand, firm)
    hand.presses(SUBMIT)
    assert "/my/policies/" in someone.page.url, "whoever meets every condition is insured on the spot"
    assert someone.page.locator("h1").inner_text() == firm.said.name
    acknowledges(hand)
    assert ACKNOWLEDGED[language] in someone.page.locator("#acknowledgement").inner_text()
    _the_certificate_names(someone, firm, tmp_path)
    _the_roster_shows(visitor, firm, tmp_path)


def _the_certificate_names(someone: Visitor, firm: Firm, folder: Path) -> None:
    link = someone.page.locator("main a[href$='/certificate.pdf']")
    answer = someone.page.request.get(f"{someone.portal.url}{link.get_attribute('href')}")
    assert answer.headers["content-type"] == "application/pdf"
    path = folder / "certificate.pdf"
    path.write_bytes(answer.body())
    assert path.read_bytes().startswith(b"%PDF")
    paper = pypdfium2.PdfDocument(path)
    assert len(paper) == 1
    words = paper[0].get_textpage().get_text_bounded()
    paper.close()
    assert firm.said.name in words
    assert someone.page.url.rpartition("/")[2] in words, "the policy's number"


def _the_roster_shows(visitor: Callable[..., Visitor], firm: Firm, folder: Path) -> None:
    with as_staff(visitor, "sponsor_commerce") as sponsor:
        sponsor.goes_to("/desk/rosters")
        with sponsor.page.expect_download() as download:
            sponsor.page.locator("form[action$='/rosters/download'] button[type=submit]").click()
        path = folder / "roster.xlsx"
        download.value.save_as(path)
    rows = [row for sheet in load_workbook(path) for row in sheet.iter_rows(values_only=True)]
    found = [row for row in rows if firm.said.uscc in row]
    assert len(found) == 1
    assert firm.said.name in found[0]
