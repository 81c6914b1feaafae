"""One firm, one policy year, one buyer: one cap, however many policies, records and waivers there are."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal.claims.approving import CannotApprove
from portal.claims.merging import effects, seen, settle_excess
from portal.claims.merging import merge as merge_obligors
from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.accounts import Kind, Place, approval_lines, waiver_lines
from portal.ledger.check import check_caps, excesses
from portal.ledger.entries import enter
from portal.ledger.queries import approved_and_reversed, policies_of_year
from portal.obligors.queries import find_obligor
from portal.obligors.records import ExcessTask, Obligor
from portal.policies.firm_actions import withdraw
from portal.policies.records import Policy
from portal.recoveries.excesses import standing as excess_standing
from tests.accounts.pages import in_english, text_of
from tests.appeals.stories import staff
from tests.claims.deciding import FILED, approved, assessed, assessment_of, decided, filed, standing
from tests.claims.firm_stories import reading_english
from tests.claims.stories import bank, buyer, claim_of, claimed, insured, shipment
from tests.conftest import signed_in
from tests.ledger.stories import usd
from tests.people import QIAN_PEI, SHI_PING
from tests.policies.stories import issue, on_day, policy_of
from tests.samples import HARBOUR, apply_all

AGAIN = date(2022, 6, 1)
SHIPPED_LATER = date(2022, 7, 4)


def enrolled_again(instance: Instance, who: Actor) -> None:
    """The harbour's firm withdrew its policy and has another of the same year from the summer on."""
    with on_day(AGAIN):
        withdraw(instance, who, policy_of(instance, HARBOUR).number)
        apply_all(instance, [HARBOUR], AGAIN)
        issue(instance, AGAIN)


def test_a_second_policy_of_the_same_year_brings_no_second_cap(instance: Instance) -> None:
    who = insured(instance)
    enrolled_again(instance, who)
    owes = buyer(instance, who)
    first = decided(instance, who, owes, [shipment(amount_minor=8_000_000)])
    second = filed(
        instance,
        who,
        owes,
        [shipment("INV-2022-002", amount_minor=8_000_000, shipped_on=SHIPPED_LATER, invoiced_on=SHIPPED_LATER)],
    )
    assert claim_of(instance, first).policy_id != claim_of(instance, second).policy_id
    assessed(instance, second)
    assert assessment_of(instance, second).indemnity_minor == 0
    approved(instance, second)
    assert (standing(instance, first), standing(instance, second)) == (usd(5_000_000), usd(0))
    with instance.database.reading() as session:
        assert len(policies_of_year(session, claim_of(instance, second).policy_id)) == 2
        assert list(check_caps(session)) == []


def test_what_stands_under_two_policies_of_a_year_is_verified_as_one(instance: Instance) -> None:
    who = insured(instance)
    first = decided(instance, who, shipments=[shipment(amount_minor=8_000_000)])
    enrolled_again(instance, who)
    found, approver = claim_of(instance, first), staff(instance, SHI_PING)
    with instance.database.reading() as session:
        later = policies_of_year(session, found.policy_id)[1]
    with audit.write(instance.database, approver, "demo.loaded") as session:
        place = Place(later, found.obligor_id, found.id)
        enter(session, approver, Kind.APPROVAL, "wrong", AGAIN, f"claim {first}", approval_lines(place, usd(100)))
    with instance.database.reading() as session:
        assert [one.rule for one in check_caps(session)] == ["cap"]
    with audit.write(instance.database, approver, "demo.loaded") as session:
        for policy in session.execute(select(Policy).where(Policy.uscc == HARBOUR.uscc)).scalars():
            settle_excess(session, approver, policy.id, found.obligor_id, None)
    with instance.database.reading() as session:
        task = session.execute(select(ExcessTask)).scalar_one()  # one of both policies
        assert task.excess_minor == 100
        assert list(check_caps(session)) == []


def merged(instance: Instance, kept: str, gone: str) -> None:
    """Two buyers are found to be one."""
    who = staff(instance, QIAN_PEI)
    with instance.database.reading() as session:
        first, second = (session.get_one(Obligor, one).number for one in (kept, gone))
        shown = seen(effects(session, kept, gone))
    merge_obligors(instance, who, first, second, "other_spelling", "两个名称是同一家买方。", shown)


