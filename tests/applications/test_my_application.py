"""A firm's own page of its application: the answer, whose turn it is, and nothing that it may not know."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from portal.applications.reviews import review
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.members.records import Membership
from portal.scheme import stages
from tests.accounts.pages import heading_of, text_of, title_of
from tests.applications.desk import application_of
from tests.applications.reading import REASON, applied, newest_decision, read, reviewer, words_of
from tests.applications.screenings import listed, lists_with, namesake
from tests.applications.web import apply_on_the_web, confirm, set_application, told
from tests.members.binding import bind, exporter, newest
from tests.outbox import sent
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO, WU_GUOLIANG
from tests.samples import (
    DEBTOR,
    GIANT,
    HARBOUR,
    ISLET,
    SILENT,
    Firm,
    Line,
    apply_all,
    import_all,
    import_one,
    list_line,
    lists_book,
    valid_uscc,
)

NOTHING_TO_DO = (
    "A question below does not change your policy by itself. Staff look at it; you need do nothing unless you "
    "hear from them."
)


@pytest.fixture
def sources(instance: Instance) -> None:
    import_all(instance)


@pytest.mark.usefixtures("sources")
def test_a_firm_above_the_cap_reads_its_distance_the_source_the_article_and_until_when_to_appeal(
    app: Flask,
) -> None:
    client, number = applied(app, GIANT)
    page = text_of(client.get(f"/my/applications/{number}"))
    said = words_of(page)
    assert heading_of(page) == "You cannot enrol this time"
    assert title_of(page).startswith("You cannot enrol this time")
    assert "Exports in 2021 are USD 212,340.00 above the cap. The other 9 rules are met." in said
    assert "Exports in 2021 were USD 6,212,340.00, USD 212,340.00 above the cap of USD 6,000,000.00." in said
    assert "Customs exports, version 1 (2 Mar 2022)" in said
    assert 'class="tb-loadline"' in page
    assert "until 1 May 2022" in said
    assert f'href="/my/applications/{number}/appeal?about=exports_within_cap"' in page
    assert re.search(r'Basis (<a [^>]*>)?<span lang="zh-Hans">[^<]+</span>', page)
    assert "For policy year 2023 the exports of 2022 count." in said


@pytest.mark.usefixtures("sources")
def test_before_it_is_confirmed_a_failed_public_rule_is_told_without_any_figure(app: Flask) -> None:
    client, number = applied(app, GIANT, confirmed=False)
    page = text_of(client.get(f"/my/applications/{number}"))
    said = words_of(page)
    assert heading_of(page) == "You cannot enrol this time"
    assert "Base-year exports within the cap: no." in said
    for hidden in ("6,212,340", "212,340", "USD", "version 1"):
        assert hidden not in said, hidden
    assert 'class="tb-loadline"' not in page
    assert "/appeal" not in page
    assert "declared, unverified" in said


@pytest.mark.usefixtures("sources")
def test_listed_or_not_an_unconfirmed_reader_gets_the_same_page_and_the_same_words(
    app: Flask, instance: Instance
) -> None:
    """The debtor is listed, the islet has a namesake on a list, the harbour is eligible but held."""
    pages, messages = [], []
    client = exporter(app, CHEN_HAIXIA)
    for firm in (DEBTOR, ISLET, HARBOUR):
        assert bind(client, firm).status_code == 302
        number = apply_on_the_web(app, firm, hold="firm_first" if firm is HARBOUR else None)
        page = text_of(client.get(f"/my/applications/{number}"))
        for own in (firm.name, firm.uscc, number, firm.representative, firm.number[:3], firm.number[-2:]):
            page = page.replace(own, "…")
        page = page[page.index("</header>") :]  # above it stands how many messages are new
        pages.append(re.sub(r"\d{3,}[*\d]+", "…", page))
        told_now = [one for one in sent(instance) if one.words.get("number") == number]
        messages.append([(one.kind, one.channel) for one in told_now])
    assert pages[0] == pages[1] == pages[2]
    assert messages[0] == messages[1] == messages[2] == [("application_checking", "sms")]
    said = words_of(pages[0])
    assert "A person looks at your application" in said
    assert "Firm on no list" in said  # among what is being checked
    assert "question about the public lists" not in said


@pytest.mark.usefixtures("sources")
def test_a_firm_that_a_person_looks_at_reads_until_when_and_never_what_stands_on_the_list(app: Flask) -> None:
    client, number = applied(app, ISLET)
    said = read(client, number)
    assert "Our turn: you need do nothing" in said
    assert "By 9 Mar 2022, 7 days left." in said
    assert "There is a question about the public lists and your legal representative." in said
    for hidden in ("失信被执行人", "2021-09-14", "14 Sep 2021", "示例人民法院", "masked"):
        assert hidden not in said, hidden


@pytest.mark.usefixtures("sources")
def test_an_eligible_firm_reads_that_it_is_insured_and_goes_on_to_its_policy(app: Flask) -> None:
    client, number = applied(app, HARBOUR, confirmed=False)
    page = text_of(client.get(f"/my/applications/{number}"))
    assert heading_of(page) == "You are insured"
    assert 'href="/my/policies/P2022-000001"' in page
    assert "USD" not in words_of(page)


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize("entry", [listed, namesake], ids=["itself", "a namesake of its representative"])
def test_an_insured_firm_that_comes_on_a_list_reads_that_its_policy_holds_and_whose_turn_it_is(
    app: Flask, instance: Instance, entry: Callable[[Firm], Line]
) -> None:
    client, number = applied(app, HARBOUR)
    assert NOTHING_TO_DO not in read(client, number)
    import_one(instance, "lists", lists_with(entry(HARBOUR)))
    page = text_of(client.get(f"/my/applications/{number}"))
    assert heading_of(page) == "You are insured"
    assert NOTHING_TO_DO in words_of(page)


def test_without_a_source_the_firm_reads_that_it_need_do_nothing(app: Flask) -> None:
    client, number = applied(app, HARBOUR)
    said = read(client, number)
    assert "Your application waits for data of an authority" in said
    assert "Our turn: you need do nothing" in said


def test_once_the_source_is_there_the_firm_is_told_the_result(app: Flask, instance: Instance) -> None:
    client, number = applied(app, GIANT)
    assert told(instance) == []
    import_all(instance)
    assert told(instance) == ["application_ineligible"]
    assert "You cannot enrol this time" in read(client, number)


@pytest.mark.usefixtures("sources")
def test_a_rejection_names_the_point_in_question_and_never_what_the_reviewer_wrote(
    app: Flask, instance: Instance
) -> None:
    client, number = applied(app, ISLET)
    decision = newest_decision(instance, number, ISLET)
    review(instance, reviewer(instance), number, decision, "reject", REASON)
    said = read(client, number)
    assert "A reviewer looked at this and could not clear it: there is a question about the public lists" in said
    assert "出生日期" not in said
    assert LIN_ZHIYAO.name not in said
    assert told(instance)[-1] == "application_rejected"


@pytest.mark.usefixtures("sources")
def test_an_open_application_is_withdrawn_after_one_more_question_and_the_others_are_told(
    app: Flask, instance: Instance
) -> None:
    client, number = applied(app, SILENT)
    colleague = exporter(app, WU_GUOLIANG)
    bind(colleague, SILENT)
    confirm(instance, SILENT)
    before = len(told(instance))
    asked = client.get(f"/my/applications/{number}/withdraw")
    assert heading_of(text_of(asked)) == f"Withdraw application {number}?"
    for _press in range(2):
        answer = client.post(f"/my/applications/{number}/withdraw", follow_redirects=True)
        assert heading_of(text_of(answer)) == "This application is withdrawn"
    assert told(instance)[before:] == ["application_withdrawn"]  # the colleague; who did it knows
    assert application_of(instance, SILENT).state == stages.WITHDRAWN


@pytest.mark.usefixtures("sources")
def test_a_decided_application_cannot_be_withdrawn_any_more(app: Flask, instance: Instance) -> None:
    client, number = applied(app, GIANT)
    assert client.get(f"/my/applications/{number}/withdraw").status_code == 302
    answer = client.post(f"/my/applications/{number}/withdraw", follow_redirects=True)
    assert "there is nothing to withdraw" in text_of(answer)
    assert application_of(instance, GIANT).state == stages.INELIGIBLE


@pytest.mark.usefixtures("sources")
def test_nothing_is_withdrawn_before_it_is_confirmed_who_acts_for_the_firm(app: Flask) -> None:
    client, number = applied(app, SILENT, confirmed=False)
    assert f"/my/applications/{number}/withdraw" not in text_of(client.get(f"/my/applications/{number}"))
    assert client.post(f"/my/applications/{number}/withdraw").status_code == 403


@pytest.mark.usefixtures("sources")
def test_an_application_is_open_to_its_firm_and_for_others_not_there(app: Flask, instance: Instance) -> None:
    _client, number = applied(app, GIANT)
    stranger = exporter(app, WU_GUOLIANG)
    for path in ("", "/withdraw"):
        assert stranger.get(f"/my/applications/{number}{path}").status_code == 404
    assert stranger.post(f"/my/applications/{number}/answer", data={"request": "x"}).status_code == 404
    bind(stranger, GIANT)  # who only says to act for the firm must not learn that it has applied
    assert stranger.get(f"/my/applications/{number}").status_code == 404
    confirm(instance, GIANT)
    assert stranger.get(f"/my/applications/{number}").status_code == 200


@pytest.mark.usefixtures("sources")
def test_a_firm_enrolled_by_file_reads_its_application_once_confirmed(app: Flask, instance: Instance) -> None:
    apply_all(instance, [GIANT])
    number = application_of(instance, GIANT).number
    client = exporter(app, CHEN_HAIXIA)
    bind(client, GIANT)
    assert client.get(f"/my/applications/{number}").status_code == 404
    confirm(instance, GIANT)
    assert "The application was handed in" in read(client, number)


STATES: dict[str, str] = {
    stages.ELIGIBLE: "You can enrol",
    stages.CLEARED: "You can enrol",
    stages.LAPSED: "This application has lapsed",
    stages.WITHDRAWN: "This application is withdrawn",
    stages.ANNULLED: "This enrolment is annulled",
    stages.ASKED: "We need something from you",
    stages.REJECTED: "You cannot enrol this time",
}


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize("confirmed", [True, False])
def test_every_state_has_a_page_in_both_languages(app: Flask, instance: Instance, confirmed: bool) -> None:
    client, number = applied(app, SILENT, confirmed=confirmed)
    for state, heading in STATES.items():
        set_application(instance, number, state=state)
        page = text_of(client.get(f"/my/applications/{number}"))
        if confirmed:
            assert heading_of(page) == heading, state
        client.get("/preferences/language/zh")
        chinese = heading_of(text_of(client.get(f"/my/applications/{number}")))
        assert re.search(r"[\u4e00-\u9fff]", chinese), state
        client.get("/preferences/language/en")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"state": stages.WAITING}, "Staff look at who acts for the firm. You need do nothing."),
        ({"state": stages.ASKED}, "Staff ask you for something about who acts for the firm."),
        ({}, "Your turn: confirm that you act for the firm"),
    ],
)
@pytest.mark.usefixtures("sources")
def test_whose_turn_it_is_before_confirming_follows_from_the_membership_alone(
    app: Flask, instance: Instance, columns: dict[str, str], words: str
) -> None:
    client, number = applied(app, DEBTOR, confirmed=False)
    with audit.write(instance.database, reviewer(instance), "members.ask") as session:
        member = session.get_one(Membership, newest(instance, DEBTOR).id)
        for name, value in columns.items():
            setattr(member, name, value)
    assert words in read(client, number)


@pytest.mark.usefixtures("sources")
def test_a_confirmed_member_reads_that_somebody_elses_application_is_held(app: Flask, instance: Instance) -> None:
    _client, number = applied(app, HARBOUR, confirmed=False, hold="firm_first")
    colleague = exporter(app, WU_GUOLIANG)
    bind(colleague, HARBOUR)
    confirm(instance, HARBOUR)
    said = read(colleague, number)
    assert "Staff first look at who applied" in said
    assert "The policy follows" not in said


@pytest.mark.usefixtures("sources")
def test_a_day_in_a_year_without_a_published_calendar_is_marked_as_provisional(
    app: Flask, instance: Instance
) -> None:
    client, number = applied(app, SILENT)
    set_application(instance, number, due_on=clock.today().replace(year=2031))
    said = read(client, number)
    assert "provisional" in said
    assert "The holidays of that year are not published yet, so the day may change." in said


@pytest.mark.usefixtures("sources")
def test_a_list_that_changes_nothing_for_the_firm_tells_it_nothing(app: Flask, instance: Instance) -> None:
    applied(app, GIANT)
    before = told(instance)
    import_one(instance, "lists", lists_book([list_line("福州另一示例有限公司", valid_uscc(901))]))
    assert told(instance) == before
