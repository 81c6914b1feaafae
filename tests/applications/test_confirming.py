"""Confirming who acts for a firm, by a code and by staff; the rules then run again."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.accounts.signing import PER_ACCOUNT
from portal.applications import consents, requests
from portal.applications.actions import import_applications
from portal.applications.asking import ask_firm
from portal.applications.deciding import AT_CONFIRMATION, AT_SCREENING
from portal.applications.records import Consent, Decision, ScreeningTask
from portal.applications.reviews import latest_decision
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, Role
from portal.members.records import Membership, MembershipReview
from portal.members.ties import note_tie
from portal.scheme import stages
from tests.accounts.pages import heading_of, in_english, text_of
from tests.accounts.test_signing_in import account_of
from tests.applications.desk import hidden
from tests.conftest import signed_in
from tests.documents import papers
from tests.members.applying import DECLARATIONS, application, apply
from tests.members.binding import (
    bind,
    confirming,
    decide,
    desk_address,
    exporter,
    hand_in,
    memberships,
    newest,
    upload,
)
from tests.outbox import newest_words, sent
from tests.people import CHEN_HAIXIA, FANG_SHEN, HE_YUNQING, HONG_YAN, LIN_ZHIYAO, WU_GUOLIANG
from tests.samples import (
    DEBTOR,
    FIRMS,
    HARBOUR,
    ISLET,
    Firm,
    application_line,
    applications_book,
    import_all,
    import_one,
    registry_book,
    registry_line,
)

FILE_PHONE = "13700000042"


@pytest.fixture
def ready(instance: Instance) -> Instance:
    """The three sources are there."""
    import_all(instance)
    return instance


@pytest.fixture
def chen(app: Flask, ready: Instance) -> FlaskClient:
    """Chen Haixia, who has bound the harbour firm."""
    client = exporter(app, CHEN_HAIXIA)
    bind(client)
    return client


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    """Lin Zhiyao, reading English."""
    return in_english(signed_in(app, LIN_ZHIYAO))


def enrolled_by_file(instance: Instance, firm: Firm = HARBOUR, mobile: str | None = FILE_PHONE) -> None:
    """The offline desk has sent an application of this firm, with a telephone."""
    book = applications_book([application_line(firm, "经办人乙", mobile)])
    import_applications(instance, COMMAND, book, "xiamen-2022", date(2022, 3, 1))


def occasions(instance: Instance, number: str) -> list[str]:
    found = application(instance, number)
    with instance.database.reading() as session:
        query = select(Decision.occasion).where(Decision.application_id == found.id).order_by(Decision.sequence)
        return list(session.execute(query).scalars())


def tasks(instance: Instance) -> list[ScreeningTask]:
    with instance.database.reading() as session:
        return list(session.execute(select(ScreeningTask)).scalars())


def registered_with(instance: Instance, firm: Firm, representative: str) -> None:
    """The registry names this representative for the firm."""
    lines = [
        registry_line(one.uscc, one.name, representative=representative if one is firm else None) for one in FIRMS
    ]
    import_one(instance, "registry", registry_book(lines))


# By a code


def test_a_code_to_the_phone_of_an_authoritys_file_confirms(chen: FlaskClient, instance: Instance) -> None:
    enrolled_by_file(instance)
    firm = f"/my/firms/{HARBOUR.uscc}"
    assert "*********42" in text_of(chen.get(firm))
    assert FILE_PHONE not in text_of(chen.get(f"{firm}/code"))
    assert chen.post(f"{firm}/code/send").status_code == 302
    code = newest_words(instance, "code", FILE_PHONE)["code"]
    assert chen.post(f"{firm}/code", data={"code": code}).location == firm
    found = newest(instance)
    assert (found.state, found.confirmed_how) == (stages.CONFIRMED, "phone")
    assert "by a code to the telephone in an authority" in text_of(chen.get(firm))


def test_a_wrong_code_confirms_nobody_and_five_end_it(chen: FlaskClient, instance: Instance) -> None:
    enrolled_by_file(instance)
    firm = f"/my/firms/{HARBOUR.uscc}"
    chen.post(f"{firm}/code/send")
    code = newest_words(instance, "code", FILE_PHONE)["code"]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _try in range(5):
        answer = chen.post(f"{firm}/code", data={"code": wrong})
        assert answer.status_code == 422
        assert "This code is not right, or no longer" in text_of(answer)
    assert chen.post(f"{firm}/code", data={"code": code}).status_code == 422
    assert newest(instance).state == stages.UNCONFIRMED


def test_whoever_tries_out_codes_is_told_to_wait(chen: FlaskClient, instance: Instance) -> None:
    enrolled_by_file(instance)
    firm = f"/my/firms/{HARBOUR.uscc}"
    chen.post(f"{firm}/code/send")
    code = newest_words(instance, "code", FILE_PHONE)["code"]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    tries = [chen.post(f"{firm}/code", data={"code": wrong}).status_code for _time in range(PER_ACCOUNT)]
    assert tries == [422] * PER_ACCOUNT
    closed = chen.post(f"{firm}/code", data={"code": code})
    assert closed.status_code == 429
    assert int(closed.headers["Retry-After"]) > 0
    assert "Too many attempts. Wait" in text_of(closed)
    assert newest(instance).state == stages.UNCONFIRMED


def test_a_code_counts_only_for_whoever_asked_for_it(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    enrolled_by_file(instance)
    wu = exporter(app, WU_GUOLIANG)
    bind(wu)
    chen.post(f"/my/firms/{HARBOUR.uscc}/code/send")
    code = newest_words(instance, "code", FILE_PHONE)["code"]
    assert wu.post(f"/my/firms/{HARBOUR.uscc}/code", data={"code": code}).status_code == 422
    assert newest(instance).state == stages.WAITING


def test_a_second_code_within_a_minute_is_not_sent(chen: FlaskClient, instance: Instance) -> None:
    enrolled_by_file(instance)
    for _press in range(2):
        chen.post(f"/my/firms/{HARBOUR.uscc}/code/send")
    assert len(sent(instance, "code", FILE_PHONE)) == 1


def test_the_phone_of_an_unconfirmed_web_application_confirms_nobody(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    apply(app, mobile="13900000009")
    wu = exporter(app, WU_GUOLIANG)
    bind(wu)
    firm = f"/my/firms/{HARBOUR.uscc}"
    for client in (chen, wu):
        assert "Confirm by a code" not in text_of(client.get(firm))
        assert client.get(f"{firm}/code").location == firm
        client.post(f"{firm}/code/send")
        assert client.post(f"{firm}/code", data={"code": "000000"}).status_code == 302
    assert not sent(instance, "code", "13900000009")
    assert not any(one.state == stages.CONFIRMED for one in memberships(instance))


def test_a_file_without_a_mobile_offers_no_code(chen: FlaskClient, instance: Instance) -> None:
    enrolled_by_file(instance, mobile="0592-5551234")
    assert "Confirm by a code" not in text_of(chen.get(f"/my/firms/{HARBOUR.uscc}"))


def test_whoever_is_confirmed_brings_another_unconfirmed_claim_before_staff(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    enrolled_by_file(instance)
    wu = exporter(app, WU_GUOLIANG)
    bind(wu)
    wu.post(f"/my/firms/{HARBOUR.uscc}/code/send")
    code = newest_words(instance, "code", FILE_PHONE)["code"]
    wu.post(f"/my/firms/{HARBOUR.uscc}/code", data={"code": code})
    first, second = memberships(instance)
    assert (first.state, first.why_waiting) == (stages.WAITING, "second_claim")
    assert second.state == stages.CONFIRMED


# By staff


def test_staff_confirm_from_the_licence_and_the_firm_is_told(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance
) -> None:
    hand_in(chen, HARBOUR, name="营业执照.jpg")
    page = text_of(reviewer.get(desk_address(instance)))
    assert heading_of(page) == HARBOUR.name
    assert "营业执照.jpg" in page
    assert decide(reviewer, desk_address(instance), "confirm", **confirming()).status_code == 302
    found = newest(instance)
    assert (found.state, found.confirmed_how, found.due_on) == (stages.CONFIRMED, "licence", None)
    assert newest_words(instance, "membership_confirmed", CHEN_HAIXIA.mobile)["firm"] == HARBOUR.name
    page = text_of(reviewer.get(desk_address(instance)))
    assert "林知遥 confirmed it from the licence" in page
    assert f"representative on the licence: {HARBOUR.representative}" in page


@pytest.mark.parametrize("missing", ["name_agrees", "code_agrees", "representative"])
def test_confirming_needs_both_ticks_and_the_name(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance, missing: str
) -> None:
    hand_in(chen, HARBOUR)
    entered = {name: value for name, value in confirming().items() if name != missing}
    assert decide(reviewer, desk_address(instance), "confirm", **entered).status_code == 422
    assert newest(instance).state == stages.UNCONFIRMED


def test_without_a_licence_nobody_is_confirmed(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance
) -> None:
    answer = decide(reviewer, desk_address(instance), "confirm", **confirming())
    assert answer.status_code == 422
    assert "There is no licence to confirm from" in text_of(answer)


def test_a_licence_that_names_another_than_the_firm_declared_confirms_nobody(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    apply(app)
    entered = confirming(representative="王别人")
    answer = decide(reviewer, desk_address(instance), "confirm", reason="看了执照", **entered)
    assert answer.status_code == 422
    page = text_of(answer)
    assert f"The firm declared {HARBOUR.representative} as representative; the licence names another" in page
    assert "看了执照" in page  # nothing typed is lost
    assert newest(instance).state == stages.UNCONFIRMED


def test_spaces_and_rare_characters_in_a_name_make_no_other_person(
    app: Flask, ready: Instance, reviewer: FlaskClient
) -> None:
    firm = Firm("厦门䶮𬭎示例贸易有限公司", ISLET.uscc, "洪䶮𬭎", HARBOUR.number, None)
    bind(exporter(app, HONG_YAN), firm)
    apply(app, firm)
    entered = confirming(firm, representative=" 洪 䶮𬭎 ")
    assert decide(reviewer, desk_address(ready, firm), "confirm", **entered).status_code == 302
    assert newest(ready, firm).state == stages.CONFIRMED


def test_confirming_runs_the_rules_again_and_issues_what_waited_for_it(
    app: Flask, ready: Instance, reviewer: FlaskClient
) -> None:
    registered_with(ready, HARBOUR, "王别人")
    bind(exporter(app, CHEN_HAIXIA))
    number = apply(app)
    held = application(ready, number)
    assert (held.state, held.hold, held.policy_number) == (stages.ELIGIBLE, "firm_first", None)
    assert newest(ready).why_waiting == "other_representative"
    decide(reviewer, desk_address(ready), "confirm", **confirming())
    issued = application(ready, number)
    assert (issued.state, issued.hold) == (stages.ISSUED, None)
    assert occasions(ready, number) == ["application", AT_CONFIRMATION, "issue"]


def test_confirming_an_insured_firm_screens_it_and_changes_nothing_silently(
    app: Flask, ready: Instance, chen: FlaskClient, reviewer: FlaskClient
) -> None:
    number = apply(app)
    assert application(ready, number).state == stages.ISSUED
    decide(reviewer, desk_address(ready), "confirm", **confirming())
    assert application(ready, number).state == stages.ISSUED
    assert occasions(ready, number)[-1] == AT_SCREENING
    assert not tasks(ready)


def test_an_ineligible_application_stays_what_it_is(app: Flask, ready: Instance, reviewer: FlaskClient) -> None:
    bind(exporter(app, CHEN_HAIXIA), DEBTOR)
    number = apply(app, DEBTOR)
    decide(reviewer, desk_address(ready, DEBTOR), "confirm", **confirming(DEBTOR))
    assert application(ready, number).state == stages.INELIGIBLE


def test_the_policy_of_a_claim_that_is_in_doubt_can_be_annulled_from_its_page(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    number = apply(app)
    policy = application(instance, number).policy_number
    page = text_of(reviewer.get(desk_address(instance)))
    assert f"/desk/policies/{policy}/annul" in page
    assert number in page  # earlier on this firm
    decide(reviewer, desk_address(instance), "confirm", **confirming())
    assert f"/desk/policies/{policy}/annul" not in text_of(reviewer.get(desk_address(instance)))


def test_refusing_gives_the_person_a_sentence_and_withdraws_what_is_open(
    app: Flask, ready: Instance, reviewer: FlaskClient
) -> None:
    registered_with(ready, HARBOUR, "王别人")
    chen = exporter(app, CHEN_HAIXIA)
    bind(chen)
    number = apply(app)
    private = "执照是另一家的，电话里也问过"
    assert decide(reviewer, desk_address(ready), "refuse", code="other_firm", reason=private).status_code == 302
    assert newest(ready).state == stages.REFUSED
    assert application(ready, number).state == stages.WITHDRAWN
    assert newest_words(ready, "membership_refused", CHEN_HAIXIA.mobile)
    page = text_of(chen.get(f"/my/firms/{HARBOUR.uscc}"))
    assert "The licence is that of another firm." in page
    assert private not in page
    assert private in text_of(reviewer.get(desk_address(ready)))


@pytest.mark.parametrize("left_out", ["code", "reason"])
def test_refusing_needs_a_reason_for_the_person_and_one_for_staff(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance, left_out: str
) -> None:
    hand_in(chen, HARBOUR)
    entered = {"code": "not_genuine", "reason": "看不出是真的"}
    del entered[left_out]
    assert decide(reviewer, desk_address(instance), "refuse", **entered).status_code == 422
    assert newest(instance).state == stages.UNCONFIRMED


def test_whoever_was_refused_says_it_again_and_staff_look_first(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance
) -> None:
    hand_in(chen, HARBOUR)
    decide(reviewer, desk_address(instance), "refuse", code="not_genuine", reason="看不出是真的")
    bind(chen)
    again = newest(instance)
    assert (again.state, again.why_waiting) == (stages.WAITING, "refused_before")


def test_a_refused_claim_leaves_the_way_free_for_the_true_firm(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    hand_in(chen, HARBOUR)
    decide(reviewer, desk_address(instance), "refuse", code="does_not_act", reason="企业来电说不认识")
    bind(exporter(app, WU_GUOLIANG))
    assert newest(instance).state == stages.UNCONFIRMED


def test_asking_stops_the_clock_and_the_answer_starts_it_again(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance
) -> None:
    hand_in(chen, HARBOUR)
    due = newest(instance).due_on
    note = "照片太暗，请重拍"
    asked = decide(reviewer, desk_address(instance), "ask", items=["licence", "explain"], reason=note)
    assert asked.status_code == 302
    found = newest(instance)
    assert (found.state, found.paused_on) == (stages.ASKED, date(2022, 3, 2))
    firm = f"/my/firms/{HARBOUR.uscc}"
    page = text_of(chen.get(firm))
    assert "Your turn, by" in page
    assert "The business licence, clear enough to read" in page
    assert note not in page
    open_form = text_of(chen.get(f"{firm}/answer"))
    assert 'name="licence"' in open_form
    assert 'name="representative_name"' not in open_form
    incomplete = upload(chen, f"{firm}/answer", explain="我是会计")
    assert incomplete.status_code == 422
    assert "This is asked for and still missing" in text_of(incomplete)
    data = papers.photo(colour="blue")
    assert upload(chen, f"{firm}/answer", explain="我是会计", licence=(data, "new.jpg")).status_code == 302
    found = newest(instance)
    assert (found.state, found.paused_on, found.due_on) == (stages.UNCONFIRMED, None, due)
    page = text_of(reviewer.get(desk_address(instance)))
    assert "我是会计" in page
    assert "new.jpg" in page
    assert upload(chen, f"{firm}/answer", explain="again").location == firm  # a second press


def ask_for_the_representative(chen: FlaskClient, reviewer: FlaskClient, instance: Instance) -> str:
    """A reviewer asks who represents the islet's firm; the address of the answer."""
    decide(reviewer, desk_address(instance, ISLET), "ask", items=["representative"], reason="名单上有同名的人")
    return f"/my/firms/{ISLET.uscc}/answer"


