"""The fast lane's limit holds for a buyer in a policy year, however a loss is cut up; staff read why not."""

from collections.abc import Sequence

from flask import Flask

from portal.claims.assessing import LineInput
from portal.claims.assessment_codes import REFUSED
from portal.claims.entries import ShipmentInput
from portal.common.instance import Instance
from tests.claims.deciding import (
    ASSESSED,
    approved,
    assessed,
    assessment_of,
    checked,
    filed,
    own_shipments,
)
from tests.claims.desk_pages import desk_of, page
from tests.claims.stories import buyer, insured, shipment
from tests.policies.stories import on_day

TOGETHER = "with what was proposed or approved for this buyer in the policy year it is larger than the limit"


def small(number: str, minor: int) -> Sequence[ShipmentInput]:
    """One invoice of its own sum, in cents: no two of these look alike."""
    return [shipment(number, amount_minor=minor)]


def test_a_loss_cut_into_small_claims_takes_the_usual_way_from_the_limit_on(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    owes = buyer(instance, who)
    first = filed(instance, who, owes, small("A-1", 300_000))
    second = filed(instance, who, owes, small("B-2", 200_001))
    assert checked(instance, first)
    assert not checked(instance, second), "USD 3,000.00 and 2,000.01 are above 5,000.00"
    with on_day(ASSESSED):
        client = desk_of(app)
        assert TOGETHER in page(client, f"/desk/claims/{second}")
        assert TOGETHER in page(client, f"/desk/claims/{second}/assessment")


def test_small_claims_that_stay_within_the_limit_together_are_all_proposed_at_once(instance: Instance) -> None:
    who = insured(instance)
    owes = buyer(instance, who)
    first = filed(instance, who, owes, small("A-1", 300_000))
    second = filed(instance, who, owes, small("B-2", 200_000))
    assert (checked(instance, first), checked(instance, second)) == (True, True)


def test_what_a_person_assessed_and_another_approved_counts_as_well(instance: Instance) -> None:
    who = insured(instance)
    owes = buyer(instance, who)
    large = filed(instance, who, owes, small("A-1", 600_000))
    assessed(instance, large)
    approved(instance, large)
    assert not checked(instance, filed(instance, who, owes, small("B-2", 10_000)))


def test_what_was_approved_with_nothing_recognised_takes_nothing_of_the_limit(instance: Instance) -> None:
    who = insured(instance)
    owes = buyer(instance, who)
    large = filed(instance, who, owes, small("A-1", 600_000))
    lines = {one.id: LineInput(REFUSED, "not_shown") for one in own_shipments(instance, large)}
    assessed(instance, large, lines)
    assert assessment_of(instance, large).loss_minor == 0
    assert checked(instance, filed(instance, who, owes, small("B-2", 500_000)))


def test_another_buyer_has_its_own_limit(instance: Instance) -> None:
    who = insured(instance)
    other = buyer(instance, who, name="Casa Verde Lda", country="PT")
    assert checked(instance, filed(instance, who, shipments=small("A-1", 500_000)))
    assert checked(instance, filed(instance, who, other, small("B-2", 500_000)))
