"""Reporting a loss: what is kept, what starts, and what cannot happen twice."""

from datetime import date

import pytest

from portal.claims import notice_drafts as drafts
from portal.claims import notices, sending
from portal.claims.estimates import estimate
from portal.claims.opening import NothingCovered
from portal.claims.queries import TwiceReported, same_invoice_elsewhere, same_invoice_in_firm
from portal.claims.sending import CLAIM, WATCH
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import NotAllowed
from portal.scheme.claim_words import PaymentTerm, Risk
from tests.appeals.stories import member
from tests.claims.stories import (
    AMOUNT,
    DUE,
    NOTIFIED,
    bank,
    begun,
    buyer,
    claim_of,
    claimed,
    insured,
    notice_of,
    notified,
    shipment,
    shipments_of,
    version_of,
)
from tests.outbox import newest_words
from tests.people import CHEN_HAIXIA, WU_GUOLIANG, YE_XIAOTANG
from tests.policies.stories import on_day
from tests.samples import GIANT, HARBOUR, SILENT


def test_a_notice_that_was_sent_has_its_number_its_day_and_everything_that_was_entered(instance: Instance) -> None:
    who = insured(instance)
    sent = notified(instance, who, words="买方说没钱")
    assert (sent.number, sent.claims) == ("N2022-00001", ())
    notice = notice_of(instance, sent.number)
    assert (notice.state, notice.notified_on, notice.due_on) == ("watched", NOTIFIED, date(2022, 9, 7))
    assert (notice.risk, notice.happened_on) == ("protracted_default", NOTIFIED)
    [one] = shipments_of(instance, sent.number)
    assert (one.amount_minor, one.currency, one.outside) == (AMOUNT, "USD", "")
    assert one.policy_id is not None
    with instance.database.reading() as session:
        assert drafts.words_of(People(session, instance.keys), notice) == "买方说没钱"
        assert "没钱" not in (notice.words_sealed or "")
        assert verify_audit(session).first_break is None
    assert newest_words(instance, "notice_received", CHEN_HAIXIA.mobile)["number"] == sent.number


def test_sending_the_same_notice_twice_sends_it_once(instance: Instance) -> None:
    who = insured(instance)
    with on_day(NOTIFIED):
        notice_id = begun(instance, who, buyer(instance, who))
        seen = version_of(instance, notice_id)
        first = sending.send_notice(instance, who, notice_id, seen, CLAIM)
        assert sending.send_notice(instance, who, notice_id, seen, CLAIM) == first
        assert sending.send_notice(instance, who, notice_id, 0, WATCH) == first
    assert len(first.claims) == 1


def test_what_was_read_back_is_what_is_sent(instance: Instance) -> None:
    who = insured(instance)
    with on_day(NOTIFIED):
        notice_id = begun(instance, who, buyer(instance, who))
        seen = version_of(instance, notice_id)
        notices.add_shipments(instance, who, notice_id, [shipment("INV-2")])
        with pytest.raises(notices.StaleNotice):
            sending.send_notice(instance, who, notice_id, seen, WATCH)


def test_a_step_that_another_window_saved_meanwhile_is_not_overwritten(instance: Instance) -> None:
    who = insured(instance)
    with on_day(NOTIFIED):
        notice_id = begun(instance, who, buyer(instance, who))
        seen = version_of(instance, notice_id)
        bankrupt = {"risk": "bankruptcy", "happened_on": "2022-08-10"}
        notices.save_trouble(instance, who, notice_id, seen, bankrupt)
        notices.save_trouble(instance, who, notice_id, seen, bankrupt)  # the same again is no quarrel
        with pytest.raises(notices.StaleNotice):
            notices.save_trouble(
                instance, who, notice_id, seen, {"risk": "rejection", "happened_on": "2022-08-10"}
            )


def test_a_notice_begun_twice_for_one_buyer_is_one(instance: Instance) -> None:
    who = insured(instance)
    owes = buyer(instance, who)
    first = notices.open_notice(instance, who, HARBOUR.uscc, owes)
    assert notices.open_notice(instance, who, HARBOUR.uscc, owes) == first
    notices.drop_notice(instance, who, first)
    notices.drop_notice(instance, who, first)
    assert notices.open_notice(instance, who, HARBOUR.uscc, owes) != first


