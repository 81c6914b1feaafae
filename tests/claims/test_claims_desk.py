"""The claims desk through its pages: the queue, a claim's page, assessing, approving, and what is turned back."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.common.instance import Instance
from portal.desk.claim_filter import VIEWS
from tests.accounts.pages import in_english
from tests.claims.deciding import (
    APPROVED,
    ASSESSED,
    WHY,
    approved,
    assessed,
    assessment_of,
    checked,
    decided,
    filed,
    no_fast_lane,
    own_shipments,
    papers_waiting,
    standing,
    state_of,
)
from tests.claims.stories import BUYER_NAME, buyer, claim_of, insured, shipment
from tests.conftest import signed_in
from tests.people import FANG_SHEN, JIANG_YAN, LIN_ZHIYAO, QIAN_PEI, SHI_PING, Staff
from tests.policies.stories import on_day, queries_counted
from tests.samples import HARBOUR


def desk_of(app: Flask, person: Staff = QIAN_PEI) -> FlaskClient:
    """This person at the desk, reading English."""
    return in_english(signed_in(app, person))


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    """A page as text, with plain spaces."""
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True).replace("\N{NO-BREAK SPACE}", " ")


def draft_form(instance: Instance, number: str, **changed: str) -> dict[str, str]:
    """What the assessment's form sends: everything accepted, unless changed."""
    data = {"version": "0", "step": "save", "note": ""}
    for one in own_shipments(instance, number):
        data[f"verdict-{one.id}"] = "accepted"
    return data | changed