def test_an_answer_that_makes_an_application_eligible_has_it_issued_at_once(
    app: Flask, ready: Instance, reviewer: FlaskClient
) -> None:
    chen = exporter(app, CHEN_HAIXIA)
    bind(chen, ISLET)
    number = apply(app, ISLET)
    assert application(ready, number).state == stages.REFERRED
    address = ask_for_the_representative(chen, reviewer, ready)
    person = {"representative_name": "王新任", "representative_number": FIRMS[2].number}
    assert upload(chen, address, **person).status_code == 422  # nobody agreed to it yet
    ticked = {"agree_name": "y", "agree_number": "y"}
    assert upload(chen, address, **person, **ticked).status_code == 302
    assert application(ready, number).state == stages.ISSUED
    assert occasions(ready, number) == ["application", AT_SCREENING, "issue"]
    with ready.database.reading() as session:
        kept = list(session.execute(select(Consent).where(Consent.draft_id.is_(None))).scalars())
    assert sorted(one.kind for one in kept) == ["representative_name", "representative_number"]


def test_an_auditor_reads_on_the_case_which_text_was_agreed_to(app: Flask, ready: Instance) -> None:
    bind(exporter(app, CHEN_HAIXIA))
    number = apply(app)
    page = text_of(in_english(signed_in(app, FANG_SHEN)).get(f"/desk/applications/{number}"))
    with ready.database.reading() as session:
        kept = list(session.execute(select(Consent)).scalars())
    assert {one.kind for one in kept} == {*consents.CONSENTS, *DECLARATIONS}
    for one in kept:
        assert f"text {one.text_version}, SHA-256 {one.text_sha256[:16]}" in page
    assert "Consent to the use of the representative’s identity number" in page


