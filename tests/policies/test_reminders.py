"""Reminders go out at the set intervals only, and never after a policy was acknowledged; invitations once."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.applications.actions import import_applications
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND, NotAllowed
from portal.members.records import Invitation
from portal.policies.actions import record_acknowledgement
from portal.policies.annulment_actions import annul
from portal.policies.firm_actions import withdraw
from portal.policies.inviting import invite_enrolled, reachable
from portal.policies.reminders import Reminded, interval_due, remind
from portal.programme.records import ServiceLevel
from portal.programme.service_levels import CATCH_UP_DAYS, REMINDER_DAYS, RENEWAL_DAYS
from tests.conftest import signed_in_exporter
from tests.outbox import sent
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO, WU_GUOLIANG
from tests.policies.firms import acts_for, exporter_acting, member_of, stored, stranger_insured
from tests.policies.stories import ISSUE_DAY, acting, actions_on, issue, on_day
from tests.samples import APPLIED_ON, HARBOUR, SCHEME, application_line, applications_book, apply_all, import_all

NOTHING = Reminded(0, 0)


@pytest.fixture
def insured(instance: Instance) -> Instance:
    """A firm with its policy of 2 March."""
    import_all(instance)
    apply_all(instance, [HARBOUR])
    issue(instance)
    return instance


def reminded_after(instance: Instance, days: int) -> int:
    """How many policies are reminded of so many days after issue."""
    day = ISSUE_DAY + timedelta(days=days)
    with on_day(day):
        return remind(instance, COMMAND, day).acknowledgements


def set_to(instance: Instance, key: str, value: str) -> None:
    """An administrator has set this service level, from the day of issue on."""
    with audit.write(instance.database, COMMAND, "programme.set_level") as session:
        session.add(
            ServiceLevel(
                id="01H",
                key=key,
                value=value,
                starts_on=ISSUE_DAY,
                reference="通知",
                set_by="command",
                set_at=clock.now(),
            )
        )


@pytest.mark.parametrize(
    ("days", "due"),
    [(0, None), (2, None), (3, 3), (4, 3), (6, 3), (7, 7), (13, 7), (14, 14), (20, 14), (21, None), (300, None)],
)
def test_the_reminder_that_is_due_is_that_of_the_latest_interval(days: int, due: int | None) -> None:
    assert interval_due([3, 7, 14], 7, ISSUE_DAY, ISSUE_DAY + timedelta(days=days)) == due


def test_reminders_go_out_on_their_days_and_once(insured: Instance, app: Flask) -> None:
    member_of(app)
    told = [day for day in range(30) if reminded_after(insured, day) or reminded_after(insured, day)]
    assert told == [3, 7, 14]
    assert len(sent(insured, "acknowledge_reminder", CHEN_HAIXIA.mobile)) == 3
    entries = actions_on(insured, f"policy {stored(insured).number}")
    assert entries.count(("policies.remind", "done")) == 3


def test_the_intervals_are_those_that_an_administrator_set(insured: Instance, app: Flask) -> None:
    member_of(app)
    set_to(insured, REMINDER_DAYS, "5")
    assert [day for day in range(20) if reminded_after(insured, day)] == [5]


@pytest.mark.parametrize(("catch_up", "reminded"), [("2", 0), ("3", 1), ("9", 1)])
def test_a_missed_reminder_is_sent_for_as_long_as_an_administrator_set(
    insured: Instance, app: Flask, catch_up: str, reminded: int
) -> None:
    member_of(app)
    set_to(insured, CATCH_UP_DAYS, catch_up)
    assert reminded_after(insured, 5) == reminded  # the one of the third day, two days late


@pytest.mark.parametrize(("told_for", "told"), [("9", 0), ("10", 1), ("60", 1)])
def test_firms_are_told_of_an_open_year_for_as_long_as_an_administrator_set(
    insured: Instance, app: Flask, told_for: str, told: int
) -> None:
    member_of(app)
    set_to(insured, RENEWAL_DAYS, told_for)
    day = date(2023, 1, 11)
    with on_day(day):
        assert remind(insured, COMMAND, day) == Reminded(0, told)


def test_nobody_is_reminded_after_acknowledging(insured: Instance, app: Flask) -> None:
    member_of(app)
    assert reminded_after(insured, 3) == 1
    who = acting(insured, LIN_ZHIYAO)
    with on_day(ISSUE_DAY + timedelta(days=4)):
        record_acknowledgement(insured, who, stored(insured).number, ISSUE_DAY, "陈若舟")
    assert reminded_after(insured, 7) == 0


def test_nobody_is_reminded_of_a_policy_that_was_withdrawn_or_annulled(instance: Instance, app: Flask) -> None:
    import_all(instance)
    apply_all(instance, [HARBOUR])
    stranger_insured(app)
    annul(instance, acting(instance, LIN_ZHIYAO), stored(instance).number, "不是该企业的人")
    assert reminded_after(instance, 3) == 0
    apply_all(instance, [HARBOUR], ISSUE_DAY)
    issue(instance)
    signed_in_exporter(app, WU_GUOLIANG)
    acts_for(instance, WU_GUOLIANG, HARBOUR)
    withdraw(instance, exporter_acting(instance, WU_GUOLIANG), stored(instance).number)
    assert reminded_after(instance, 3) == 0


def test_a_firm_that_nobody_acts_for_is_not_reminded_and_leaves_no_entry(insured: Instance) -> None:
    assert reminded_after(insured, 3) == 0
    assert ("policies.remind", "done") not in actions_on(insured, f"policy {stored(insured).number}")


def test_the_command_refuses_a_day_to_come_and_is_the_operators(insured: Instance, app: Flask) -> None:
    runner = app.test_cli_runner()
    answer = runner.invoke(args=["policies", "remind", "--on", "2022-03-03"])
    assert answer.exit_code != 0
    assert "has not come yet" in answer.output
    assert runner.invoke(args=["policies", "remind"]).output == "policies: reminded of 0 told of renewal 0\n"
    with pytest.raises(NotAllowed):
        remind(insured, acting(insured, LIN_ZHIYAO), ISSUE_DAY)


def test_when_a_new_year_opens_whoever_was_insured_is_told_once(insured: Instance, app: Flask) -> None:
    member_of(app)
    new_year = date(2023, 1, 1)
    with on_day(new_year):
        assert remind(insured, COMMAND, new_year) == Reminded(0, 1)
        assert remind(insured, COMMAND, new_year) == NOTHING
    with on_day(new_year + timedelta(days=9)):
        assert remind(insured, COMMAND, new_year + timedelta(days=9)) == NOTHING
    (letter,) = sent(insured, "policy_renewal", CHEN_HAIXIA.mobile)
    assert (letter.words["year"], letter.words["closes_on"]) == ("2023", "2023-12-31")


def test_whoever_has_applied_for_the_new_year_is_not_told(insured: Instance, app: Flask) -> None:
    member_of(app)
    new_year = date(2023, 1, 1)
    with on_day(new_year):
        apply_all(insured, [HARBOUR], new_year)
        assert remind(insured, COMMAND, new_year) == NOTHING


def invitations(instance: Instance) -> list[Invitation]:
    """Every invitation."""
    with instance.database.reading() as session:
        return list(session.execute(select(Invitation)).scalars())


def enrolled_by_file(instance: Instance, mobile: str | None) -> None:
    """A firm with its policy whose contact the authority's file names."""
    import_all(instance)
    book = applications_book([application_line(HARBOUR, "陈海霞", mobile)])
    import_applications(instance, COMMAND, book, SCHEME, APPLIED_ON)
    issue(instance)