class TestTheQueue:
    def test_a_filed_claim_waits_with_its_buyer_amount_and_due_day(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        with on_day(ASSESSED):
            text = page(desk_of(app), "/desk/claims")
        for piece in (number, HARBOUR.name, BUYER_NAME, "Norway", "USD 40,000.00"):
            assert piece in text

    @pytest.mark.parametrize("view", VIEWS)
    def test_every_view_can_be_asked_for_sorted_narrowed_and_taken_home(
        self, app: Flask, instance: Instance, view: str
    ) -> None:
        filed(instance, insured(instance))
        with on_day(ASSESSED):
            client = desk_of(app)
            asked = f"view={view}&sort=-amount&risk=protracted_default&country=NO&due=soon&q=Haldenvik"
            page(client, f"/desk/claims?{asked}")
            assert client.get(f"/desk/claims/export.xlsx?{asked}").status_code == 200

    def test_the_workbook_is_what_the_page_shows(self, app: Flask, instance: Instance) -> None:
        who = insured(instance)
        first = filed(instance, who, shipments=[shipment("A-1")])
        filed(instance, who, buyer(instance, who, name="Casa Verde Lda", country="PT"), [shipment("B-1")])
        with on_day(ASSESSED):
            answer = desk_of(app).get("/desk/claims/export.xlsx?country=NO")
        sheet = openpyxl.load_workbook(BytesIO(answer.get_data())).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        assert [(row[0], row[3], row[9]) for row in rows] == [(first, BUYER_NAME, 40000)]

    def test_ten_claims_take_as_many_queries_as_one(self, app: Flask, instance: Instance) -> None:
        who = insured(instance)
        filed(instance, who, shipments=[shipment("A-0")], with_papers=False)
        served: Instance = app.extensions["tongbao"]
        counted = []
        with on_day(ASSESSED):
            client = desk_of(app)
            for more in (0, 9):
                for place in range(more):
                    owes = buyer(instance, who, name=f"Buyer {place} Stahlbau GmbH", country="DE")
                    filed(instance, who, owes, [shipment(f"B-{place}")], with_papers=False)
                page(client, "/desk/claims")
                with queries_counted(served) as asked:
                    page(client, "/desk/claims")
                counted.append(len(asked))
        assert counted[0] == counted[1]

    def test_reviewers_of_applications_do_not_see_claims(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        with on_day(ASSESSED):
            client = desk_of(app, LIN_ZHIYAO)
            for path in ("/desk/claims", f"/desk/claims/{number}", f"/desk/claims/{number}/assessment"):
                assert client.get(path).status_code == 403


class TestTheClaimsPage:
    def test_an_auditor_reads_everything_and_finds_no_button(self, app: Flask, instance: Instance) -> None:
        number = decided(instance, insured(instance))
        with on_day(APPROVED):
            text = page(desk_of(app, FANG_SHEN), f"/desk/claims/{number}")
        for piece in ("Approved by a second person", "USD 32,000.00", "Ledger", "Commercial invoice"):
            assert piece in text
        assert "Reverse the indemnity</summary>" not in text
        assert "Take the case" not in text

    def test_taking_it_over_and_putting_it_back(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        with on_day(ASSESSED):
            client = desk_of(app)
            url = f"/desk/queue/claim/{number}/holder"
            taken = client.post(url, data={"had": "", "step": "take"})
            assert taken.status_code == 302
            assert f"/desk/claims/{number}" in taken.location
            assert number in page(client, "/desk/claims?view=mine")
            client.post(url, data={"had": claim_of(instance, number).assigned_to, "step": "back"})
        assert claim_of(instance, number).assigned_to is None

    def test_ticked_papers_are_accepted_and_can_be_looked_at_again(self, app: Flask, instance: Instance) -> None:
        no_fast_lane(instance)
        number = filed(instance, insured(instance))
        waiting = papers_waiting(instance, number)
        with on_day(ASSESSED):
            client = desk_of(app)
            client.post(f"/desk/claims/{number}/papers", data={"paper": waiting})
            assert papers_waiting(instance, number) == []
            client.post(f"/desk/claims/{number}/papers", data={"again": waiting[0]})
        assert papers_waiting(instance, number) == [waiting[0]]

    def test_the_firm_is_asked_once_and_it_can_be_taken_back(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        with on_day(ASSESSED):
            client = desk_of(app)
            data = {"ask-items": ["delivery_proof", "explain"], "ask-note": "提单缺第二页"}
            for _twice in range(2):
                client.post(f"/desk/claims/{number}/ask", data=data)
            assert state_of(instance, number) == "asked"
            assert "提单缺第二页" in page(client, f"/desk/claims/{number}")
            client.post(f"/desk/claims/{number}/stop-waiting")
        assert state_of(instance, number) == "assessing"

    def test_asking_for_nothing_is_told_beside_the_field(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        with on_day(ASSESSED):
            answer = desk_of(app).post(f"/desk/claims/{number}/ask", data={"ask-note": "x"})
        assert answer.status_code == 422
        assert "Tick what the firm is asked for" in answer.get_data(as_text=True)

    def test_an_unknown_claim_is_not_there(self, app: Flask, instance: Instance) -> None:
        with on_day(ASSESSED):
            client = desk_of(app)
            for tail in ("", "/assessment", "/approval", "/letter.pdf", "/worksheet.xlsx"):
                assert client.get(f"/desk/claims/C2022-09999{tail}").status_code == 404


class TestAssessing:
    def test_a_line_is_reduced_the_page_calculates_and_the_sheet_is_handed_over(
        self, app: Flask, instance: Instance
    ) -> None:
        no_fast_lane(instance)
        number = filed(instance, insured(instance), shipments=[shipment("A-1"), shipment("A-2")])
        checked(instance, number)
        first, second = own_shipments(instance, number)
        changed = {
            f"verdict-{first.id}": "reduced",
            f"reason-{first.id}": "delivered_less",
            f"amount-{first.id}": "37,100.00",
        }
        with on_day(ASSESSED):
            client = desk_of(app)
            assert "Left to do before it can be handed over" in page(client, f"/desk/claims/{number}/assessment")
            data = draft_form(instance, number, **changed)
            assert client.post(f"/desk/claims/{number}/assessment", data=data).status_code == 302
            text = page(client, f"/desk/claims/{number}/assessment")
            assert "77,100.00" in text
            assert "USD 50,000.00" in text
            assert "less 11,680.00" in text
            data |= {"version": "1", "step": "submit"}
            assert client.post(f"/desk/claims/{number}/assessment", data=data).status_code == 302
        found = assessment_of(instance, number)
        assert (found.state, found.indemnity_minor, found.loss_minor) == ("submitted", 5_000_000, 7_710_000)
        assert second.id in (found.canonical or "")

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"verdict": "reduced", "amount": "1,000.00"}, "Choose the reason"),
            ({"verdict": "reduced", "reason": "delivered_less"}, "Enter what is recognised"),
            ({"verdict": "reduced", "reason": "delivered_less", "amount": "abc"}, "abc"),
            ({"verdict": "reduced", "reason": "delivered_less", "amount": "40,000.00"}, "not less than"),
            ({"verdict": "reduced", "reason": "delivered_less", "amount": "0"}, "choose not to recognise"),
            ({"verdict": "refused"}, "Choose the reason"),
            ({"verdict": "refused", "reason": "delivered_less"}, "does not fit"),
            ({"verdict": "gone"}, "Accept, reduce or do not recognise"),
        ],
    )
    def test_what_is_wrong_with_a_line_is_told_and_nothing_typed_is_lost(
        self, app: Flask, instance: Instance, changed: dict[str, str], told: str
    ) -> None:
        number = filed(instance, insured(instance))
        (only,) = own_shipments(instance, number)
        typed = {f"{name}-{only.id}": value for name, value in changed.items()}
        with on_day(ASSESSED):
            data = draft_form(instance, number, note="看过提单", **typed)
            answer = desk_of(app).post(f"/desk/claims/{number}/assessment", data=data)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert told in text
        assert "看过提单" in text
        assert changed.get("amount", "") in text

    def test_two_assessors_notice_each_other_and_the_second_keeps_what_was_typed(
        self, app: Flask, instance: Instance
    ) -> None:
        number = filed(instance, insured(instance))
        (only,) = own_shipments(instance, number)
        with on_day(ASSESSED):
            one, other = desk_of(app, QIAN_PEI), desk_of(app, JIANG_YAN)
            data = draft_form(instance, number)
            assert one.post(f"/desk/claims/{number}/assessment", data=data).status_code == 302
            changed = {f"verdict-{only.id}": "refused", f"reason-{only.id}": "not_shown"}
            late = draft_form(instance, number, note="单据不足", **changed)
            answer = other.post(f"/desk/claims/{number}/assessment", data=late)
            text = answer.get_data(as_text=True)
            assert answer.status_code == 409
            assert "钱培 has saved this assessment meanwhile" in text
            assert "单据不足" in text
            again = other.post(f"/desk/claims/{number}/assessment", data=late | {"version": "1"})
            assert again.status_code == 302

    def test_a_shipment_outside_cover_can_only_be_refused(self, app: Flask, instance: Instance) -> None:
        own = shipment("A-2", own_declaration="no")
        number = filed(instance, insured(instance), shipments=[shipment("A-1"), own])
        with on_day(ASSESSED):
            client = desk_of(app)
            text = page(client, f"/desk/claims/{number}/assessment")
            assert "did not declare these goods to customs itself" in text
            data = draft_form(instance, number)
            answer = client.post(f"/desk/claims/{number}/assessment", data=data)
        assert answer.status_code == 422
        assert "lies outside cover by the rules" in answer.get_data(as_text=True)

    def test_money_is_added_taken_off_and_struck_out_again(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        money = {
            "step": "add",
            "kind": "payment",
            "received_on": "2022-10-14",
            "reference": "SWIFT 20221014-7",
            "amount": "9,000.00",
            "costs": "",
            "invoice": "",
        }
        with on_day(ASSESSED):
            client = desk_of(app)
            url = f"/desk/claims/{number}/receipts"
            assert client.post(url, data=money).status_code == 302
            assert client.post(url, data=money).status_code == 422
            text = page(client, f"/desk/claims/{number}/assessment")
            assert "USD 24,800.00" in text
            receipt = text.split('name="receipt" value="')[1].split('"')[0]
            strike = {"step": "strike", "receipt": receipt, "reason": "付的是另一家的货款"}
            for _twice in range(2):
                client.post(url, data=strike)
            assert "USD 32,000.00" in page(client, f"/desk/claims/{number}/assessment")

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"kind": "resale"}, "Choose the invoice"),
            ({"received_on": "2023-10-14"}, "still to come"),
            ({"amount": "0"}, "Enter what came in"),
            ({"amount": "12.345"}, "12.345"),
            ({"costs": "9000.01"}, "costs are higher"),
            ({"reference": ""}, "Enter the reference"),
            ({"reference": "—"}, "Enter the reference"),
            ({"received_on": "14.10.22"}, "14.10.22"),
        ],
    )
    def test_money_that_cannot_be_is_told_with_what_was_typed(
        self, app: Flask, instance: Instance, wrong: dict[str, str], told: str
    ) -> None:
        number = filed(instance, insured(instance))
        money = {
            "step": "add",
            "kind": "payment",
            "received_on": "2022-10-14",
            "reference": "SWIFT 7",
            "amount": "9,000.00",
            "costs": "",
            "invoice": "",
        }
        with on_day(ASSESSED):
            answer = desk_of(app).post(f"/desk/claims/{number}/receipts", data=money | wrong)
        assert answer.status_code == 422
        assert told in answer.get_data(as_text=True)

    def test_a_missing_rate_is_told_and_never_taken_as_one(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance), shipments=[shipment(currency="EUR")])
        with on_day(ASSESSED):
            client = desk_of(app)
            text = page(client, f"/desk/claims/{number}/assessment")
            assert "There is no rate of EUR for 8 Aug 2022" in text
            data = draft_form(instance, number, step="submit")
            assert client.post(f"/desk/claims/{number}/assessment", data=data).status_code == 422
        assert state_of(instance, number) == "assessing"

    def test_what_is_left_to_do_keeps_it_from_being_handed_over(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        with on_day(ASSESSED):
            data = draft_form(instance, number, step="submit")
            answer = desk_of(app).post(f"/desk/claims/{number}/assessment", data=data)
        assert answer.status_code == 422
        assert "A needed document is not accepted yet" in answer.get_data(as_text=True)


class TestApproving:
    def test_the_second_person_sees_what_one_person_decided_on_the_way(
        self, app: Flask, instance: Instance
    ) -> None:
        number = filed(instance, insured(instance), notified_on=date(2022, 10, 17))
        day = {"step": "add", "kind": "payment", "received_on": "2022-10-14", "invoice": ""}
        with on_day(ASSESSED):
            client, url = desk_of(app), f"/desk/claims/{number}/receipts"
            client.post(url, data=day | {"reference": "A 1", "amount": "9,000.00", "costs": "8,000.00"})
            client.post(url, data=day | {"reference": "A 2", "amount": "2,000.00", "costs": ""})
            row = page(client, f"/desk/claims/{number}/assessment").split("A 2", 1)[1]
            receipt = row.split('name="receipt" value="')[1].split('"')[0]
            client.post(url, data={"step": "strike", "receipt": receipt, "reason": "付的是另一家的货款"})
            excuse = {"excuse-code": "learned_late", "excuse-reason": "核对了往来邮件"}
            client.post(f"/desk/claims/{number}/excuse", data=excuse)
            assessed(instance, number)
            text = page(desk_of(app, SHI_PING), f"/desk/claims/{number}/approval")
        for told in ("after costs of USD 8,000.00", "付的是另一家的货款", "Delay excused", "核对了往来邮件"):
            assert told in text, told

    def test_the_second_person_sees_the_room_approves_and_the_letter_can_be_taken(
        self, app: Flask, instance: Instance
    ) -> None:
        number = filed(instance, insured(instance))
        seen = assessed(instance, number)
        with on_day(APPROVED):
            client = desk_of(app, SHI_PING)
            text = page(client, f"/desk/claims/{number}/approval")
            assert "18,000.00 of the room is left" in text
            assert client.get(f"/desk/claims/{number}/letter.pdf").status_code == 404
            answer = client.post(f"/desk/claims/{number}/approve", data={"seen": seen})
            assert answer.status_code == 302
            letter = client.get(f"/desk/claims/{number}/letter.pdf")
            assert letter.get_data()[:5] == b"%PDF-"
            assert client.get(f"/desk/claims/{number}/worksheet.xlsx").status_code == 200
        assert standing(instance, number).text == "32000.00"

    def test_whoever_assessed_it_finds_no_way_to_approve(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        seen = assessed(instance, number)
        with on_day(APPROVED):
            client = desk_of(app, QIAN_PEI)
            assert "Approve USD" not in page(client, f"/desk/claims/{number}/approval")
            assert client.post(f"/desk/claims/{number}/approve", data={"seen": seen}).status_code == 403

    def test_another_sheet_is_not_approved_and_the_page_says_so(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        assessed(instance, number)
        with on_day(APPROVED):
            answer = desk_of(app, SHI_PING).post(f"/desk/claims/{number}/approve", data={"seen": "x"})
        assert answer.status_code == 409
        assert "Nothing was decided" in answer.get_data(as_text=True)

    def test_where_the_room_shrank_the_page_says_what_changed(self, app: Flask, instance: Instance) -> None:
        who = insured(instance)
        owes = buyer(instance, who)
        first = filed(instance, who, owes, [shipment("A-1", amount_minor=6_000_000)])
        second = filed(instance, who, owes, [shipment("A-2", amount_minor=6_000_000)])
        for one in (first, second):
            assessed(instance, one)
        seen = assessment_of(instance, second).canonical_sha256
        approved(instance, first)
        with on_day(APPROVED):
            client = desk_of(app, SHI_PING)
            answer = client.post(f"/desk/claims/{second}/approve", data={"seen": seen})
            assert answer.status_code == 409
            assert "the room left for this buyer or bank" in answer.get_data(as_text=True)
            text = page(desk_of(app), f"/desk/claims/{second}/assessment")
        assert "what it rests on had changed" in text

    def test_sending_back_asks_for_words_and_the_assessor_reads_them(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        seen = assessed(instance, number)
        with on_day(APPROVED):
            client = desk_of(app, SHI_PING)
            data = {"back-seen": seen, "back-code": "amount_unclear", "back-reason": ""}
            assert client.post(f"/desk/claims/{number}/send-back", data=data).status_code == 422
            answer = client.post(f"/desk/claims/{number}/send-back", data=data | {"back-reason": WHY})
            assert answer.status_code == 302
            assert WHY in page(desk_of(app), f"/desk/claims/{number}/assessment")

    def test_an_indemnity_is_reversed_from_the_claims_page(self, app: Flask, instance: Instance) -> None:
        number = decided(instance, insured(instance))
        with on_day(APPROVED):
            client = desk_of(app, SHI_PING)
            page(client, f"/desk/claims/{number}")
            data = {
                "reverse-seen": assessment_of(instance, number).canonical_sha256,
                "reverse-code": "wrong_amount",
                "reverse-reason": WHY,
            }
            assert client.post(f"/desk/claims/{number}/reverse", data=data).status_code == 302
        assert (state_of(instance, number), standing(instance, number).minor) == ("assessing", 0)


class TestTheFastLane:
    def test_a_small_clear_claim_is_proposed_with_its_last_document_and_approved_by_another(
        self, app: Flask, instance: Instance
    ) -> None:
        number = filed(instance, insured(instance), shipments=[shipment(amount_minor=500_000)])
        *most, last = papers_waiting(instance, number)
        with on_day(ASSESSED):
            client = desk_of(app)
            assert "Fast lane" in page(client, f"/desk/claims/{number}")
            client.post(f"/desk/claims/{number}/papers", data={"paper": most})
            assert state_of(instance, number) == "assessing"
            client.post(f"/desk/claims/{number}/papers", data={"paper": [last]})
        found = assessment_of(instance, number)
        assert (state_of(instance, number), found.how, found.indemnity_minor) == ("proposed", "fast", 400_000)
        assert approved(instance, number).approved_minor == 400_000

    def test_a_cent_above_the_limit_takes_the_usual_way(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance), shipments=[shipment(amount_minor=500_001)])
        assert not checked(instance, number)
        with on_day(ASSESSED):
            assert "it is larger than the limit" in page(desk_of(app), f"/desk/claims/{number}")
        assert state_of(instance, number) == "assessing"
