"""A firm is asked for more from its case: once, for everything; its answer brings the case back to the desk."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.applications import requests
from portal.applications.asking import ask_firm
from portal.applications.deciding import AT_ANSWER
from portal.applications.records import Decision, Request
from portal.applications.reviews import StaleCase, latest_decision
from portal.common import audit, clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.accounts.test_signing_in import account_of, entries
from tests.appeals.stories import first, member
from tests.applications.desk import (
    QUEUE,
    REASON,
    address_of,
    application_of,
    decide,
    hidden,
    holder_of,
    rows_of,
    state_of,
    tabs_of,
)
from tests.applications.web import apply_on_the_web, confirm
from tests.conftest import A_MORNING, sign_in_again
from tests.members.binding import bind, exporter, upload
from tests.outbox import newest_words
from tests.people import CHEN_HAIXIA, HE_YUNQING, LIN_ZHIYAO
from tests.samples import ISLET, SILENT, import_all

ITEMS = ["licence", "explain"]
NOTE = "海关说这家公司可能换过代码。"


def ask(
    client: FlaskClient,
    instance: Instance,
    items: Sequence[str] = ITEMS,
    note: str = NOTE,
    page: str | None = None,
) -> str:
    """Ask the silent firm for more through the page; what one then reads."""
    answer = decide(client, address_of(instance, SILENT), "ask", page, items=items, reason=note)
    read = text_of(answer if answer.status_code != 302 else client.get(answer.location))
    return read.replace("\u00a0", " ")


def request_of(instance: Instance) -> Request:
    with instance.database.reading() as session:
        found = requests.requests_of(session, requests.APPLICATION, application_of(instance, SILENT).id)
        return found[-1]


def answer_it(instance: Instance, who: Actor, **fields: str) -> None:
    """Answer in words, as the firm's page does."""
    number = application_of(instance, SILENT).number
    with audit.write(instance.database, who, "applications.answer", f"application {number}") as session:
        request = session.get_one(Request, request_of(instance).id)
        requests.answer(session, instance, who, request, fields, [])


def test_asking_makes_it_the_firms_turn_and_the_clock_stands_still(
    reviewer: FlaskClient, decided: Instance
) -> None:
    member(decided, CHEN_HAIXIA, SILENT)
    page = ask(reviewer, decided)
    application = application_of(decided, SILENT)
    assert application.state == stages.ASKED
    assert application.paused_on == date(2022, 3, 2)
    assert "The firm’s turn until 16 Mar 2022" in page, "ten working days"
    assert "The business licence, clear enough to read" in page
    assert "An explanation in your own words" in page
    assert NOTE in page
    assert newest_words(decided, "application_asked", CHEN_HAIXIA.mobile)["due_on"] == "2022-03-16"


def test_an_asked_case_stands_in_a_view_of_its_own(reviewer: FlaskClient, decided: Instance) -> None:
    number = application_of(decided, SILENT).number
    ask(reviewer, decided)
    page = text_of(reviewer.get(QUEUE))
    assert number not in rows_of(page)
    assert tabs_of(page)["The firm’s turn"] == 1
    page = text_of(reviewer.get(f"{QUEUE}?view=asked"))
    assert rows_of(page) == [number]
    assert "paused 2" in page.replace("\u00a0", " ")


def test_the_firms_answer_brings_the_case_back_and_the_due_day_moves_by_the_working_days_it_stood_still(
    reviewer: FlaskClient, decided: Instance
) -> None:
    who = member(decided, CHEN_HAIXIA, SILENT)
    before = application_of(decided, SILENT).due_on
    assert before == date(2022, 3, 9)
    ask(reviewer, decided, items=["explain"])
    with clock.fixed(A_MORNING + timedelta(days=8)):  # 10 March: six working days later
        answer_it(decided, who, explain="2021 年由关联公司代为报关。")
        application = application_of(decided, SILENT)
        assert application.state == stages.REFERRED
        assert application.paused_on is None
        assert application.due_on == date(2022, 3, 17)
        sign_in_again(reviewer, LIN_ZHIYAO)
        page = text_of(reviewer.get(address_of(decided, SILENT)))
        assert "2021 年由关联公司代为报关。" in page
        assert NOTE in page
        assert application.number in rows_of(text_of(reviewer.get(QUEUE)))
    with decided.database.reading() as session:
        decision = latest_decision(session, application.id)
        assert decision is not None
        assert decision.occasion == AT_ANSWER
        assert verify_audit(session).first_break is None


