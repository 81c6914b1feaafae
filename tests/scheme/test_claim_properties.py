"""What must hold for any claim at all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.scheme.allocation import KINDS, PAYMENT, InvoiceInput, MoneyIn, allocate
from portal.scheme.assessment_canonical import AssessmentInputs, assessment_bytes, replay
from portal.scheme.buyer_cap import excess, may_approve
from portal.scheme.conversion import Rate
from portal.scheme.indemnity import Indemnity, indemnity, simple_indemnity
from portal.scheme.money import Money
from portal.scheme.worksheet import from_canonical, recalculated, to_canonical
from tests.scheme.claims_invented import ARTICLES, CAP, RATIO, cents, usd

FIRST = date(2022, 6, 30)
RATES = {
    "USD": None,
    "EUR": Rate("EUR", "USD", FIRST, Decimal("1.019875")),
    "CNY": Rate("CNY", "USD", FIRST, Decimal("0.148")),
}
minor = st.integers(0, 12_000_000)


@st.composite
def notices(draw: st.DrawFn) -> tuple[list[InvoiceInput], list[MoneyIn]]:
    """All the invoices of a notice, in several currencies and covered or not, and the money received."""
    invoices = []
    for number in range(draw(st.integers(1, 5))):
        currency = draw(st.sampled_from(["USD", "USD", "EUR", "CNY"]))
        owed = draw(st.integers(1, 12_000_000))
        recognised = draw(st.sampled_from([0, owed, owed // 3]))
        due_on = FIRST + timedelta(days=draw(st.integers(0, 3)))
        amounts = (cents(recognised, currency), due_on, RATES[currency], cents(owed, currency))
        invoices.append(InvoiceInput(f"i{number}", f"INV-{number}", *amounts))
    money = [draw(sums(invoices, f"m{number}")) for number in range(draw(st.integers(0, 5)))]
    return invoices, money


@st.composite
def sums(draw: st.DrawFn, invoices: Sequence[InvoiceInput], key: str) -> MoneyIn:
    """A sum for one of these invoices, or, a payment, for none by name."""
    invoice = draw(st.sampled_from(list(invoices)))
    kind = draw(st.sampled_from(KINDS))
    named = invoice.key if kind != PAYMENT or draw(st.booleans()) else None
    return MoneyIn(key, kind, named, FIRST, cents(draw(minor), invoice.open.currency))


earlier = st.tuples(minor, st.integers(0, 100)).map(lambda pair: (cents(pair[0]), cents(pair[0] * pair[1] // 100)))
points = st.sampled_from([0, 0, 10, 20, 30])
Notice = tuple[list[InvoiceInput], list[MoneyIn]]
Earlier = tuple[Money, Money]


def judged(notice: Notice, late: int, before: Earlier) -> Indemnity:
    return indemnity(notice[0], notice[1], RATIO, late, CAP, *before, ARTICLES)


@given(notices(), points, earlier)
def test_an_indemnity_is_at_most_the_loss_by_the_ratio_and_at_most_the_room(
    notice: Notice, late: int, before: Earlier
) -> None:
    found = judged(notice, late, before)
    assert usd("0.00") <= found.indemnity <= found.recognised_loss.times(RATIO).round_half_up()
    assert found.indemnity <= found.room <= CAP
    assert found.indemnity.minor >= 0
    assert found.ratio == RATIO - Decimal(late).scaleb(-2)


@given(notices(), points, earlier)
def test_no_approval_creates_or_enlarges_an_excess(notice: Notice, late: int, before: Earlier) -> None:
    found, (approved, reversed_) = judged(notice, late, before), before
    assert may_approve(CAP, approved, reversed_, found.indemnity)
    assert excess(CAP, approved + found.indemnity, reversed_) == excess(CAP, approved, reversed_)


@given(st.data(), notices(), points, earlier)
def test_one_more_sum_received_never_raises_the_indemnity(
    data: st.DataObject, notice: Notice, late: int, before: Earlier
) -> None:
    invoices, money = notice
    more = data.draw(sums(invoices, "more"))
    assert judged((invoices, [*money, more]), late, before).indemnity <= judged(notice, late, before).indemnity


@given(notices(), earlier, st.integers(0, 3))
def test_being_later_or_having_been_paid_more_before_never_raises_it(
    notice: Notice, before: Earlier, step: int
) -> None:
    found = judged(notice, 10 * step, before).indemnity
    assert found <= judged(notice, 0, before).indemnity
    assert judged(notice, 10 * step, (before[0] + usd("1.00"), before[1])).indemnity <= found


@given(notices())
def test_money_is_laid_out_whole_and_each_cent_once(notice: Notice) -> None:
    invoices, money = notice
    found = allocate(invoices, money)
    zero = {one.key: cents(0, one.amount.currency) for one in money}
    for one in money:
        laid = sum((piece.amount.minor for piece in found.pieces if piece.money == one.key), 0)
        assert laid + found.surplus.get(one.key, zero[one.key]).minor == one.amount.minor
    for invoice in invoices:
        assert (
            sum(piece.amount.minor for piece in found.pieces if piece.invoice == invoice.key) <= invoice.open.minor
        )


@given(notices())
def test_currencies_never_mix(notice: Notice) -> None:
    invoices, money = notice
    currencies = {invoice.key: invoice.open.currency for invoice in invoices}
    for piece in allocate(invoices, money).pieces:
        assert piece.amount.currency == currencies[piece.invoice]
    found = judged(notice, 0, (usd("0.00"), usd("0.00")))
    results = (found.recognised_loss, found.before_cap, found.room, found.indemnity)
    assert {amount.currency for amount in results} == {"USD"}
    without = [one for one in money if one.amount.currency == "USD"]
    euros = [replace(one, recognised=cents(0, "EUR")) if one.open.currency == "EUR" else one for one in invoices]
    dollars = [one for one in invoices if one.open.currency == "USD"]
    alone = judged((dollars, without), 0, (usd("0.00"), usd("0.00"))).recognised_loss
    assert alone <= judged((euros, money), 0, (usd("0.00"), usd("0.00"))).recognised_loss


@given(st.data(), notices())
def test_split_between_two_policies_the_losses_are_those_of_the_whole(data: st.DataObject, notice: Notice) -> None:
    invoices, money = notice
    mine = {one.key for one in invoices if data.draw(st.booleans())}
    none = (usd("0.00"), usd("0.00"))

    def under(chosen: set[str]) -> Money:
        kept = [
            one if one.key in chosen else replace(one, recognised=cents(0, one.open.currency)) for one in invoices
        ]
        return judged((kept, money), 0, none).recognised_loss

    whole = judged(notice, 0, none).recognised_loss
    assert under(mine) + under({one.key for one in invoices} - mine) == whole


@given(notices(), points, earlier)
def test_a_worksheet_recalculates_and_comes_back_from_its_plain_values(
    notice: Notice, late: int, before: Earlier
) -> None:
    sheet = judged(notice, late, before).worksheet
    assert recalculated(sheet) == sheet
    assert to_canonical(from_canonical(to_canonical(sheet))) == to_canonical(sheet)


@given(notices(), points, earlier)
def test_any_assessment_replays_to_the_same_bytes(notice: Notice, late: int, before: Earlier) -> None:
    inputs = AssessmentInputs(
        terms_fingerprint="a" * 64,
        claim_terms_fingerprint="b" * 64,
        judged_on=FIRST,
        invoices=tuple(notice[0]),
        money_in=tuple(notice[1]),
        ratio=RATIO,
        late_points=late,
        cap=CAP,
        approved_before=before[0],
        reversed_before=before[1],
        articles=ARTICLES,
        facts={},
    )
    data = assessment_bytes(inputs)
    assert replay(data) == data


amounts = st.lists(minor.map(cents), max_size=4)


@given(amounts, amounts, amounts, amounts, minor.map(cents))
def test_bare_sums_are_reckoned_as_the_formula_says(
    invoices: list[Money], payments: list[Money], resale: list[Money], credits: list[Money], already: Money
) -> None:
    found = simple_indemnity(invoices, payments, resale, credits, already, RATIO, CAP, ARTICLES)
    total = sum(one.minor for one in invoices)
    loss = max(0, total - sum(one.minor for one in [*payments, *resale, *credits]))
    room = max(0, CAP.minor - already.minor)
    # Tenths of a cent, so that half up is whole-number arithmetic.
    assert found.indemnity.minor == min((loss * 8 + 5) // 10, room)
    assert (found.recognised_loss.minor, found.room.minor) == (loss, room)
