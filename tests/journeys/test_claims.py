"""A firm whose buyer does not pay: from the notice to the shared recovery, firm and desk each at their browser."""

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from tests.journeys.conftest import Visitor
from tests.journeys.losses import (
    FILES,
    Loss,
    answers,
    asks_once,
    at_the_claim,
    claim_of,
    files,
    gives_account,
    is_approved,
    is_assessed,
    is_paid,
    is_shared,
    ledger_holds,
    photo,
    reports,
    tells_of_money,
)
from tests.journeys.steps import SUBMIT, Keyboard, Mouse

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

WHOLE = [
    pytest.param("watched", "zh", 320, id="Chinese, on a phone"),
    pytest.param("currency", "en", 1280, id="English, wide"),
]
TURN = {"zh": "轮到您了", "en": "Your turn"}
FULL_LOSS = (("JR-1001", "62,000.00"), ("JR-1002", "38,000.00"))


def _a_firm(visitor: Callable[..., Visitor], loss: Loss, language: str, width: int) -> tuple[Visitor, Mouse]:
    someone = visitor(width=width)
    someone.reads(language)
    someone.signs_in(f"exporter:{loss.firm}")
    return someone, Mouse(someone.page)


def _at_home(someone: Visitor) -> str:
    someone.goes_to("/my")
    return someone.page.locator("main").inner_text()


@pytest.mark.parametrize(("firm", "language", "width"), WHOLE)
def test_a_loss_comes_from_the_notice_to_the_payment_and_a_recovery_is_shared(
    visitor: Callable[..., Visitor], tmp_path: Path, firm: str, language: str, width: int
) -> None:
    loss = Loss(firm, f"Fjellheim {firm.title()} Møbler AS", "NO", FULL_LOSS)
    someone, hand = _a_firm(visitor, loss, language, width)
    reports(someone, hand, loss)
    assert "50,000.00" in someone.page.locator("main").inner_text(), "the estimate stops at the cap"
    claim = claim_of(someone)
    (left,) = files(someone, hand, claim, tmp_path, leave=1)
    asks_once(visitor, claim, [left], language)
    assert TURN[language] in _at_home(someone)
    answers(someone, hand, claim, tmp_path, [left])
    is_assessed(visitor, claim, language, "50,000.00")
    is_approved(visitor, claim, language, "50,000.00")
    someone.goes_to(f"/my/claims/{claim}")
    hand.presses("main a[href$='/agree']")
    assert "100,000.00" in someone.page.locator("main").inner_text(), (
        "every line of the calculation is there to read"
    )
    hand.presses("form[action$='/agree'] button[type=submit]")
    assert someone.page.url.endswith("/payee"), "nothing is paid without an account"
    gives_account(hand)
    is_paid(visitor, claim, tmp_path, language)
    someone.goes_to(f"/my/claims/{claim}")
    assert someone.page.locator(".tb-panel-pass h1").count() == 1
    tells_of_money(someone, hand, claim, tmp_path, "10,000.00", "1,000.00")
    is_shared(visitor, claim, language, "1,000.00", ["4,500.00", "1,000.00"])
    someone.goes_to(f"/my/claims/{claim}/recoveries")
    assert someone.page.locator("main").inner_text().count("4,500.00") >= 2, "each side has half of the rest"
    ledger_holds(someone.portal)


def test_a_disputed_claim_waits_for_the_judgment_and_goes_on(
    visitor: Callable[..., Visitor], tmp_path: Path
) -> None:
    loss = Loss("requested", "Cobalt Harbour Hardware Ltd", "GB", (("JR-2001", "24,500.00"),))
    someone, hand = _a_firm(visitor, loss, "en", 1280)
    reports(someone, hand, loss)
    claim = claim_of(someone)
    files(someone, hand, claim, tmp_path)
    hand.presses("main a[href$='/dispute']")
    hand.presses(SUBMIT)
    assert hand.page.locator(".tb-summary").count() == 1, "nothing was written, and it says so"
    hand.types("textarea[name=words]", "买方以质量为由拒付，已向当地法院起诉。")
    hand.presses(SUBMIT)
    with at_the_claim(visitor, "claims_officer", claim, "en") as (_officer, desk):
        desk.unfolds("form[action*='/suspend']")
        desk.ticks("input[name=suspend-code]")
        desk.presses("form[action*='/suspend'] button[type=submit]")
    someone.goes_to(f"/my/claims/{claim}")
    assert "Waiting for others" in someone.page.locator("main").inner_text()
    hand.presses("main a[href$='/dispute']")
    hand.types("textarea[name=words]", "法院判决买方支付全部货款。")
    hand.page.set_input_files(f"main {FILES}", photo(tmp_path, "judgment"))
    hand.sends(SUBMIT)
    with at_the_claim(visitor, "claims_officer", claim) as (_officer, desk):
        desk.unfolds("form[action*='/reopen']")
        desk.ticks("input[name=reopen-code]")
        desk.presses("form[action*='/reopen'] button[type=submit]")
    is_assessed(visitor, claim, "zh", "19,600.00")
    is_approved(visitor, claim, "en", "19,600.00")
    assert TURN["en"] in _at_home(someone)