def test_a_late_notice_is_taken_with_its_reason_and_lowers_the_share_of_the_claim(instance: Instance) -> None:
    who = insured(instance)
    late = date(2022, 9, 8)  # one day after the last one
    with on_day(late):
        notice_id = begun(instance, who, buyer(instance, who))
        sent = sending.send_notice(
            instance, who, notice_id, version_of(instance, notice_id), CLAIM, "财务生病，没有及时发现"
        )
    notice = notice_of(instance, sent.number)
    assert notice.late_reason_sealed is not None
    assert claim_of(instance, sent.claims[0]).late_points == 10
    with instance.database.reading() as session:
        sealer = People(session, instance.keys).sealer(notice.person_id)
        assert sealer.open("late_reason", notice.late_reason_sealed) == "财务生病，没有及时发现"
        [one] = estimate(session, notice, late)
    assert one.indemnity is not None
    assert one.indemnity.indemnity.text == "28000.00"  # 70 % of 40,000.00


def test_an_old_invoice_outside_cover_makes_nothing_late(instance: Instance) -> None:
    who = insured(instance)
    old = shipment("OLD", invoiced_on=date(2021, 1, 4), shipped_on=date(2021, 1, 4), due_on=date(2021, 4, 4))
    sent = notified(instance, who, shipments=[shipment(), old], choice=CLAIM)
    assert notice_of(instance, sent.number).due_on == date(2022, 9, 7)
    assert claim_of(instance, sent.claims[0]).late_points == 0


def test_a_notice_on_its_last_day_is_in_time(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who, on=date(2022, 9, 7))
    assert claim_of(instance, number).late_points == 0


def test_the_claims_clocks_follow_from_risk_and_latest_due_date(instance: Instance) -> None:
    who = insured(instance)
    rows = [shipment("A-1"), shipment("A-2", due_on=date(2022, 9, 30))]
    claim = claim_of(instance, claimed(instance, who, shipments=rows))
    assert claim.waiting_until == date(2023, 1, 30)  # 4 months after 30 September, a working Monday
    assert claim.claim_due_on == date(2023, 3, 30)  # 2 months after the waiting period
    assert (claim.state, claim.due_on, claim.amount_minor) == ("preparing", claim.claim_due_on, 2 * AMOUNT)


def test_after_a_bankruptcy_nothing_is_waited_for(instance: Instance) -> None:
    who = insured(instance)
    claim = claim_of(instance, claimed(instance, who, risk=Risk.BANKRUPTCY))
    assert (claim.waiting_until, claim.claim_due_on) == (None, date(2023, 2, 15))


def test_rejected_goods_are_waited_for_until_they_are_disposed_of(instance: Instance) -> None:
    who = insured(instance)
    open_ended = claim_of(instance, claimed(instance, who, risk=Risk.REJECTION))
    assert open_ended.waiting_until is None
    other = buyer(instance, who, name="Bluegum Homewares Pty Ltd", country="AU")
    sold = claimed(instance, who, other, risk=Risk.REJECTION, disposed_on="2022-08-12")
    assert claim_of(instance, sold).waiting_until == date(2022, 8, 12)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"shipped_on": date(2022, 3, 1), "invoiced_on": date(2022, 3, 1)}, "before_cover"),
        ({"due_on": date(2023, 5, 11)}, "credit_term_too_long"),
        ({"own_declaration": "no"}, "not_own_declaration"),
        ({"shipped_on": date(2022, 8, 16)}, "not_shipped"),
    ],
)
def test_a_shipment_outside_cover_is_kept_with_its_reason_and_counts_nothing(
    instance: Instance, changed: dict[str, object], code: str
) -> None:
    who = insured(instance)
    rows = [shipment("IN"), shipment("OUT", **changed)]
    sent = notified(instance, who, shipments=rows, choice=CLAIM)
    found = {one.invoice_number: one for one in shipments_of(instance, sent.number)}
    assert found["OUT"].outside == code
    assert claim_of(instance, sent.claims[0]).amount_minor == AMOUNT
    with instance.database.reading() as session:
        [one] = estimate(session, notice_of(instance, sent.number), NOTIFIED)
    assert one.indemnity is not None
    assert one.indemnity.indemnity.text == "32000.00"


def test_where_nothing_is_covered_there_is_nothing_to_claim_and_it_is_watched(instance: Instance) -> None:
    who = insured(instance)
    sent = notified(instance, who, shipments=[shipment(own_declaration="no")], choice=CLAIM)
    assert sent.claims == ()
    assert notice_of(instance, sent.number).state == "watched"
    with pytest.raises(NothingCovered):
        sending.claim_notice(instance, who, sent.number)


