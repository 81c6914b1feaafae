"""Being asked for more on a claim: answered item by item, the clock stands still and goes on by working days."""

from datetime import date

import pytest

from portal.applications import requests
from portal.claims import checking, filing, papers
from portal.claims.asked import answer_claim, asked_of
from portal.common.instance import Instance
from portal.common.people import People
from tests.appeals.stories import paper, told
from tests.claims.firm_stories import (
    ANSWERED,
    LOOKED,
    asked,
    hand_in_all,
    missing,
    officer,
    trail_holds,
    unconfirm,
)
from tests.claims.stories import claim_of, claimed, insured
from tests.policies.stories import on_day


def request_id(instance: Instance, number: str) -> str:
    """What is asked now."""
    with instance.database.reading() as session:
        found = asked_of(session, claim_of(instance, number))
        assert found is not None
        return found.id


def test_the_answer_goes_back_and_the_clock_goes_on_by_the_working_days_it_stood_still(instance: Instance) -> None:
    who = insured(instance)
    number = asked(instance, who)
    before = claim_of(instance, number)
    assert (before.state, before.paused_on, before.due_on) == ("asked", LOOKED, date(2023, 1, 11))
    with on_day(ANSWERED):
        answer_claim(instance, who, number, request_id(instance, number), {}, {"invoice": [paper("gray")]})
    claim = claim_of(instance, number)
    assert (claim.state, claim.paused_on) == ("assessing", None)
    assert claim.due_on == date(2023, 1, 16)  # three working days later
    trail_holds(instance)


def test_every_item_needs_a_file_or_a_word_why_there_is_none(instance: Instance) -> None:
    who = insured(instance)
    number = asked(instance, who, ("invoice", "buyer_answers", "explain"))
    with on_day(ANSWERED):
        with pytest.raises(requests.NotAnswered) as left:
            answer_claim(instance, who, number, request_id(instance, number), {}, {"invoice": [paper("gray")]})
        assert left.value.items == ("buyer_answers", "explain")
        said = {"buyer_answers": "买方一直没有回信。", "explain": "发票重开过一次。"}
        request = request_id(instance, number)
        answer_claim(instance, who, number, request, said, {"invoice": [paper("gray")]})
        with pytest.raises(requests.NotAsked):
            answer_claim(instance, who, number, request, said, {"invoice": [paper("gray")]})
    with instance.database.reading() as session:
        [answered] = requests.requests_of(session, requests.CLAIM, claim_of(instance, number).id)
        assert requests.answer_fields(People(session, instance.keys), answered) == said


def test_whoever_reported_the_loss_is_told_even_before_it_is_confirmed_that_they_act(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    unconfirm(instance, who)
    with on_day(date(2022, 12, 12)):
        filing.file_claim(instance, who, number, without=missing(instance, number))
        checking.ask_firm(instance, officer(instance), number, ["invoice"], "")
    [message] = told(instance, "claim_asked")
    assert (message.account_id, message.your_turn) == (who.id, True)


def test_what_was_handed_in_since_counts_as_an_answer(instance: Instance) -> None:
    who = insured(instance)
    number = asked(instance, who)
    with on_day(ANSWERED):
        papers.add_papers(instance, who, number, "invoice", [paper("gray")])
        answer_claim(instance, who, number, request_id(instance, number), {}, {})
    assert claim_of(instance, number).state == "assessing"


def test_once_the_last_document_is_there_the_thirty_days_begin(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(date(2022, 12, 12)):
        hand_in_all(instance, who, number, but=("invoice",))
        filing.file_claim(instance, who, number, without=["invoice"])
    with on_day(LOOKED):
        checking.ask_firm(instance, officer(instance), number, ["invoice"], "")
    with on_day(ANSWERED):
        answer_claim(instance, who, number, request_id(instance, number), {}, {"invoice": [paper()]})
    claim = claim_of(instance, number)
    assert (claim.complete_on, claim.due_on) == (ANSWERED, date(2023, 1, 18))
