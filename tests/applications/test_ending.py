"""How it ends that somebody acts for a firm: staff end it, or a colleague takes them off it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.applications.ending import removable, remove_colleague
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed, Role
from portal.members.records import Membership
from portal.members.ties import note_tie
from portal.scheme import stages
from tests.accounts.pages import heading_of, in_english, text_of
from tests.accounts.test_signing_in import account_of
from tests.applications.desk import hidden
from tests.conftest import signed_in
from tests.members.applying import FILE_PHONE, application, apply, enrolled_by_file
from tests.members.binding import (
    bind,
    confirm_at_the_desk,
    decide,
    desk_address,
    exporter,
    memberships,
    newest,
)
from tests.outbox import newest_words, sent
from tests.people import CHEN_HAIXIA, FANG_SHEN, HE_YUNQING, LIN_ZHIYAO, WU_GUOLIANG, YE_XIAOTANG, Exporter
from tests.policies.stories import actions_on
from tests.samples import (
    FIRMS,
    HARBOUR,
    import_all,
    import_one,
    registry_book,
    registry_line,
)

FIRM = f"/my/firms/{HARBOUR.uscc}"
PRIVATE = "企业来函：此人九月已离职"


@pytest.fixture
def chen(app: Flask, instance: Instance) -> FlaskClient:
    """Chen Haixia, an operator, confirmed to act for the harbour firm; the three sources are there."""
    import_all(instance)
    client = exporter(app, CHEN_HAIXIA)
    bind(client)
    confirm_at_the_desk(app, client)
    return client


def joined(app: Flask, instance: Instance, inviter: FlaskClient, person: Exporter) -> FlaskClient:
    """Somebody who was invited by a member and has accepted."""
    data = {"name": person.name, "address": person.mobile, "position": person.position}
    assert inviter.post(f"{FIRM}/invite", data=data).status_code == 302
    client = exporter(app, person)
    client.get(newest_words(instance, "invitation", person.mobile)["path"])
    assert client.post("/invitation").status_code == 302
    return client


def end(reviewer: FlaskClient, number: str, code: str = "left_firm", **more: str) -> TestResponse:
    """Send the form of ending as it stands on its page now."""
    address = f"/desk/memberships/{number}/end"
    fields = {"seen": hidden(text_of(reviewer.get(address)), "seen"), "code": code, "reason": PRIVATE, **more}
    return reviewer.post(address, data=fields)


def first(instance: Instance) -> Membership:
    return memberships(instance)[0]


# By staff


def test_staff_end_it_and_the_person_is_told_a_sentence_and_sees_nothing_more(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance
) -> None:
    number = newest(instance).number
    assert f'href="/desk/memberships/{number}/end"' in text_of(reviewer.get(desk_address(instance)))
    assert end(reviewer, number).location == f"/desk/memberships/{number}"
    assert newest(instance).state == stages.ENDED
    assert newest_words(instance, "membership_ended", CHEN_HAIXIA.mobile)["firm"] == HARBOUR.name
    page = text_of(chen.get(FIRM))
    assert "You no longer act for this firm" in page
    assert "You no longer work for the firm." in page
    assert PRIVATE not in page
    assert chen.get(f"{FIRM}/invite").status_code == 404
    desk = text_of(reviewer.get(desk_address(instance)))
    assert "林知遥 ended it" in desk
    assert PRIVATE in desk
    assert f"/desk/memberships/{number}/end" not in desk
    assert actions_on(instance, f"membership {number}")[-1] == ("members.end", "done")


def test_before_the_last_one_is_ended_the_page_says_that_nobody_is_left(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    number = newest(instance).number
    words = "After that nobody is confirmed to act for this firm"
    assert words in text_of(reviewer.get(f"/desk/memberships/{number}/end"))
    joined(app, instance, chen, WU_GUOLIANG)
    page = text_of(reviewer.get(f"/desk/memberships/{number}/end"))
    assert words not in page
    assert f'href="/desk/memberships/{newest(instance).number}"' in page, "whom this person invited"


def test_a_policy_stays_when_somebody_has_left_the_firm(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    number = apply(app)
    policy = application(instance, number).policy_number
    member = newest(instance).number
    assert f"Nothing issued changes: {policy} stays in force." in text_of(
        reviewer.get(f"/desk/memberships/{member}/end")
    )
    end(reviewer, member)
    assert application(instance, number).state == stages.ISSUED
    assert f"/desk/policies/{policy}/annul" not in text_of(reviewer.get(desk_address(instance)))


def test_a_confirmation_that_is_taken_back_opens_the_way_to_annul_what_it_enrolled(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    number = apply(app)
    policy = application(instance, number).policy_number
    assert f"/desk/policies/{policy}/annul" not in text_of(reviewer.get(desk_address(instance)))
    end(reviewer, newest(instance).number, "not_genuine")
    assert newest(instance).state == stages.REFUSED
    assert application(instance, number).state == stages.ISSUED, "nothing issued changes silently"
    assert f"/desk/policies/{policy}/annul" in text_of(reviewer.get(desk_address(instance)))
    answer = reviewer.post(f"/desk/policies/{policy}/annul", data={"reason": PRIVATE})
    assert answer.status_code == 302
    assert application(instance, number).state == stages.ANNULLED
    bind(exporter(app, WU_GUOLIANG))
    assert newest(instance).state == stages.UNCONFIRMED, "the way is free for the true firm"


@pytest.mark.parametrize(("code", "state"), [("left_firm", stages.REFERRED), ("does_not_act", stages.WITHDRAWN)])
def test_what_is_open_stays_the_firms_unless_the_confirmation_is_taken_back(
    app: Flask, reviewer: FlaskClient, chen: FlaskClient, instance: Instance, code: str, state: str
) -> None:
    lines = [registry_line(one.uscc, one.name) for one in FIRMS if one is not HARBOUR]
    import_one(instance, "registry", registry_book(lines))
    number = apply(app)
    assert application(instance, number).state == stages.REFERRED
    assert f"Application {number} goes on for the firm" in text_of(
        reviewer.get(f"/desk/memberships/{newest(instance).number}/end")
    )
    end(reviewer, newest(instance).number, code)
    assert application(instance, number).state == state


@pytest.mark.parametrize(
    ("left_out", "said"),
    [("code", "Choose the reason that the person reads"), ("reason", "Write in a few words what you looked at")],
)
def test_ending_needs_a_reason_for_the_person_and_one_for_staff(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance, left_out: str, said: str
) -> None:
    answer = end(reviewer, newest(instance).number, **{left_out: ""})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert newest(instance).state == stages.CONFIRMED


def test_nobody_tied_to_the_firm_and_nobody_but_a_reviewer_ends_it(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    number = newest(instance).number
    address = f"/desk/memberships/{number}/end"
    fields = {"seen": hidden(text_of(reviewer.get(address)), "seen"), "code": "left_firm", "reason": PRIVATE}
    lin = Actor(account_of(instance, LIN_ZHIYAO).id, Role.REVIEWER)
    note_tie(instance, lin, lin.id, HARBOUR.uscc)
    assert address not in text_of(reviewer.get(desk_address(instance)))
    assert reviewer.get(address).location == f"/desk/memberships/{number}"
    assert reviewer.post(address, data=fields).status_code == 403
    auditor = signed_in(app, FANG_SHEN)
    assert auditor.get(address).status_code == auditor.post(address, data=fields).status_code == 403
    assert newest(instance).state == stages.CONFIRMED


def test_of_two_who_end_it_the_second_is_told_and_pressing_twice_is_once(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    address = f"/desk/memberships/{newest(instance).number}/end"
    second = in_english(signed_in(app, HE_YUNQING))
    fields = {"seen": hidden(text_of(second.get(address)), "seen"), "code": "own_wish", "reason": PRIVATE}
    for _press in range(2):
        assert reviewer.post(address, data=fields).status_code == 302
    told = second.post(address, data={**fields, "reason": "另一份来函"})
    assert told.status_code == 409
    assert "Your decision was not saved" in text_of(told)
    assert "另一份来函" in text_of(told)
    assert len(sent(instance, "membership_ended")) == 1


def test_the_address_of_ending_leads_back_where_nothing_is_to_end(
    chen: FlaskClient, reviewer: FlaskClient, app: Flask, instance: Instance
) -> None:
    bind(exporter(app, WU_GUOLIANG))
    number = newest(instance).number
    assert reviewer.get(f"/desk/memberships/{number}/end").location == f"/desk/memberships/{number}"
    assert reviewer.get("/desk/memberships/M2022-99999/end").status_code == 404


def test_whoever_was_ended_and_says_it_again_waits_for_staff_and_no_code_confirms_them(
    app: Flask, reviewer: FlaskClient, instance: Instance, chen: FlaskClient
) -> None:
    enrolled_by_file(instance)
    end(reviewer, newest(instance).number)
    bind(chen)
    again = newest(instance)
    assert (again.state, again.why_waiting) == (stages.WAITING, "ended_before")
    page = text_of(chen.get(FIRM))
    assert "This account acted for the firm before, and that was ended." in page
    assert "Confirm by a code" not in page
    chen.post(f"{FIRM}/code/send")
    assert not sent(instance, "code", FILE_PHONE)
    assert decide(reviewer, desk_address(instance), "refuse", code="no_licence", reason=PRIVATE).status_code == 302


# By a colleague


def test_the_legal_representative_takes_a_colleague_off_and_the_colleague_is_told(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    wu = joined(app, instance, chen, WU_GUOLIANG)
    number = first(instance).number
    address = f"{FIRM}/people/{number}/remove"
    assert f'href="{address}"' in text_of(wu.get(FIRM))
    assert heading_of(text_of(wu.get(address))) == f"Take {CHEN_HAIXIA.mobile} off this firm?"
    assert first(instance).state == stages.CONFIRMED, "the page asks first"
    assert wu.post(address).location == FIRM
    assert first(instance).state == stages.ENDED
    assert newest_words(instance, "membership_ended", CHEN_HAIXIA.mobile)
    assert "Somebody who acts for the firm took you off it." in text_of(chen.get(FIRM))
    assert "ended it" in text_of(reviewer.get(f"/desk/memberships/{number}"))
    assert actions_on(instance, f"membership {number}")[-1] == ("members.remove", "done")
    assert wu.post(address).location == FIRM, "pressed twice"
    assert len(sent(instance, "membership_ended")) == 1


def test_an_operator_takes_off_only_whom_they_invited(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    ye = joined(app, instance, chen, YE_XIAOTANG)
    theirs, ours = memberships(instance)
    assert "/people/" not in text_of(ye.get(FIRM))
    assert ye.post(f"{FIRM}/people/{theirs.number}/remove").location == FIRM
    assert first(instance).state == stages.CONFIRMED
    assert f"/people/{ours.number}/remove" in text_of(chen.get(FIRM))
    chen.post(f"{FIRM}/people/{ours.number}/remove")
    assert newest(instance).state == stages.ENDED


def test_nobody_takes_themselves_off_so_one_confirmed_person_always_stays(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    wu = joined(app, instance, chen, WU_GUOLIANG)
    own = newest(instance)
    assert wu.post(f"{FIRM}/people/{own.number}/remove").location == FIRM
    assert newest(instance).state == stages.CONFIRMED
    who = Actor(own.account_id, Role.EXPORTER)
    with pytest.raises(NotAllowed):
        remove_colleague(instance, who, HARBOUR.uscc, own.number)
    remove_colleague(instance, who, HARBOUR.uscc, first(instance).number)
    with pytest.raises(NotAllowed):  # two who take each other off: the second acts for the firm no longer
        remove_colleague(instance, Actor(first(instance).account_id, Role.EXPORTER), HARBOUR.uscc, own.number)
    with instance.database.reading() as session:
        assert removable(session, own) == []


def test_a_stranger_takes_nobody_off(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    number = newest(instance).number
    wu = exporter(app, WU_GUOLIANG)
    assert wu.post(f"{FIRM}/people/{number}/remove").status_code == 404
    bind(wu, position="representative")  # a claim, not confirmed
    assert wu.post(f"{FIRM}/people/{number}/remove").status_code == 404
    assert first(instance).state == stages.CONFIRMED


def test_whoever_was_taken_off_can_be_invited_again_and_is_confirmed_at_once(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    joined(app, instance, chen, YE_XIAOTANG)
    chen.post(f"{FIRM}/people/{newest(instance).number}/remove")
    joined(app, instance, chen, YE_XIAOTANG)
    assert newest(instance).state == stages.CONFIRMED
