"""A new version of a source: who waits is decided anew at once, an insured firm becomes a task, no more."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.asking import ask_firm
from portal.applications.deciding import AT_SCREENING, replay_all
from portal.applications.records import Application, Request, SetAside
from portal.applications.reviews import latest_decision, open_matches
from portal.applications.screening import COVER_STAYS, DONE, OPEN, SET_ASIDE, WITHDRAWN, follow_import
from portal.applications.screening_actions import (
    HARMLESS,
    PASSES_AGAIN,
    TO_YEAR_END,
    StaleTask,
    StillOpen,
    decide_task,
    reason_of,
)
from portal.common import audit
from portal.common.audit_check import verify_audit
from portal.common.instance import AfterImport, Instance
from portal.common.people import People
from portal.common.roles import COMMAND, Actor, NotAllowed, Role
from portal.members.queries import TiedToFirm
from portal.members.ties import note_tie
from portal.policies.actions import issue_one, record_withdrawal
from portal.programme.working_days import due
from portal.reference.actions import import_source
from portal.scheme import stages
from tests.applications.screenings import (
    REASON,
    decisions_of,
    listed,
    lists_with,
    namesake,
    registry,
    reviewer_of,
    without,
)
from tests.members.applying import tasks
from tests.people import HE_YUNQING, LIN_ZHIYAO
from tests.policies.stories import (
    ISSUE_DAY,
    acting,
    actions_on,
    application_of,
    approve,
    issue,
    on_day,
    policy_of,
)
from tests.samples import (
    DEBTOR,
    FIRMS,
    GIANT,
    HARBOUR,
    ISLET,
    SILENT,
    customs_book,
    customs_line,
    import_one,
    list_line,
    lists_book,
    masked_number,
    registry_book,
    valid_identity_number,
    valid_uscc,
)


@pytest.fixture
def insured(decided: Instance) -> Instance:
    """Harbour is insured."""
    issue(decided)
    return decided


def holds(instance: Instance) -> None:
    """The trail is unbroken and every stored decision comes out the same."""
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None
        assert replay_all(session, People(session, instance.keys)).differ == []


# Who waits


def test_a_firm_that_is_newly_listed_while_it_waits_is_ineligible_at_once(decided: Instance) -> None:
    result = import_one(decided, "lists", lists_with(listed(HARBOUR)))
    assert (result.followed.waiting, result.followed.insured) == (1, 0)
    assert application_of(decided, HARBOUR).state == stages.INELIGIBLE
    last = decisions_of(decided, HARBOUR)[-1]
    assert (last.occasion, last.failed, last.judged_on) == (AT_SCREENING, "firm_not_listed", ISSUE_DAY)
    number = application_of(decided, HARBOUR).number
    assert actions_on(decided, f"application {number}")[-1] == ("applications.screen", "done")
    holds(decided)


def test_a_listed_namesake_refers_a_firm_that_was_eligible_and_the_clock_starts(decided: Instance) -> None:
    import_one(decided, "lists", lists_with(namesake(HARBOUR)))
    application = application_of(decided, HARBOUR)
    assert (application.state, application.referred_on) == (stages.REFERRED, ISSUE_DAY)
    with decided.database.reading() as session:
        assert application.due_on == due(session, ISSUE_DAY, 5).day


def test_an_entry_that_ends_lets_the_firm_enrol(decided: Instance) -> None:
    ended = list_line(
        person=ISLET.representative,
        number=masked_number(ISLET.number),
        listed_on="2021-09-14",
        removed_on="2022-02-01",
    )
    import_one(decided, "lists", lists_book([list_line(DEBTOR.name, DEBTOR.uscc), ended]))
    assert application_of(decided, ISLET).state == stages.ELIGIBLE


def test_a_firm_that_the_registry_loses_is_referred_and_eligible_once_it_is_there_again(decided: Instance) -> None:
    import_one(decided, "registry", without(HARBOUR))
    assert application_of(decided, HARBOUR).state == stages.REFERRED
    import_one(decided, "registry", registry_book())
    assert application_of(decided, HARBOUR).state == stages.ELIGIBLE
    assert [one.occasion for one in decisions_of(decided, HARBOUR)] == ["application", "screening", "screening"]
    holds(decided)


def test_customs_of_the_base_year_decide_anew_whose_total_changed(decided: Instance) -> None:
    lines = [customs_line(firm.uscc, firm.name, firm.exports) for firm in FIRMS if firm not in (SILENT, HARBOUR)]
    lines += [
        customs_line(SILENT.uscc, SILENT.name, "10.00"),
        customs_line(HARBOUR.uscc, HARBOUR.name, "6000000.01"),
    ]
    result = import_one(decided, "customs", customs_book(lines))
    assert result.followed.waiting == 2
    assert application_of(decided, SILENT).state == stages.ELIGIBLE
    assert application_of(decided, HARBOUR).state == stages.INELIGIBLE
    assert len(decisions_of(decided, ISLET)) == 1


def test_customs_of_another_year_concern_nobody(decided: Instance) -> None:
    result = import_one(decided, "customs", customs_book([customs_line(HARBOUR.uscc, HARBOUR.name, "9", 2019)]))
    assert (result.followed.waiting, result.followed.insured) == (0, 0)


def test_who_is_not_concerned_gets_no_decision(decided: Instance) -> None:
    before = {firm.uscc: len(decisions_of(decided, firm)) for firm in FIRMS}
    import_one(decided, "lists", lists_with(list_line("福州另一示例有限公司", valid_uscc(777))))
    changed = registry(**{HARBOUR.uscc: {"address": "厦门市湖里区另一路 2 号"}})
    assert import_one(decided, "registry", registry_book(changed)).followed.waiting == 0
    assert {firm.uscc: len(decisions_of(decided, firm)) for firm in FIRMS} == before


def test_a_cleared_case_stays_cleared_while_only_what_was_approved_is_in_question(decided: Instance) -> None:
    approve(decided, LIN_ZHIYAO, SILENT)
    changed = registry(**{SILENT.uscc: {"kind": "有限责任公司（港澳台投资）"}})
    assert import_one(decided, "registry", registry_book(changed)).followed.waiting == 1
    assert application_of(decided, SILENT).state == stages.CLEARED
    assert decisions_of(decided, SILENT)[-1].referred == "exports_above_zero exports_within_cap"


def test_a_cleared_case_is_referred_again_as_soon_as_something_else_is_in_question(decided: Instance) -> None:
    approve(decided, LIN_ZHIYAO, SILENT)
    import_one(decided, "lists", lists_with(namesake(SILENT)))
    assert application_of(decided, SILENT).state == stages.REFERRED


def test_a_firm_that_was_asked_is_asked_no_longer_once_it_cannot_enrol(decided: Instance) -> None:
    application = application_of(decided, SILENT)
    seen = decisions_of(decided, SILENT)[-1].id
    ask_firm(decided, reviewer_of(decided), application.number, seen, ["evidence_exports"], "")
    import_one(decided, "lists", lists_with(namesake(SILENT)))
    assert application_of(decided, SILENT).state == stages.ASKED, "it is still the firm's turn"
    import_one(decided, "lists", lists_with(namesake(SILENT), listed(SILENT)))
    assert application_of(decided, SILENT).state == stages.INELIGIBLE
    with decided.database.reading() as session:
        assert session.execute(select(Request.closed_at)).scalar_one() is not None


def test_what_was_decided_for_good_is_not_decided_again(decided: Instance) -> None:
    import_one(decided, "lists", lists_book([list_line("无关示例有限公司")]))
    lines = [
        customs_line(GIANT.uscc, GIANT.name, "1.00"),
        customs_line(HARBOUR.uscc, HARBOUR.name, HARBOUR.exports),
    ]
    import_one(decided, "customs", customs_book(lines))
    assert application_of(decided, GIANT).state == stages.INELIGIBLE
    assert len(decisions_of(decided, GIANT)) == 1


def test_after_the_policy_year_nobody_is_screened(decided: Instance) -> None:
    with on_day(date(2023, 1, 1)):
        result = import_one(decided, "lists", lists_with(listed(HARBOUR)))
    assert (result.followed.waiting, result.followed.insured) == (0, 0)


def test_a_firm_that_applied_on_line_gets_its_policy_in_the_same_go(decided: Instance) -> None:
    with audit.write(decided.database, COMMAND, "test") as session:
        session.get_one(Application, application_of(decided, SILENT).id).channel = "web"
    decided.issue_at_once = lambda number: issue_one(decided, number)
    lines = [customs_line(firm.uscc, firm.name, firm.exports or "7.00") for firm in FIRMS]
    result = import_one(decided, "customs", customs_book(lines))
    assert result.followed.issue == (application_of(decided, SILENT).number,)
    assert application_of(decided, SILENT).state == stages.ISSUED
    assert application_of(decided, HARBOUR).state == stages.ELIGIBLE, "one from a file waits for its issue"


# Who is insured


def test_an_insured_firm_newly_listed_becomes_a_task_and_stays_insured(insured: Instance) -> None:
    result = import_one(insured, "lists", lists_with(listed(HARBOUR)))
    assert (result.followed.waiting, result.followed.insured) == (0, 1)
    [task] = tasks(insured)
    assert (task.number, task.state, task.codes) == ("S2022-00001", OPEN, "firm_not_listed")
    assert (task.uscc, task.firm_name) == (HARBOUR.uscc, HARBOUR.name)
    with insured.database.reading() as session:
        assert task.due_on == due(session, ISSUE_DAY, 5).day
    assert application_of(insured, HARBOUR).state == stages.ISSUED
    assert policy_of(insured, HARBOUR).state == stages.IN_FORCE
    decision = decisions_of(insured, HARBOUR)[-1]
    assert (decision.id, decision.occasion, decision.outcome) == (task.decision_id, AT_SCREENING, "ineligible")
    assert "not_already_enrolled" not in decision.failed, "its own policy is no second one"
    holds(insured)


def test_an_insured_firm_whose_exports_cross_the_cap_stays_covered_without_a_task(insured: Instance) -> None:
    result = import_one(insured, "customs", customs_book([customs_line(HARBOUR.uscc, HARBOUR.name, "9000000")]))
    assert result.followed.insured == 0
    assert tasks(insured) == []


def test_an_insured_firm_of_which_nothing_is_in_question_gets_neither_task_nor_decision(insured: Instance) -> None:
    before = len(decisions_of(insured, HARBOUR))
    other = list_line(person=HARBOUR.representative, number=masked_number(valid_identity_number(4321)))
    assert import_one(insured, "lists", lists_with(other)).followed.insured == 0
    assert len(decisions_of(insured, HARBOUR)) == before


def test_a_task_that_is_open_is_brought_up_to_date_and_not_doubled(insured: Instance) -> None:
    import_one(insured, "lists", lists_with(namesake(HARBOUR)))
    import_one(insured, "registry", registry_book(registry(**{HARBOUR.uscc: {"status": "注销"}})))
    [task] = tasks(insured)
    assert task.codes == "registration_active representative_not_listed"
    import_one(insured, "registry", registry_book())
    import_one(
        insured,
        "lists",
        lists_with(namesake(HARBOUR, removed_on="2022-03-01")),
    )
    [task] = tasks(insured)
    assert (task.state, task.codes) == (OPEN, ""), "it passes again, and a person says so"


def test_cover_stays_with_a_coded_and_a_private_reason_and_is_not_asked_again(insured: Instance) -> None:
    import_one(insured, "registry", without(HARBOUR))
    [task] = tasks(insured)
    with pytest.raises(StillOpen):
        decide_task(
            insured, reviewer_of(insured), task.number, task.decision_id, COVER_STAYS, REASON, PASSES_AGAIN
        )
    who = reviewer_of(insured)
    assert decide_task(insured, who, task.number, task.decision_id, COVER_STAYS, REASON, HARMLESS) == DONE
    [task] = tasks(insured)
    assert (task.outcome, task.closed_by) == (COVER_STAYS, who.id)
    with insured.database.reading() as session:
        assert reason_of(People(session, insured.keys), task) == {"code": HARMLESS, "reason": REASON}
    lines = [line for line in registry(**{ISLET.uscc: {"kind": "股份有限公司"}}) if line[1] != HARBOUR.uscc]
    assert import_one(insured, "registry", registry_book(lines)).followed.insured == 0
    import_one(insured, "lists", lists_with(namesake(HARBOUR)))
    assert [one.codes for one in tasks(insured) if one.state == OPEN] == ["representative_not_listed"]
    holds(insured)


def test_setting_the_match_aside_closes_the_task_for_that_pair_only(insured: Instance) -> None:
    import_one(insured, "lists", lists_with(namesake(HARBOUR)))
    [task] = tasks(insured)
    with insured.database.reading() as session:
        decision = latest_decision(session, task.application_id)
    assert decision is not None
    entries = [entry for found in open_matches(decision).values() for entry in found]
    who = reviewer_of(insured)
    assert decide_task(insured, who, task.number, task.decision_id, SET_ASIDE, REASON, entries=entries) == DONE
    with insured.database.reading() as session:
        [aside] = session.execute(select(SetAside)).scalars()
    assert aside.subject == f"person:{application_of(insured, HARBOUR).representative_id}"
    assert decisions_of(insured, HARBOUR)[-1].outcome == "eligible"
    changed = lists_with(namesake(HARBOUR, source="另一法院"))
    assert import_one(insured, "lists", changed).followed.insured == 1, "a changed entry asks again"


def test_a_set_aside_leaves_the_task_open_for_what_else_is_in_question(insured: Instance) -> None:
    import_one(insured, "lists", lists_with(namesake(HARBOUR), listed(HARBOUR)))
    [task] = tasks(insured)
    with insured.database.reading() as session:
        decision = latest_decision(session, task.application_id)
    assert decision is not None
    entries = [entry for found in open_matches(decision).values() for entry in found]
    who = reviewer_of(insured)
    assert decide_task(insured, who, task.number, task.decision_id, SET_ASIDE, REASON, entries=entries) == OPEN
    assert [(one.state, one.codes) for one in tasks(insured)] == [(OPEN, "firm_not_listed")]


def test_ending_the_cover_closes_the_task(insured: Instance) -> None:
    import_one(insured, "lists", lists_with(listed(HARBOUR)))
    record_withdrawal(insured, reviewer_of(insured), policy_of(insured, HARBOUR).number, ISSUE_DAY)
    [task] = tasks(insured)
    assert (task.state, task.outcome) == (DONE, WITHDRAWN)
    holds(insured)


def test_only_one_of_two_reviewers_closes_a_task(insured: Instance) -> None:
    import_one(insured, "registry", without(HARBOUR))
    [task] = tasks(insured)
    decide_task(insured, reviewer_of(insured), task.number, task.decision_id, COVER_STAYS, REASON, TO_YEAR_END)
    other = acting(insured, HE_YUNQING)
    with pytest.raises(StaleTask):
        decide_task(insured, other, task.number, task.decision_id, COVER_STAYS, REASON, TO_YEAR_END)


def test_nobody_tied_to_the_firm_and_nobody_of_another_role_closes_a_task(insured: Instance) -> None:
    import_one(insured, "registry", without(HARBOUR))
    [task] = tasks(insured)
    who = reviewer_of(insured)
    note_tie(insured, who, who.id, HARBOUR.uscc)
    with pytest.raises(TiedToFirm):
        decide_task(insured, who, task.number, task.decision_id, COVER_STAYS, REASON, TO_YEAR_END)
    auditor = Actor("a", Role.AUDITOR)
    with pytest.raises(NotAllowed):
        decide_task(insured, auditor, task.number, task.decision_id, COVER_STAYS, REASON, TO_YEAR_END)


def test_nothing_of_an_import_stands_when_screening_fails(insured: Instance) -> None:
    def fails(session: Session, who: Actor, version: int) -> AfterImport:
        follow_import(session, insured, who, version)
        raise RuntimeError("after screening")

    with pytest.raises(RuntimeError, match="after screening"):
        import_source(insured, COMMAND, "lists", lists_with(listed(HARBOUR)), "x.xlsx", fails)
    assert tasks(insured) == []
    assert len(decisions_of(insured, HARBOUR)) == 2
