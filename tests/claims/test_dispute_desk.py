"""A disputed claim at the desk: it goes on by a judgment that is on record, or for a reason in words."""

from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.claims.disputes import hand_in_judgment, tell_dispute
from portal.common.instance import Instance
from portal.common.roles import Actor
from tests.accounts.pages import in_english, text_of
from tests.appeals.stories import paper, tie
from tests.claims.deciding import ASSESSED, assessed, filed, no_fast_lane, state_of
from tests.claims.firm_stories import events, reading_english
from tests.claims.stories import claim_of, insured
from tests.conftest import signed_in
from tests.documents import papers
from tests.people import FANG_SHEN, QIAN_PEI, SHI_PING, Staff
from tests.policies.stories import on_day
from tests.samples import HARBOUR

WORDS = "买方说货有质量问题，不付款。"
WHY = "双方签了和解书，买方月底前付清。"


def desk_of(app: Flask, person: Staff = QIAN_PEI) -> FlaskClient:
    """This person at the desk, reading English."""
    return in_english(signed_in(app, person))


def suspended(app: Flask, instance: Instance) -> tuple[str, Actor]:
    """A claim whose firm told of a dispute and which waits since; its number, and who told."""
    who = insured(instance)
    number = filed(instance, who)
    tell_dispute(instance, who, number, WORDS)
    desk_of(app).post(f"/desk/claims/{number}/suspend", data={"suspend-code": "proceedings_run"})
    assert state_of(instance, number) == "suspended"
    return number, who


def reopened(client: FlaskClient, number: str, code: str, photo: str | None = None, **more: str) -> TestResponse:
    """End the dispute on the claim's page, with a photo of this colour unless without."""
    data: dict[str, object] = {"reopen-code": code, **{f"reopen-{name}": text for name, text in more.items()}}
    if photo is not None:
        data["reopen-files"] = [(BytesIO(papers.photo(colour=photo)), f"{photo}.jpg")]
    return client.post(f"/desk/claims/{number}/reopen", data=data)


def test_a_claim_is_not_reopened_for_a_judgment_that_nobody_handed_in(app: Flask, instance: Instance) -> None:
    with on_day(ASSESSED):
        number, _who = suspended(app, instance)
        answer = reopened(desk_of(app), number, "judgment")
    assert answer.status_code == 422
    assert "Add the judgment or the award, or choose another reason" in text_of(answer)
    assert state_of(instance, number) == "suspended"


def test_what_the_firm_handed_in_is_read_before_and_is_what_the_reopening_rests_on(
    app: Flask, instance: Instance
) -> None:
    no_fast_lane(instance)
    with on_day(ASSESSED):
        number, who = suspended(app, instance)
        hand_in_judgment(instance, who, number, "法院判买方付款。", [paper()])
        client = desk_of(app)
        before = text_of(client.get(f"/desk/claims/{number}"))
        (judged,) = events(instance, number, "judged")
        assert "法院判买方付款。" in before
        assert f"/documents/{judged.documents}" in before
        for _press in range(2):
            assert reopened(client, number, "judgment").status_code == 302
        assert state_of(instance, number) == "assessing"
        assert [one.documents for one in events(instance, number, "reopened")] == [judged.documents]
        assessed(instance, number)
        approver = text_of(desk_of(app, SHI_PING).get(f"/desk/claims/{number}/approval"))
    assert "The buyer disputed the debt" in approver
    assert "A judgment or an award is there." in approver
    assert f"/documents/{judged.documents}" in approver


def test_a_judgment_that_came_to_the_desk_is_put_on_record_when_the_claim_goes_on(
    app: Flask, instance: Instance
) -> None:
    with on_day(ASSESSED):
        number, _who = suspended(app, instance)
        client = desk_of(app)
        for _press in range(2):
            assert reopened(client, number, "judgment", "white", reason="法院寄来的。").status_code == 302
        (event,) = events(instance, number, "reopened")
        page = text_of(desk_of(app, FANG_SHEN).get(f"/desk/claims/{number}"))
        paper_of_court = desk_of(app, FANG_SHEN).get(f"/documents/{event.documents}")
        assert paper_of_court.status_code == 200
        assert "法院寄来的。" not in text_of(reading_english(app).get(f"/my/claims/{number}"))
    assert state_of(instance, number) == "assessing"
    assert f"/documents/{event.documents}" in page
    assert "white.jpg" in page
    assert "法院寄来的。" in page


def test_what_is_no_photo_and_no_pdf_is_not_taken_for_a_judgment(app: Flask, instance: Instance) -> None:
    with on_day(ASSESSED):
        number, _who = suspended(app, instance)
        data = {"reopen-code": "judgment", "reopen-files": [(BytesIO(b"MZ judgment"), "judgment.pdf")]}
        answer = desk_of(app).post(f"/desk/claims/{number}/reopen", data=data)
    assert answer.status_code == 422
    assert "is no PDF, JPG or PNG" in text_of(answer)
    assert state_of(instance, number) == "suspended"


def test_another_end_needs_words_and_the_paper_that_came_with_the_first_try_is_kept(
    app: Flask, instance: Instance
) -> None:
    with on_day(ASSESSED):
        number, _who = suspended(app, instance)
        client = desk_of(app)
        answer = reopened(client, number, "settlement", "white")
        page = text_of(answer)
        assert answer.status_code == 422
        assert "Write down why" in page
        assert "white.jpg" in page
        kept = page.split('name="reopen-kept"')[1].split('value="')[1].split('"')[0]
        assert reopened(client, number, "settlement", kept=kept, reason=WHY).status_code == 302
        (event,) = events(instance, number, "reopened")
        page = text_of(client.get(f"/desk/claims/{number}"))
    assert (event.code, event.documents) == ("settlement", kept)
    assert WHY in page


def test_the_paper_of_somebody_else_is_not_taken_over_by_its_id(app: Flask, instance: Instance) -> None:
    with on_day(ASSESSED):
        number, who = suspended(app, instance)
        hand_in_judgment(instance, who, number, "法院判买方付款。", [paper()])
        client = desk_of(app)
        reopened(client, number, "judgment")
        client.post(f"/desk/claims/{number}/suspend", data={"suspend-code": "proceedings_run"})
        (judged,) = events(instance, number, "judged")
        assert reopened(client, number, "judgment", kept=judged.documents).status_code == 422
    assert state_of(instance, number) == "suspended"


def test_together_ten_papers_are_enough(app: Flask, instance: Instance) -> None:
    with on_day(ASSESSED):
        number, who = suspended(app, instance)
        shades = [f"#{25 * shade:02x}0000" for shade in range(10)]
        hand_in_judgment(instance, who, number, "法院判买方付款。", [paper(one) for one in shades])
        answer = reopened(desk_of(app), number, "judgment", "white")
    assert answer.status_code == 422
    assert "Together they may be 10" in text_of(answer)
    assert claim_of(instance, number).dispute == "judged"


def test_whoever_is_tied_to_the_firm_or_does_not_assess_reopens_nothing(app: Flask, instance: Instance) -> None:
    with on_day(ASSESSED):
        number, _who = suspended(app, instance)
        assert reopened(desk_of(app, SHI_PING), number, "settlement", reason=WHY).status_code == 403
        tie(instance, QIAN_PEI, HARBOUR)
        for photo in (None, "white"):
            assert reopened(desk_of(app), number, "settlement", photo, reason=WHY).status_code == 403
        assert reopened(desk_of(app), number, "settlement", "white").status_code == 403
    assert state_of(instance, number) == "suspended"
