"""One list of everything that waits at the desk: applications, firms, appeals, insured firms in question."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from ulid import ULID

from portal.applications.asking import ask_firm
from portal.applications.records import Application, ScreeningTask
from portal.applications.reviews import latest_decision
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.members.records import Membership
from portal.policies.actions import issue_policies
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.appeals.stories import file, first, member, propose, tie
from tests.applications.desk import (
    QUEUE,
    application_of,
    counted_queries,
    holder_of,
    refer_many,
    rows_of,
    tabs_of,
)
from tests.conftest import A_MORNING, sign_in_again, signed_in
from tests.desk.test_queue_page import exported, firms, shown
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO, SHI_PING, WU_GUOLIANG
from tests.samples import (
    GIANT,
    HARBOUR,
    ISLET,
    SCHEME,
    SILENT,
    STRANGER,
    apply_all,
    import_all,
)


def waiting_firm(instance: Instance) -> str:
    """Somebody says to act for the stranger's firm, and staff come first; the number."""
    member(instance, WU_GUOLIANG, STRANGER, state=stages.WAITING)
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        found = session.query(Membership).filter_by(uscc=STRANGER.uscc).one()
        found.why_waiting, found.due_on = "second_claim", clock.today() + timedelta(days=2)
        return found.number


def task(instance: Instance) -> str:
    """The harbour is insured, and a new version of a source puts it in question; the task's number."""
    issue_policies(instance, COMMAND, SCHEME, clock.today())
    application = application_of(instance, HARBOUR)
    assert application.state == stages.ISSUED
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        decision = latest_decision(session, application.id)
        assert decision is not None
        made = ScreeningTask(
            id=str(ULID()),
            number="S2022-00001",
            serial=1,
            application_id=application.id,
            decision_id=decision.id,
            uscc=application.uscc,
            firm_name=application.firm_name,
            codes="firm_not_listed",
            state="open",
            opened_on=clock.today(),
            opened_at=clock.now(),
            due_on=clock.today() + timedelta(days=7),
        )
        session.add(made)
        return made.number


@pytest.fixture
def everything(decided: Instance) -> dict[str, str]:
    """One open case of each kind beside the two referred applications: kind → number."""
    appellant = member(decided, CHEN_HAIXIA, GIANT)
    return {
        "membership": waiting_firm(decided),
        "appeal": file(decided, appellant),
        "screening": task(decided),
        "application": application_of(decided, SILENT).number,
    }


def test_what_waits_stands_in_one_list_and_each_kind_in_a_view_of_its_own(
    reviewer: FlaskClient, decided: Instance, everything: dict[str, str]
) -> None:
    page = text_of(reviewer.get(QUEUE))
    assert set(rows_of(page)) == {*everything.values(), application_of(decided, ISLET).number}
    counts = tabs_of(page)
    assert (counts["To look at"], counts["Firms"], counts["Appeals"], counts["Insured"]) == (5, 1, 1, 1)
    for view, kind in (("firms", "membership"), ("appeals", "appeal"), ("affected", "screening")):
        assert shown(reviewer, f"?view={view}") == [everything[kind]]
        assert shown(reviewer, f"?kind={kind}") == [everything[kind]]
    assert len(shown(reviewer, "?kind=application")) == 2


def test_each_row_says_what_is_to_look_at_and_leads_to_its_page(
    reviewer: FlaskClient, everything: dict[str, str]
) -> None:
    page = text_of(reviewer.get(QUEUE))
    for words in (
        "Somebody else acts for it too",
        "In question: Base-year exports within the cap",
        "In question: Firm on no list",
    ):
        assert words in page
    for path in ("memberships", "appeals", "screenings"):
        assert f'href="/desk/{path}/' in page


