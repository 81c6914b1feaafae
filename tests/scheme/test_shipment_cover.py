"""Cover of a shipment, its documents, and the room under the cap."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.scheme import shipment_cover as cover
from portal.scheme.buyer_cap import excess, may_approve, room, standing
from portal.scheme.claim_documents import checklist
from portal.scheme.claim_words import PaymentTerm, Risk
from portal.scheme.money import CurrencyMismatch, Money
from portal.scheme.shipment_cover import PolicyCover, ShipmentFacts, outside_cover, policy_for
from tests.scheme.claims_invented import CAP, CLAIM_TERMS, usd

FIRST = PolicyCover("first", date(2022, 5, 23), date(2022, 12, 31))
SECOND = PolicyCover("second", date(2023, 2, 1), date(2023, 12, 31))
SHIPPED = date(2022, 6, 10)
GOOD = ShipmentFacts(SHIPPED, date(2022, 8, 9), True, date(2022, 8, 15))
DAY = timedelta(days=1)
NONE = usd("0.00")


def test_a_shipment_inside_cover_has_no_reason_against_it() -> None:
    assert outside_cover(GOOD, [FIRST, SECOND], CLAIM_TERMS) == ()


@pytest.mark.parametrize(
    ("shipped_on", "codes"),
    [
        (FIRST.starts_on - DAY, (cover.BEFORE_COVER,)),
        (FIRST.starts_on, ()),
        (FIRST.ends_on, ()),
        (FIRST.ends_on + DAY, (cover.BEFORE_COVER,)),
        (SECOND.starts_on - DAY, (cover.BEFORE_COVER,)),
        (SECOND.starts_on, ()),
        (SECOND.ends_on, ()),
        (SECOND.ends_on + DAY, (cover.AFTER_COVER,)),
    ],
)
def test_cover_runs_from_the_day_of_issue_to_the_end_of_the_policy_year(
    shipped_on: date, codes: tuple[str, ...]
) -> None:
    facts = ShipmentFacts(shipped_on, shipped_on + 60 * DAY, True, date(2024, 6, 1))
    assert outside_cover(facts, [FIRST, SECOND], CLAIM_TERMS) == codes


def test_a_firm_without_a_policy_has_no_cover() -> None:
    assert outside_cover(GOOD, [], CLAIM_TERMS) == (cover.NO_POLICY,)


@pytest.mark.parametrize(
    ("shipped_on", "due_on", "codes"),
    [
        (date(2022, 6, 10), date(2023, 6, 10), ()),
        (date(2022, 6, 10), date(2023, 6, 11), (cover.CREDIT_TERM_TOO_LONG,)),
        (date(2024, 2, 29), date(2025, 2, 28), ()),
        (date(2024, 2, 29), date(2025, 3, 1), (cover.CREDIT_TERM_TOO_LONG,)),
    ],
)
def test_a_credit_term_of_a_year_is_covered_and_a_day_more_is_not(
    shipped_on: date, due_on: date, codes: tuple[str, ...]
) -> None:
    policy = PolicyCover("p", date(2022, 1, 1), date(2024, 12, 31))
    assert outside_cover(ShipmentFacts(shipped_on, due_on, True, shipped_on), [policy], CLAIM_TERMS) == codes


def test_goods_in_transit_are_shipped_and_goods_that_have_not_left_are_not_covered() -> None:
    assert outside_cover(replace(GOOD, seen_on=SHIPPED), [FIRST], CLAIM_TERMS) == ()
    assert outside_cover(replace(GOOD, seen_on=SHIPPED - DAY), [FIRST], CLAIM_TERMS) == (cover.NOT_SHIPPED,)


def test_goods_that_another_declared_to_customs_are_not_covered() -> None:
    assert outside_cover(replace(GOOD, own_declaration=False), [FIRST], CLAIM_TERMS) == (
        cover.NOT_OWN_DECLARATION,
    )


def test_all_reasons_are_told_in_one_order() -> None:
    worst = ShipmentFacts(date(2022, 5, 22), date(2023, 5, 23), False, date(2022, 5, 21))
    assert outside_cover(worst, [FIRST], CLAIM_TERMS) == (
        cover.BEFORE_COVER,
        cover.CREDIT_TERM_TOO_LONG,
        cover.NOT_OWN_DECLARATION,
        cover.NOT_SHIPPED,
    )


def test_a_loss_belongs_to_the_policy_of_its_shipment_date() -> None:
    assert policy_for(FIRST.ends_on, [SECOND, FIRST]) == FIRST
    assert policy_for(SECOND.starts_on, [FIRST, SECOND]) == SECOND
    assert policy_for(date(2023, 1, 15), [FIRST, SECOND]) is None
    again = PolicyCover("again", date(2022, 8, 1), date(2022, 12, 31))
    assert policy_for(date(2022, 9, 1), [again, FIRST]) == again


CHECKLISTS = {
    Risk.BANKRUPTCY: "bankruptcy_ruling",
    Risk.PROTRACTED_DEFAULT: "debt_acknowledgement",
    Risk.REJECTION: "buyer_rejection",
    Risk.POLITICAL: "government_measure",
    Risk.LETTER_OF_CREDIT: "bank_refusal",
}


@pytest.mark.parametrize("risk", Risk)
def test_every_risk_asks_for_its_own_document_and_no_other_risks(risk: Risk) -> None:
    codes = {item.code for item in checklist(CLAIM_TERMS, risk, PaymentTerm.OPEN_ACCOUNT)}
    assert codes & set(CHECKLISTS.values()) == {CHECKLISTS[risk]}
    assert {"contract", "invoice", "delivery_proof", "customs_declaration", "collection_letters"} <= codes


def test_a_letter_of_credit_is_asked_for_by_risk_and_by_payment_term() -> None:
    plain = checklist(CLAIM_TERMS, Risk.BANKRUPTCY, [PaymentTerm.OPEN_ACCOUNT])
    mixed = checklist(CLAIM_TERMS, Risk.BANKRUPTCY, [PaymentTerm.OPEN_ACCOUNT, PaymentTerm.LETTER_OF_CREDIT])
    assert [item.code for item in mixed if item not in plain] == ["letter_of_credit"]
    refused = [item.code for item in checklist(CLAIM_TERMS, Risk.LETTER_OF_CREDIT, PaymentTerm.LETTER_OF_CREDIT)]
    assert refused[-2:] == ["bank_refusal", "letter_of_credit"]
    assert len(set(refused)) == len(refused)


def test_what_a_firm_may_not_have_is_asked_for_but_not_needed() -> None:
    items = checklist(CLAIM_TERMS, Risk.PROTRACTED_DEFAULT, PaymentTerm.OPEN_ACCOUNT)
    optional = {item.code for item in items if not item.needed}
    assert optional == {"contract_amendments", "buyer_answers", "debt_acknowledgement"}


@pytest.mark.parametrize(
    ("approved", "reversed_", "left", "over"),
    [
        ("0.00", "0.00", "50000.00", "0.00"),
        ("49999.99", "0.00", "0.01", "0.00"),
        ("50000.00", "0.00", "0.00", "0.00"),
        ("50000.01", "0.00", "0.00", "0.01"),
        ("80000.00", "0.00", "0.00", "30000.00"),
        ("80000.00", "30000.00", "0.00", "0.00"),
        ("80000.00", "40000.00", "10000.00", "0.00"),
        ("50000.00", "50000.00", "50000.00", "0.00"),
    ],
)
def test_room_and_excess_under_the_cap(approved: str, reversed_: str, left: str, over: str) -> None:
    assert room(CAP, usd(approved), usd(reversed_)) == usd(left)
    assert excess(CAP, usd(approved), usd(reversed_)) == usd(over)


def test_two_merged_records_of_40_000_have_no_room_and_an_excess_of_30_000() -> None:
    together = usd("40000.00") + usd("40000.00")
    assert (room(CAP, together, NONE), excess(CAP, together, NONE)) == (NONE, usd("30000.00"))
    assert not may_approve(CAP, together, NONE, usd("0.01"))
    assert may_approve(CAP, together, NONE, NONE)


def test_an_indemnity_fits_the_room_to_the_cent() -> None:
    assert may_approve(CAP, usd("30000.00"), NONE, usd("20000.00"))
    assert not may_approve(CAP, usd("30000.00"), NONE, usd("20000.01"))
    with pytest.raises(ValueError, match=r"an indemnity of USD -0\.01"):
        may_approve(CAP, NONE, NONE, usd("-0.01"))


def test_more_reversed_than_approved_or_another_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="reversed of"):
        standing(usd("10.00"), usd("10.01"))
    with pytest.raises(CurrencyMismatch):
        room(CAP, Money.of("10.00", "EUR"), Money.of("0.00", "EUR"))
