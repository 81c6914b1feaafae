"""What firm, desk and bank do about a loss at their browsers, told once for all journeys of claims."""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from openpyxl import load_workbook

from portal.common import clock
from portal.demo.sample import DemoFirm, firms, workbook
from portal.payments.result_files import RESULT_HEADINGS
from tests.documents import papers
from tests.journeys.conftest import Served, Visitor
from tests.journeys.steps import SUBMIT, Hand, Mouse, as_staff

STEP = ".tb-step-actions button[type=submit]:not([name])"  # save and go on
ANOTHER = ".tb-step-actions button[name=then][value=more]"
FILES = "input[type=file]:not([capture])"
MISSING = "section.tb-sheet:has(.tb-readback-head .tb-tag-refer)"  # a needed document that is not there
NUMBER = re.compile(r"/my/(?:notices|claims)/([A-Z0-9-]+)")


class Loss(NamedTuple):
    """A buyer that does not pay: bankrupt, so that no waiting period stands in the way."""

    firm: str  # of the demonstration, by key
    buyer: str
    country: str
    invoices: tuple[tuple[str, str], ...]  # number and what is unpaid
    shipped: int = 60  # days before
    due: int = 10

    @property
    def insured(self) -> DemoFirm:
        """The firm, as the demonstration made it up."""
        return next(one for one in firms() if one.key == self.firm)


def before(days: int) -> date:
    """The day so many days before the server's today."""
    return datetime.now(clock.SHANGHAI).date() - timedelta(days=days)


def photo(folder: Path, name: str) -> Path:
    """A paper, photographed."""
    path = folder / f"{name}.jpg"
    path.write_bytes(papers.photo())
    return path


def scan(folder: Path, name: str) -> Path:
    """A paper of two pages, as a PDF."""
    path = folder / f"{name}.pdf"
    path.write_bytes(papers.pdf(2))
    return path


def reports(someone: Visitor, hand: Hand, loss: Loss, known: bool = False) -> None:
    """From the firm's first page to the notice, claimed at once; `known` when the buyer is on its list already."""
    someone.goes_to("/my")
    hand.presses(f"main a[href='/my/firms/{loss.insured.uscc}/buyers']")
    hand.presses("main a[href$='/notices/new']")
    if known:
        label = hand.page.locator("label", has_text=loss.buyer).first
        hand.ticks(f"#{label.get_attribute('for')}")
    else:
        hand.presses("main a[href*='/buyers/new']")
        hand.types("input[name=name]", loss.buyer)
        hand.chooses("select[name=country]", loss.country)
        hand.presses(SUBMIT)
        assert hand.page.is_checked("input[name=obligor]:checked"), "the buyer that was just added is chosen"
    hand.presses(STEP)
    hand.ticks("input[name=risk][value=bankruptcy]")
    hand.types("input[name=happened_on]", before(2).isoformat())
    hand.types("input[name=words]", "买方已申请破产，管理人来信。")
    hand.presses(STEP)
    for place, (number, amount) in enumerate(loss.invoices, 1):
        _writes_shipment(hand, loss, number, amount)
        hand.presses(STEP if place == len(loss.invoices) else ANOTHER)
    read_back = hand.page.locator("main").inner_text()
    assert [value for pair in loss.invoices for value in pair if value not in read_back] == []
    hand.ticks("input[name=choice][value=claim]")
    hand.presses(STEP)


def _writes_shipment(hand: Hand, loss: Loss, number: str, amount: str) -> None:
    shipped = before(loss.shipped).isoformat()
    hand.types("input[name=invoice_number]", number)
    hand.types("input[name=amount]", amount)
    hand.types("input[name=invoiced_on]", shipped)
    hand.types("input[name=shipped_on]", shipped)
    hand.types("input[name=due_on]", before(loss.due).isoformat())
    hand.ticks("input[name=payment_term][value=open_account]")
    hand.ticks("input[name=own_declaration][value=yes]")


def claim_of(someone: Visitor) -> str:
    """The number of the claim that the notice which stands open has led to."""
    link = someone.page.locator("main a[href^='/my/claims/']").first.get_attribute("href") or ""
    found = NUMBER.search(link)
    assert found is not None, link
    return found[1]


