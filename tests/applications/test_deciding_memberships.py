"""Staff decide from the licence who acts for a firm, and the rules then run again."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.applications import consents
from portal.applications.deciding import AT_CONFIRMATION, AT_SCREENING
from portal.applications.records import Consent
from portal.common.instance import Instance
from portal.common.roles import Actor, Role
from portal.members.records import Membership, MembershipReview
from portal.members.ties import note_tie
from portal.scheme import stages
from tests.accounts.pages import heading_of, in_english, text_of
from tests.accounts.test_signing_in import account_of
from tests.applications.desk import hidden
from tests.conftest import signed_in
from tests.documents import papers
from tests.members.applying import (
    DECLARATIONS,
    application,
    apply,
    occasions,
    registered_with,
    tasks,
)
from tests.members.binding import (
    bind,
    confirming,
    decide,
    desk_address,
    exporter,
    hand_in,
    newest,
    upload,
)
from tests.outbox import newest_words
from tests.people import CHEN_HAIXIA, FANG_SHEN, HE_YUNQING, HONG_YAN, LIN_ZHIYAO, WU_GUOLIANG
from tests.samples import (
    DEBTOR,
    FIRMS,
    HARBOUR,
    ISLET,
    Firm,
)


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


def test_memberships_are_numbered_through_the_year(app: Flask, ready: Instance) -> None:
    chen = exporter(app, CHEN_HAIXIA)
    for firm in FIRMS[:3]:
        bind(chen, firm)
    with ready.database.reading() as session:
        numbers = list(session.execute(select(Membership.number).order_by(Membership.id)).scalars())
    assert numbers == ["M2022-00001", "M2022-00002", "M2022-00003"]
    assert hidden(text_of(in_english(signed_in(app, LIN_ZHIYAO)).get(f"/desk/memberships/{numbers[0]}")), "seen")


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
