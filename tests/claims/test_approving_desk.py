"""The second person at the claims desk, through the pages: approving, sending back, reversing, the fast lane."""

from datetime import date

from flask import Flask

from portal.common.instance import Instance
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
    papers_waiting,
    standing,
    state_of,
)
from tests.claims.desk_pages import desk_of, page
from tests.claims.stories import buyer, insured, shipment
from tests.people import QIAN_PEI, SHI_PING
from tests.policies.stories import on_day


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
