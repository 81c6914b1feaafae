"""Issuing: the rules run again on the day of issue, and what follows from each answer."""

from datetime import date

import pytest

from portal.applications.actions import import_applications
from portal.applications.deciding import AT_ISSUE
from portal.applications.reviews import SET_ASIDE, latest_decision, open_matches, review
from portal.common.instance import Instance
from portal.common.roles import COMMAND, NotAllowed, Role
from portal.policies.actions import issue_policies
from portal.scheme import stages
from portal.scheme.terms import BeforeFirstTerms, UnknownTerms
from tests.applications.screenings import lists_with
from tests.people import HE_YUNQING, LIN_ZHIYAO, STAFF, Staff
from tests.policies.stories import (
    ISSUE_DAY,
    acting,
    actions_on,
    application_of,
    approve,
    issue,
    on_day,
    policies,
    policy_of,
)
from tests.samples import (
    APPLIED_ON,
    FIRMS,
    HARBOUR,
    ISLET,
    SCHEME,
    SILENT,
    STRANGER,
    Line,
    application_line,
    applications_book,
    apply_all,
    customs_book,
    customs_line,
    import_all,
    import_one,
    list_line,
    lists_book,
    masked_number,
    registry_book,
    registry_line,
)

CONTINUED = "xiamen-continued"


@pytest.fixture
def applied(instance: Instance) -> Instance:
    """Sources imported, and an application of every invented firm decided."""
    import_all(instance)
    apply_all(instance)
    return instance


def import_the_day_before(applied: Instance, lists: bytes) -> None:
    """Import lists whose new entries come into force only on the day of issue: the issue itself must see them."""
    with on_day(APPLIED_ON):
        import_one(applied, "lists", lists)


def test_only_eligible_applications_get_a_policy(applied: Instance) -> None:
    result = issue(applied)
    assert (result.issued, result.refused) == (1, [])
    assert [policy.uscc for policy in policies(applied)] == [HARBOUR.uscc]
    application = application_of(applied, HARBOUR)
    assert (application.state, application.policy_number) == (stages.ISSUED, "P2022-000001")


def test_issuing_again_issues_nothing(applied: Instance) -> None:
    assert issue(applied).issued == 1
    again = issue(applied)
    assert (again.issued, again.refused) == (0, [])
    assert len(policies(applied)) == 1


def test_a_policy_covers_from_the_day_of_issue_to_the_end_of_the_year_and_names_the_gap(applied: Instance) -> None:
    issue(applied)
    policy = policy_of(applied, HARBOUR)
    assert (policy.issued_on, policy.starts_on, policy.ends_on) == (ISSUE_DAY, ISSUE_DAY, date(2022, 12, 31))
    assert (policy.gap_from, policy.gap_to) == (date(2022, 1, 1), date(2022, 3, 1))
    assert (policy.decided_by, policy.base_year, policy.exports_minor) == ("auto", 2021, 125_000_000)


def test_every_issue_is_an_entry_of_its_own_naming_application_and_policy(applied: Instance) -> None:
    issue(applied)
    entries = actions_on(applied, f"application {application_of(applied, HARBOUR).number}")
    assert entries[-1] == ("policies.issue", "done")


def test_a_firm_listed_since_its_application_gets_no_policy_and_is_ineligible(applied: Instance) -> None:
    import_the_day_before(applied, lists_with(list_line(HARBOUR.name, HARBOUR.uscc, listed_on="2022-03-02")))
    result = issue(applied)
    number = application_of(applied, HARBOUR).number
    assert (result.issued, result.refused) == (0, [(number, stages.INELIGIBLE)])
    with applied.database.reading() as session:
        decision = latest_decision(session, application_of(applied, HARBOUR).id)
    assert decision is not None
    assert (decision.occasion, decision.failed, decision.judged_on) == (AT_ISSUE, "firm_not_listed", ISSUE_DAY)


def test_an_entry_that_begins_after_the_day_of_issue_hinders_nothing(applied: Instance) -> None:
    import_one(applied, "lists", lists_with(list_line(HARBOUR.name, HARBOUR.uscc, listed_on="2022-03-03")))
    assert issue(applied).issued == 1


def test_a_cleared_case_is_issued_while_the_evidence_is_the_same(applied: Instance) -> None:
    assert approve(applied, LIN_ZHIYAO, SILENT) == stages.CLEARED
    assert issue(applied).issued == 2
    policy = policy_of(applied, SILENT)
    assert (policy.decided_by, policy.exports_minor) == ("person", None)


def test_a_cleared_case_is_referred_again_when_a_new_list_entry_appears(applied: Instance) -> None:
    approve(applied, LIN_ZHIYAO, SILENT)
    namesake = list_line(person=SILENT.representative, number=masked_number(SILENT.number), listed_on="2022-03-02")
    import_the_day_before(applied, lists_with(namesake))
    result = issue(applied)
    assert result.refused == [(application_of(applied, SILENT).number, stages.REFERRED)]
    assert result.issued == 1