def test_what_was_only_watched_is_claimed_later_and_once(instance: Instance) -> None:
    who = insured(instance)
    sent = notified(instance, who)
    with on_day(date(2022, 10, 10)):
        first = sending.claim_notice(instance, who, sent.number)
        assert sending.claim_notice(instance, who, sent.number) == first
    assert len(first.claims) == 1
    assert notice_of(instance, sent.number).state == "claimed"
    assert claim_of(instance, first.claims[0]).opened_on == date(2022, 10, 10)


def test_an_invoice_cannot_be_reported_twice_however_it_is_written(instance: Instance) -> None:
    who = insured(instance)
    owes = buyer(instance, who)
    sent = notified(instance, who, owes, [shipment("INV-2022/001")])
    with on_day(NOTIFIED):
        notice_id = notices.open_notice(instance, who, HARBOUR.uscc, owes)
        added, twice = notices.add_shipments(instance, who, notice_id, [shipment("inv 2022 001"), shipment("NEW")])
    assert added == 1
    assert twice[0].number == sent.number


def test_an_invoice_of_a_notice_that_was_withdrawn_can_be_reported_again(instance: Instance) -> None:
    who = insured(instance)
    owes = buyer(instance, who)
    first = notified(instance, who, owes)
    sending.withdraw_notice(instance, who, first.number)
    sending.withdraw_notice(instance, who, first.number)
    assert notified(instance, who, owes).number == "N2022-00002"


def test_of_two_drafts_with_the_same_invoice_only_the_first_is_sent(instance: Instance) -> None:
    who = insured(instance)
    colleague = member(instance, WU_GUOLIANG, HARBOUR)
    with on_day(NOTIFIED):
        owes = buyer(instance, who)
        first, second = begun(instance, who, owes), begun(instance, colleague, owes)
        sent = sending.send_notice(instance, who, first, version_of(instance, first), WATCH)
        with pytest.raises(TwiceReported) as refused:
            sending.send_notice(instance, colleague, second, version_of(instance, second), WATCH)
    assert refused.value.number == sent.number


def test_somebody_unconfirmed_neither_blocks_an_invoice_nor_learns_that_it_is_reported(instance: Instance) -> None:
    who = insured(instance)
    stranger = member(instance, YE_XIAOTANG, HARBOUR, "unconfirmed")
    owes = buyer(instance, who)
    with pytest.raises(notices.NoPolicy):  # none of its policies was applied for by this person
        notices.open_notice(instance, stranger, HARBOUR.uscc, owes)
    sent = notified(instance, who, owes)
    with pytest.raises(drafts.UnknownNotice):
        sending.claim_notice(instance, stranger, sent.number)
    with pytest.raises(NotAllowed):
        sending.settle_notice(instance, stranger, sent.number)


def test_a_firm_without_a_policy_cannot_report_and_a_stranger_not_at_all(instance: Instance) -> None:
    who = insured(instance)
    owner = member(instance, WU_GUOLIANG, GIANT)
    owes = buyer(instance, owner, GIANT)
    with pytest.raises(notices.NoPolicy):
        notices.open_notice(instance, owner, GIANT.uscc, owes)
    with pytest.raises(NotAllowed):
        notices.open_notice(instance, owner, HARBOUR.uscc, owes)
    with pytest.raises(notices.NoSuchBuyer):
        notices.open_notice(instance, who, HARBOUR.uscc, owes)


def test_under_a_letter_of_credit_the_bank_owes_and_discrepancies_are_asked_for(instance: Instance) -> None:
    who = insured(instance)
    owes = bank(instance, who)
    rows = [shipment(payment_term=PaymentTerm.LETTER_OF_CREDIT)]
    with on_day(NOTIFIED):
        notice_id = notices.open_notice(instance, who, HARBOUR.uscc, owes)
        notices.save_trouble(
            instance, who, notice_id, 0, {"risk": "letter_of_credit", "happened_on": "2022-08-10"}
        )
        notices.add_shipments(instance, who, notice_id, rows)
        with pytest.raises(sending.NotComplete) as left:
            sending.send_notice(instance, who, notice_id, version_of(instance, notice_id), CLAIM)
        assert left.value.step == "trouble"
        said = {"risk": "letter_of_credit", "happened_on": "2022-08-10", "discrepant": "yes"}
        notices.save_trouble(instance, who, notice_id, version_of(instance, notice_id), said)
        sent = sending.send_notice(instance, who, notice_id, version_of(instance, notice_id), CLAIM)
    assert notice_of(instance, sent.number).discrepant == "yes"
    assert claim_of(instance, sent.claims[0]).payment_term == "letter_of_credit"