def hands_in(someone: Visitor, hand: Mouse, claim: str, folder: Path, leave: int = 0) -> list[str]:
    """Hand in every needed document but the last so many; gives the codes of those."""
    someone.goes_to(f"/my/claims/{claim}/documents")
    needed: list[str] = hand.page.eval_on_selector_all(MISSING, "all => all.map(one => one.id)")
    assert len(needed) > leave
    for code in needed[: len(needed) - leave]:
        hand.page.set_input_files(f"#{code} {FILES}", [photo(folder, code), scan(folder, code)])
        hand.sends(f"#{code} form button[type=submit]")
        assert hand.page.locator(f"#{code} .tb-file").count() == 2, "several files at once"
    return needed[len(needed) - leave :]


def files(someone: Visitor, hand: Mouse, claim: str, folder: Path, leave: int = 0) -> list[str]:
    """Hand in the documents and file the claim, without the last so many; gives the codes of those."""
    left = hands_in(someone, hand, claim, folder, leave)
    if left:
        hand.ticks("#file input[name=incomplete]")
    hand.presses("#file button[type=submit]")
    assert someone.page.url.endswith(f"/my/claims/{claim}")
    return left


def answers(someone: Visitor, hand: Mouse, claim: str, folder: Path, codes: Collection[str]) -> None:
    """Answer in one go what was asked for."""
    someone.goes_to(f"/my/claims/{claim}")
    for code in codes:
        hand.attaches(f"#answer input[name={code}]:not([capture])", photo(folder, code))
    hand.sends("#answer button[type=submit]")
    assert hand.page.locator("#answer").count() == 0, "answered: nothing more is asked"


@contextmanager
def at_the_claim(
    visitor: Callable[..., Visitor], role: str, claim: str, language: str = "zh"
) -> Iterator[tuple[Visitor, Mouse]]:
    """Somebody of the staff, come from the queue of claims to this one."""
    with as_staff(visitor, role, language) as someone:
        someone.goes_to(f"/desk/claims?view=all&q={claim}")
        hand = Mouse(someone.page)
        hand.presses(f"main table a[href*='/desk/claims/{claim}']")
        yield someone, hand


def asks_once(visitor: Callable[..., Visitor], claim: str, codes: Collection[str], language: str) -> None:
    """The desk asks for these documents, all at once."""
    with at_the_claim(visitor, "claims_officer", claim, language) as (_officer, hand):
        hand.unfolds("form[action*='/ask']")
        for code in codes:
            hand.ticks(f"input[name=ask-items][value={code}]")
        hand.presses("form[action*='/ask'] button[type=submit]")
        assert hand.page.locator("form[action*='/stop-waiting']").count() == 1, "the clock stands still"


def is_assessed(visitor: Callable[..., Visitor], claim: str, language: str, indemnity: str) -> None:
    """An officer finds the documents in order, accepts every invoice, and hands the sheet to a second person."""
    with at_the_claim(visitor, "claims_officer", claim, language) as (officer, hand):
        for box in hand.page.locator("#papers input[name=paper]").all():
            box.check()
        hand.presses("#papers button[type=submit]:not([name])")
        hand.presses("main a[href*='/assessment']")
        for label in hand.page.locator("label:has(input[name^=verdict-][value=accepted])").all():
            label.click()
        hand.presses("button[name=step][value=save]")
        assert indemnity in officer.page.locator("main").inner_text(), "the calculation stands beside the lines"
        hand.page.locator("select[name=approver]").select_option(index=1)
        hand.presses("button[name=step][value=submit]")
        officer.goes_to(f"/desk/claims/{claim}/approval")
        assert hand.page.locator("form[action*='/approve']").count() == 0, "nobody approves their own assessment"


def is_approved(visitor: Callable[..., Visitor], claim: str, language: str, indemnity: str) -> None:
    """Somebody else looks at the frozen sheet and approves it."""
    with at_the_claim(visitor, "approver", claim, language) as (approver, hand):
        hand.presses("main a[href*='/approval']")
        assert indemnity in approver.page.locator("main").inner_text()
        hand.presses("form[action*='/approve'] button[type=submit]")
        assert f"/desk/claims/{claim}" in approver.page.url