def test_a_reason_finds_what_is_of_it_among_all_kinds(
    reviewer: FlaskClient, decided: Instance, everything: dict[str, str]
) -> None:
    assert shown(reviewer, "?rule=second_claim") == [everything["membership"]]
    assert shown(reviewer, "?rule=other_representative") == []
    assert shown(reviewer, "?rule=firm_not_listed") == [everything["screening"]]
    both = {everything["application"], everything["appeal"]}
    assert set(shown(reviewer, "?rule=exports_within_cap")) == both


def test_an_unconfirmed_claim_is_looked_at_once_a_licence_is_there(
    reviewer: FlaskClient, decided: Instance
) -> None:
    from tests.members.binding import bind, exporter, hand_in, newest

    chen = exporter(reviewer.application, CHEN_HAIXIA)
    bind(chen, HARBOUR)
    assert shown(reviewer, "?view=firms") == []
    hand_in(chen, HARBOUR)
    page = text_of(reviewer.get(f"{QUEUE}?view=firms"))
    assert rows_of(page) == [newest(decided, HARBOUR).number]
    assert "Licence to compare" in page
    assert shown(reviewer, "?rule=licence") == [newest(decided, HARBOUR).number]


def test_a_proposed_correction_says_that_a_second_person_is_wanted(
    reviewer: FlaskClient, decided: Instance, everything: dict[str, str]
) -> None:
    propose(decided, everything["appeal"])
    assert "Correction to approve" in text_of(reviewer.get(f"{QUEUE}?view=appeals"))


def test_the_due_day_is_coloured_sorted_and_asked_for(
    reviewer: FlaskClient, decided: Instance, everything: dict[str, str]
) -> None:
    order = shown(reviewer, "?sort=due")
    assert order[0] == everything["membership"], "due in two days"
    assert shown(reviewer, "?sort=-due")[-1] == everything["membership"]
    assert shown(reviewer, "?due=late") == []
    assert shown(reviewer, "?due=soon") == [everything["membership"]]
    with clock.fixed(A_MORNING + timedelta(days=2)):
        sign_in_again(reviewer, LIN_ZHIYAO)
        assert shown(reviewer, "?due=today") == [everything["membership"]]
        assert "today</span>" in text_of(reviewer.get(QUEUE))
    with clock.fixed(A_MORNING + timedelta(days=4)):
        sign_in_again(reviewer, LIN_ZHIYAO)
        assert shown(reviewer, "?due=late") == [everything["membership"]]
        page = text_of(reviewer.get(f"{QUEUE}?due=late"))
        assert "2 days late" in page.replace("\u00a0", " ")
        assert 'class="tb-tag tb-tag-fail"' in page


def test_a_clock_that_stands_still_is_never_late(reviewer: FlaskClient, decided: Instance) -> None:
    application = application_of(decided, SILENT)
    with decided.database.reading() as session:
        decision = latest_decision(session, application.id)
    assert decision is not None
    ask_firm(decided, first(decided), application.number, decision.id, ["licence"], "")
    with clock.fixed(A_MORNING + timedelta(days=8)):  # past the desk's day, and the firm still has time to answer
        sign_in_again(reviewer, LIN_ZHIYAO)
        assert shown(reviewer, "?view=asked&due=late") == []
        assert shown(reviewer, "?due=late") == [application_of(decided, ISLET).number]


def test_a_case_whose_policy_year_is_over_says_so_in_the_list_and_on_its_page(
    reviewer: FlaskClient, decided: Instance
) -> None:
    assert "Policy year over" not in text_of(reviewer.get(QUEUE))
    with clock.fixed(A_MORNING + timedelta(days=365)):
        sign_in_again(reviewer, LIN_ZHIYAO)
        page = text_of(reviewer.get(QUEUE))
        assert page.count("Policy year over") == 2
        assert 'type="checkbox"' not in page, "nothing of it is decided in one go with others"
        number = application_of(decided, SILENT).number
        case = text_of(reviewer.get(f"/desk/applications/{number}")).replace("\u00a0", " ")
        assert "The policy year ended on 31 Dec 2022" in case