def test_what_is_assigned_to_a_bank_goes_there_until_the_bank_releases_it(
    visitor: Callable[..., Visitor], tmp_path: Path
) -> None:
    loss = Loss("assigned", "Ostrander & Vale Supply Inc.", "US", (("JR-3001", "31,000.00"),))
    someone, hand = _a_firm(visitor, loss, "zh", 320)
    reports(someone, hand, loss)
    claim = claim_of(someone)
    someone.goes_to(f"/my/claims/{claim}/assignment")
    for name, text in (
        ("bank", "示例银行厦门分行"),
        ("holder", "示例银行厦门分行"),
        ("account", "40288800012345678"),
    ):
        hand.types(f"input[name={name}]", text)
    hand.page.set_input_files(f"main {FILES}", photo(tmp_path, "deed"))
    hand.sends(SUBMIT)
    _decides_assignment(visitor, claim, "record")
    someone.goes_to(f"/my/claims/{claim}/payee")
    assert hand.page.locator("input[name=account]").count() == 0, "the payee cannot be changed"
    someone.goes_to(f"/my/claims/{claim}/assignment")
    hand.page.set_input_files(f"main {FILES}", photo(tmp_path, "release"))
    hand.sends(SUBMIT)
    someone.goes_to(f"/my/claims/{claim}/payee")
    assert hand.page.locator("input[name=account]").count() == 0, "the release counts once it is looked at"
    _decides_assignment(visitor, claim, "release")
    someone.goes_to(f"/my/claims/{claim}/payee")
    gives_account(hand, "6222020200998877665")
    someone.goes_to(f"/my/claims/{claim}/payee")
    assert "7665" in someone.page.locator("main").inner_text()


def _decides_assignment(visitor: Callable[..., Visitor], claim: str, step: str) -> None:
    with at_the_claim(visitor, "claims_officer", claim) as (_officer, desk):
        desk.presses(f"form[action*='/assignment']:has(input[name=step][value={step}]) button[type=submit]")


def test_a_claim_that_finds_no_room_is_told_why_nothing_is_paid(
    visitor: Callable[..., Visitor], tmp_path: Path
) -> None:
    # Shipped on the day of the loss that used the room up, so under the same policy.
    loss = Loss("noroom", "Haldenvik Living AS", "NO", (("JR-4001", "30,000.00"),), shipped=210)
    someone, hand = _a_firm(visitor, loss, "en", 320)
    reports(someone, hand, loss, known=True)
    assert "What goes beyond it you bear yourself" in someone.page.locator("main").inner_text()
    claim = claim_of(someone)
    files(someone, hand, claim, tmp_path)
    is_assessed(visitor, claim, "en", "0.00")
    is_approved(visitor, claim, "zh", "0.00")
    someone.goes_to(f"/my/claims/{claim}")
    letter = someone.page.locator("#result a[href$='.pdf']").get_attribute("href")
    words = _words_of(someone.page.request.get(f"{someone.portal.url}{letter}").body())
    assert loss.insured.name in words
    assert "USD 0.00" in words
    assert "24,000.00" in words, "what would have been paid"
    hand.presses("main a[href$='/agree']")
    hand.presses("form[action$='/agree'] button[type=submit]")
    assert someone.page.url.endswith(f"/my/claims/{claim}")
    assert TURN["en"] not in someone.page.locator("main").inner_text(), "closed: nobody is asked for an account"
    ledger_holds(someone.portal)


def _words_of(pdf: bytes) -> str:
    paper = pypdfium2.PdfDocument(pdf)
    words = "".join(page.get_textpage().get_text_bounded() for page in paper)
    paper.close()
    return words


def test_a_notice_is_sent_by_the_keyboard_alone(visitor: Callable[..., Visitor]) -> None:
    loss = Loss("merged", "Juniper Lane Interiors LLC", "US", (("JR-5001", "12,000.00"), ("JR-5002", "3,000.00")))
    someone, _mouse = _a_firm(visitor, loss, "en", 1280)
    reports(someone, Keyboard(someone.page), loss)
    assert "12,000.00" in someone.page.locator("main").inner_text()


def test_a_notice_is_sent_and_documents_are_handed_in_without_scripts(
    visitor: Callable[..., Visitor], tmp_path: Path
) -> None:
    loss = Loss("claim", "Quarzfeld Handels GmbH", "DE", (("JR-6001", "9,900.00"),))
    someone = visitor(width=320, scripts=False)
    someone.reads("zh")
    someone.signs_in("exporter:claim")
    hand = Mouse(someone.page)
    reports(someone, hand, loss)
    claim = claim_of(someone)
    someone.goes_to(f"/my/claims/{claim}/documents")
    first = hand.page.locator("section.tb-sheet[id]:has(form)").first.get_attribute("id")
    hand.attaches(f"#{first} {FILES}", photo(tmp_path, "contract"))
    hand.presses(f"#{first} form button[type=submit]")
    assert hand.page.locator(f"#{first} .tb-file").count() == 1
