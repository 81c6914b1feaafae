"""A claim's page and the firm's first page: whose turn it is, limits kept or not, and what is not told."""

from datetime import date

from flask import Flask

from portal.claims import filing
from portal.claims.moves import happened
from portal.claims.payees import set_payee
from portal.claims.remarks import leave_remark
from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.scheme.claim_words import Risk
from tests.accounts.pages import heading_of, text_of
from tests.claims.deciding import FILED, assessed, checked, decided, filed, no_fast_lane
from tests.claims.firm_stories import (
    ACCOUNT,
    AGREED,
    ANSWERED,
    LOOKED,
    agreed,
    asked,
    events,
    hand_in_all,
    missing,
    officer,
    reading_english,
    unconfirm,
)
from tests.claims.stories import acknowledge, buyer, claim_of, claimed, insured, later, shipment
from tests.conftest import signed_in
from tests.people import QIAN_PEI
from tests.policies.stories import on_day

EARLY = date(2022, 8, 22)
BANK_SAYS, MENDED = date(2022, 12, 26), date(2022, 12, 27)


def page_of(app: Flask, number: str, on: date) -> str:
    """The claim's page on a day, in English, plain spaces."""
    with on_day(on):
        return text_of(reading_english(app).get(f"/my/claims/{number}")).replace("\u00a0", " ")


def first_page(app: Flask, on: date) -> str:
    """The first page of the firm's people on a day."""
    with on_day(on):
        return text_of(reading_english(app).get("/my")).replace("\u00a0", " ")


