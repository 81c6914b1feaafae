"""What came before a decision stays within reach: the letters that were sent, and the objection that was right."""

import re
from datetime import date

import pytest
from flask import Flask

from portal.claims import letters
from portal.claims.answers import object_to
from portal.claims.approving import reverse
from portal.claims.assessing import LineInput
from portal.claims.assessment_codes import REDUCED
from portal.claims.letter import letter_pdf
from portal.claims.mine import NotConfirmed
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed
from portal.scheme.money import Money
from tests.accounts.pages import in_english, text_of
from tests.appeals.stories import paper, staff
from tests.claims.deciding import APPROVED, WHY, approved, assessed, assessment_of, decided, own_shipments
from tests.claims.firm_stories import reading_english, seen, trail_holds, unconfirm
from tests.claims.stories import insured
from tests.conftest import signed_in
from tests.people import FANG_SHEN, FANG_YUNING, QIAN_PEI, SHI_PING, WU_GUOLIANG
from tests.policies.stories import actions_on, on_day
from tests.samples import ISLET, SCHEME

OBJECTED, REVERSED = date(2022, 12, 27), date(2022, 12, 29)
AGAIN, LATER = date(2023, 1, 9), date(2023, 1, 11)
WORDS = "提单写明 50 箱，不是 38 箱。"


def upheld(instance: Instance, who: Actor) -> str:
    """A claim whose firm objected to the decision of 21 December and was right; its number."""
    number = decided(instance, who)
    with on_day(OBJECTED):
        object_to(instance, who, number, seen(instance, number), "invoice_counts", WORDS, [paper("gray")])
    with on_day(REVERSED):
        sheet = assessment_of(instance, number).canonical_sha256 or ""
        reverse(instance, staff(instance, FANG_YUNING), number, sheet, "objection", WHY)
    return number


def decided_again(instance: Instance, number: str) -> None:
    """Assessed anew and approved on 11 January, with another sum."""
    (only,) = own_shipments(instance, number)
    lines = {only.id: LineInput(REDUCED, "delivered_less", Money.of("38000.00", "USD"))}
    assessed(instance, number, lines, on=AGAIN)
    approved(instance, number, on=LATER)


def test_whoever_assesses_anew_reads_the_objection_that_was_right_until_it_is_decided_again(
    app: Flask, instance: Instance
) -> None:
    number = upheld(instance, insured(instance))
    pages = (f"/desk/claims/{number}", f"/desk/claims/{number}/assessment")
    with on_day(REVERSED):
        officer = in_english(signed_in(app, QIAN_PEI))
        for path in pages:
            text = text_of(officer.get(path))
            card = text[text.index('id="objection"') :].partition("</section>")[0]
            assert "What the firm objected, and was right about" in card, path
            assert "An invoice should count, or count for more" in card, path
            assert WORDS in card, path
            (opened,) = re.findall(r'href="(/documents/[^"]+)"', card)
            assert officer.get(opened).status_code == 200
    assessed(instance, number, on=AGAIN)
    with on_day(LATER):
        assert WORDS in text_of(in_english(signed_in(app, SHI_PING)).get(f"/desk/claims/{number}/approval"))
    approved(instance, number, on=LATER)
    with on_day(LATER):
        assert 'id="objection"' not in text_of(in_english(signed_in(app, QIAN_PEI)).get(pages[0]))


def test_of_a_decision_that_was_reversed_for_another_reason_no_objection_is_shown(
    app: Flask, instance: Instance
) -> None:
    number = decided(instance, insured(instance))
    with on_day(REVERSED):
        sheet = assessment_of(instance, number).canonical_sha256 or ""
        reverse(instance, staff(instance, FANG_YUNING), number, sheet, "wrong_amount", WHY)
        officer = in_english(signed_in(app, QIAN_PEI))
        for path in (f"/desk/claims/{number}", f"/desk/claims/{number}/assessment"):
            assert 'id="objection"' not in text_of(officer.get(path))


def test_every_letter_that_was_sent_can_be_taken_as_it_was_with_its_day_and_whether_it_holds(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    number = decided(instance, who)
    mine, desk = f"/my/claims/{number}", f"/desk/claims/{number}"
    with app.test_request_context():
        first = letter_pdf(assessment_of(instance, number), SCHEME)
    with on_day(APPROVED):
        assert 'id="letters"' not in text_of(reading_english(app).get(mine)), (
            "the one that holds stands by the result"
        )
    with on_day(OBJECTED):
        object_to(instance, who, number, seen(instance, number), "invoice_counts", WORDS)
    with on_day(REVERSED):
        sheet = assessment_of(instance, number).canonical_sha256 or ""
        reverse(instance, staff(instance, FANG_YUNING), number, sheet, "objection", WHY)
        for client, path in ((reading_english(app), mine), (in_english(signed_in(app, FANG_SHEN)), desk)):
            assert told(text_of(client.get(path))) == [("1", "21 Dec 2022", "it holds no more")]
            assert client.get(f"{path}/letter.pdf").status_code == 404
            assert client.get(f"{path}/letters/1.pdf").get_data() == first
    decided_again(instance, number)
    with app.test_request_context():
        second = letter_pdf(assessment_of(instance, number), SCHEME)
    with on_day(LATER):
        for client, path in ((reading_english(app), mine), (in_english(signed_in(app, SHI_PING)), desk)):
            (newer, older) = told(text_of(client.get(path)))
            assert older == ("1", "21 Dec 2022", "it holds no more")
            assert newer[1:] == ("11 Jan 2023", "it holds")
            for serial, letter in ((newer[0], second), ("1", first)):
                answer = client.get(f"{path}/letters/{serial}.pdf")
                assert (answer.mimetype, answer.get_data()) == ("application/pdf", letter)
            assert client.get(f"{path}/letter.pdf").get_data() == second
            assert client.get(f"{path}/letters/9.pdf").status_code == 404
    assert first != second
    assert actions_on(instance, f"claim {number}").count(("claims.letter", "downloaded")) == 8
    trail_holds(instance)


def told(page: str) -> list[tuple[str, str, str]]:
    """The letters of a page, in its order: number, day, and what is said of it."""
    found = re.findall(
        r'/letters/(\d+)\.pdf">[^<]*?(\d+\s\w+\s\d+)[^<]*</a>.*?<span>(it holds[^<]*)</span>', page, re.S
    )
    return [(serial, day.replace("\N{NO-BREAK SPACE}", " "), said) for serial, day, said in found]


def test_a_letter_is_for_the_firms_confirmed_people_and_whoever_sees_claims(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    stranger = insured(instance, WU_GUOLIANG, ISLET)
    number = upheld(instance, who)
    with on_day(REVERSED), app.test_request_context():
        with pytest.raises(NotAllowed):
            letters.letter_for_firm(instance, stranger, number, 1)
        with pytest.raises(NotAllowed):
            letters.letter_for_firm(instance, staff(instance, SHI_PING), number, 1)
        with pytest.raises(NotAllowed):
            letters.letter_for_staff(instance, who, number, 1)
        with pytest.raises(letters.UnknownLetter):
            letters.letter_for_firm(instance, who, number, None)
        unconfirm(instance, who)
        with pytest.raises(NotConfirmed):
            letters.letter_for_firm(instance, who, number, 1)
    with on_day(REVERSED):
        client = reading_english(app)
        assert client.get(f"/my/claims/{number}/letters/1.pdf").status_code == 404
        assert 'id="letters"' not in text_of(client.get(f"/my/claims/{number}"))
        assert reading_english(app, WU_GUOLIANG).get(f"/my/claims/{number}/letters/1.pdf").status_code == 404
