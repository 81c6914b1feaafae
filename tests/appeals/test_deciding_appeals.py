"""What staff make of an appeal: one proposes, another approves, and the rules run again."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.appeals import desk_actions
from portal.appeals.actions import StaleAppeal
from portal.appeals.proposals import BadProposal, standing
from portal.applications import reviews
from portal.applications.deciders import DecidedBefore
from portal.common import clock
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import NotAllowed
from portal.members.queries import TiedToFirm
from portal.policies.records import Policy
from tests.appeals import stories
from tests.appeals.stories import REASON, RIGHT_TOTAL, approve, file, member, propose, told
from tests.applications.desk import application_of, state_of
from tests.people import LIN_ZHIYAO
from tests.prepared import A_MORNING
from tests.samples import (
    DEBTOR,
    GIANT,
    SILENT,
    STRANGER,
    apply_all,
    customs_book,
    customs_line,
    import_one,
)


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
