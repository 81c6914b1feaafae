"""Approving: the second person, the frozen sheet, the room under the cap, and what stands in the way."""

from datetime import date

import pytest
from sqlalchemy import select

from portal.claims.answers import object_to
from portal.claims.approving import (
    Assessed,
    CannotApprove,
    RecoveriesStand,
    StaleAssessment,
    approve,
    decline_objection,
    reverse,
    send_back,
)
from portal.claims.assessing import LineInput, save_assessment
from portal.claims.assessment_codes import REFUSED
from portal.claims.moves import StaleClaim
from portal.claims.receipts import add_receipt
from portal.claims.records import ClaimEvent, Notice
from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND, NotAllowed
from portal.ledger.accounts import Account, Held, Kind, Place, recovery_lines
from portal.ledger.check import check_caps, check_entries
from portal.ledger.entries import enter
from portal.ledger.queries import balance
from portal.ledger.records import Entry
from portal.members.queries import TiedToFirm, members_of
from portal.members.ties import note_tie
from portal.obligors.actions import add_buyer
from portal.payments.check import check_approvals
from portal.scheme.money import Money
from tests.appeals.stories import staff
from tests.claims.deciding import (
    APPROVED,
    WHY,
    approved,
    assessed,
    assessment_of,
    decided,
    filed,
    own_shipments,
    standing,
    state_of,
)
from tests.claims.stories import buyer, claim_of, insured, shipment
from tests.people import FANG_YUNING, JIANG_YAN, QIAN_PEI, SHI_PING, XU_LAN
from tests.policies.stories import on_day
from tests.samples import HARBOUR


def usd(text: str) -> Money:
    return Money.of(text, "USD")


def test_what_another_person_approves_stands_in_the_ledger_and_the_firm_is_to_answer(instance: Instance) -> None:
    number = filed(instance, insured(instance), shipments=[shipment(amount_minor=8_000_000)])
    assessed(instance, number)
    claim = approved(instance, number)
    assert (claim.state, claim.approved_minor, claim.approved_on) == ("approved", 5_000_000, APPROVED)
    assert claim.answer_due_on == claim.due_on == date(2023, 1, 5)
    assert standing(instance, number) == usd("50000.00")
    with instance.database.reading() as session:
        assert balance(session, Account.PAYABLE, claim.id) == usd("-50000.00")
        assert [*check_entries(session), *check_caps(session), *check_approvals(session)] == []


def test_whoever_had_a_hand_in_the_assessment_before_others_never_approves_it(instance: Instance) -> None:
    number = filed(instance, insured(instance), shipments=[shipment(amount_minor=8_000_000)])
    earlier = staff(instance, JIANG_YAN)  # a claims officer then, an approver by the day of the approval
    lines = {one.id: LineInput("accepted") for one in own_shipments(instance, number)}
    with on_day(date(2022, 12, 19)):
        save_assessment(instance, earlier, number, 0, lines, "第一稿")
    seen = assessed(instance, number)
    turned = type(earlier)(earlier.id, staff(instance, SHI_PING).role)
    with on_day(APPROVED), pytest.raises(Assessed):
        approve(instance, turned, number, seen)
    assert state_of(instance, number) == "proposed"


