"""How each kind of step of the demonstration's losses is done: one function a step, named as `losses.py` does."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from portal.claims import (
    answers,
    assessing,
    assignments,
    consents,
    disputes,
    filing,
    notices,
    papers,
    payees,
    sending,
)
from portal.claims.approving import approve, reverse
from portal.claims.assessing import LineInput
from portal.claims.assessment_codes import ACCEPTED, REDUCED
from portal.claims.checking import accept_papers, ask_firm
from portal.claims.entries import NO, YES, ShipmentInput, invoice_key
from portal.claims.moves import claim_of
from portal.claims.proposing import newest_assessment
from portal.claims.records import Notice
from portal.common import clock
from portal.common.bank_accounts import tidied
from portal.demo import claim_work as work
from portal.demo.claim_book import Book
from portal.demo.losses import BUYERS, LOSSES, Invoice
from portal.demo.papers import claim_paper
from portal.recoveries.receiving import Told, record_told, tell_of
from portal.scheme.money import Money

CHECKED = "核对了合同、提单和催款往来。"
BANK_NAME, BANK_CODE, FIRM_ACCOUNT, BANK_ACCOUNT = (
    "示例银行厦门分行",
    "313393080019",
    "40200016092000",
    "40288800012345678",
)
WISHES = {
    "extension": "买方要求宽限一个月，附了付款计划。",
    "instalments": "买方提出分六个月付清，每月月底一笔。",
}


def begin(book: Book, loss: str) -> None:
    """Write a notice to its end, without sending it."""
    known, person = LOSSES[loss], book.person(loss)
    obligor_id = work.deal_with(book, known.firm, known.buyer)
    book.notices[loss] = notices.open_notice(book.instance, person.who, person.firm.uscc, obligor_id)
    values = {
        "risk": str(known.risk),
        "happened_on": clock.today().isoformat(),
        "words": known.words,
        "discrepant": "no" if BUYERS[known.buyer].bic else "",
    }
    notices.save_trouble(book.instance, person.who, book.notices[loss], 0, values)
    rows = [_shipment(book, known.shipped, one) for one in known.invoices]
    notices.add_shipments(book.instance, person.who, book.notices[loss], rows)


def notify(book: Book, loss: str) -> None:
    """Report it and watch."""
    begin(book, loss)
    with book.reading() as session:
        version = session.get_one(Notice, book.notices[loss]).version
    who = book.person(loss).who
    sent = sending.send_notice(book.instance, who, book.notices[loss], version, sending.WATCH, "一直在催。")
    book.notices[loss] = sent.number


def claim(book: Book, loss: str) -> None:
    """Claim what was watched: its shipments lie under one policy."""
    sent = sending.claim_notice(book.instance, book.person(loss).who, book.notices[loss])
    (book.claims[loss],) = sent.claims


def settle(book: Book, loss: str) -> None:
    """The buyer has paid."""
    sending.settle_notice(book.instance, book.person(loss).who, book.notices[loss])


def hand_in(book: Book, loss: str) -> None:
    """Hand in every needed document."""
    _papers(book, loss, None)


def hand_in_some(book: Book, loss: str) -> None:
    """Hand in the first three needed documents."""
    _papers(book, loss, 3)


def file(book: Book, loss: str) -> None:
    """File the claim with its documents."""
    filing.file_claim(book.instance, book.person(loss).who, book.claims[loss])


def file_incomplete(book: Book, loss: str) -> None:
    """File it although documents are missing, which the firm knows."""
    hand_in_some(book, loss)
    filing.file_claim(book.instance, book.person(loss).who, book.claims[loss], without=_missing(book, loss))


def withdraw(book: Book, loss: str) -> None:
    """Withdraw the claim; the loss is watched again."""
    filing.withdraw_claim(book.instance, book.person(loss).who, book.claims[loss])


def dispose(book: Book, loss: str) -> None:
    """The rejected goods were sold elsewhere the day before."""
    day = clock.today()
    filing.tell_disposed(book.instance, book.person(loss).who, book.claims[loss], day)


def dispute(book: Book, loss: str) -> None:
    """The buyer says that it does not owe the money."""
    words = "买方以质量为由拒付，已向当地法院起诉。"
    paper = claim_paper("judgment")
    disputes.tell_dispute(book.instance, book.person(loss).who, book.claims[loss], words, [paper])


def suspend(book: Book, loss: str) -> None:
    """The claim waits for the judgment."""
    disputes.suspend(book.instance, book.officer, book.claims[loss], "proceedings_run")


def account(book: Book, loss: str) -> None:
    """The firm gives its account."""
    person = book.person(loss)
    given = tidied(person.firm.name, BANK_NAME, BANK_CODE, f"{FIRM_ACCOUNT}{person.firm.mobile[-3:]}")
    payees.set_payee(book.instance, person.who, book.claims[loss], given)


def assign(book: Book, loss: str) -> None:
    """The firm assigns the proceeds to its bank."""
    given = tidied(BANK_NAME, BANK_NAME, BANK_CODE, BANK_ACCOUNT)
    deed = claim_paper("deed")
    assignments.tell_assignment(book.instance, book.person(loss).who, book.claims[loss], given, deed)


def record_assignment(book: Book, loss: str) -> None:
    """Staff record the assignment."""
    assignments.record_assignment(book.instance, book.officer, book.claims[loss])


def ask_consent(book: Book, loss: str, kind: str, until: str) -> None:
    """The firm asks for consent to what it may not do by itself, until so many days after."""
    day = book.before(-int(until))
    wanted = consents.Wanted(kind, None, None, None, day, WISHES[kind])
    who = book.person(loss).who
    book.consents[loss] = consents.ask_consent(book.instance, who, book.notices[loss], wanted)


def grant(book: Book, loss: str) -> None:
    """Staff grant what was asked for."""
    consents.answer_consent(book.instance, book.officer, book.consents[loss], True, consents.GRANTED, CHECKED)


def accept(book: Book, loss: str) -> None:
    """Staff accept every document that is there."""
    with book.reading() as session:
        items = papers.papers_of(session, claim_of(session, book.claims[loss]))
    wanted = [one.id for item in items for one in item.now if one.accepted_at is None]
    accept_papers(book.instance, book.officer, book.claims[loss], wanted)


def ask(book: Book, loss: str) -> None:
    """Staff ask once for everything that is missing."""
    ask_firm(book.instance, book.officer, book.claims[loss], _missing(book, loss), "缺的材料一次补齐。")


def payment(book: Book, loss: str, amount: str, received: str, reference: str) -> None:
    """A payment of the buyer came in; the remittance names no invoice."""
    _money(book, loss, "payment", amount, "0.00", received, reference, None)


def resale(book: Book, loss: str, amount: str, costs: str, received: str, reference: str) -> None:
    """The goods of the last invoice were sold to somebody else."""
    _money(book, loss, "resale", amount, costs, received, reference, book.shipments(loss)[-1].id)


def assess(book: Book, loss: str) -> None:
    """Begin to assess: the first invoice is looked at, the others are still open."""
    _assess(book, loss, dict.fromkeys([one.id for one in book.shipments(loss)][:1], LineInput(ACCEPTED)))


def propose(book: Book, loss: str) -> None:
    """Accept every invoice as it was reported, and hand it to the second person."""
    _assess(book, loss, {one.id: LineInput(ACCEPTED) for one in book.shipments(loss)})
    _hand_over(book, loss)


def propose_reduced(book: Book, loss: str) -> None:
    """Recognise less of the first invoice, because the proof of delivery shows less."""
    first, *rest = book.shipments(loss)
    less = Money.from_minor(first.amount_minor * 4 // 5, first.currency)
    lines = {one.id: LineInput(ACCEPTED) for one in rest}
    _assess(book, loss, {first.id: LineInput(REDUCED, "delivered_less", less), **lines})
    _hand_over(book, loss)


def approve_sheet(book: Book, loss: str) -> None:
    """The second person approves what was looked at."""
    approve(book.instance, book.approver, book.claims[loss], book.sheet(loss))


def reverse_sheet(book: Book, loss: str) -> None:
    """The second person takes an indemnity back, and it is assessed anew."""
    why = "买方的付款在批准前已经到账。"
    reverse(book.instance, book.approver, book.claims[loss], book.sheet(loss), "money_came_before", why)


def agree(book: Book, loss: str) -> None:
    """The firm agrees to what was approved."""
    answers.agree(book.instance, book.person(loss).who, book.claims[loss], book.sheet(loss))


def object_to(book: Book, loss: str) -> None:
    """The firm objects, with a paper."""
    words = "提单和装箱单上是全部数量，减少的部分请再核对。"
    who, number = book.person(loss).who, book.claims[loss]
    paper = claim_paper("delivery_proof")
    answers.object_to(book.instance, who, number, book.sheet(loss), "amount_wrong", words, [paper])


def tell_money(book: Book, loss: str, amount: str, received: str, reference: str) -> None:
    """The firm tells of money that came after the approval."""
    told = Told(book.before(received), reference, _usd(amount), _usd("0.00"))
    who, number = book.person(loss).who, book.claims[loss]
    done = tell_of(book.instance, who, number, told, claim_paper("advice"))
    assert done.recovery is not None  # it came after the approval
    book.recoveries[loss] = done.recovery


def record_money(book: Book, loss: str, costs: str) -> None:
    """Staff find it to be so: it is shared, and the firm remits the underwriter's part."""
    record_told(book.instance, book.officer, book.recoveries[loss], _usd(costs))