def is_paid(visitor: Callable[..., Visitor], claim: str, folder: Path, language: str) -> None:
    """One person orders the payment, another releases it, and the bank's file says that it was paid."""
    with as_staff(visitor, "claims_officer", language) as officer:
        officer.goes_to("/desk/payments")
        hand = Mouse(officer.page)
        hand.presses("main a[href='/desk/payments/new']")
        for box in hand.page.locator("input[name=claims]").all():
            box.set_checked(box.get_attribute("value") == claim)
        hand.presses(f"form:has(#claim-{claim}) button[type=submit]")
        batch = officer.page.url.rpartition("/")[2]
        assert hand.page.locator("form[action$='/release']").count() == 0, "whoever ordered it does not release it"
    with as_staff(visitor, "approver", language) as approver:
        approver.goes_to(f"/desk/payments/{batch}")
        hand = Mouse(approver.page)
        hand.presses("form[action$='/release'] button[type=submit]")
        with approver.page.expect_download() as download:
            approver.page.locator("main a[href$='/order.xlsx']").first.click()
        order = folder / f"{batch}.xlsx"
        download.value.save_as(order)
    with as_staff(visitor, "claims_officer", language) as officer:
        officer.goes_to("/desk/payments/results")
        hand = Mouse(officer.page)
        hand.attaches("main input[type=file]", _the_bank_pays(order))
        hand.presses("button[name=step][value=import]")
        officer.goes_to(f"/desk/payments/{batch}")
        assert f"BK {batch}" in officer.page.locator("main").inner_text(), (
            "the bank's number stands beside what it paid"
        )


def _the_bank_pays(order: Path) -> Path:
    """What the bank says of an order: every line was paid today."""
    sheet = load_workbook(order)["付款"]
    head, *lines = sheet.iter_rows(values_only=True)
    at = {name: place for place, name in enumerate(head)}
    rows: list[tuple[object, ...]] = [tuple(one.name for one in RESULT_HEADINGS)]
    for line in lines:
        reference = line[at["参考号"]]
        rows.append((reference, line[at["金额"]], line[at["币种"]], before(0), f"BK {reference}", "成功", None))
    path = order.with_name(f"results of {order.name}")
    path.write_bytes(workbook("付款结果", rows))
    return path


def gives_account(hand: Mouse, digits: str = "6222020200112233445") -> None:
    """Enter the firm's own account on the page that asks for it."""
    hand.types("input[name=bank]", "示例银行厦门分行")
    hand.types("input[name=account]", digits)
    hand.presses("main form button[type=submit]")


def tells_of_money(someone: Visitor, hand: Mouse, claim: str, folder: Path, amount: str, costs: str) -> None:
    """The firm tells of money that came after the approval, with the bank's advice."""
    someone.goes_to(f"/my/claims/{claim}/recoveries")
    hand.types("input[name=received_on]", before(0).isoformat())
    hand.types("input[name=amount]", amount)
    hand.types("input[name=costs]", costs)
    hand.types("input[name=reference]", f"SWIFT {claim}")
    hand.attaches("main input[type=file]", photo(folder, "advice"))
    hand.sends("form:has(input[name=reference]) button[type=submit]")


def is_shared(
    visitor: Callable[..., Visitor], claim: str, language: str, costs: str, shares: Collection[str]
) -> None:
    """An officer finds it to be so: the money is shared, and the underwriter's part arrives from the firm."""
    with as_staff(visitor, "claims_officer", language) as officer:
        officer.goes_to(f"/desk/claims/{claim}/money")
        hand = Mouse(officer.page)
        hand.presses("main a[href^='/desk/recoveries/']")
        hand.types("form[action$='/record'] input[name=costs]", costs)
        hand.presses("form[action$='/record'] button[type=submit]")
        shown = officer.page.locator("main").inner_text()
        assert [share for share in shares if share not in shown] == []
        hand.types("form[action$='/settle'] input[name=on]", before(0).isoformat())
        hand.types("form[action$='/settle'] input[name=reference]", f"REM {claim}")
        hand.presses("form[action$='/settle'] button[type=submit]")
        assert hand.page.locator("form[action$='/settle']").count() == 0, "nothing is left to change hands"


def ledger_holds(portal: Served) -> None:
    """Every entry balances, every room is kept, and two people approved whatever was paid."""
    verified = portal.command("ledger", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
