"""Invoices that merely look like one: found, shown to staff, asked about, and never called one by themselves."""

import pytest
from flask import Flask

from portal.claims.approving import CannotApprove
from portal.claims.entries import invoice_key
from portal.claims.invoice_answers import UnknownPair, answer_alike
from portal.claims.invoice_looks import DIFFERENT, SAME, doubts_of, invoice_look
from portal.claims.questions import INVOICE_SAME
from portal.common.instance import Instance
from tests.appeals.stories import staff
from tests.claims.deciding import (
    ASSESSED,
    WHY,
    approved,
    assessed,
    checked,
    filed,
    own_shipments,
    state_of,
)
from tests.claims.desk_pages import desk_of, page
from tests.claims.stories import buyer, claim_of, insured, shipment
from tests.people import QIAN_PEI, SHI_PING
from tests.policies.stories import on_day

ALIKE = "an invoice looks like another of the firm, and nobody has said whether it is one"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("INV-00123", "INV-123"),
        ("INV-2022-007", "INV-2022-7"),
        ("ＩＮＶ－００１２３", "inv-123"),
        ("ІNV-123", "INV-123"),  # a Cyrillic І
        ("СМР-88", "CMP-88"),  # Cyrillic letters
        ("ΑΒ-5", "AB-5"),  # Greek letters
        ("INV-1O1", "INV-101"),
        ("INV-l23", "INV-123"),
        ("INV-١٢٣", "INV-123"),  # Arabic digits
    ],
)
def test_numbers_that_a_reader_takes_for_one_look_alike_and_keep_their_own_keys(one: str, other: str) -> None:
    assert invoice_look(one) == invoice_look(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("INV-123", "INV-124"), ("INV-100", "INV-1"), ("INV-2022-17", "INV-2022-71"), ("A-1", "C-1")],
)
def test_other_numbers_do_not_look_alike(one: str, other: str) -> None:
    assert invoice_look(one) != invoice_look(other)


def test_leading_zeros_alone_never_make_two_numbers_one() -> None:
    assert invoice_key("INV-00123") != invoice_key("INV-123")
    assert invoice_key(" inv 123 ") == invoice_key("ＩＮＶ－１２３")


def alike(instance: Instance, number: str) -> list[tuple[str, tuple[str, ...], str | None]]:
    """What a claim's invoices look like: the other's number, why, and what was said."""
    with instance.database.reading() as session:
        return [
            (one.other.invoice_number, one.why, one.answer.code if one.answer else None)
            for one in doubts_of(session, claim_of(instance, number))
        ]


def pairs(instance: Instance, number: str) -> list[tuple[str, str]]:
    with instance.database.reading() as session:
        return [(one.own.id, one.other.id) for one in doubts_of(session, claim_of(instance, number))]


def typed_twice(instance: Instance) -> tuple[str, str]:
    """The same invoice claimed in two notices, once with leading zeros and another sum."""
    who = insured(instance)
    owes = buyer(instance, who)
    first = filed(instance, who, owes, [shipment("INV-123", amount_minor=100_000)])
    second = filed(instance, who, owes, [shipment("INV-00123", amount_minor=90_000)])
    return first, second


def test_a_number_that_merely_looks_the_same_and_one_sum_on_one_day_are_both_seen(instance: Instance) -> None:
    who = insured(instance)
    owes = buyer(instance, who)
    filed(instance, who, owes, [shipment("INV-123")])
    second = filed(instance, who, owes, [shipment("INV-00123"), shipment("X-77"), shipment("Y-1", amount_minor=7)])
    assert ("INV-123", ("number", "goods"), None) in alike(instance, second)
    assert ("INV-123", ("goods",), None) in alike(instance, second)


def test_what_goes_to_another_buyer_or_came_from_another_firm_is_no_hint(instance: Instance) -> None:
    who = insured(instance)
    filed(instance, who, buyer(instance, who, name="Casa Verde Lda", country="PT"), [shipment("INV-123")])
    assert alike(instance, filed(instance, who, shipments=[shipment("INV-00123")])) == []


def test_the_fast_lane_waits_for_a_person_and_then_goes_on(app: Flask, instance: Instance) -> None:
    _first, second = typed_twice(instance)
    assert not checked(instance, second)
    with on_day(ASSESSED):
        client = desk_of(app)
        text = page(client, f"/desk/claims/{second}")
        for piece in (ALIKE, "INV-123", "the numbers merely look the same"):
            assert piece in text
        assert "Invoices look like others of the firm" in page(client, f"/desk/claims/{second}/assessment")
        [pair] = pairs(instance, second)
        url = f"/desk/claims/{second}/invoices"
        without = client.post(url, data={"pair": ":".join(pair), "alike-code": DIFFERENT})
        assert (without.status_code, state_of(instance, second)) == (422, "assessing")
        data = {"pair": ":".join(pair), "alike-code": DIFFERENT, "alike-reason": WHY}
        for _twice in range(2):
            assert client.post(url, data=data).status_code in (302, 409)
        assert state_of(instance, second) == "proposed", "every document was accepted before"
        assert WHY in page(client, f"/desk/claims/{second}")
    assert alike(instance, second) == [("INV-123", ("number",), DIFFERENT)]


def test_choosing_no_pair_is_told_and_loses_nothing(app: Flask, instance: Instance) -> None:
    _first, second = typed_twice(instance)
    with on_day(ASSESSED):
        data = {"alike-code": DIFFERENT, "alike-reason": WHY}
        answer = desk_of(app).post(f"/desk/claims/{second}/invoices", data=data)
    assert answer.status_code == 422
    assert "Tick the invoices" in answer.get_data(as_text=True)
    assert WHY in answer.get_data(as_text=True)


def test_what_a_person_called_one_is_not_indemnified_twice(instance: Instance) -> None:
    first, second = typed_twice(instance)
    assessed(instance, first)
    approved(instance, first)
    with on_day(ASSESSED):
        answer_alike(instance, staff(instance, QIAN_PEI), second, pairs(instance, second), SAME, WHY)
    assessed(instance, second)
    with pytest.raises(CannotApprove) as barred:
        approved(instance, second)
    assert barred.value.codes == (INVOICE_SAME,)


def test_two_called_one_within_a_claim_are_not_both_recognised(instance: Instance) -> None:
    rows = [shipment("INV-7", amount_minor=900_000), shipment("INV-07", amount_minor=800_000)]
    number = filed(instance, insured(instance), shipments=rows)
    checked(instance, number)
    with on_day(ASSESSED):
        answer_alike(instance, staff(instance, QIAN_PEI), number, pairs(instance, number), SAME, WHY)
    assessed(instance, number)
    with pytest.raises(CannotApprove):
        approved(instance, number)


def test_whoever_answers_worked_on_the_claim_and_pairs_of_others_are_not_answered(instance: Instance) -> None:
    first, second = typed_twice(instance)
    [one], [other] = own_shipments(instance, first), own_shipments(instance, second)
    who = staff(instance, QIAN_PEI)
    with on_day(ASSESSED), pytest.raises(UnknownPair):
        answer_alike(instance, who, second, [(one.id, one.id), (other.id, other.id)], SAME, WHY)
    with on_day(ASSESSED), pytest.raises(Exception, match="answer about invoices"):
        answer_alike(instance, staff(instance, SHI_PING), second, pairs(instance, second), SAME, WHY)