def test_every_kind_is_taken_handed_back_and_found_among_ones_own(
    reviewer: FlaskClient, everything: dict[str, str]
) -> None:
    for kind, number in everything.items():
        assert reviewer.post(holder_of(kind, number), data={"had": "", "step": "take"}).status_code == 302
    page = text_of(reviewer.get(f"{QUEUE}?view=mine"))
    assert set(rows_of(page)) == set(everything.values())
    assert tabs_of(page)["Mine"] == 4
    for kind, number in everything.items():
        holder = page_holder(reviewer, kind, number)
        reviewer.post(holder_of(kind, number), data={"had": holder, "step": "back"})
    assert shown(reviewer, "?view=mine") == []


def page_holder(client: FlaskClient, kind: str, number: str) -> str:
    """Who has a case, as its page carries it."""
    from tests.applications.desk import hidden

    return hidden(text_of(client.get(f"/desk/{kind}s/{number}")), "had")


def test_an_approver_takes_an_appeal_and_nothing_else(
    app: Flask, decided: Instance, everything: dict[str, str]
) -> None:
    client = signed_in(app, SHI_PING)
    for kind, number in everything.items():
        answer = client.post(holder_of(kind, number), data={"had": "", "step": "take"})
        assert answer.status_code == (302 if kind == "appeal" else 403), kind
    assert shown(client, "?view=mine") == [everything["appeal"]]


def test_the_export_is_what_the_page_shows_whatever_its_kind(
    reviewer: FlaskClient, everything: dict[str, str]
) -> None:
    lines = exported(reviewer)
    assert [line[0] for line in lines[1:]] == shown(reviewer)
    kinds = {line[3] for line in lines[1:]}
    assert kinds == {"Application", "Who acts for the firm", "Appeal", "Insured firm in question"}


def test_the_list_takes_the_same_number_of_queries_with_five_cases_and_with_three_hundred(
    app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    import_all(instance)
    apply_all(instance, [GIANT])
    refer_many(instance, firms(3))
    member(instance, WU_GUOLIANG, STRANGER, state=stages.WAITING)
    file(instance, member(instance, CHEN_HAIXIA, GIANT))
    counts: dict[str, list[int]] = {}
    for many in (0, 300):
        if many:
            refer_many(instance, firms(many, start=200))
        for query in ("", "?view=asked", "?sort=-due&q=示例&district=思明&waited=0", "?rule=exports_within_cap"):
            with counted_queries(app) as seen:
                assert reviewer.get(f"{QUEUE}{query}").status_code == 200
            counts.setdefault(query, []).append(len(seen))
    with instance.database.reading() as session:
        assert session.query(Application).filter_by(state=stages.REFERRED).count() > 300
    assert all(few == most for few, most in counts.values()), counts


def test_the_address_of_the_old_queue_leads_to_the_new_one(reviewer: FlaskClient) -> None:
    answer = reviewer.get("/desk/applications?view=mine&q=示例")
    assert answer.status_code == 301
    assert answer.location == "/desk/queue?view=mine&q=%E7%A4%BA%E4%BE%8B"


def test_a_tied_reviewer_sees_it_and_can_neither_tick_nor_take_the_case(
    reviewer: FlaskClient, second_reviewer: FlaskClient, decided: Instance
) -> None:
    tie(decided, LIN_ZHIYAO, SILENT)
    number = application_of(decided, SILENT).number
    page = text_of(reviewer.get(QUEUE))
    assert page.count("You are tied to it") == 1
    assert f'name="case" value="{number}"' not in page
    assert reviewer.post(holder_of("application", number), data={"had": "", "step": "take"}).status_code == 403
    given = {"had": "", "step": "over", "to": first(decided).id}
    answer = second_reviewer.post(holder_of("application", number), data=given, follow_redirects=True)
    assert "choose somebody who may decide it" in text_of(answer), "nor is it handed to them"
    assert application_of(decided, SILENT).assigned_to is None