BY_FIRM: Mapping[str, Callable[..., None]] = {
    "begin": begin,
    "notify": notify,
    "claim": claim,
    "settle": settle,
    "papers": hand_in,
    "some_papers": hand_in_some,
    "file": file,
    "file_incomplete": file_incomplete,
    "withdraw": withdraw,
    "dispose": dispose,
    "dispute": dispute,
    "account": account,
    "assign": assign,
    "consent": ask_consent,
    "agree": agree,
    "object": object_to,
    "tell_money": tell_money,
}
BY_STAFF: Mapping[str, Callable[..., None]] = {
    "suspend": suspend,
    "record_assignment": record_assignment,
    "grant": grant,
    "accept": accept,
    "ask": ask,
    "payment": payment,
    "resale": resale,
    "assess": assess,
    "propose": propose,
    "propose_reduced": propose_reduced,
    "approve": approve_sheet,
    "reverse": reverse_sheet,
    "record_money": record_money,
}
STEPS = {**BY_FIRM, **BY_STAFF}


def _shipment(book: Book, shipped: int, one: Invoice) -> ShipmentInput:
    day = book.before(shipped)
    return ShipmentInput(
        invoice_number=one.number,
        invoice_key=invoice_key(one.number),
        invoiced_on=day,
        shipped_on=day,
        due_on=book.before(one.due),
        amount_minor=_minor(one.amount),
        currency=one.currency,
        payment_term=str(one.term),
        in_transit=YES if one.due < 0 else NO,
        own_declaration=YES if one.own else NO,
        declaration_number=None,
    )