def test_a_firm_enrolled_by_file_is_invited_once_and_to_its_policy(instance: Instance, app: Flask) -> None:
    enrolled_by_file(instance, CHEN_HAIXIA.mobile)
    assert invitations(instance) == [], "issuing itself invites nobody: it stays fast"
    assert app.test_cli_runner().invoke(args=["policies", "invite"]).output == "policies: invited 1\n"
    assert invite_enrolled(instance, COMMAND) == 0
    (made,) = invitations(instance)
    assert (made.uscc, made.origin) == (HARBOUR.uscc, "file")
    assert [one.address for one in sent(instance, "invitation")] == [CHEN_HAIXIA.mobile]


def test_nobody_is_invited_who_cannot_be_reached_or_has_somebody_already(instance: Instance, app: Flask) -> None:
    enrolled_by_file(instance, "0592-1234567")
    before = actions_on(instance, f"policy {stored(instance).number}")
    assert invite_enrolled(instance, COMMAND) == 0
    assert actions_on(instance, f"policy {stored(instance).number}") == before
    assert not reachable({"mobile": "0592-1234567", "name": "陈海霞"})
    assert reachable({"mobile": "0592-1234567", "email": "chen@example.com"})


def test_a_firm_with_a_confirmed_member_is_not_invited(instance: Instance, app: Flask) -> None:
    enrolled_by_file(instance, CHEN_HAIXIA.mobile)
    member_of(app, WU_GUOLIANG)
    assert invite_enrolled(instance, COMMAND) == 0