def test_once_the_new_entry_is_set_aside_and_the_rest_approved_anew_the_policy_is_issued(
    applied: Instance,
) -> None:
    approve(applied, LIN_ZHIYAO, SILENT)
    namesake = list_line(person=SILENT.representative, number=masked_number(SILENT.number), listed_on="2022-03-02")
    import_the_day_before(applied, lists_with(namesake))
    issue(applied)
    application = application_of(applied, SILENT)
    with applied.database.reading() as session:
        decision = latest_decision(session, application.id)
    assert decision is not None
    entries = [entry for found in open_matches(decision).values() for entry in found]
    who = acting(applied, HE_YUNQING)
    reason = "出生年份不同，不是同一个人"
    assert review(applied, who, application.number, decision.id, SET_ASIDE, reason, entries) == stages.REFERRED
    assert approve(applied, HE_YUNQING, SILENT) == stages.CLEARED
    assert issue(applied).issued == 1
    assert policy_of(applied, SILENT).decided_by == "person"


def test_a_cleared_case_whose_evidence_changed_is_referred_again_and_not_issued(applied: Instance) -> None:
    approve(applied, LIN_ZHIYAO, SILENT)
    without = [line for line in _registry_lines() if line[1] != SILENT.uscc]
    import_one(applied, "registry", registry_book(without))
    assert application_of(applied, SILENT).state == stages.REFERRED
    assert issue(applied).issued == 1
    assert application_of(applied, SILENT).state == stages.REFERRED


def _registry_lines() -> list[Line]:
    return [registry_line(firm.uscc, firm.name, "泉州市" if firm is STRANGER else "厦门市") for firm in FIRMS]


def test_on_the_last_day_of_the_policy_year_a_policy_covers_one_day(applied: Instance) -> None:
    with on_day(date(2022, 12, 31)):
        assert issue(applied, date(2022, 12, 31)).issued == 1
    policy = policy_of(applied, HARBOUR)
    assert policy.starts_on == policy.ends_on == date(2022, 12, 31)
    assert (policy.gap_from, policy.gap_to) == (date(2022, 1, 1), date(2022, 12, 30))


def test_after_the_policy_year_what_was_not_issued_lapses_for_good(applied: Instance) -> None:
    numbers = [application_of(applied, firm).number for firm in (HARBOUR, ISLET, SILENT)]
    with on_day(date(2023, 1, 1)):
        result = issue(applied, date(2023, 1, 1))
        assert (result.issued, result.refused) == (0, [(number, stages.LAPSED) for number in numbers])
        assert issue(applied, date(2022, 12, 31)).issued == 0
    assert actions_on(applied, f"application {numbers[0]}")[-1] == ("policies.lapse", "done")


def test_who_applied_after_the_day_of_issue_is_left_waiting(applied: Instance) -> None:
    result = issue(applied, date(2022, 2, 28))
    assert (result.issued, result.refused) == (0, [])
    assert application_of(applied, HARBOUR).state == stages.ELIGIBLE


def test_one_application_can_be_issued_alone(applied: Instance) -> None:
    approve(applied, LIN_ZHIYAO, SILENT)
    number = application_of(applied, SILENT).number
    assert issue_policies(applied, COMMAND, SCHEME, ISSUE_DAY, only=number).issued == 1
    assert [policy.uscc for policy in policies(applied)] == [SILENT.uscc]


@pytest.mark.parametrize(
    ("applied_on", "issued_on", "gap_days", "cover_days"),
    [
        (date(2024, 1, 1), date(2024, 1, 1), 0, 366),
        (date(2024, 2, 28), date(2024, 2, 29), 59, 307),
        (date(2024, 2, 29), date(2024, 3, 1), 60, 306),
        (date(2025, 2, 28), date(2025, 3, 1), 59, 306),
        (date(2024, 12, 31), date(2024, 12, 31), 365, 1),
    ],
)
def test_gap_and_cover_fill_the_policy_year_in_leap_years_too(
    instance: Instance, applied_on: date, issued_on: date, gap_days: int, cover_days: int
) -> None:
    with on_day(issued_on):
        import_one(instance, "registry", registry_book())
        exports = customs_line(HARBOUR.uscc, HARBOUR.name, HARBOUR.exports, applied_on.year - 1)
        import_one(instance, "customs", customs_book([exports]))
        import_one(instance, "lists", lists_book())
        import_applications(
            instance, COMMAND, applications_book([application_line(HARBOUR)]), CONTINUED, applied_on
        )
        assert issue(instance, issued_on, CONTINUED).issued == 1
    policy = policy_of(instance, HARBOUR)
    gap = (policy.gap_to - policy.gap_from).days + 1 if policy.gap_to and policy.gap_from else 0
    assert (gap, (policy.ends_on - policy.starts_on).days + 1) == (gap_days, cover_days)


def test_an_unknown_scheme_and_a_day_before_its_first_terms_are_told(applied: Instance) -> None:
    with pytest.raises(UnknownTerms):
        issue(applied, scheme="xiamen-1999")
    with pytest.raises(BeforeFirstTerms):
        issue(applied, date(2021, 12, 31))


@pytest.mark.parametrize("person", STAFF, ids=lambda person: str(person.role))
def test_only_reviewers_and_underwriters_issue(applied: Instance, person: Staff) -> None:
    who = acting(applied, person)
    if person.role in (Role.REVIEWER, Role.UNDERWRITER):
        assert issue_policies(applied, who, SCHEME, ISSUE_DAY).issued == 1
    else:
        with pytest.raises(NotAllowed):
            issue_policies(applied, who, SCHEME, ISSUE_DAY)
        assert policies(applied) == []