def _papers(book: Book, loss: str, most: int | None) -> None:
    who, number = book.person(loss).who, book.claims[loss]
    for item in _missing(book, loss)[:most]:
        papers.add_papers(book.instance, who, number, item, [claim_paper(item)])


def _missing(book: Book, loss: str) -> list[str]:
    with book.reading() as session:
        return papers.missing_items(session, claim_of(session, book.claims[loss]))


def _assess(book: Book, loss: str, lines: Mapping[str, LineInput]) -> None:
    version = assessing.open_assessment(book.instance, book.officer, book.claims[loss])
    assessing.save_assessment(book.instance, book.officer, book.claims[loss], version, lines, CHECKED)


def _hand_over(book: Book, loss: str) -> None:
    number = book.claims[loss]
    with book.reading() as session:
        draft = newest_assessment(session, claim_of(session, number).id)
    assert draft is not None  # it was just saved
    assessing.submit_assessment(book.instance, book.officer, number, draft.version, book.approver.id)


def _money(
    book: Book, loss: str, kind: str, amount: str, costs: str, received: str, reference: str, shipment: str | None
) -> None:
    currency = LOSSES[loss].invoices[0].currency
    sums = Money.from_minor(_minor(amount), currency), Money.from_minor(_minor(costs), currency)
    day, number = book.before(received), book.claims[loss]
    assessing.add_money(book.instance, book.officer, number, kind, day, reference, *sums, shipment)


def _usd(amount: str) -> Money:
    return Money.from_minor(_minor(amount), "USD")


def _minor(amount: str) -> int:
    return int(Decimal(amount) * 100)
