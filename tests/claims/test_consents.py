"""Consent: asked for with what its kind needs, answered once by staff, taken back, and read by both."""

import re
from datetime import date

import pytest
from flask import Flask

from portal.claims import consents
from portal.claims.consents import StaleConsent, UnknownConsent, Wanted
from portal.claims.records import ConsentRequest
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import NotAllowed
from portal.members.queries import TiedToFirm
from tests.accounts.pages import in_english, text_of
from tests.appeals.stories import paper, tie, told
from tests.claims.firm_stories import officer, reading_english, trail_holds
from tests.claims.stories import insured, notified, shipments_of
from tests.conftest import signed_in
from tests.people import QIAN_PEI, WU_GUOLIANG
from tests.policies.stories import on_day
from tests.samples import HARBOUR, ISLET

ON = date(2022, 8, 22)  # a Monday
MORE_TIME = Wanted("extension", None, None, None, date(2022, 10, 31), "买方说十月底付清。")


def request_of(instance: Instance, number: str) -> ConsentRequest:
    """A request as it stands now."""
    with instance.database.reading() as session:
        return consents.consent_of(session, number)


def test_a_request_has_its_number_is_due_in_three_working_days_and_asked_twice_is_one(instance: Instance) -> None:
    who = insured(instance)
    notice = notified(instance, who).number
    with on_day(ON):
        number = consents.ask_consent(instance, who, notice, MORE_TIME, [paper()])
        assert consents.ask_consent(instance, who, notice, MORE_TIME, [paper()]) == number
    request = request_of(instance, number)
    assert (number, request.state, request.due_on) == ("K2022-00001", "open", date(2022, 8, 25))
    assert "十月底" not in request.words_sealed
    assert len(request.documents.split()) == 1
    trail_holds(instance)


@pytest.mark.parametrize(
    "wrong",
    [
        MORE_TIME._replace(kind="forget"),
        MORE_TIME._replace(until=None),
        MORE_TIME._replace(until=ON),
        MORE_TIME._replace(words="嗯"),
        MORE_TIME._replace(shipment_id="another"),
        Wanted("discount", None, None, None, None, "买方只肯付一半。"),
        Wanted("resale", None, 0, "USD", None, "有人愿意买。"),
    ],
)
def test_a_request_that_lacks_something_is_not_taken(instance: Instance, wrong: Wanted) -> None:
    who = insured(instance)
    notice = notified(instance, who).number
    with on_day(ON), pytest.raises(ValueError, match="lacks something"):
        consents.ask_consent(instance, who, notice, wrong)


