"""The letter about a decided claim: both languages, the whole calculation, the same bytes at any time."""

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import update

from portal.claims.assessing import LineInput
from portal.claims.assessment_codes import REDUCED, REFUSED
from portal.claims.letter import letter_data, letter_pdf
from portal.claims.records import Assessment
from portal.common.instance import Instance
from portal.obligors.records import FirmBuyer
from portal.scheme.money import Money
from tests.claims.deciding import approved, assessed, assessment_of, decided, filed, own_shipments
from tests.claims.stories import BUYER_NAME, insured, shipment
from tests.samples import HARBOUR, SCHEME


def text_of(pdf: bytes) -> str:
    """All that can be selected in a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    found = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return " ".join(found.split())


def letter(app: Flask, instance: Instance, number: str, path: str = "/") -> bytes:
    """The letter as somebody gets it who reads the language of this address."""
    with app.test_request_context(path):
        return letter_pdf(assessment_of(instance, number), SCHEME)


def test_the_letter_tells_decision_invoices_calculation_and_what_comes_next_in_both_languages(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    number = filed(instance, who, shipments=[shipment("INV-1"), shipment("INV-2", amount_minor=2_500_000)])
    first, second = own_shipments(instance, number)
    lines = {
        first.id: LineInput(REDUCED, "delivered_less", Money.of("37100.00", "USD")),
        second.id: LineInput(REFUSED, "not_own_contract"),
    }
    assessed(instance, number, lines)
    approved(instance, number)
    text = text_of(letter(app, instance, number))
    for piece in (
        number,
        HARBOUR.name,
        HARBOUR.uscc,
        BUYER_NAME,
        "USD 29,680.00",
        "到期日 Due on 申报 As reported",  # the column of amounts is not called the day of the report
        "INV-1",
        "USD 37,100.00",
        "The proof of delivery shows less than the invoice.",
        "The firm did not sign the contract itself.",
        "Recognised loss",
        "认定损失",
        "50,000.00",
        "Please agree or object",
        "5 Jan 2023",
        "2023-01-05",
        (assessment_of(instance, number).canonical_sha256 or "")[:16],
    ):
        assert piece in text, piece


def test_the_same_letter_comes_out_byte_for_byte_whoever_asks_in_whatever_language(
    app: Flask, instance: Instance
) -> None:
    number = decided(instance, insured(instance))
    assert letter(app, instance, number) == letter(app, instance, number, "/?lang=en")


def test_the_letter_stays_what_it_was_when_the_firm_calls_its_buyer_otherwise(
    app: Flask, instance: Instance
) -> None:
    number = decided(instance, insured(instance))
    before = letter(app, instance, number)
    with instance.database.engine.begin() as connection:
        connection.execute(update(FirmBuyer).values(name="Another name"))
    assert letter(app, instance, number) == before


def test_nothing_to_be_paid_is_explained(app: Flask, instance: Instance) -> None:
    number = filed(instance, insured(instance), with_papers=False)
    (only,) = own_shipments(instance, number)
    assessed(instance, number, {only.id: LineInput(REFUSED, "not_shown")})
    approved(instance, number)
    text = text_of(letter(app, instance, number))
    assert "Nothing can be paid." in text
    assert "None of the invoices is recognised" in text
    assert "You can object in the portal by" in text
    assert "Payment follows" not in text


def test_the_cap_is_named_as_what_limits_the_indemnity(app: Flask, instance: Instance) -> None:
    number = filed(instance, insured(instance), shipments=[shipment(amount_minor=10_000_000)])
    assessed(instance, number)
    approved(instance, number)
    with app.test_request_context():
        data = letter_data(assessment_of(instance, number), SCHEME)
    assert data["amount"] == "USD\N{NO-BREAK SPACE}50,000.00"
    assert data["why"] == {
        "zh": "最多只能赔到这个买方或银行的剩余额度。",
        "en": "No more than the room left under the cap per buyer or bank can be paid.",
    }


def test_an_assessment_that_was_not_approved_has_no_letter_and_an_altered_one_neither(
    app: Flask, instance: Instance
) -> None:
    number = filed(instance, insured(instance))
    assessed(instance, number)
    with app.test_request_context(), pytest.raises(ValueError, match="no letter"):
        letter_pdf(assessment_of(instance, number), SCHEME)
    approved(instance, number)
    with instance.database.engine.begin() as connection:
        connection.execute(update(Assessment).values(letter='{"claim":"C2022-09999"}'))
    with app.test_request_context(), pytest.raises(ValueError, match="no letter"):
        letter_pdf(assessment_of(instance, number), SCHEME)
