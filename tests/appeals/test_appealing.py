"""A firm appeals: who may, until when, about what; what it answers, and what of it is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from portal.appeals import actions, desk_actions
from portal.appeals.actions import AlreadyFiled, NotPossible, StaleAppeal
from portal.applications import requests
from portal.applications.checks import check_firm
from portal.applications.deciding import open_cases
from portal.applications.facts import gather
from portal.applications.records import Application
from portal.common import clock
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import NotAllowed
from portal.programme.working_days import due
from portal.scheme.terms import load_terms
from tests.appeals import stories
from tests.appeals.stories import REASON, WORDS, approve, file, member, propose, told
from tests.applications.desk import application_of
from tests.people import HE_YUNQING, LIN_ZHIYAO, WU_GUOLIANG
from tests.prepared import A_MORNING
from tests.samples import (
    GIANT,
    HARBOUR,
    SILENT,
    STRANGER,
    Firm,
)


@pytest.mark.parametrize("state", ["unconfirmed", "waiting", "asked", "left", "refused"])
def test_only_a_confirmed_member_appeals(decided: Instance, state: str) -> None:
    with pytest.raises(NotAllowed):
        file(decided, member(decided, state=state))


def test_a_member_of_another_firm_does_not_appeal(decided: Instance) -> None:
    with pytest.raises(NotAllowed):
        file(decided, member(decided, firm=HARBOUR), GIANT)


@pytest.mark.parametrize(("days", "possible"), [(60, True), (61, False)])
def test_the_sixtieth_day_is_the_last_one(decided: Instance, days: int, possible: bool) -> None:
    who = member(decided)
    with clock.fixed(A_MORNING + timedelta(days=days)):
        if possible:
            assert file(decided, who).startswith("B2022-")
        else:
            with pytest.raises(NotPossible, match="too_late"):
                file(decided, who)


def test_what_can_be_insured_has_nothing_to_appeal_against(decided: Instance) -> None:
    with pytest.raises(NotPossible, match="nothing_to_appeal"):
        file(decided, member(decided, firm=HARBOUR), HARBOUR)


def test_an_appeal_is_about_a_rule_that_is_in_question_in_words_and_with_a_paper(decided: Instance) -> None:
    who = member(decided)
    with pytest.raises(ValueError, match="about"):
        file(decided, who, codes=["registration_active"])
    with pytest.raises(ValueError, match="about nothing"):
        file(decided, who, codes=[])
    with pytest.raises(ValueError, match="characters"):
        file(decided, who, words="错")
    with pytest.raises(ValueError, match="without a paper"):
        file(decided, who, evidence=[])


def test_the_same_sent_twice_is_one_appeal_and_other_words_are_told_of_it(decided: Instance) -> None:
    who = member(decided)
    number = file(decided, who)
    assert file(decided, who) == number
    colleague = member(decided, WU_GUOLIANG)
    with pytest.raises(AlreadyFiled) as told_of:
        file(decided, colleague)
    assert told_of.value.number == number
    with pytest.raises(AlreadyFiled):
        file(decided, who, words="又想起一件事。")
    assert {one.account_id for one in told(decided, "appeal_received")} == {who.id}


def test_the_firm_is_asked_answers_and_the_clock_stood_still_meanwhile(decided: Instance) -> None:
    who = member(decided)
    number = file(decided, who)
    before = stories.appeal(decided, number).due_on
    desk_actions.ask(decided, stories.first(decided), number, ["evidence_exports", "explain"], "要全部报关单。")
    asked = stories.appeal(decided, number)
    assert (asked.state, asked.paused_on) == ("asked", clock.today())
    with pytest.raises(StaleAppeal):
        propose(decided, number)
    with decided.database.reading() as session:
        request = requests.open_request(session, requests.APPEAL, asked.id)
    assert request is not None
    with clock.fixed(A_MORNING + timedelta(days=7)):
        with pytest.raises(requests.NotAnswered):
            actions.answer(decided, who, number, request.id, {"explain": "见附件。"}, [])
        actions.answer(decided, who, number, request.id, {"explain": "见附件。"}, [stories.paper("gray")])
        with pytest.raises(StaleAppeal):
            actions.answer(decided, who, number, request.id, {"explain": "再来。"}, [stories.paper("gray")])
    answered = stories.appeal(decided, number)
    with decided.database.reading() as session:
        assert answered.due_on == due(session, before, 5).day
    assert (answered.state, answered.paused_on) == ("open", None)
    assert len(stories.evidence_of(decided, number)) == 2
    assert [one.your_turn for one in told(decided, "appeal_asked")] == [True]
    stories.all_holds(decided)


def test_a_request_is_taken_back_and_the_appeal_goes_on(decided: Instance) -> None:
    number = file(decided, member(decided))
    who = stories.first(decided)
    desk_actions.ask(decided, who, number, ["explain"], "")
    desk_actions.stop_waiting(decided, who, number)
    assert stories.appeal(decided, number).state == "open"
    assert approve(decided, number, propose(decided, number)).state == "issued"


def test_the_firm_takes_its_appeal_back_and_a_proposed_correction_with_it(decided: Instance) -> None:
    who = member(decided)
    number = file(decided, who)
    made = propose(decided, number)
    actions.withdraw(decided, who, number)
    actions.withdraw(decided, who, number)
    assert stories.appeal(decided, number).state == "withdrawn"
    assert [one.state for one in stories.corrections(decided, number)] == ["declined"]
    with pytest.raises(StaleAppeal):
        approve(decided, number, made)
    stories.all_holds(decided)


def test_what_firm_and_staff_write_is_nowhere_in_the_open(decided: Instance) -> None:
    number = file(decided, member(decided))
    approve(decided, number, propose(decided, number))
    with decided.database.reading() as session:
        everything = [
            str(row)
            for table in ("appeals", "corrections", "audit_entries", "audit_rows", "messages", "deliveries")
            for row in session.connection().exec_driver_sql(f"SELECT * FROM {table}")  # fixed names
        ]
    assert not [row for row in everything if WORDS in row or REASON in row]


def test_each_step_is_an_entry_of_the_trail(decided: Instance) -> None:
    number = file(decided, member(decided))
    approve(decided, number, propose(decided, number))
    with decided.database.reading() as session:
        query = select(AuditEntry.action, AuditEntry.actor_id).where(AuditEntry.action.startswith("appeals."))
        steps = [tuple(row) for row in session.execute(query.order_by(AuditEntry.seq))]
    assert steps[1:] == [
        ("appeals.propose", stories.staff(decided, LIN_ZHIYAO).id),
        ("appeals.approve", stories.staff(decided, HE_YUNQING).id),
    ]


def test_without_sign_in_a_corrected_firm_is_judged_alike_and_the_correction_is_not_told(
    decided: Instance,
) -> None:
    def verdicts() -> dict[str, tuple[str, str]]:
        with decided.database.reading() as session:
            found = check_firm(session, load_terms("xiamen-2022"), GIANT.uscc, clock.today())
        return {one.code: (str(one.verdict), one.source.kind) for one in found.findings}

    before = verdicts()
    assert before["exports_within_cap"] == ("fail", "customs")
    number = file(decided, member(decided))
    made = propose(decided, number)
    assert verdicts() == before
    approve(decided, number, made)
    assert verdicts() == {**before, "exports_within_cap": ("pass", "customs")}


def test_facts_are_gathered_with_the_same_number_of_queries_for_one_firm_as_for_many(decided: Instance) -> None:
    first = file(decided, member(decided))
    approve(decided, first, propose(decided, first))
    number = file(decided, member(decided, firm=STRANGER), STRANGER, ["registered_in_municipality"])
    approve(decided, number, propose(decided, number, "place", "厦门市"))

    def queries(*firms: Firm) -> tuple[int, list[int]]:
        with decided.database.reading() as session:
            people = People(session, decided.keys)
            wanted = [application_of(decided, firm).id for firm in firms]
            applications = [session.get_one(Application, one) for one in wanted]
            cases = list(open_cases(applications, people).values())
            seen: list[str] = []

            def note(*arguments: object) -> None:
                seen.append(str(arguments[2]))

            event.listen(decided.database.engine, "before_cursor_execute", note)
            try:
                facts = gather(session, people, cases, clock.today())
            finally:
                event.remove(decided.database.engine, "before_cursor_execute", note)
        return len(seen), [len(one.corrected) for one in facts]

    one, corrected = queries(GIANT)
    assert corrected == [1]
    assert queries(GIANT, STRANGER, HARBOUR, SILENT) == (one, [1, 1, 0, 0])