def test_the_answer_is_told_in_a_coded_sentence_and_the_private_reason_stays_with_staff(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    notice = notified(instance, who).number
    with on_day(ON):
        one = shipments_of(instance, notice)[0]
        wanted = Wanted("discount", one.id, 1_000_000, "USD", None, "买方要降一万。")
        number = consents.ask_consent(instance, who, notice, wanted)
        consents.answer_consent(instance, officer(instance), number, False, "too_little", "他们上次也这样。")
        consents.answer_consent(instance, officer(instance), number, False, "too_little", "他们上次也这样。")
        with pytest.raises(StaleConsent):
            consents.answer_consent(instance, officer(instance), number, True, consents.GRANTED)
        with pytest.raises(StaleConsent):
            consents.take_back_consent(instance, who, number)
        assert len(told(instance, "consent_refused")) == 1
        page = text_of(reading_english(app).get(f"/my/notices/{notice}/consents"))
    assert "Too little would be left of the debt" in page
    assert "买方要降一万" in page
    assert "他们上次也这样" not in page
    with instance.database.reading() as session:
        people = People(session, instance.keys)
        assert consents.consent_reason(people, consents.consent_of(session, number)) == "他们上次也这样。"


@pytest.mark.parametrize(
    ("wanted", "better", "never"),
    [
        (MORE_TIME, "ask for instalments", "ask for more time"),
        (
            Wanted("discount", None, 100_000, "USD", None, "买方要降一千。"),
            "more time or for instalments",
            "discount:",
        ),
        (MORE_TIME._replace(kind="instalments"), "ask for one later day", "ask for instalments"),
        (Wanted("resale", None, 100_000, "USD", None, "有人愿意买。"), "ask for more time", "ask to sell"),
        (Wanted("return", None, None, None, None, "想把货运回来。"), "ask to sell them", "ask to take"),
    ],
)
def test_whoever_is_told_that_another_way_is_better_is_never_told_to_ask_for_the_same_again(
    app: Flask, instance: Instance, wanted: Wanted, better: str, never: str
) -> None:
    who = insured(instance)
    notice = notified(instance, who).number
    with on_day(ON):
        number = consents.ask_consent(instance, who, notice, wanted)
        offered = text_of(in_english(signed_in(app, QIAN_PEI)).get(f"/desk/consents/{number}"))
        consents.answer_consent(instance, officer(instance), number, False, "other_way")
        read = text_of(reading_english(app).get(f"/my/notices/{notice}/consents"))
        desk = text_of(in_english(signed_in(app, QIAN_PEI)).get(f"/desk/consents/{number}"))
    for page in (offered, read, desk):
        (said,) = set(re.findall(r"Another way is better[^<]*", page))
        assert better in said
        assert never not in said


def test_whoever_is_tied_or_no_claims_officer_answers_nothing(instance: Instance) -> None:
    who = insured(instance)
    notice = notified(instance, who).number
    with on_day(ON):
        number = consents.ask_consent(instance, who, notice, MORE_TIME)
    with pytest.raises(NotAllowed):
        consents.answer_consent(instance, who, number, True, consents.GRANTED)
    tie(instance, QIAN_PEI, HARBOUR)
    with pytest.raises(TiedToFirm):
        consents.answer_consent(instance, officer(instance), number, True, consents.GRANTED)


def test_a_request_is_taken_back_once_and_another_firm_cannot_reach_it(instance: Instance) -> None:
    who = insured(instance)
    stranger = insured(instance, WU_GUOLIANG, ISLET)
    notice = notified(instance, who).number
    with on_day(ON):
        number = consents.ask_consent(instance, who, notice, MORE_TIME)
        with pytest.raises(UnknownConsent):
            consents.take_back_consent(instance, stranger, number)
        consents.take_back_consent(instance, who, number)
        consents.take_back_consent(instance, who, number)
    assert request_of(instance, number).state == "taken_back"


def test_by_the_page_what_is_missing_is_said_and_what_was_typed_stays(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    notice = notified(instance, who).number
    here = f"/my/notices/{notice}/consents"
    with on_day(ON):
        client = reading_english(app)
        answer = client.post(here, data={"kind": "extension", "words": "买方说十月底付清。"})
        assert answer.status_code == 422
        page = text_of(answer)
        assert "Enter the day" in page
        assert "买方说十月底付清。" in page
        good = client.post(here, data={"kind": "extension", "until": "2022-10-31", "words": "买方说十月底付清。"})
        assert good.status_code == 303
        page = text_of(client.get(here))
        assert "Being looked at" in page
        assert client.post("/my/consents/K2022-00001/take-back").status_code == 303
        assert "Taken back" in text_of(client.get(here))


def test_the_desk_finds_what_waits_for_an_answer_also_where_nothing_is_claimed_yet(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    notice = notified(instance, who).number
    with on_day(ON):
        number = consents.ask_consent(instance, who, notice, MORE_TIME)
        desk = signed_in(app, QIAN_PEI)
        assert "/desk/consents" in text_of(desk.get("/desk/claims"))
        assert number in text_of(desk.get("/desk/consents"))
        consents.answer_consent(instance, officer(instance), number, True, consents.GRANTED, "")
        assert number not in text_of(desk.get("/desk/consents"))
        assert number in text_of(desk.get("/desk/consents?view=answered"))


def test_a_discount_of_all_that_is_unpaid_or_more_is_told_and_not_taken(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    notice = notified(instance, who).number
    unpaid = sum(one.amount_minor for one in shipments_of(instance, notice))
    here = f"/my/notices/{notice}/consents"
    with on_day(ON):
        client = reading_english(app)
        typed = {"kind": "discount", "amount": f"{unpaid // 100}.00", "words": "买方要我们全部让掉。"}
        answer = client.post(here, data=typed)
        assert answer.status_code == 422
        assert "A discount is less than what is unpaid, USD" in text_of(answer).replace("\u00a0", " ")
        assert client.post(here, data={**typed, "amount": f"{unpaid // 100 - 1}.99"}).status_code == 303