def test_the_note_is_for_staff_only_and_sealed(reviewer: FlaskClient, decided: Instance) -> None:
    ask(reviewer, decided)
    request = request_of(decided)
    assert NOTE not in (request.note_sealed or "")
    (entry,) = entries(decided, "applications.ask")
    assert NOTE not in entry.details
    assert '"items":"licence explain"' in entry.details


def test_asking_needs_something_to_be_ticked_and_keeps_the_note(reviewer: FlaskClient, decided: Instance) -> None:
    page = ask(reviewer, decided, items=[])
    assert page.count("Tick at least one thing that the firm is to send") == 2
    assert NOTE in page
    assert state_of(decided, SILENT) == stages.REFERRED


def test_asking_needs_no_note(reviewer: FlaskClient, decided: Instance) -> None:
    ask(reviewer, decided, note="")
    assert state_of(decided, SILENT) == stages.ASKED
    assert request_of(decided).note_sealed is None


def test_a_firm_can_also_be_asked_while_a_list_match_is_open(reviewer: FlaskClient, decided: Instance) -> None:
    assert decide(reviewer, address_of(decided, ISLET), "ask", items=["representative"]).status_code == 302
    assert state_of(decided, ISLET) == stages.ASKED


def test_pressing_twice_asks_once(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(reviewer.get(address_of(decided, SILENT)))
    ask(reviewer, decided, page=page)
    again = ask(reviewer, decided, page=page)
    assert "The firm’s turn until" in again
    with decided.database.reading() as session:
        assert session.query(Request).count() == 1


def test_the_second_of_two_reviewers_is_told_that_the_firm_was_asked(
    reviewer: FlaskClient, second_reviewer: FlaskClient, decided: Instance
) -> None:
    address = address_of(decided, SILENT)
    seen = text_of(second_reviewer.get(address))
    ask(reviewer, decided)
    answer = decide(second_reviewer, address, "approve", page=seen, reason="我已电话核实，可以参保。")
    page = text_of(answer)
    assert answer.status_code == 409
    assert f"{LIN_ZHIYAO.name} asked the firm for more at" in page
    assert "我已电话核实，可以参保。" in page
    assert state_of(decided, SILENT) == stages.ASKED


def test_a_request_is_taken_back_when_the_answer_comes_another_way(
    reviewer: FlaskClient, decided: Instance
) -> None:
    ask(reviewer, decided)
    address = address_of(decided, SILENT)
    page = text_of(reviewer.post(f"{address}/stop-waiting", follow_redirects=True))
    assert "The request is taken back" in page
    assert state_of(decided, SILENT) == stages.REFERRED
    assert request_of(decided).closed_at is not None
    assert application_of(decided, SILENT).due_on == date(2022, 3, 9), "it stood still for no working day"
    page = text_of(reviewer.post(f"{address}/stop-waiting", follow_redirects=True))
    assert "A person must look now." in page
    assert decide(reviewer, address, "approve").status_code == 302


def test_what_is_answered_or_taken_back_cannot_be_answered(reviewer: FlaskClient, decided: Instance) -> None:
    who = member(decided, CHEN_HAIXIA, SILENT)
    ask(reviewer, decided, items=["explain"])
    answer_it(decided, who, explain="见上。")
    with pytest.raises(requests.NotAsked):
        answer_it(decided, who, explain="再说一遍。")


def test_an_answer_must_answer_everything(reviewer: FlaskClient, decided: Instance) -> None:
    who = member(decided, CHEN_HAIXIA, SILENT)
    ask(reviewer, decided)
    with pytest.raises(requests.NotAnswered) as left:
        answer_it(decided, who, explain="没有执照。")
    assert left.value.items == ("licence",)
    assert state_of(decided, SILENT) == stages.ASKED


def test_nobody_answers_for_a_firm_they_do_not_act_for(reviewer: FlaskClient, decided: Instance) -> None:
    stranger = member(decided, CHEN_HAIXIA, ISLET)
    ask(reviewer, decided, items=["explain"])
    with pytest.raises(NotAllowed):
        answer_it(decided, stranger, explain="我来答。")
    unconfirmed = member(decided, CHEN_HAIXIA, SILENT, state=stages.UNCONFIRMED)
    with pytest.raises(NotAllowed):
        answer_it(decided, unconfirmed, explain="我来答。")


def test_another_representative_in_the_answer_is_looked_at_by_the_rules(
    reviewer: FlaskClient, decided: Instance
) -> None:
    who = member(decided, CHEN_HAIXIA, SILENT)
    ask(reviewer, decided, items=["representative"])
    name, number = ISLET.representative, ISLET.number
    answer_it(decided, who, representative_name=name, representative_number=f" {number.lower()} ")
    with decided.database.reading() as session:
        decision = latest_decision(session, application_of(decided, SILENT).id)
        assert decision is not None
        assert "representative_not_listed" in decision.referred, "the new one has a listed person's name"
        request = request_of(decided)
        assert request.answer_sealed is not None
    page = text_of(reviewer.get(address_of(decided, SILENT)))
    assert number in page


def test_a_case_that_moved_on_cannot_be_asked_about(decided: Instance) -> None:
    application = application_of(decided, SILENT)
    with decided.database.reading() as session:
        old = session.query(Decision).filter_by(application_id=application.id).one().id
    ask_firm(decided, first(decided), application.number, old, ["licence"], "")
    with pytest.raises(StaleCase):
        ask_firm(decided, first(decided), application.number, old, ["licence"], "")


def test_an_asked_case_keeps_its_holder_and_can_be_handed_over(reviewer: FlaskClient, decided: Instance) -> None:
    number = application_of(decided, SILENT).number
    reviewer.post(holder_of("application", number), data={"had": "", "step": "take"})
    ask(reviewer, decided)
    page = text_of(reviewer.get(address_of(decided, SILENT)))
    he = account_of(decided, HE_YUNQING).id
    assert f'<option value="{he}">{HE_YUNQING.name}</option>' in page
    given = {"had": hidden(page, "had"), "step": "over", "to": he}
    page = text_of(reviewer.post(holder_of("application", number), data=given, follow_redirects=True))
    assert "The case is handed over." in page
    assert application_of(decided, SILENT).assigned_to == he


def test_saving_a_request_can_go_on_to_the_next_case(reviewer: FlaskClient, decided: Instance) -> None:
    order = rows_of(text_of(reviewer.get(QUEUE)))
    address = f"/desk/applications/{order[0]}"
    answer = decide(reviewer, address, "ask", items=["licence"], reason=REASON, then="next")
    assert answer.location == f"/desk/applications/{order[1]}"


def test_asked_answered_on_the_firms_own_page_and_approved_the_policy_is_issued_at_once(
    app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    import_all(instance)
    chen = exporter(app, CHEN_HAIXIA)
    bind(chen, SILENT)
    confirm(instance, SILENT)
    number = apply_on_the_web(app, SILENT)
    ask(reviewer, instance, items=["explain"])
    mine = f"/my/applications/{number}"
    page = text_of(chen.get(mine))
    assert "An explanation in your own words" in page
    assert NOTE not in page, "what staff note is not the firm's to read"
    given = {"request": hidden(page, "request"), "explain": "2021 年由关联公司代为报关。"}
    assert upload(chen, f"{mine}/answer", **given).status_code == 302
    assert rows_of(text_of(reviewer.get(QUEUE))) == [number]
    page = text_of(reviewer.get(f"/desk/applications/{number}"))
    assert "2021 年由关联公司代为报关。" in page
    answer = decide(reviewer, f"/desk/applications/{number}", "approve")
    page = text_of(reviewer.get(answer.location))
    assert f"Saved. {SILENT.name}: Policy issued." in page
    assert state_of(instance, SILENT) == stages.ISSUED


def test_a_firm_that_lets_its_last_day_pass_stands_out_and_can_be_filtered(
    reviewer: FlaskClient, decided: Instance
) -> None:
    ask(reviewer, decided)
    due_on = request_of(decided).due_on
    asked, late = f"{QUEUE}?view=asked", f"{QUEUE}?view=asked&due=late"
    assert "answer by" in text_of(reviewer.get(asked))
    assert not rows_of(text_of(reviewer.get(late)))
    days = (due_on - clock.today()).days
    with clock.fixed(A_MORNING + timedelta(days=days)):
        sign_in_again(reviewer, LIN_ZHIYAO)
        assert "did not answer in time" not in text_of(reviewer.get(QUEUE))
        assert len(rows_of(text_of(reviewer.get(f"{asked}&due=today")))) == 1
    with clock.fixed(A_MORNING + timedelta(days=days + 1)):
        sign_in_again(reviewer, LIN_ZHIYAO)
        front = text_of(reviewer.get(QUEUE))
        assert "1 firm did not answer in time" in front
        assert "view=asked&amp;due=late" in front
        page = text_of(reviewer.get(late)).replace("\u00a0", " ")
        assert len(rows_of(page)) == 1
        assert "no answer, 1 day late" in page
        reviewer.post(f"{address_of(decided, SILENT)}/stop-waiting")
        assert "did not answer in time" not in text_of(reviewer.get(QUEUE))