def test_nobody_approves_what_they_assessed_whatever_their_role_is_by_then(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    seen = assessed(instance, number)
    turned = staff(instance, QIAN_PEI)
    turned = type(turned)(turned.id, staff(instance, SHI_PING).role)
    with on_day(APPROVED), pytest.raises(Assessed):
        approve(instance, turned, number, seen)
    assert state_of(instance, number) == "proposed"


def test_only_an_approver_approves(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    seen = assessed(instance, number)
    for person in (JIANG_YAN, XU_LAN):
        with pytest.raises(NotAllowed):
            approve(instance, staff(instance, person), number, seen)


def test_whoever_is_tied_to_the_firm_does_not_approve(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    seen = assessed(instance, number)
    note_tie(instance, staff(instance, SHI_PING), staff(instance, SHI_PING).id, HARBOUR.uscc)
    with on_day(APPROVED), pytest.raises(TiedToFirm):
        approve(instance, staff(instance, SHI_PING), number, seen)


def test_approving_twice_is_approving_once(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    seen = assessed(instance, number)
    approved(instance, number, seen=seen)
    approved(instance, number, seen=seen)
    with instance.database.reading() as session:
        assert len(session.execute(select(Entry)).all()) == 1


def test_another_sheet_than_the_one_looked_at_is_not_approved(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    assessed(instance, number)
    with pytest.raises(StaleClaim):
        approved(instance, number, seen="0" * 64)
    assert state_of(instance, number) == "proposed"


def test_where_the_room_shrank_the_claim_goes_back_and_nothing_is_approved(instance: Instance) -> None:
    who = insured(instance)
    owes = buyer(instance, who)
    first = filed(instance, who, owes, [shipment("A-1", amount_minor=6_000_000)])
    second = filed(instance, who, owes, [shipment("A-2", amount_minor=6_000_000)])
    seen = {one: assessed(instance, one) for one in (first, second)}
    approved(instance, first)
    with pytest.raises(StaleAssessment) as told:
        approved(instance, second, seen=seen[second])
    assert told.value.codes == ("room",)
    assert (state_of(instance, second), assessment_of(instance, second).state) == ("assessing", "returned")
    assert standing(instance, second) == usd("0.00")
    assessed(instance, second)
    assert approved(instance, second).approved_minor == 200_000


def test_a_room_that_moved_without_changing_the_result_is_taken_over_as_it_is(instance: Instance) -> None:
    who = insured(instance)
    owes = buyer(instance, who)
    first = filed(instance, who, owes, [shipment("A-1", amount_minor=1_000_000)])
    second = filed(instance, who, owes, [shipment("A-2", amount_minor=2_000_000)])
    seen = {one: assessed(instance, one) for one in (first, second)}
    approved(instance, first)
    approved(instance, second, seen=seen[second])
    found = assessment_of(instance, second)
    assert found.canonical_sha256 != seen[second]
    assert '"approved_before":["8000.00","USD"]' in (found.canonical or "")
    assert (standing(instance, first), standing(instance, second)) == (usd("8000.00"), usd("16000.00"))


def test_money_that_the_firm_tells_of_meanwhile_sends_the_claim_back(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    seen = assessed(instance, number)
    with audit.write(instance.database, COMMAND, "claims.add_money") as session:
        notice = session.get_one(Notice, claim_of(instance, number).notice_id)
        add_receipt(session, COMMAND, notice, "payment", APPROVED, "SWIFT 77", usd("1000.00"), usd("0.00"))
    with pytest.raises(StaleAssessment) as told:
        approved(instance, number, seen=seen)
    assert told.value.codes == ("money",)


def test_nothing_is_approved_while_a_lookalike_of_the_buyer_is_not_answered(instance: Instance) -> None:
    who = insured(instance)
    number = filed(instance, who)
    seen = assessed(instance, number)
    add_buyer(instance, who, HARBOUR.uscc, "buyer", "HALDENVIK LIVING A/S", "NO", "914 778 001")
    with pytest.raises(CannotApprove) as told:
        approved(instance, number, seen=seen)
    assert told.value.codes == ("lookalikes",)
    assert state_of(instance, number) == "proposed"


def test_nothing_is_approved_while_nobody_is_confirmed_to_act_for_the_firm(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    seen = assessed(instance, number)
    with audit.write(instance.database, COMMAND, "members.unconfirm") as session:
        (member,) = members_of(session, HARBOUR.uscc)
        member.state = "unconfirmed"
    with pytest.raises(CannotApprove) as told:
        approved(instance, number, seen=seen)
    assert told.value.codes == ("nobody_confirmed",)


def test_an_indemnity_of_nothing_is_approved_like_any_other(instance: Instance) -> None:
    number = filed(instance, insured(instance), with_papers=False)
    (only,) = own_shipments(instance, number)
    assessed(instance, number, {only.id: LineInput(REFUSED, "not_shown")})
    claim = approved(instance, number)
    assert (claim.state, claim.approved_minor) == ("approved", 0)
    with instance.database.reading() as session:
        assert [*check_entries(session), *check_approvals(session)] == []
        told = select(ClaimEvent.kind).where(ClaimEvent.claim_id == claim.id).order_by(ClaimEvent.id)
        assert "approved" in session.execute(told).scalars().all()


def test_an_assessment_sent_back_is_worked_on_with_its_lines_as_they_were(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    seen = assessed(instance, number)
    with on_day(APPROVED):
        for _twice in range(2):
            send_back(instance, staff(instance, SHI_PING), number, seen, "amount_unclear", WHY)
    assert state_of(instance, number) == "assessing"
    assert claim_of(instance, number).assigned_to == staff(instance, QIAN_PEI).id
    again = assessed(instance, number, {})
    assert again != ""
    assert approved(instance, number, seen=again).state == "approved"


def test_sending_back_needs_a_coded_reason_and_words(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    seen = assessed(instance, number)
    for code, words in (("amount_unclear", " "), ("no_such_code", WHY)):
        with pytest.raises(ValueError, match="characters"):
            send_back(instance, staff(instance, SHI_PING), number, seen, code, words)


def test_a_reversal_is_a_new_entry_gives_the_room_back_and_the_claim_is_assessed_anew(instance: Instance) -> None:
    number = decided(instance, insured(instance))
    seen = assessment_of(instance, number).canonical_sha256 or ""
    with on_day(APPROVED):
        for _twice in range(2):
            reverse(instance, staff(instance, FANG_YUNING), number, seen, "wrong_amount", WHY)
    claim = claim_of(instance, number)
    assert (claim.state, claim.approved_minor, claim.answer_due_on) == ("assessing", None, None)
    assert standing(instance, number) == usd("0.00")
    with instance.database.reading() as session:
        entries = session.execute(select(Entry).order_by(Entry.number)).scalars().all()
        assert [(one.kind, one.reverses) for one in entries] == [
            (Kind.APPROVAL, None),
            (Kind.REVERSAL, entries[0].id),
        ]
        assert [*check_entries(session), *check_caps(session), *check_approvals(session)] == []
    assessed(instance, number, {})
    assert approved(instance, number).approved_minor == 3_200_000
    with instance.database.reading() as session:
        assert [*check_entries(session), *check_caps(session), *check_approvals(session)] == []


def test_an_indemnity_by_which_a_recovery_was_shared_is_not_reversed(instance: Instance) -> None:
    number = decided(instance, insured(instance))
    claim = claim_of(instance, number)
    with audit.write(instance.database, COMMAND, "recoveries.record") as session:
        lines = recovery_lines(
            Place(claim.policy_id, claim.obligor_id, claim.id),
            Held.FIRM,
            usd("10.00"),
            usd("5.00"),
            usd("1.00"),
        )
        enter(session, COMMAND, Kind.RECOVERY, "recovery one", APPROVED, "recovery R2022-00001", lines)
    seen = assessment_of(instance, number).canonical_sha256 or ""
    with on_day(APPROVED), pytest.raises(RecoveriesStand):
        reverse(instance, staff(instance, FANG_YUNING), number, seen, "wrong_amount", WHY)


def test_the_assessor_neither_reverses_nor_answers_an_objection(instance: Instance) -> None:
    number = decided(instance, insured(instance))
    turned = staff(instance, QIAN_PEI)
    turned = type(turned)(turned.id, staff(instance, SHI_PING).role)
    seen = assessment_of(instance, number).canonical_sha256 or ""
    with on_day(APPROVED), pytest.raises(Assessed):
        reverse(instance, turned, number, seen, "wrong_amount", WHY)


def test_a_declined_objection_leaves_the_decision_and_gives_the_firm_its_time_again(instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    seen = assessment_of(instance, number).canonical_sha256 or ""
    with on_day(APPROVED):
        object_to(instance, who, number, seen, "amount_wrong", "提单写明 50 箱，不是 38 箱。")
    assert state_of(instance, number) == "objected"
    with on_day(date(2022, 12, 26)):
        for _twice in range(2):
            decline_objection(instance, staff(instance, FANG_YUNING), number, "documents_say_so", WHY)
    claim = claim_of(instance, number)
    assert (claim.state, claim.answer_due_on) == ("approved", date(2023, 1, 10))
    assert standing(instance, number) == usd("32000.00")