def test_a_buyer_changed_into_a_bank_makes_every_shipment_one_under_a_letter_of_credit(instance: Instance) -> None:
    who = insured(instance)
    with on_day(NOTIFIED):
        notice_id = begun(instance, who, buyer(instance, who))
        notices.save_buyer(instance, who, notice_id, version_of(instance, notice_id), bank(instance, who))
        with instance.database.reading() as session:
            found = drafts.opened(session, People(session, instance.keys), who.id, notice_id, NOTIFIED)
        assert [one.payment_term for one in found.shipments] == ["letter_of_credit"]
        assert found.next_step(NOTIFIED) == "trouble"  # what happened is another thing with a bank
        version = version_of(instance, notice_id)
        notices.save_buyer(instance, who, notice_id, version, buyer(instance, who))
        with instance.database.reading() as session:
            found = drafts.opened(session, People(session, instance.keys), who.id, notice_id, NOTIFIED)
        assert found.next_step(NOTIFIED) == "shipments"


def test_a_shipment_half_typed_is_kept_and_stands_in_the_way_until_it_is_whole(instance: Instance) -> None:
    who = insured(instance)
    with on_day(NOTIFIED):
        notice_id = begun(instance, who, buyer(instance, who))
        read = notices.save_shipment(instance, who, notice_id, 0, {"invoice_number": "HALF"})
        assert set(read.problems) == {
            "invoiced_on",
            "shipped_on",
            "due_on",
            "amount",
            "payment_term",
            "own_declaration",
        }
        with instance.database.reading() as session:
            found = drafts.opened(session, People(session, instance.keys), who.id, notice_id, NOTIFIED)
        assert (found.row["invoice_number"], found.next_step(NOTIFIED)) == ("HALF", "shipments")


def test_the_same_buyer_invoice_and_amount_from_another_firm_is_for_staff_to_see(instance: Instance) -> None:
    who, other = insured(instance), insured(instance, WU_GUOLIANG, SILENT)
    first = notified(instance, who, shipments=[shipment("SHARED"), shipment("LESS"), shipment("OWN")])
    theirs = [shipment("shared"), shipment("LESS", amount_minor=5)]
    second = notified(instance, other, buyer(instance, other, SILENT), theirs, firm=SILENT)
    shared, less, own = shipments_of(instance, first.number)
    with instance.database.reading() as session:
        assert [one.notice.number for one in same_invoice_elsewhere(session, shared)] == [second.number]
        assert same_invoice_elsewhere(session, less) == []
        assert same_invoice_elsewhere(session, own) == []
        assert same_invoice_in_firm(session, shared) == []


def test_settling_is_for_watched_notices_only_and_changes_nothing_twice(instance: Instance) -> None:
    who = insured(instance)
    watched = notified(instance, who)
    sending.settle_notice(instance, who, watched.number)
    sending.settle_notice(instance, who, watched.number)
    assert notice_of(instance, watched.number).state == "settled"
    with pytest.raises(sending.NotNow):
        sending.claim_notice(instance, who, watched.number)
    other = buyer(instance, who, name="Petrel Quay Trading LLC", country="US")
    sent = notified(instance, who, other, [shipment("P-1")], choice=CLAIM)
    with pytest.raises(sending.NotNow):
        sending.withdraw_notice(instance, who, sent.number)


def test_another_currency_without_a_rate_is_told_and_never_counted_as_one(instance: Instance) -> None:
    who = insured(instance)
    sent = notified(instance, who, shipments=[shipment(currency="EUR")], choice=CLAIM)
    with instance.database.reading() as session:
        [one] = estimate(session, notice_of(instance, sent.number), NOTIFIED)
    assert one.indemnity is None
    assert one.missing is not None
    assert (one.missing.currency, one.missing.day) == ("EUR", DUE)
    assert claim_of(instance, sent.claims[0]).amount_minor == 0


def test_nobody_else_can_read_or_change_a_draft(instance: Instance) -> None:
    who = insured(instance)
    colleague = member(instance, WU_GUOLIANG, HARBOUR)
    stranger = member(instance, YE_XIAOTANG, SILENT)
    with on_day(NOTIFIED):
        notice_id = begun(instance, who, buyer(instance, who))
        for other in (colleague, stranger):
            with pytest.raises(drafts.UnknownNotice):
                notices.save_trouble(instance, other, notice_id, 9, {})
            with pytest.raises(drafts.UnknownNotice):
                notices.drop_notice(instance, other, notice_id)
