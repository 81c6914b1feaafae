"""A disputed debt: told by the firm, suspended by staff, gone on after the judgment; the clocks stand still."""

from datetime import date

import pytest
from flask import Flask

from portal.claims import checking, disputes
from portal.claims.disputes import hand_in_judgment, reopen, suspend, tell_dispute
from portal.claims.moves import StaleClaim
from portal.common.instance import Instance
from portal.common.roles import NotAllowed
from tests.accounts.pages import text_of
from tests.appeals.stories import paper, told
from tests.claims.deciding import assessed, filed
from tests.claims.firm_stories import agreed, asked, events, officer, reading_english, trail_holds
from tests.claims.stories import claim_of, claimed, insured
from tests.people import YE_XIAOTANG
from tests.policies.stories import on_day
from tests.samples import ISLET

TOLD = date(2022, 12, 14)  # a Wednesday
JUDGED = date(2022, 12, 21)  # five working days later
WORDS = "买方说货有质量问题，不付款。"
WHY = "买方来函撤回异议，函件已看。"


def test_a_disputed_claim_waits_for_the_judgment_and_goes_on_with_the_days_it_had_left(instance: Instance) -> None:
    who = insured(instance)
    number = filed(instance, who)
    with on_day(TOLD):
        tell_dispute(instance, who, number, WORDS, [paper("gray")])
        tell_dispute(instance, who, number, WORDS, [paper("gray")])
        assert (claim_of(instance, number).dispute, claim_of(instance, number).state) == ("disputed", "assessing")
        suspend(instance, officer(instance), number, "proceedings_run")
        suspend(instance, officer(instance), number, "proceedings_run")
    waiting = claim_of(instance, number)
    assert (waiting.state, waiting.dispute, waiting.paused_on) == ("suspended", "suspended", TOLD)
    with on_day(JUDGED):
        with pytest.raises(ValueError, match="without a paper"):
            hand_in_judgment(instance, who, number, "法院判买方付款。")
        hand_in_judgment(instance, who, number, "法院判买方付款。", [paper()])
        reopen(instance, officer(instance), number, "judgment")
        reopen(instance, officer(instance), number, "judgment")
    claim = claim_of(instance, number)
    assert (claim.state, claim.dispute, claim.paused_on) == ("assessing", None, None)
    assert claim.due_on == date(2023, 1, 18)  # it was the eleventh, and stood still for five working days
    assert [one.kind for one in events(instance, number)][2:] == ["disputed", "suspended", "judged", "reopened"]
    assert len(told(instance, "claim_suspended")) == len(told(instance, "claim_reopened")) == 1
    assert WORDS not in (events(instance, number, "disputed")[0].words_sealed or "")
    (judged, reopened) = events(instance, number, "judged", "reopened")
    assert reopened.documents == judged.documents != ""
    trail_holds(instance)


def test_a_judgment_that_ended_an_earlier_dispute_ends_no_later_one(instance: Instance) -> None:
    who = insured(instance)
    number = filed(instance, who)
    with on_day(TOLD):
        for _dispute in range(2):
            tell_dispute(instance, who, number, WORDS)
            suspend(instance, officer(instance), number, "proceedings_run")
            if _dispute:
                with pytest.raises(disputes.JudgmentMissing):
                    reopen(instance, officer(instance), number, "judgment")
            hand_in_judgment(instance, who, number, "法院判买方付款。", [paper(("white", "gray")[_dispute])])
            reopen(instance, officer(instance), number, "judgment")
    first, second = events(instance, number, "reopened")
    assert len(first.documents.split()) == len(second.documents.split()) == 1
    assert first.documents != second.documents


def test_without_a_judgment_the_claim_goes_on_only_for_a_reason_in_words(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    with on_day(TOLD):
        suspend(instance, officer(instance), number, "buyer_disputes")
        with pytest.raises(ValueError, match="a reason of 0"):
            reopen(instance, officer(instance), number, "settlement")
        reopen(instance, officer(instance), number, "settlement", WHY)
    (event,) = events(instance, number, "reopened")
    assert event.words_sealed is not None
    assert WHY not in event.words_sealed


def test_while_it_waits_the_day_to_file_waits_too(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(date(2022, 8, 22)):
        tell_dispute(instance, who, number, WORDS)
        suspend(instance, officer(instance), number, "buyer_disputes")
    with on_day(date(2022, 8, 29)):
        reopen(instance, officer(instance), number, "settlement", WHY)
    claim = claim_of(instance, number)
    assert (claim.state, claim.claim_due_on) == ("preparing", date(2023, 2, 22))  # five working days later
    assert told(instance, "claim_reopened")[0].your_turn


def test_what_was_asked_is_no_longer_wanted_once_the_claim_waits(instance: Instance) -> None:
    who = insured(instance)
    number = asked(instance, who)
    with on_day(date(2022, 12, 15)):
        suspend(instance, officer(instance), number, "buyer_disputes")
        reopen(instance, officer(instance), number, "no_dispute", WHY)
        checking.ask_firm(instance, officer(instance), number, ["invoice"], "")
    assert claim_of(instance, number).state == "asked"


def test_an_agreed_claim_that_is_disputed_is_not_suspended_but_its_dispute_is_ended(instance: Instance) -> None:
    who = insured(instance)
    number = agreed(instance, who)
    tell_dispute(instance, who, number, WORDS)
    with pytest.raises(StaleClaim):
        suspend(instance, officer(instance), number, "buyer_disputes")
    reopen(instance, officer(instance), number, "no_dispute", WHY)
    claim = claim_of(instance, number)
    assert (claim.state, claim.dispute) == ("agreed", None)


def test_nobody_else_tells_or_suspends(instance: Instance) -> None:
    who = insured(instance)
    number = filed(instance, who)
    with pytest.raises(NotAllowed):
        suspend(instance, who, number, "buyer_disputes")
    with pytest.raises(NotAllowed):
        tell_dispute(instance, insured(instance, YE_XIAOTANG, ISLET), number, WORDS)
    with pytest.raises(ValueError, match="because"):
        suspend(instance, officer(instance), number, "because")
    assessed(instance, number)
    with pytest.raises(StaleClaim):
        suspend(instance, officer(instance), number, "buyer_disputes")


def test_the_page_asks_what_the_buyer_says_and_then_how_it_ended(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = filed(instance, who)
    here = f"/my/claims/{number}/dispute"
    with on_day(TOLD):
        client = reading_english(app)
        assert "The buyer disputes the debt" in text_of(client.get(f"/my/claims/{number}"))
        assert client.post(here, data={"about": "begun", "words": "不"}).status_code == 422
        for _press in range(2):  # the button pressed twice
            assert client.post(here, data={"about": "begun", "words": WORDS}).status_code == 303
        assert "How the dispute ended" in text_of(client.get(here))
        claim_page = text_of(client.get(f"/my/claims/{number}"))
        assert "How the dispute ended" in claim_page
        assert "The buyer disputes the debt" not in claim_page
        answer = client.post(here, data={"about": "ended", "words": "和解了，分两次付。"})
        assert answer.status_code == 422
        assert "Add the judgment, the award or the settlement" in text_of(answer)
    assert claim_of(instance, number).dispute == disputes.DISPUTED