def test_what_was_waived_once_is_neither_clawed_back_nor_waived_again(instance: Instance) -> None:
    who = insured(instance)
    names = ("Haldenvik Living AS", "Orkla Gruve Import AS", "Tromsdal Sjømat AS")
    owes = [buyer(instance, who, name=name) for name in names]
    claims = [
        decided(instance, who, one, [shipment(f"INV-2022-00{n}", amount_minor=5_000_000)])
        for n, one in enumerate(owes)
    ]
    approver = staff(instance, SHI_PING)
    with on_day(date(2022, 12, 22)):
        merged(instance, owes[0], owes[1])
        first = claim_of(instance, claims[0])
        with audit.write(instance.database, approver, "demo.loaded") as session:
            task = session.execute(select(ExcessTask)).scalar_one()
            assert task.excess_minor == 3_000_000
            place = Place(first.policy_id, first.obligor_id, first.id)
            lines = waiver_lines(place, usd(3_000_000))
            enter(session, approver, Kind.WAIVER, "waived", date(2022, 12, 22), f"excess {task.number}", lines)
            task.state = "done"
        merged(instance, owes[0], owes[2])
    with instance.database.reading() as session:
        newest = session.execute(select(ExcessTask).order_by(ExcessTask.serial.desc())).scalars().first()
        assert newest is not None
        assert (newest.excess_minor, excess_standing(session, newest).excess) == (4_000_000, usd(4_000_000))
        assert [one.accounted for one in excesses(session)] == [True]
        kept = find_obligor(session, session.get_one(Obligor, owes[0]).number)
        assert kept is not None
        up, down = approved_and_reversed(session, first.policy_id, owes)
        assert (up - down) == usd(12_000_000)


def test_an_invoice_reported_to_two_records_of_one_buyer_is_indemnified_once(instance: Instance) -> None:
    who = insured(instance)
    owes = [buyer(instance, who, name=name) for name in ("Haldenvik Living AS", "Orkla Gruve Import AS")]
    first = decided(instance, who, owes[0], [shipment(amount_minor=2_000_000)])
    second = filed(instance, who, owes[1], [shipment(" inv 2022/001", amount_minor=1_900_000)])
    with on_day(date(2022, 12, 22)):
        merged(instance, owes[0], owes[1])
    seen_sheet = assessed(instance, second)
    with pytest.raises(CannotApprove) as refused:
        approved(instance, second, seen=seen_sheet)
    assert refused.value.codes == ("invoice_twice",)
    assert (standing(instance, first), standing(instance, second)) == (usd(1_600_000), usd(0))


def test_the_same_goods_are_not_indemnified_for_the_buyer_and_for_the_bank(instance: Instance) -> None:
    who = insured(instance)
    decided(instance, who, shipments=[shipment(amount_minor=2_000_000)])
    second = filed(
        instance,
        who,
        bank(instance, who),
        [shipment(amount_minor=2_000_000, payment_term="letter_of_credit")],
        risk="letter_of_credit",
        discrepant="no",
    )
    seen_sheet = assessed(instance, second)
    with pytest.raises(CannotApprove) as refused:
        approved(instance, second, seen=seen_sheet)
    assert refused.value.codes == ("invoice_twice",)


def test_after_a_merge_nobody_reads_one_record_s_name_with_the_country_of_the_other(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    owes = [buyer(instance, who), buyer(instance, who, name="Kornblatt Wohnen GmbH", country="DE")]
    with on_day(FILED):
        number = claimed(instance, who, owes[1])
        merged(instance, owes[0], owes[1])
        firm = text_of(reading_english(app).get(f"/my/claims/{number}"))
        desk = text_of(in_english(signed_in(app, QIAN_PEI)).get(f"/desk/claims/{number}"))
    assert "Kornblatt Wohnen GmbH, Germany" in firm
    assert "Kornblatt Wohnen GmbH, Norway" not in firm
    assert "Haldenvik Living AS</a>, Norway" in desk