def test_an_answer_that_names_another_than_the_registry_is_held_and_not_issued(
    app: Flask, ready: Instance, reviewer: FlaskClient
) -> None:
    registered_with(ready, ISLET, ISLET.representative)
    chen = exporter(app, CHEN_HAIXIA)
    bind(chen, ISLET)
    number = apply(app, ISLET)
    address = ask_for_the_representative(chen, reviewer, ready)
    person = {"representative_name": "王新任", "representative_number": FIRMS[2].number}
    upload(chen, address, agree_name="y", agree_number="y", **person)
    found = application(ready, number)
    assert (found.hold, found.policy_number) == ("firm_first", None)


def test_what_is_decided_meanwhile_is_asked_about_no_more(
    app: Flask, ready: Instance, reviewer: FlaskClient
) -> None:
    chen = exporter(app, CHEN_HAIXIA)
    bind(chen, ISLET)
    number = apply(app, ISLET)
    decide(reviewer, desk_address(ready, ISLET), "confirm", **confirming(ISLET))
    found = application(ready, number)
    lin = Actor(account_of(ready, LIN_ZHIYAO).id, Role.REVIEWER)
    with ready.database.reading() as session:
        seen = latest_decision(session, found.id)
    assert seen is not None
    ask_firm(ready, lin, number, seen.id, ["explain"], "")
    change(chen, ISLET, "王新任", FIRMS[2].number)
    assert application(ready, number).state == stages.ISSUED
    with ready.database.reading() as session:
        assert requests.open_request(session, requests.APPLICATION, found.id) is None


