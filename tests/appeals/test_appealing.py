"""A firm appeals: who may, until when, about what; and what staff make of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from portal.appeals import actions, desk_actions
from portal.appeals.actions import AlreadyFiled, NotPossible, StaleAppeal
from portal.appeals.proposals import BadProposal, standing
from portal.applications import requests, reviews
from portal.applications.checks import check_firm
from portal.applications.deciders import DecidedBefore
from portal.applications.deciding import open_cases
from portal.applications.facts import gather
from portal.applications.records import Application
from portal.common import clock
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import NotAllowed
from portal.members.queries import TiedToFirm
from portal.messages.records import Message
from portal.policies.records import Policy
from portal.programme.working_days import due
from portal.scheme.terms import load_terms
from tests.appeals import stories
from tests.appeals.stories import REASON, RIGHT_TOTAL, WORDS, approve, file, member, propose
from tests.applications.desk import application_of, state_of
from tests.people import HE_YUNQING, LIN_ZHIYAO, WU_GUOLIANG
from tests.prepared import A_MORNING
from tests.samples import (
    DEBTOR,
    GIANT,
    HARBOUR,
    SILENT,
    STRANGER,
    Firm,
    apply_all,
    customs_book,
    customs_line,
    import_one,
)


def told(instance: Instance, kind: str) -> list[Message]:
    """The messages of a kind."""
    with instance.database.reading() as session:
        return list(session.execute(select(Message).where(Message.kind == kind)).scalars())


def reject(instance: Instance) -> None:
    """Lin Zhiyao rejects Jingshui, of which customs has no record."""
    application = application_of(instance, SILENT)
    decision = stories.decisions(instance, SILENT)[-1].id
    who = stories.first(instance)
    reviews.review(instance, who, application.number, decision, reviews.REJECT, "没有任何出口记录。")


def test_a_firm_over_the_cap_appeals_one_proposes_another_approves_and_the_policy_is_there(
    decided: Instance,
) -> None:
    number = file(decided, member(decided))
    made = propose(decided, number)
    assert state_of(decided, GIANT) == "ineligible"  # a proposal alone changes nothing
    with pytest.raises(desk_actions.SamePerson):
        approve(decided, number, made, stories.first(decided))
    assert approve(decided, number, made).state == "issued"
    assert stories.appeal(decided, number).state == "upheld"
    with decided.database.reading() as session:
        policy = session.execute(select(Policy).where(Policy.uscc == GIANT.uscc)).scalar_one()
    assert policy.exports_minor == RIGHT_TOTAL
    first, after_appeal, at_issue = stories.decisions(decided, GIANT)
    assert (first.outcome, after_appeal.occasion, at_issue.occasion) == ("ineligible", "appeal", "issue")
    assert '"corrected"' not in first.canonical
    assert f'"kind":"correction","version":{made}' in after_appeal.canonical
    assert '"was":"6212340.00"' in after_appeal.canonical
    stories.all_holds(decided)


def test_a_person_of_another_role_may_approve_but_never_propose(decided: Instance) -> None:
    number = file(decided, member(decided))
    with pytest.raises(NotAllowed):
        propose(decided, number, who=stories.approver(decided))
    assert approve(decided, number, propose(decided, number), stories.approver(decided)).state == "issued"


def test_a_list_entry_that_was_removed_long_ago_no_longer_keeps_a_firm_out(decided: Instance) -> None:
    who = member(decided, firm=DEBTOR)
    number = file(decided, who, DEBTOR, ["firm_not_listed"], "法院已于去年移出，附通知书。")
    with decided.database.reading() as session:
        people = People(session, decided.keys)
        application = application_of(decided, DEBTOR)
        stands = standing(session, people, application, clock.today())
        listed = stands.said.list_entries[0].entry_id
    made = propose(decided, number, "entry_removed", "2021-11-05", listed)
    assert approve(decided, number, made).state == "issued"
    stories.all_holds(decided)


def test_a_firm_that_has_moved_is_registered_here_by_correction(decided: Instance) -> None:
    number = file(decided, member(decided, firm=STRANGER), STRANGER, ["registered_in_municipality"])
    assert approve(decided, number, propose(decided, number, "place", "厦门市")).state == "issued"
    stories.all_holds(decided)


def test_what_still_fails_stays_ineligible_with_the_new_finding_and_can_be_appealed_again(
    decided: Instance,
) -> None:
    who = member(decided)
    number = file(decided, who)
    assert approve(decided, number, propose(decided, number, value="600000001")).state == "ineligible"
    assert stories.appeal(decided, number).state == "upheld"
    newest = stories.decisions(decided, GIANT)[-1]
    assert (newest.occasion, newest.failed) == ("appeal", "exports_within_cap")
    assert '"distance":"0.01"' in newest.canonical
    assert len(told(decided, "appeal_upheld")) == 1
    with clock.fixed(A_MORNING + timedelta(hours=1)):
        assert file(decided, who, words="数字还是不对。") != number
    stories.all_holds(decided)


def test_once_customs_says_something_else_the_correction_no_longer_counts(decided: Instance) -> None:
    number = file(decided, member(decided))
    made = propose(decided, number)
    book = customs_book([customs_line(GIANT.uscc, GIANT.name, "6300000.00")])
    import_one(decided, "customs", book)
    with pytest.raises(desk_actions.NoLongerStands):
        approve(decided, number, made)
    assert stories.appeal(decided, number).state == "proposed"
    assert state_of(decided, GIANT) == "ineligible"


def test_an_appeal_is_declined_by_a_code_that_the_firm_reads_and_a_reason_that_it_does_not(
    decided: Instance,
) -> None:
    number = file(decided, member(decided))
    desk_actions.decline(decided, stories.first(decided), number, "not_shown", REASON)
    found = stories.appeal(decided, number)
    assert (found.state, found.decline_code) == ("declined", "not_shown")
    assert REASON not in (found.reason_sealed or "")
    assert state_of(decided, GIANT) == "ineligible"
    assert [one.path for one in told(decided, "appeal_declined")] == [f"/my/appeals/{number}"]
    stories.all_holds(decided)


def test_whoever_declined_the_first_appeal_decides_nothing_on_the_second(decided: Instance) -> None:
    who = member(decided)
    desk_actions.decline(decided, stories.first(decided), file(decided, who), "not_shown", REASON)
    with clock.fixed(A_MORNING + timedelta(days=1)):
        number = file(decided, who, words="补交报关单。", evidence=[stories.paper("gray")])
    with pytest.raises(DecidedBefore):
        propose(decided, number)
    assert (
        approve(
            decided, number, propose(decided, number, who=stories.second(decided)), stories.approver(decided)
        ).state
        == "issued"
    )


def test_a_correction_is_sent_back_with_a_reason_and_proposed_again(decided: Instance) -> None:
    number = file(decided, member(decided))
    made = propose(decided, number)
    desk_actions.send_back(decided, stories.second(decided), number, made, "少了一张报关单。")
    found = stories.appeal(decided, number)
    assert (found.state, found.assigned_to) == ("open", stories.first(decided).id)
    assert state_of(decided, GIANT) == "ineligible"
    with pytest.raises(StaleAppeal):
        approve(decided, number, made)
    again = propose(decided, number)
    assert again == made + 1
    assert approve(decided, number, again).state == "issued"
    assert [one.state for one in stories.corrections(decided, number)] == ["declined", "approved"]
    stories.all_holds(decided)


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


def test_whoever_is_tied_to_the_firm_decides_nothing(decided: Instance) -> None:
    number = file(decided, member(decided))
    stories.tie(decided, LIN_ZHIYAO, GIANT)
    for decide in (
        lambda who: propose(decided, number, who=who),
        lambda who: desk_actions.decline(decided, who, number, "not_shown", REASON),
        lambda who: desk_actions.ask(decided, who, number, ["explain"], ""),
    ):
        with pytest.raises(TiedToFirm):
            decide(stories.first(decided))
    made = propose(decided, number, who=stories.second(decided))
    with pytest.raises(TiedToFirm):
        approve(decided, number, made, stories.first(decided))
    assert stories.appeal(decided, number).state == "proposed"


def test_a_rejected_firm_appeals_in_words_alone_and_another_person_decides_anew(decided: Instance) -> None:
    reject(decided)
    number = file(decided, member(decided, firm=SILENT), SILENT, ["exports_above_zero"], evidence=[])
    with pytest.raises(DecidedBefore):
        desk_actions.uphold(decided, stories.first(decided), number, REASON)
    assert desk_actions.uphold(decided, stories.second(decided), number, REASON).state == "referred"
    application = application_of(decided, SILENT)
    assert (application.referred_on, stories.appeal(decided, number).state) == (clock.today(), "upheld")
    newest = stories.decisions(decided, SILENT)[-1].id
    who = stories.first(decided)
    with pytest.raises(NotAllowed):
        reviews.review(decided, who, application.number, newest, reviews.APPROVE, "看过了，可以。")
    stories.all_holds(decided)


def test_a_rejected_firm_whose_missing_total_is_shown_is_insured(decided: Instance) -> None:
    reject(decided)
    number = file(decided, member(decided, firm=SILENT), SILENT, ["exports_above_zero", "exports_within_cap"])
    second, third = stories.second(decided), stories.approver(decided)
    made = propose(decided, number, value="12300000", who=second)
    assert approve(decided, number, made, third).state == "issued"
    stories.all_holds(decided)


def test_nobody_sends_an_ineligible_case_back_without_a_correction(decided: Instance) -> None:
    number = file(decided, member(decided))
    with pytest.raises(BadProposal, match="not_rejected"):
        desk_actions.uphold(decided, stories.first(decided), number, REASON)
    assert state_of(decided, GIANT) == "ineligible"


def test_while_another_application_is_open_that_one_is_decided_again_and_this_one_stays(
    decided: Instance,
) -> None:
    reject(decided)
    closed = application_of(decided, SILENT).number
    number = file(decided, member(decided, firm=SILENT), SILENT, ["exports_above_zero"])
    with clock.fixed(A_MORNING + timedelta(days=1)):
        apply_all(decided, [SILENT], date(2022, 3, 3))
        newer = application_of(decided, SILENT)
        assert (newer.number != closed, newer.state) == (True, "referred")
        result = desk_actions.uphold(decided, stories.second(decided), number, REASON)
    assert (result.state, result.other) == ("rejected", newer.number)
    assert stories.decisions(decided, SILENT)[-1].occasion == "appeal"
    stories.all_holds(decided)


def test_after_the_policy_year_an_upheld_appeal_leads_to_no_policy(decided: Instance) -> None:
    who = member(decided)
    with clock.fixed(A_MORNING + timedelta(days=40)):
        number = file(decided, who)
    with clock.fixed(A_MORNING.replace(year=2023, month=1, day=9)):
        assert approve(decided, number, propose(decided, number)).state == "lapsed"
    assert stories.appeal(decided, number).state == "upheld"
    with decided.database.reading() as session:
        assert session.execute(select(Policy).where(Policy.uscc == GIANT.uscc)).first() is None
    stories.all_holds(decided)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"value": "621234000"}, "same_value"),
        ({"value": "5.9 million"}, "value"),
        ({"what": "place", "value": "厦门市"}, "no_such_fact"),
        ({"what": "entry_removed", "value": "2021-01-01", "which": "1"}, "no_such_fact"),
        ({"holds_from": date(2022, 3, 3)}, "holds_from"),
        ({"holds_from": date(2020, 12, 31)}, "holds_from"),
    ],
)
def test_a_proposal_that_corrects_nothing_is_refused(
    decided: Instance, given: dict[str, object], code: str
) -> None:
    number = file(decided, member(decided))
    with pytest.raises(BadProposal, match=f"^{code}$"):
        propose(decided, number, **given)  # type: ignore[arg-type]  # the table holds arguments of several kinds
    assert stories.appeal(decided, number).state == "open"


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
