"""What a firm says to a decision: it agrees once, to what it read; or objects within the time, with reasons."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask

from portal.claims.answers import TooLate, agree, object_to
from portal.claims.assessing import LineInput
from portal.claims.mine import NotConfirmed, event_words
from portal.claims.moves import StaleClaim
from portal.common.instance import Instance
from portal.common.people import People
from tests.accounts.pages import text_of
from tests.appeals.stories import member, paper
from tests.applications.desk import hidden
from tests.claims.deciding import approved, assessed, decided, filed, own_shipments
from tests.claims.firm_stories import ACCOUNT, AGREED, events, reading_english, seen, trail_holds, unconfirm
from tests.claims.stories import claim_of, insured
from tests.documents import papers as sample
from tests.people import WU_GUOLIANG
from tests.policies.stories import on_day
from tests.samples import HARBOUR

LAST_DAY = date(2023, 1, 5)  # fifteen days after the approval of 21 December
WORDS = "第二张发票已经交了提单，应当计入。"


def test_agreeing_starts_the_ten_days_of_payment_and_twice_is_once(instance: Instance) -> None:
    who = insured(instance)
    colleague = member(instance, WU_GUOLIANG, HARBOUR)
    number = decided(instance, who)
    with on_day(AGREED):
        agree(instance, who, number, seen(instance, number))
        agree(instance, colleague, number, seen(instance, number))
    claim = claim_of(instance, number)
    assert (claim.state, claim.agreed_on, claim.agreed_by) == ("agreed", AGREED, who.id)
    assert claim.due_on == date(2023, 1, 3)  # the second of January is worked by nobody
    assert len(events(instance, number, "agreed")) == 1
    trail_holds(instance)


def test_one_agrees_only_to_what_one_read(instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    for other in ("", "0" * 64):
        with pytest.raises(StaleClaim):
            agree(instance, who, number, other)
    assert claim_of(instance, number).state == "approved"


def test_with_nothing_to_be_paid_agreeing_closes_the_claim(instance: Instance) -> None:
    who = insured(instance)
    number = filed(instance, who)
    lines = {one.id: LineInput("refused", "paid_in_full") for one in own_shipments(instance, number)}
    assessed(instance, number, lines)
    approved(instance, number)
    with on_day(AGREED):
        agree(instance, who, number, seen(instance, number))
    claim = claim_of(instance, number)
    assert (claim.state, claim.closed_code, claim.due_on) == ("closed", "nothing_payable", None)


def test_an_objection_has_a_ground_words_and_papers_and_a_person_looks_again(instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    assert claim_of(instance, number).answer_due_on == LAST_DAY
    with on_day(LAST_DAY):
        object_to(instance, who, number, seen(instance, number), "invoice_counts", WORDS, [paper("gray")])
        object_to(instance, who, number, seen(instance, number), "invoice_counts", WORDS, [paper("gray")])
        with pytest.raises(StaleClaim):
            agree(instance, who, number, seen(instance, number))
    claim = claim_of(instance, number)
    assert (claim.state, claim.due_on) == ("objected", date(2023, 1, 12))
    [event] = events(instance, number, "objected")
    assert (event.code, len(event.documents.split())) == ("invoice_counts", 1)
    with instance.database.reading() as session:
        assert event_words(People(session, instance.keys), event) == WORDS


def test_the_day_after_one_cannot_object_any_more_but_still_agree(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    with on_day(date(2023, 1, 6)):
        with pytest.raises(TooLate):
            object_to(instance, who, number, seen(instance, number), "other", WORDS)
        client = reading_english(app)
        assert "The last day to object was" in text_of(client.get(f"/my/claims/{number}/object"))
        agree(instance, who, number, seen(instance, number))
    assert claim_of(instance, number).state == "agreed"


@pytest.mark.parametrize(("ground", "words"), [("because", WORDS), ("other", "嗯")])
def test_an_objection_about_nothing_is_not_taken(instance: Instance, ground: str, words: str) -> None:
    who = insured(instance)
    number = decided(instance, who)
    with on_day(AGREED), pytest.raises(ValueError, match="an objection"):
        object_to(instance, who, number, seen(instance, number), ground, words)


def test_before_it_is_confirmed_nobody_agrees(instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    unconfirm(instance, who)
    with pytest.raises(NotConfirmed):
        agree(instance, who, number, seen(instance, number))
    with pytest.raises(NotConfirmed):
        object_to(instance, who, number, seen(instance, number), "other", WORDS)


def test_by_the_page_the_firm_reads_every_line_agrees_and_is_asked_for_its_account(
    app: Flask, instance: Instance
) -> None:
    number = decided(instance, insured(instance))
    with on_day(AGREED):
        client = reading_english(app)
        page = text_of(client.get(f"/my/claims/{number}"))
        assert "Agree to the amount, or object" in page
        assert "USD 32,000.00" in page.replace("\u00a0", " ")
        page = text_of(client.get(f"/my/claims/{number}/agree"))
        assert "Agree to USD 32,000.00?" in page.replace("\u00a0", " ")
        assert client.post(f"/my/claims/{number}/agree", data={"seen": "something"}).status_code == 303
        assert claim_of(instance, number).state == "approved"
        answer = client.post(f"/my/claims/{number}/agree", data={"seen": hidden(page, "seen")})
        assert answer.location == f"/my/claims/{number}/payee"
        assert client.post(answer.location, data=ACCOUNT._asdict()).status_code == 303
        assert "The payment is being prepared" in text_of(client.get(f"/my/claims/{number}"))


def test_by_the_page_an_objection_that_lacks_words_keeps_its_papers(app: Flask, instance: Instance) -> None:
    number = decided(instance, insured(instance))
    here = f"/my/claims/{number}/object"
    with on_day(AGREED):
        client = reading_english(app)
        page = text_of(client.get(here))
        photo = (BytesIO(sample.photo(colour="blue")), "lading.jpg")
        bad = client.post(here, data={"seen": hidden(page, "seen"), "ground": "invoice_counts", "files": [photo]})
        assert bad.status_code == 422
        page = text_of(bad)
        assert "lading.jpg" in page
        good = client.post(
            here,
            data={
                "seen": hidden(page, "seen"),
                "ground": "invoice_counts",
                "words": WORDS,
                "kept": hidden(page, "kept"),
            },
        )
        assert good.status_code == 303
        page = text_of(client.get(f"/my/claims/{number}"))
    assert "Your objection is looked at" in page
    assert WORDS not in page
    assert events(instance, number, "objected")[0].documents