def test_nobody_decides_on_a_firm_they_are_tied_to(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance
) -> None:
    hand_in(chen, HARBOUR)
    page = text_of(reviewer.get(desk_address(instance)))
    lin = Actor(account_of(instance, LIN_ZHIYAO).id, Role.REVIEWER)
    note_tie(instance, lin, lin.id, HARBOUR.uscc)
    assert "You are tied to this firm, so somebody else decides" in text_of(reviewer.get(desk_address(instance)))
    assert decide(reviewer, desk_address(instance), "confirm", page, **confirming()).status_code == 403
    assert newest(instance).state == stages.UNCONFIRMED


def test_of_two_reviewers_at_once_the_second_is_told_and_loses_nothing(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    hand_in(chen, HARBOUR)
    second = in_english(signed_in(app, HE_YUNQING))
    pages = [text_of(client.get(desk_address(instance))) for client in (reviewer, second)]
    decide(reviewer, desk_address(instance), "confirm", pages[0], **confirming())
    answer = decide(second, desk_address(instance), "refuse", pages[1], code="not_genuine", reason="印章看着不对")
    assert answer.status_code == 409
    page = text_of(answer)
    assert "Your decision was not saved" in page
    assert "林知遥 confirmed it at" in page
    assert "印章看着不对" in page
    assert newest(instance).state == stages.CONFIRMED


def test_a_licence_that_was_replaced_meanwhile_is_looked_at_again(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance
) -> None:
    hand_in(chen, HARBOUR)
    page = text_of(reviewer.get(desk_address(instance)))
    hand_in(chen, HARBOUR, papers.photo(colour="blue"))
    answer = decide(reviewer, desk_address(instance), "confirm", page, **confirming())
    assert answer.status_code == 409
    assert "The person handed in another licence" in text_of(answer)
    assert newest(instance).state == stages.UNCONFIRMED


def test_pressing_twice_decides_once(chen: FlaskClient, reviewer: FlaskClient, instance: Instance) -> None:
    hand_in(chen, HARBOUR)
    page = text_of(reviewer.get(desk_address(instance)))
    for _press in range(2):
        assert decide(reviewer, desk_address(instance), "confirm", page, **confirming()).status_code == 302
    with instance.database.reading() as session:
        assert len(session.execute(select(MembershipReview)).scalars().all()) == 1


def test_a_second_claim_after_an_application_is_seen_although_the_first_left(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    number = apply(app)
    assert application(instance, number).state == stages.ISSUED
    chen.post(f"/my/firms/{HARBOUR.uscc}/leave")
    bind(exporter(app, WU_GUOLIANG))
    assert (newest(instance).state, newest(instance).why_waiting) == (stages.WAITING, "second_claim")


def test_leaving_unconfirmed_withdraws_what_is_open(app: Flask, ready: Instance) -> None:
    registered_with(ready, HARBOUR, "王别人")
    chen = exporter(app, CHEN_HAIXIA)
    bind(chen)
    number = apply(app)
    chen.post(f"/my/firms/{HARBOUR.uscc}/leave")
    assert application(ready, number).state == stages.WITHDRAWN
    bind(exporter(app, WU_GUOLIANG))
    assert newest(ready).state == stages.UNCONFIRMED


def test_the_auditor_sees_the_page_and_decides_nothing(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    hand_in(chen, HARBOUR)
    auditor = in_english(signed_in(app, FANG_SHEN))
    page = text_of(auditor.get(desk_address(instance)))
    assert "Save the decision" not in page
    assert auditor.post(desk_address(instance), data={"outcome": "confirm"}).status_code == 403


# Another representative


def change(client: FlaskClient, firm: Firm, name: str, number: str, **more: object) -> TestResponse:
    fields: dict[str, object] = {
        "name": name,
        "number": number,
        "agree_name": "y",
        "agree_number": "y",
        "licence": (papers.photo(colour="green"), "new.jpg"),
        **more,
    }
    given = {key: value for key, value in fields.items() if value is not None}
    return upload(client, f"/my/firms/{firm.uscc}/representative", **given)


@pytest.fixture
def insured(chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance) -> str:
    """The harbour firm is insured and Chen Haixia confirmed; the application's number."""
    number = apply(app)
    decide(reviewer, desk_address(instance), "confirm", **confirming())
    return number


def test_a_new_representative_who_fits_a_list_becomes_a_task_and_cover_stays(
    insured: str, chen: FlaskClient, instance: Instance
) -> None:
    answer = change(chen, HARBOUR, ISLET.representative, ISLET.number)
    assert answer.status_code == 302
    found = application(instance, insured)
    assert found.state == stages.ISSUED
    (task,) = tasks(instance)
    assert (task.application_id, task.codes) == (found.id, "representative_not_listed")
    assert len(sent(instance, "application_referred")) == 0  # the firm learns nothing of lists


def test_a_new_representative_on_no_list_changes_nothing_else(
    insured: str, chen: FlaskClient, instance: Instance
) -> None:
    change(chen, HARBOUR, "王新任", FIRMS[2].number)
    assert not tasks(instance)
    assert occasions(instance, insured)[-1] == AT_SCREENING
    with instance.database.reading() as session:
        kept = list(session.execute(select(Consent).where(Consent.draft_id.is_(None))).scalars())
    assert {one.kind for one in kept} == {"representative_name", "representative_number"}
    assert all(one.text_version == "1.en" and len(one.text_sha256) == 64 for one in kept)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("agree_name", None, "Tick it once the person has agreed"),
        ("agree_number", None, "Tick it once the person has agreed"),
        ("number", HARBOUR.number[:17], "17 characters now; 18 are wanted"),
        ("name", "", "Enter the name as it stands on the licence"),
        ("licence", None, "Take a photo of the licence or choose a file"),
    ],
)
def test_a_new_representative_needs_consents_number_and_licence(
    insured: str, chen: FlaskClient, field: str, value: str | None, said: str
) -> None:
    entered: dict[str, object] = {"name": "王新任", "number": FIRMS[2].number}
    entered[field] = value
    name, number = str(entered.pop("name") or ""), str(entered.pop("number") or "")
    answer = change(chen, HARBOUR, name, number, **entered)
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_an_open_application_is_decided_on_the_new_representative(
    app: Flask, ready: Instance, reviewer: FlaskClient
) -> None:
    chen = exporter(app, CHEN_HAIXIA)
    bind(chen, ISLET)
    number = apply(app, ISLET)
    decide(reviewer, desk_address(ready, ISLET), "confirm", **confirming(ISLET))
    assert application(ready, number).state == stages.REFERRED
    change(chen, ISLET, "王新任", FIRMS[2].number)
    assert application(ready, number).state == stages.ISSUED


def test_memberships_are_numbered_through_the_year(app: Flask, ready: Instance) -> None:
    chen = exporter(app, CHEN_HAIXIA)
    for firm in FIRMS[:3]:
        bind(chen, firm)
    with ready.database.reading() as session:
        numbers = list(session.execute(select(Membership.number).order_by(Membership.id)).scalars())
    assert numbers == ["M2022-00001", "M2022-00002", "M2022-00003"]
    assert hidden(text_of(in_english(signed_in(app, LIN_ZHIYAO)).get(f"/desk/memberships/{numbers[0]}")), "seen")
