"""The firm's pages of an appeal: filing it, seeing whose turn it is, answering, withdrawing."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.appeals import desk_actions
from portal.common import clock
from portal.common.instance import Instance
from portal.members.records import Membership
from tests.accounts.pages import heading_of, in_english, text_of
from tests.accounts.test_kept_form import BROUGHT_BACK, end_of
from tests.appeals import stories
from tests.appeals.stories import REASON, WORDS, approve, file, member, propose
from tests.applications.desk import application_of, hidden, state_of
from tests.applications.web import set_application
from tests.conftest import sign_in_by_code, signed_in_exporter
from tests.documents import papers
from tests.people import CHEN_HAIXIA, WU_GUOLIANG, YE_XIAOTANG
from tests.prepared import A_MORNING
from tests.samples import DEBTOR, GIANT, HARBOUR


@pytest.fixture
def firm(app: Flask, decided: Instance) -> FlaskClient:
    """Chen Haixia, confirmed to act for the firm above the cap, reading English."""
    client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
    member(decided)
    return client


def address(instance: Instance) -> str:
    """Where the firm appeals."""
    return f"/my/applications/{application_of(instance, GIANT).number}/appeal"


def photo(colour: str = "white", name: str = "declaration.jpg") -> tuple[BytesIO, str]:
    """A paper as a browser sends it."""
    return BytesIO(papers.photo(colour=colour)), name


def send(client: FlaskClient, instance: Instance, **given: object) -> TestResponse:
    """Send the form of an appeal."""
    form: dict[str, object] = {"codes": "exports_within_cap", "words": WORDS, "papers": [photo()], **given}
    return client.post(address(instance), data=form)


def test_the_page_says_what_is_in_question_with_its_distance_and_the_last_day(
    firm: FlaskClient, decided: Instance
) -> None:
    page = text_of(firm.get(address(decided)))
    assert heading_of(page) == "Appeal"
    assert "212,340.00 above the cap" in page.replace("\u00a0", " ")
    assert "1 May 2022" in page.replace("\u00a0", " ")
    box = re.search(r'<input[^>]*value="exports_within_cap"[^>]*>', page)
    assert box is not None
    assert "checked" in box[0]  # the only fact in question


def test_what_was_typed_comes_back_when_the_session_ended_in_the_middle_of_an_appeal(
    firm: FlaskClient, decided: Instance
) -> None:
    end_of(firm, decided)
    answer = send(firm, decided)
    assert answer.location == f"/sign-in?next={address(decided)}"
    sign_in_by_code(firm, CHEN_HAIXIA)
    page = text_of(firm.get(address(decided)))
    assert WORDS in page
    assert BROUGHT_BACK in page
    assert "Choose it once more" in page


def test_a_firm_files_its_appeal_with_two_papers_and_sees_who_looks_until_when(
    firm: FlaskClient, decided: Instance
) -> None:
    answer = send(firm, decided, papers=[photo(), photo("gray", "second.jpg")])
    assert answer.status_code == 302
    page = text_of(firm.get(answer.location))
    assert "A person looks at your appeal" in page
    assert "declaration.jpg" in page
    assert "second.jpg" in page
    assert WORDS in page
    assert firm.get(address(decided)).location == answer.location


def test_sent_twice_it_is_one_appeal(firm: FlaskClient, decided: Instance) -> None:
    assert send(firm, decided).location == send(firm, decided).location


def test_what_a_colleague_writes_meanwhile_is_not_lost(app: Flask, firm: FlaskClient, decided: Instance) -> None:
    colleague = in_english(signed_in_exporter(app, WU_GUOLIANG))
    member(decided, WU_GUOLIANG)
    send(firm, decided)
    answer = send(colleague, decided, words="我们的数字不对。")
    page = text_of(answer)
    assert answer.status_code == 409
    assert "An appeal is open already" in page
    assert "我们的数字不对。" in page


def test_what_is_missing_is_said_beside_its_field_and_papers_need_not_be_chosen_again(
    firm: FlaskClient, decided: Instance
) -> None:
    answer = send(firm, decided, words="")
    page = text_of(answer)
    assert answer.status_code == 422
    assert "Write in one or two sentences what is right" in page
    assert "declaration.jpg" in page
    again = firm.post(
        address(decided),
        data={"codes": "exports_within_cap", "words": WORDS, "kept": hidden(page, "kept")},
    )
    assert again.status_code == 302
    assert "declaration.jpg" in text_of(firm.get(again.location))


def test_a_renamed_program_is_no_paper(firm: FlaskClient, decided: Instance) -> None:
    answer = send(firm, decided, papers=[(BytesIO(papers.program()), "declaration.pdf")])
    assert answer.status_code == 422
    assert "declaration.pdf" in text_of(answer)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"codes": []}, "Tick each fact that is wrong"),
        ({"codes": "registration_active"}, "not in question any more"),
        ({"papers": []}, "Add at least one paper"),
        ({"words": "错"}, "Write at least 4"),
    ],
)
def test_each_fault_is_told_with_what_to_do(
    firm: FlaskClient, decided: Instance, given: dict[str, object], told: str
) -> None:
    answer = send(firm, decided, **given)
    assert answer.status_code == 422
    assert told in text_of(answer)


def test_whoever_is_not_confirmed_reads_how_to_be_and_no_value_of_the_firm(app: Flask, decided: Instance) -> None:
    client = in_english(signed_in_exporter(app, YE_XIAOTANG))
    who = member(decided, YE_XIAOTANG, state="unconfirmed")
    assert client.get(address(decided)).status_code == 404  # nor that the firm has applied by file
    with decided.database.reading() as session:
        own = session.execute(select(Membership.id).where(Membership.account_id == who.id)).scalar_one()
    set_application(decided, application_of(decided, GIANT).number, membership_id=own)
    page = text_of(client.get(address(decided)))
    assert "First it is confirmed that you act for this firm" in page
    assert "212,340" not in page
    for codes in ("exports_within_cap", "firm_not_listed", ""):  # guessing what failed gives the same answer
        answer = send(client, decided, codes=codes)
        assert answer.status_code == 403, codes
        assert "First it is confirmed that you act for this firm" in text_of(answer)


def test_for_a_stranger_there_is_neither_the_form_nor_the_appeal(app: Flask, decided: Instance) -> None:
    number = file(decided, member(decided))
    client = signed_in_exporter(app, YE_XIAOTANG)
    member(decided, YE_XIAOTANG, HARBOUR)
    assert client.get(address(decided)).status_code == 404
    assert client.get(f"/my/appeals/{number}").status_code == 404
    assert client.post(f"/my/appeals/{number}/withdraw").status_code == 404


def test_after_the_last_day_the_page_says_so_and_what_is_left_to_do(firm: FlaskClient, decided: Instance) -> None:
    with clock.fixed(A_MORNING + timedelta(days=61)):
        sign_in_by_code(firm, CHEN_HAIXIA)
        page = text_of(firm.get(address(decided)))
        assert "The last day to appeal was 1 May 2022" in page.replace("\u00a0", " ")
        answer = send(firm, decided)
        assert answer.status_code == 409
        assert WORDS in text_of(answer)


def test_what_the_firm_is_asked_for_is_answered_in_place(firm: FlaskClient, decided: Instance) -> None:
    number = send(firm, decided).location.rsplit("/", 1)[-1]
    desk_actions.ask(decided, stories.first(decided), number, ["evidence_exports", "explain"], "内部备注")
    page = text_of(firm.get(f"/my/appeals/{number}"))
    assert "Your turn: answer what we ask" in page
    assert "内部备注" not in page
    data: dict[str, object] = {"request": hidden(page, "request"), "words": "见附件。"}
    assert firm.post(f"/my/appeals/{number}", data=data).status_code == 422
    done = firm.post(f"/my/appeals/{number}", data={**data, "papers": [photo("gray", "second.jpg")]})
    assert done.status_code == 302
    again = firm.post(f"/my/appeals/{number}", data={**data, "papers": [photo("gray", "second.jpg")]})
    assert again.status_code == 302
    assert stories.appeal(decided, number).state == "open"
    assert "second.jpg" in text_of(firm.get(f"/my/appeals/{number}"))


def test_an_answer_to_what_is_no_longer_asked_comes_back_to_its_writer(
    firm: FlaskClient, decided: Instance
) -> None:
    number = send(firm, decided).location.rsplit("/", 1)[-1]
    who = stories.first(decided)
    desk_actions.ask(decided, who, number, ["explain"], "")
    page = text_of(firm.get(f"/my/appeals/{number}"))
    desk_actions.stop_waiting(decided, who, number)
    answer = firm.post(
        f"/my/appeals/{number}", data={"request": hidden(page, "request"), "words": "这是我的说明。"}
    )
    assert answer.status_code == 409
    assert "这是我的说明。" in text_of(answer)


def test_a_firm_withdraws_after_being_asked_once_more(firm: FlaskClient, decided: Instance) -> None:
    number = send(firm, decided).location.rsplit("/", 1)[-1]
    page = text_of(firm.get(f"/my/appeals/{number}/withdraw"))
    assert "You can appeal again until 1 May 2022" in page.replace("\u00a0", " ")
    assert firm.post(f"/my/appeals/{number}/withdraw").status_code == 302
    assert "You withdrew this appeal" in text_of(firm.get(f"/my/appeals/{number}"))


def test_an_upheld_appeal_leads_to_the_policy(firm: FlaskClient, decided: Instance) -> None:
    number = send(firm, decided).location.rsplit("/", 1)[-1]
    approve(decided, number, propose(decided, number))
    page = text_of(firm.get(f"/my/appeals/{number}"))
    assert "Your appeal is upheld: the policy is issued" in page
    assert "/my/policies/P2022-000001" in page
    assert REASON not in page


def test_what_still_fails_is_told_with_its_new_distance(firm: FlaskClient, decided: Instance) -> None:
    number = send(firm, decided).location.rsplit("/", 1)[-1]
    approve(decided, number, propose(decided, number, value="600000001"))
    page = text_of(firm.get(f"/my/appeals/{number}")).replace("\u00a0", " ")
    assert "Your appeal is upheld, but a rule is still not met" in page
    assert "USD 0.01 above the cap" in page
    assert state_of(decided, GIANT) == "ineligible"


def test_a_declined_appeal_says_why_and_never_what_staff_wrote(firm: FlaskClient, decided: Instance) -> None:
    number = send(firm, decided).location.rsplit("/", 1)[-1]
    desk_actions.decline(decided, stories.first(decided), number, "source_confirmed", REASON)
    page = text_of(firm.get(f"/my/appeals/{number}"))
    assert "The authority that reported the fact confirms it" in page
    assert REASON not in page


def test_of_lists_a_firm_reads_only_that_there_is_a_question(app: Flask, decided: Instance) -> None:
    client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
    member(decided, firm=DEBTOR)
    page = text_of(client.get(f"/my/applications/{application_of(decided, DEBTOR).number}/appeal"))
    assert "There is a question about the public lists and your firm" in page
    assert "has the firm's code" not in page


def test_while_an_appeal_is_open_the_case_leads_to_it_and_not_to_another(
    firm: FlaskClient, decided: Instance
) -> None:
    number = application_of(decided, GIANT).number
    before = text_of(firm.get(f"/my/applications/{number}"))
    assert f'href="/my/applications/{number}/appeal' in before
    send(firm, decided)
    page = text_of(firm.get(f"/my/applications/{number}"))
    assert "Your appeal is open" in page
    assert "you can appeal until" not in page
    assert re.search(r'href="/my/appeals/B2022-\d+"', page)
    assert f'href="/my/applications/{number}/appeal' not in page
