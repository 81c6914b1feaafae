"""The list of claims at the desk through its pages: what waits, narrowed, sorted and taken home."""

from io import BytesIO

import openpyxl
import pytest
from flask import Flask

from portal.accounts.actions import disable_account
from portal.common.instance import Instance
from portal.desk.claim_filter import VIEWS
from tests.appeals.stories import staff
from tests.claims.deciding import (
    ASSESSED,
    filed,
)
from tests.claims.desk_pages import desk_of, page
from tests.claims.stories import BUYER_NAME, buyer, insured, shipment
from tests.people import GUAN_LI, JIANG_YAN, LIN_ZHIYAO
from tests.policies.stories import on_day, queries_counted
from tests.samples import HARBOUR


class TestTheQueue:
    def test_a_filed_claim_waits_with_its_buyer_amount_and_due_day(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        with on_day(ASSESSED):
            text = page(desk_of(app), "/desk/claims")
        for piece in (number, HARBOUR.name, BUYER_NAME, "Norway", "USD 40,000.00"):
            assert piece in text

    def test_a_claim_of_somebody_who_left_is_found_as_nobodys(self, app: Flask, instance: Instance) -> None:
        number = filed(instance, insured(instance))
        with on_day(ASSESSED):
            desk_of(app, JIANG_YAN).post(f"/desk/queue/claim/{number}/holder", data={"had": "", "step": "take"})
            assert number not in page(desk_of(app), "/desk/claims?holder=nobody")
            disable_account(instance, staff(instance, GUAN_LI), staff(instance, JIANG_YAN).id)
            assert number in page(desk_of(app), "/desk/claims?holder=nobody")
            assert f"{JIANG_YAN.name} (account disabled)" in page(desk_of(app), f"/desk/claims/{number}")

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
