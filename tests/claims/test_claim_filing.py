"""Filing a claim: incomplete, early and late are taken and said; withdrawing, claiming again, rejected goods."""

from datetime import date

import pytest

from portal.claims import filing
from portal.claims.filing import BadDay, Missing, ReasonNeeded
from portal.claims.mine import NotConfirmed, event_words
from portal.claims.moves import StaleClaim
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import NotAllowed
from portal.scheme.claim_words import Risk
from tests.appeals.stories import told
from tests.claims.deciding import decided, filed
from tests.claims.firm_stories import asked, events, hand_in_all, missing, trail_holds, unconfirm
from tests.claims.stories import claim_of, claimed, insured, notice_of, shipment
from tests.people import WU_GUOLIANG
from tests.policies.stories import on_day
from tests.samples import ISLET

EARLY = date(2022, 8, 22)  # while the waiting period runs; it ends on 8 December
LAST_DAY = date(2023, 2, 15)
NEEDED = ["contract", "invoice", "delivery_proof", "customs_declaration", "collection_letters"]


def test_a_complete_claim_is_filed_and_its_thirty_days_begin(instance: Instance) -> None:
    who = insured(instance)
    number = filed(instance, who)
    claim = claim_of(instance, number)
    assert (claim.state, claim.filed_on, claim.filed_by) == ("assessing", date(2022, 12, 12), who.id)
    assert (claim.complete_on, claim.due_on) == (date(2022, 12, 12), date(2023, 1, 11))
    assert [one.kind for one in events(instance, number)] == ["filed", "complete"]
    assert told(instance, "claim_filed")[0].account_id == who.id
    trail_holds(instance)


def test_filed_before_the_waiting_is_over_the_days_are_counted_from_its_end(instance: Instance) -> None:
    number = filed(instance, insured(instance), on=EARLY)
    claim = claim_of(instance, number)
    assert claim.waiting_until == date(2022, 12, 8)
    assert claim.due_on == date(2023, 1, 9)  # thirty days from the ninth, a Sunday, so the Monday


def test_what_is_missing_is_named_and_can_be_filed_without_once_it_is_said(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(EARLY):
        assert missing(instance, number) == NEEDED
        hand_in_all(instance, who, number, but=("invoice",))
        with pytest.raises(Missing) as found:
            filing.file_claim(instance, who, number)
        assert found.value.items == ("invoice",)
        with pytest.raises(Missing):
            filing.file_claim(instance, who, number, without=["invoice", "contract"])
        filing.file_claim(instance, who, number, without=["invoice"])
    claim = claim_of(instance, number)
    assert claim.complete_on is None
    assert claim.due_on == date(2022, 8, 29)  # five working days until somebody has looked through it


def test_filing_twice_is_filing_once(instance: Instance) -> None:
    who = insured(instance)
    number = filed(instance, who)
    with on_day(date(2022, 12, 13)):
        filing.file_claim(instance, who, number)
    assert claim_of(instance, number).filed_on == date(2022, 12, 12)
    assert len(told(instance, "claim_filed")) == 1


def test_on_the_last_day_it_is_in_time_and_the_day_after_a_reason_is_asked_but_it_is_taken(
    instance: Instance,
) -> None:
    who = insured(instance)
    in_time, late = claimed(instance, who), claimed(instance, who, shipments=[shipment("INV-9")])
    assert claim_of(instance, late).claim_due_on == LAST_DAY
    with on_day(LAST_DAY):
        filing.file_claim(instance, who, in_time, without=NEEDED)
    assert claim_of(instance, in_time).late_points == 0
    with on_day(date(2023, 2, 16)):
        with pytest.raises(ReasonNeeded):
            filing.file_claim(instance, who, late, without=NEEDED, late_reason=" 晚 ")
        filing.file_claim(instance, who, late, without=NEEDED, late_reason="经办人住院，没人交接。")
    claim = claim_of(instance, late)
    assert (claim.state, claim.late_points) == ("assessing", 10)
    [event] = events(instance, late, "filed")
    assert "住院" not in (event.words_sealed or "")
    with instance.database.reading() as session:
        assert event_words(People(session, instance.keys), event) == "经办人住院，没人交接。"


def test_only_the_worst_delay_counts(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who, on=date(2022, 11, 1))  # 55 days after the last day of notice
    assert claim_of(instance, number).late_points == 20
    with on_day(date(2023, 5, 2)):
        filing.file_claim(instance, who, number, without=NEEDED, late_reason="等买方回复耽误了。")
    assert claim_of(instance, number).late_points == 20


def test_a_withdrawn_claim_leaves_the_loss_watched_and_can_be_claimed_again(instance: Instance) -> None:
    who = insured(instance)
    number = asked(instance, who)
    with on_day(date(2022, 12, 15)):
        filing.withdraw_claim(instance, who, number)
        filing.withdraw_claim(instance, who, number)
        assert claim_of(instance, number).state == "withdrawn"
        assert notice_of(instance, "N2022-00001").state == "watched"
        again = filing.claim_again(instance, who, number)
        assert again == filing.claim_again(instance, who, number)
    assert again != number
    assert (claim_of(instance, again).state, notice_of(instance, "N2022-00001").state) == ("preparing", "claimed")
    assert missing(instance, again) == []  # the documents stay with the loss


def test_a_decided_claim_cannot_be_withdrawn(instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    with pytest.raises(StaleClaim):
        filing.withdraw_claim(instance, who, number)


def test_before_it_is_confirmed_one_files_ones_own_and_withdraws_nothing(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    unconfirm(instance, who)
    with on_day(EARLY):
        hand_in_all(instance, who, number)
        filing.file_claim(instance, who, number)
        with pytest.raises(NotConfirmed):
            filing.withdraw_claim(instance, who, number)
    assert claim_of(instance, number).state == "assessing"


def test_a_stranger_reaches_nothing(instance: Instance) -> None:
    number = claimed(instance, insured(instance))
    stranger = insured(instance, WU_GUOLIANG, ISLET)
    with pytest.raises(NotAllowed):
        filing.file_claim(instance, stranger, number, without=NEEDED)


def test_after_a_rejection_nothing_runs_until_the_goods_are_disposed_of(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who, risk=Risk.REJECTION)
    with on_day(EARLY):
        hand_in_all(instance, who, number)
        filing.file_claim(instance, who, number)
    assert claim_of(instance, number).due_on is None
    assert told(instance, "claim_filed_waiting")
    with on_day(date(2022, 9, 20)):
        for wrong in (date(2022, 9, 21), date(2022, 5, 9)):
            with pytest.raises(BadDay):
                filing.tell_disposed(instance, who, number, wrong)
        filing.tell_disposed(instance, who, number, date(2022, 9, 19))
        filing.tell_disposed(instance, who, number, date(2022, 9, 19))
        with pytest.raises(StaleClaim):
            filing.tell_disposed(instance, who, number, date(2022, 9, 18))
    claim = claim_of(instance, number)
    assert claim.waiting_until == date(2022, 9, 19)
    assert claim.due_on == date(2022, 10, 20)  # thirty days from the day it was told
    assert len(events(instance, number, "disposed")) == 1