def test_what_waits_for_the_firms_word_since_long_comes_before_what_is_due_much_later(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    acknowledge(instance, who)
    first = decided(instance, who)
    second = claimed(instance, who, buyer(instance, who, name="Orkla Gruve Import AS"), [shipment("INV-77")])
    home = first_page(app, date(2022, 12, 30))
    assert "Your turn: Agree to the amount, or object" in home
    assert f"Claim {second}: your turn" in home
    assert f"Claim {first}: your turn" not in home, "it is the turn itself"


def test_the_first_page_says_so_where_the_insurer_is_late(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    acknowledge(instance, who)
    number = filed(instance, who, on=EARLY, risk=Risk.BANKRUPTCY)
    due = claim_of(instance, number).due_on
    assert due is not None
    assert "We are late" not in first_page(app, due)
    assert f"It was due on {due.day} {due:%b %Y}. We are late; you need do nothing." in first_page(
        app, later(due, 1)
    )


def test_from_the_start_it_says_what_comes_who_and_by_when(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    acknowledge(instance, who)
    number = claimed(instance, who)
    page = page_of(app, number, EARLY)
    assert heading_of(page) == "Hand in the documents and file the claim"
    assert "by 15 Feb 2023, 177 days left" in page
    assert "Limit 7 Sep 2022, in time." in page
    assert "Waiting period of 4 months" in page
    assert "until 8 Dec 2022" in page
    assert page.count('aria-current="step"') == 1
    home = first_page(app, EARLY)
    assert "Your turn: Hand in the documents and file the claim" in home
    assert f"/my/claims/{number}" in home


def test_of_several_claims_the_one_that_is_due_first_stands_first(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    acknowledge(instance, who)
    later = claimed(instance, who, shipments=[shipment("INV-2022-099")])
    sooner = asked(instance, who)
    home = first_page(app, LOOKED)
    assert "Your turn: Answer what we ask" in home
    assert "Your turn: Hand in the documents" not in home
    assert home.index(f"/my/claims/{sooner}") < home.index(f"/my/claims/{later}")


def test_a_late_notice_says_by_how_much_and_what_follows(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    page = page_of(app, claimed(instance, who, on=date(2022, 9, 12)), date(2022, 9, 13))
    assert "Limit 7 Sep 2022, 5 days late." in page
    assert "goes down by 10 points" in page


def test_while_it_is_assessed_the_firm_reads_the_day_of_the_answer_and_what_was_found_in_order(
    app: Flask, instance: Instance
) -> None:
    number = filed(instance, insured(instance))
    no_fast_lane(instance)
    checked(instance, number, LOOKED)
    page = page_of(app, number, LOOKED)
    assert heading_of(page) == "Being assessed"
    assert "We tell you the result by 11 Jan 2023, 28 days left." in page
    assert "day 2" in page
    assert "30 days in all" in page
    assert "Found in order by 14 Dec" in page
    assert "provisional" in page
    assert "We are late; you need do nothing." in page_of(app, number, date(2023, 1, 12))


def test_until_the_documents_are_complete_no_day_of_the_result_is_promised(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    with on_day(FILED):
        number = claimed(instance, who, on=FILED)
        hand_in_all(instance, who, number, but=["invoice"])
        filing.file_claim(instance, who, number, ["invoice"])
    page = page_of(app, number, FILED)
    assert heading_of(page) == "We look through your documents"
    assert "By 19 Dec 2022, 7 days left." in page
    assert "We tell you the result" not in page
    steps = page.partition("<h2>Progress</h2>")[2]
    assert steps.index("We look through your documents") < steps.index("The underwriter assesses it")
    assert steps.count("19 Dec 2022") == 1, "the assessment has no day yet"


def test_what_happened_on_one_day_stands_in_the_order_in_which_it_happened(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = asked(instance, who, on=FILED)
    page = page_of(app, number, FILED)
    assert page.index("You filed the claim") < page.index("You were asked for more")


def test_what_the_buyer_pays_can_be_told_before_the_claim_is_filed(app: Flask, instance: Instance) -> None:
    number = claimed(instance, insured(instance))
    assert f'href="/my/claims/{number}/recoveries"' in page_of(app, number, EARLY)


def test_after_the_bank_could_not_pay_the_firm_is_asked_to_check_its_account(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    acknowledge(instance, who)
    number = agreed(instance, who)
    with on_day(BANK_SAYS), audit.write(instance.database, COMMAND, "demo.loaded") as session:
        happened(session, instance, officer(instance), claim_of(instance, number), "payment_failed", BANK_SAYS)
    assert "Your turn: Check the account: the bank could not pay" in first_page(app, BANK_SAYS)
    page = page_of(app, number, BANK_SAYS)
    assert heading_of(page) == "Check the account: the bank could not pay"
    assert f'href="/my/claims/{number}/payee"' in page
    with on_day(MENDED):
        set_payee(instance, who, number, ACCOUNT._replace(account="4250012345678919"))
    assert heading_of(page_of(app, number, MENDED)) == "The payment is being prepared"


def test_filed_early_it_waits_for_the_end_of_the_waiting_period(app: Flask, instance: Instance) -> None:
    number = filed(instance, insured(instance), on=EARLY)
    assert heading_of(page_of(app, number, EARLY)) == "Waiting period until 8 Dec 2022"
    assert heading_of(page_of(app, number, date(2022, 12, 9))) == "Being assessed"


def test_asked_for_more_the_firm_answers_in_place(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    acknowledge(instance, who)
    number = asked(instance, who, ("invoice", "explain"))
    page = page_of(app, number, LOOKED)
    assert heading_of(page) == "Answer what we ask"
    assert "by 28 Dec 2022, 14 days left" in page
    assert "请补一张清楚的" not in page  # what staff write beside it
    assert "Your turn: Answer what we ask" in first_page(app, LOOKED)
    with on_day(ANSWERED):
        client = reading_english(app)
        request = page.split('name="request" type="hidden" value="')[1].split('"')[0]
        here = f"/my/claims/{number}/answer"
        bad = client.post(here, data={"request": request, "explain": "发票重开过。"})
        assert bad.status_code == 422
        assert "Hand it in, or say why you do not have it" in text_of(bad)
        assert "发票重开过。" in text_of(bad)
        said = {"request": request, "explain": "发票重开过。", "why_invoice": "原件在海关。"}
        for _press in range(2):  # the button pressed twice
            assert client.post(here, data=said).status_code == 303
        assert client.post(here, data={**said, "request": "another"}).status_code == 409


def test_a_proposal_is_with_a_second_person_and_its_sum_is_not_told(app: Flask, instance: Instance) -> None:
    number = filed(instance, insured(instance))
    assessed(instance, number)
    page = page_of(app, number, date(2022, 12, 20))
    assert heading_of(page) == "A second person looks at the result"
    assert "32,000.00" not in page


def test_agreed_without_an_account_it_is_the_firms_turn_and_with_one_it_is_not(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    number = agreed(instance, who)
    page = page_of(app, number, AGREED)
    assert heading_of(page) == "The payment is being prepared"
    assert "Payment by 3 Jan 2023." in page
    assert "8901" in page


def test_before_it_is_confirmed_no_sum_of_a_decision_is_shown(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    unconfirm(instance, who)
    page = page_of(app, number, AGREED)
    assert heading_of(page) == "The claim is decided"
    assert "32,000.00" not in page
    with on_day(AGREED):
        client = reading_english(app)
        for path in ("agree", "object", "payee", "assignment", "withdraw"):
            answer = client.get(f"/my/claims/{number}/{path}")
            assert answer.status_code == 403, path
            assert "See how to confirm it" in text_of(answer), path
            assert client.post(f"/my/claims/{number}/{path}").status_code == 403, path


def test_filing_by_the_page_names_what_is_missing_and_asks_to_say_so(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(EARLY):
        hand_in_all(instance, who, number, but=("invoice", "contract"))
        client = reading_english(app)
        page = text_of(client.get(f"/my/claims/{number}/documents"))
        assert "2 needed documents are missing:" in page
        assert "Nothing can be decided before the waiting period ends on" in page
        here, codes = f"/my/claims/{number}/file", " ".join(missing(instance, number))
        bad = client.post(here, data={"missing": codes})
        assert bad.status_code == 422
        assert "Hand in what is missing, or tick that you file without it" in text_of(bad)
        moved = client.post(here, data={"missing": "invoice", "incomplete": "y"})
        assert moved.status_code == 409
        for _press in range(2):
            assert client.post(here, data={"missing": codes, "incomplete": "y"}).status_code == 303
        page = text_of(client.get(f"/my/claims/{number}"))
    assert heading_of(page) == "We look through your documents" or "Waiting period until" in heading_of(page)


def test_a_step_that_is_there_says_what_to_do_and_not_that_it_is_to_come(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    page = page_of(app, number, AGREED)
    now = page[page.index('aria-current="step"') :]
    assert "Read how it comes about, then agree" in now[: now.index("</li>")]
    assert "It is your turn then" not in page


def test_a_withdrawn_claim_says_until_when_it_can_be_claimed_again(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(EARLY):
        client = reading_english(app)
        asked_once_more = text_of(client.get(f"/my/claims/{number}/withdraw")).replace("\u00a0", " ")
        assert "You can claim again until 15 Feb 2023." in asked_once_more
        for _press in range(2):
            assert client.post(f"/my/claims/{number}/withdraw").status_code == 303
        page = text_of(client.get(f"/my/claims/{number}")).replace("\u00a0", " ")
        assert "You can claim again until 15 Feb 2023." in page
        answer = client.post(f"/my/claims/{number}/again")
        assert answer.location == "/my/claims/C2022-00002"
        assert heading_of(text_of(client.get(f"/my/claims/{number}"))) == "Withdrawn"
        assert signed_in(app, QIAN_PEI).get(f"/desk/claims/{number}").status_code == 200


def test_rejected_goods_wait_for_their_day(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who, shipments=[shipment()], risk="rejection")
    with on_day(EARLY):
        filing.file_claim(instance, who, number, without=missing(instance, number))
        client = reading_english(app)
        page = text_of(client.get(f"/my/claims/{number}"))
        assert heading_of(page) == "Tell us when the goods are disposed of"
        here = f"/my/claims/{number}/disposed"
        assert client.post(here, data={"on": "2022-08-23"}).status_code == 422
        assert client.post(here, data={"on": "2022-08-22"}).status_code == 303
        assert heading_of(text_of(client.get(f"/my/claims/{number}"))) == "We look through your documents"


def test_a_word_is_left_once_and_is_for_staff_only(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(EARLY):
        leave_remark(instance, who, number, "提单原件在路上。")
        leave_remark(instance, who, number, "提单原件在路上。")
    [event] = events(instance, number, "remark")
    assert "提单" not in (event.words_sealed or "")


def test_where_no_room_is_left_the_firm_reads_it_before_it_gathers_documents(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    no_fast_lane(instance)
    decided(instance, who, shipments=[shipment("INV-2022-080", amount_minor=7_000_000)])
    number = claimed(instance, who, shipments=[shipment("INV-2022-081")])
    assert "No room is left for this buyer or bank" in page_of(app, number, AGREED)
    unconfirm(instance, who)
    assert "No room is left for this buyer or bank" not in page_of(app, number, AGREED)
