"""What the operator has confirmed is marked no more, on new sheets; what was frozen stays as it was."""

import json
from datetime import date

from flask import Flask

from portal.claims.letter import letter_pdf
from portal.common.instance import Instance
from portal.programme.actions import confirm_value
from portal.recoveries.check import verify
from tests.appeals.stories import staff
from tests.claims.deciding import approved, assessed, assessment_of, decided, filed
from tests.claims.stories import claim_of, insured, shipment
from tests.people import GUAN_LI
from tests.policies.stories import on_day
from tests.samples import SCHEME


def confirmed(instance: Instance) -> None:
    """The cap per policy and buyer was confirmed by a letter."""
    with on_day(date(2022, 12, 20)):
        confirm_value(instance, staff(instance, GUAN_LI), SCHEME, "obligor_cap", "承保人来函")


def marks(canonical: str | None) -> dict[str, bool]:
    """By line of a frozen sheet whether it is marked provisional."""
    return {one["code"]: one["provisional"] for one in json.loads(canonical or "")["worksheet"]}


def test_a_confirmed_value_is_marked_no_more(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    first = decided(instance, who)
    before = assessment_of(instance, first)
    assert marks(before.canonical)["cap"]
    with app.test_request_context():
        letter = letter_pdf(before, SCHEME)
    confirmed(instance)
    second = filed(instance, who, None, [shipment("INV-2")])
    assessed(instance, second)
    assert not marks(assessment_of(instance, second).canonical)["cap"]
    with app.test_request_context():
        assert letter_pdf(assessment_of(instance, first), SCHEME) == letter
    with instance.database.reading() as session:
        assert not verify(session).faults


def test_confirming_between_assessing_and_approving_sends_nothing_back(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    assessed(instance, number)
    confirmed(instance)
    approved(instance, number)
    assert claim_of(instance, number).state == "approved"


def test_an_estimate_for_machines_follows(app: Flask, instance: Instance) -> None:
    asked = {"scheme": SCHEME, "on": "2022-08-15", "currency": "USD", "invoices": ["100.00"]}
    client = app.test_client()

    def marked() -> bool:
        answer = client.post("/api/v1/indemnity-estimates", json=asked).get_json()
        return {one["code"]: bool(one["provisional"]) for one in answer["worksheet"]}["cap"]

    assert marked()
    confirmed(instance)
    assert not marked()
