"""The desk's page of an appeal: the evidence, what a correction would change, and two people who decide."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.appeals import actions, desk_actions
from portal.applications import reviews
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import PersonErased
from portal.common.roles import COMMAND
from portal.programme.people_actions import ASKED_FOR, erase_person
from tests.accounts.pages import heading_of, in_english, text_of
from tests.appeals import stories
from tests.appeals.stories import REASON, WORDS, approve, file, member, propose
from tests.applications.desk import application_of, hidden, state_of
from tests.conftest import signed_in
from tests.people import FANG_SHEN, HE_YUNQING, LIN_ZHIYAO, SHI_PING
from tests.samples import DEBTOR, GIANT, ISLET, valid_identity_number


@pytest.fixture
def first(app: Flask) -> FlaskClient:
    """Lin Zhiyao, who proposes."""
    return in_english(signed_in(app, LIN_ZHIYAO))


@pytest.fixture
def second(app: Flask) -> FlaskClient:
    """He Yunqing, who approves."""
    return in_english(signed_in(app, HE_YUNQING))


@pytest.fixture
def number(decided: Instance) -> str:
    """The appeal of the firm above the cap."""
    return file(decided, member(decided))


def correct(client: FlaskClient, instance: Instance, number: str, step: str, **given: object) -> TestResponse:
    """Send the form of a correction."""
    data: dict[str, object] = {
        "what": "exports",
        "value": "5,900,000.00",
        "holds_from": "2022-03-01",
        "evidence": stories.evidence_of(instance, number)[0],
        "reason": REASON,
        "step": step,
        **given,
    }
    return client.post(f"/desk/appeals/{number}/correction", data=data)


def plain(answer: TestResponse) -> str:
    """The page with plain spaces."""
    return text_of(answer).replace("\u00a0", " ")


def test_the_page_shows_what_the_firm_says_its_papers_and_what_customs_says(
    first: FlaskClient, decided: Instance, number: str
) -> None:
    page = plain(first.get(f"/desk/appeals/{number}"))
    assert heading_of(page) == GIANT.name
    assert WORDS in page
    assert re.search(r'<img src="/documents/\w+/preview"', page)
    assert "USD 6,212,340.00" in page
    assert "correct=exports" in page
    assert "correct=place" not in page


def test_what_a_correction_would_change_is_seen_before_it_is_proposed_and_stores_nothing(
    first: FlaskClient, decided: Instance, number: str
) -> None:
    assert "See what it changes" in plain(first.get(f"/desk/appeals/{number}?correct=exports"))
    page = plain(correct(first, decided, number, "try"))
    assert "With this correction the rules come to:" in page
    assert "USD 5,900,000.00, USD 100,000.00 below the cap" in page
    assert "Propose this correction" in page
    assert stories.corrections(decided, number) == []
    assert stories.appeal(decided, number).state == "open"


def test_a_try_that_still_fails_says_so(first: FlaskClient, decided: Instance, number: str) -> None:
    page = plain(correct(first, decided, number, "try", value="6000000.01"))
    assert "USD 0.01 above the cap" in page
    assert "Not eligible" in page


def test_one_proposes_and_another_approves_through_the_pages(
    first: FlaskClient, second: FlaskClient, decided: Instance, number: str
) -> None:
    assert correct(first, decided, number, "propose").status_code == 302
    assert "You proposed this correction" in plain(first.get(f"/desk/appeals/{number}"))
    page = plain(second.get(f"/desk/appeals/{number}"))
    assert "USD 6,212,340.00" in page
    assert "USD 5,900,000.00" in page
    assert REASON in page
    approval = {"correction": hidden(page, "correction")}
    assert first.post(f"/desk/appeals/{number}/approve", data=approval).status_code == 403
    assert state_of(decided, GIANT) == "ineligible"
    answer = second.post(f"/desk/appeals/{number}/approve", data=approval, follow_redirects=True)
    assert "Upheld. The application is now: Policy issued." in plain(answer)
    assert state_of(decided, GIANT) == "issued"
    again = second.post(f"/desk/appeals/{number}/approve", data=approval)
    assert again.status_code == 302  # the same person, twice
    stories.all_holds(decided)


def test_the_case_then_says_in_both_languages_what_was_corrected(
    first: FlaskClient, decided: Instance, number: str
) -> None:
    approve(decided, number, propose(decided, number))
    application = application_of(decided, GIANT).number
    words = "corrected on 2 Mar 2022, correction 1, was USD 6,212,340.00"
    assert words in plain(first.get(f"/desk/applications/{application}"))
    first.get("/preferences/language/zh")
    assert "第 1 号" in plain(first.get(f"/desk/applications/{application}"))


def test_whoever_comes_second_is_told_and_keeps_what_was_typed(
    first: FlaskClient, second: FlaskClient, decided: Instance, number: str
) -> None:
    correct(first, decided, number, "propose")
    answer = second.post(
        f"/desk/appeals/{number}/decline", data={"code": "not_shown", "reason": "我看了，材料不够。"}
    )
    assert answer.status_code == 409
    page = plain(answer)
    assert "Nothing was saved: the appeal has moved on" in page
    assert "我看了，材料不够。" in page
    assert stories.appeal(decided, number).state == "proposed"
    other = correct(second, decided, number, "propose", reason="另一份更正。")
    assert other.status_code == 409
    assert "另一份更正。" in plain(other)


def test_a_correction_is_sent_back_with_a_reason(
    first: FlaskClient, second: FlaskClient, decided: Instance, number: str
) -> None:
    correct(first, decided, number, "propose")
    data = {"correction": "1", "reason": ""}
    assert second.post(f"/desk/appeals/{number}/send-back", data=data).status_code == 422
    data["reason"] = "缺第三张报关单。"
    assert second.post(f"/desk/appeals/{number}/send-back", data=data).status_code == 302
    assert "缺第三张报关单。" in plain(first.get(f"/desk/appeals/{number}"))


def test_an_appeal_is_declined_or_the_firm_is_asked(first: FlaskClient, decided: Instance, number: str) -> None:
    assert first.post(f"/desk/appeals/{number}/ask", data={"note": ""}).status_code == 422
    asked = first.post(f"/desk/appeals/{number}/ask", data={"items": ["explain"], "note": "问清楚。"})
    assert asked.status_code == 302
    assert "Take the request back" in plain(first.get(f"/desk/appeals/{number}"))
    assert first.post(f"/desk/appeals/{number}/stop-waiting").status_code == 302
    assert first.post(f"/desk/appeals/{number}/decline", data={"code": "not_shown"}).status_code == 422
    done = first.post(f"/desk/appeals/{number}/decline", data={"code": "not_shown", "reason": REASON})
    assert done.status_code == 302
    assert stories.appeal(decided, number).state == "declined"


def test_faults_of_a_correction_stand_beside_their_fields(
    first: FlaskClient, decided: Instance, number: str
) -> None:
    for given, told in (
        ({"value": "five million"}, "five million"),
        ({"value": "6212340.00"}, "there is nothing to correct"),
        ({"holds_from": "2022-03-03"}, "The day lies after today"),
        ({"evidence": "x"}, "Choose the paper that shows it"),
        ({"reason": ""}, "Write the reason"),
    ):
        answer = correct(first, decided, number, "propose", **given)
        assert answer.status_code == 422, given
        assert told in plain(answer), given
    assert stories.corrections(decided, number) == []


def test_an_auditor_reads_all_of_it_and_decides_nothing(
    app: Flask, decided: Instance, number: str, first: FlaskClient
) -> None:
    correct(first, decided, number, "propose")
    client = in_english(signed_in(app, FANG_SHEN))
    page = plain(client.get(f"/desk/appeals/{number}"))
    assert REASON in page
    assert "Your role reads appeals and decides none." in page
    assert client.post(f"/desk/appeals/{number}/approve", data={"correction": "1"}).status_code == 403


def test_an_approver_may_approve_and_has_no_other_form(
    app: Flask, decided: Instance, number: str, first: FlaskClient
) -> None:
    client = in_english(signed_in(app, SHI_PING))
    assert "Your role reads appeals and decides none." in plain(client.get(f"/desk/appeals/{number}"))
    correct(first, decided, number, "propose")
    page = plain(client.get(f"/desk/appeals/{number}"))
    assert "Approve correction 1" in page
    assert client.post(f"/desk/appeals/{number}/approve", data={"correction": "1"}).status_code == 302
    assert state_of(decided, GIANT) == "issued"


def test_tied_staff_see_why_they_decide_nothing(first: FlaskClient, decided: Instance, number: str) -> None:
    stories.tie(decided, LIN_ZHIYAO, GIANT)
    assert "You are tied to this firm" in plain(first.get(f"/desk/appeals/{number}"))
    assert correct(first, decided, number, "propose").status_code == 403


def test_a_removal_is_tried_and_proposed_by_its_day(
    first: FlaskClient, second: FlaskClient, decided: Instance
) -> None:
    number = file(decided, member(decided, firm=DEBTOR), DEBTOR, ["firm_not_listed"])
    page = plain(first.get(f"/desk/appeals/{number}?correct=entry_removed"))
    entry = re.search(r'<input[^>]*name="which"[^>]*>', page)
    assert entry is not None
    value = re.search(r'value="(\d+)"', entry[0])
    assert value is not None
    given = {"what": "entry_removed", "which": value[1], "value": "", "day": "2021-11-05"}
    tried = plain(correct(first, decided, number, "try", **given))
    assert "No list entry in force is about the firm." in tried
    assert correct(first, decided, number, "propose", **given).status_code == 302
    assert second.post(f"/desk/appeals/{number}/approve", data={"correction": "1"}).status_code == 302
    assert state_of(decided, DEBTOR) == "issued"


def test_a_mistyped_number_is_put_right_and_never_written_in_the_open(
    app: Flask, first: FlaskClient, decided: Instance
) -> None:
    application = application_of(decided, ISLET)
    newest = stories.decisions(decided, ISLET)[-1].id
    reviews.review(decided, stories.second(decided), application.number, newest, "reject", "就是同一人。")
    number = file(decided, member(decided, firm=ISLET), ISLET, ["representative_not_listed"])
    right = valid_identity_number(77)
    given = {"what": "representative_number", "value": right}
    tried = plain(correct(first, decided, number, "try", **given))
    assert "its number cannot be this person" in tried or "No list entry in force" in tried
    assert correct(first, decided, number, "propose", **given).status_code == 302
    with decided.database.reading() as session:
        for table in ("corrections", "audit_rows", "audit_entries"):
            rows = session.connection().exec_driver_sql(f"SELECT * FROM {table}")  # fixed names
            assert not [row for row in rows if right in str(row)]
    approver = signed_in(app, SHI_PING)
    assert right not in text_of(approver.get(f"/desk/appeals/{number}"))
    assert approver.post(f"/desk/appeals/{number}/approve", data={"correction": "1"}).status_code == 302
    assert state_of(decided, ISLET) == "issued"
    stories.all_holds(decided)


def test_looking_at_an_appeal_that_is_gone_or_never_was(first: FlaskClient, decided: Instance) -> None:
    assert first.get("/desk/appeals/B2022-09999").status_code == 404
    assert first.post("/desk/appeals/B2022-09999/decline", data={"code": "x"}).status_code == 404


def test_an_appeal_that_was_withdrawn_says_so(first: FlaskClient, decided: Instance) -> None:
    who = member(decided)
    number = file(decided, who)
    actions.withdraw(decided, who, number)
    assert "Appeal withdrawn" in plain(first.get(f"/desk/appeals/{number}"))
    with pytest.raises(actions.StaleAppeal):
        desk_actions.decline(decided, stories.first(decided), number, "not_shown", REASON)


@pytest.mark.parametrize("whose", ["representative", "filer"])
def test_after_somebody_is_erased_the_page_still_opens_and_the_appeal_can_still_be_declined(
    first: FlaskClient, decided: Instance, number: str, whose: str
) -> None:
    correct(first, decided, number, "propose")
    found = stories.appeal(decided, number)
    representative = application_of(decided, GIANT).representative_id
    erase_person(decided, COMMAND, representative if whose == "representative" else found.person_id, ASKED_FOR)
    assert first.get(f"/desk/appeals/{number}").status_code == 200
    second = stories.second(decided)
    if whose == "representative":
        with pytest.raises(PersonErased):
            approve(decided, number, 1)
    actions_left = {"representative": "A person of this case was erased", "filer": "erased"}
    assert actions_left[whose] in plain(first.get(f"/desk/appeals/{number}"))
    desk_actions.send_back(decided, second, number, 1, REASON)
    done = first.post(f"/desk/appeals/{number}/decline", data={"code": "not_shown", "reason": REASON})
    assert done.status_code == 302
    assert stories.appeal(decided, number).state == "declined"
    assert first.get(f"/desk/appeals/{number}").status_code == 200
    with decided.database.reading() as session:
        assert verify_audit(session).first_break is None
