"""Assessing by the actions: how a draft begins, what keeps it from being handed over, excuses, frozen bytes."""

from datetime import date

import pytest
from flask import Flask

from portal.claims.assessing import (
    BadLines,
    LineInput,
    StaleDraft,
    count_money,
    excuse_lateness,
    open_assessment,
    save_assessment,
    submit_assessment,
)
from portal.claims.assessment_codes import ACCEPTED
from portal.claims.proposing import DISPOSAL, OPEN_LINES, OPEN_MONEY, WAITING, BadApprover, NotReady
from portal.claims.receipts import add_receipt
from portal.claims.records import Notice, Receipt
from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.scheme.assessment_canonical import replay
from portal.scheme.claim_words import Risk
from portal.scheme.money import Money
from tests.accounts.pages import in_english, text_of
from tests.appeals.stories import staff
from tests.claims.deciding import (
    ASSESSED,
    WHY,
    all_accepted,
    approved,
    assessed,
    assessment_of,
    checked,
    filed,
    no_fast_lane,
    own_shipments,
    state_of,
)
from tests.claims.stories import claim_of, insured, shipment
from tests.conftest import signed_in
from tests.people import JIANG_YAN, QIAN_PEI, SHI_PING
from tests.policies.stories import on_day


def left_of(instance: Instance, number: str, on: date = ASSESSED) -> tuple[str, ...]:
    """What keeps a claim whose lines are all accepted from being handed over."""
    who = staff(instance, QIAN_PEI)
    with on_day(on):
        version = save_assessment(instance, who, number, 0, all_accepted(instance, number))
        with pytest.raises(NotReady) as told:
            submit_assessment(instance, who, number, version, None)
    return told.value.codes


def test_the_frozen_sheet_replays_to_the_same_bytes(instance: Instance) -> None:
    number = filed(instance, insured(instance), shipments=[shipment("A-1"), shipment("A-2")])
    assessed(instance, number)
    frozen = (assessment_of(instance, number).canonical or "").encode()
    assert replay(frozen) == frozen


def test_a_draft_with_a_line_nobody_looked_at_is_not_handed_over(instance: Instance) -> None:
    number = filed(instance, insured(instance), shipments=[shipment("A-1"), shipment("A-2")])
    checked(instance, number)
    first, _second = own_shipments(instance, number)
    who = staff(instance, QIAN_PEI)
    with on_day(ASSESSED):
        version = save_assessment(instance, who, number, 0, {first.id: LineInput(ACCEPTED)})
        with pytest.raises(NotReady) as told:
            submit_assessment(instance, who, number, version, None)
    assert told.value.codes == (OPEN_LINES,)


def test_nothing_is_handed_over_before_the_waiting_period_is_over(instance: Instance) -> None:
    early = date(2022, 11, 14)
    number = filed(instance, insured(instance), on=early)
    checked(instance, number, early)
    assert left_of(instance, number, early) == (WAITING,)


def test_nothing_is_handed_over_before_rejected_goods_are_disposed_of(instance: Instance) -> None:
    number = filed(instance, insured(instance), risk=Risk.REJECTION)
    checked(instance, number)
    assert left_of(instance, number) == (DISPOSAL,)


def test_money_that_the_firm_told_of_is_counted_or_struck_out_first(app: Flask, instance: Instance) -> None:
    no_fast_lane(instance)
    number = filed(instance, insured(instance))
    checked(instance, number)
    with audit.write(instance.database, COMMAND, "claims.add_money") as session:
        notice = session.get_one(Notice, claim_of(instance, number).notice_id)
        told = Money.of("1000.00", "USD")
        receipt = add_receipt(session, COMMAND, notice, "payment", ASSESSED, "SWIFT 1", told, told - told)
    assert left_of(instance, number) == (OPEN_MONEY,)
    with on_day(ASSESSED):
        page = in_english(signed_in(app, QIAN_PEI)).get(f"/desk/claims/{number}/assessment")
        assert "USD 1,000.00 falls on INV-2022-001 of this claim" in text_of(page).replace("\u00a0", " ")
        told_of = text_of(in_english(signed_in(app, QIAN_PEI)).get(f"/desk/claims/{number}/money"))
        assert "Confirm it or strike it out in the assessment" in told_of
        for _twice in range(2):
            count_money(instance, staff(instance, QIAN_PEI), number, receipt.id)
    with instance.database.reading() as session:
        assert session.get_one(Receipt, receipt.id).state == "counted"
    assessed(instance, number, check=False)
    assert approved(instance, number).approved_minor == 3_120_000


def test_only_somebody_who_may_approve_can_be_chosen(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    checked(instance, number)
    who = staff(instance, QIAN_PEI)
    with on_day(ASSESSED):
        version = save_assessment(instance, who, number, 0, all_accepted(instance, number))
        for other in (QIAN_PEI, JIANG_YAN):
            with pytest.raises(BadApprover):
                submit_assessment(instance, who, number, version, staff(instance, other).id)
        submit_assessment(instance, who, number, version, staff(instance, SHI_PING).id)


def test_a_late_notice_lowers_the_share_until_a_person_excuses_it(instance: Instance) -> None:
    late = date(2022, 10, 17)  # due on 7 September: two started periods
    number = filed(instance, insured(instance), notified_on=late)
    assert claim_of(instance, number).late_points == 20
    assessed(instance, number)
    assert assessment_of(instance, number).indemnity_minor == 2_400_000


def test_an_excused_delay_takes_nothing_off(instance: Instance) -> None:
    number = filed(instance, insured(instance), notified_on=date(2022, 10, 17))
    with on_day(ASSESSED):
        for _twice in range(2):
            excuse_lateness(instance, staff(instance, QIAN_PEI), number, "learned_late", WHY)
    assert claim_of(instance, number).late_points == 0
    assessed(instance, number)
    assert assessment_of(instance, number).indemnity_minor == 3_200_000


def test_a_draft_saved_by_another_is_not_written_over(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    (only,) = own_shipments(instance, number)
    with on_day(ASSESSED):
        version = open_assessment(instance, staff(instance, QIAN_PEI), number)
        lines = {only.id: LineInput("refused", "not_shown")}
        save_assessment(instance, staff(instance, JIANG_YAN), number, version, lines)
        with pytest.raises(StaleDraft):
            save_assessment(instance, staff(instance, QIAN_PEI), number, version, {only.id: LineInput(ACCEPTED)})


def test_saving_what_stands_already_writes_nothing_whoever_saved_it(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    lines = all_accepted(instance, number)
    with on_day(ASSESSED):
        version = save_assessment(instance, staff(instance, QIAN_PEI), number, 0, lines)
        assert save_assessment(instance, staff(instance, JIANG_YAN), number, 0, lines) == version


def test_a_line_outside_cover_is_never_accepted(instance: Instance) -> None:
    own = shipment("A-2", own_declaration="no")
    number = filed(instance, insured(instance), shipments=[shipment("A-1"), own])
    lines = {one.id: LineInput(ACCEPTED) for one in own_shipments(instance, number)}
    with on_day(ASSESSED), pytest.raises(BadLines) as told:
        save_assessment(instance, staff(instance, QIAN_PEI), number, 0, lines)
    assert list(told.value.problems.values()) == ["outside_cover"]
    assert state_of(instance, number) == "assessing"
