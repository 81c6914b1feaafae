"""One claim at the desk through its pages: its papers, what the firm is asked for, and assessing it."""

import pytest
from flask import Flask

from portal.common.instance import Instance
from portal.desk import claim_case
from tests.claims.deciding import (
    APPROVED,
    ASSESSED,
    assessment_of,
    checked,
    decided,
    filed,
    no_fast_lane,
    own_shipments,
    papers_waiting,
    state_of,
)
from tests.claims.desk_pages import desk_of, draft_form, page
from tests.claims.stories import claim_of, insured, shipment
from tests.people import FANG_SHEN, JIANG_YAN, QIAN_PEI
from tests.policies.stories import on_day


class TestTheClaimsPage:
    def test_an_auditor_reads_everything_and_finds_no_button(self, app: Flask, instance: Instance) -> None:
        number = decided(instance, insured(instance))
        with on_day(APPROVED):
            text = page(desk_of(app, FANG_SHEN), f"/desk/claims/{number}")
        for piece in ("Approved by a second person", "USD 32,000.00", "Ledger", "Commercial invoice"):
            assert piece in text
        assert "Reverse the indemnity</summary>" not in text
        assert "Take the case" not in text

    def test_from_one_claim_of_a_list_to_the_next_and_back_to_its_own_page_of_the_list(
        self, app: Flask, instance: Instance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(claim_case, "PER_PAGE", 1)
        who = insured(instance)
        first, second = (filed(instance, who, shipments=[shipment(one)]) for one in ("INV-1", "INV-2"))
        with on_day(ASSESSED):
            client = desk_of(app)
            asked = "?risk=protracted_default&amp;sort=number"
            text = page(client, f"/desk/claims/{first}?risk=protracted_default&sort=number")
            assert f'href="/desk/claims/{second}{asked}">Next case' in text
            assert f'href="/desk/claims{asked}"' in text
            text = page(client, f"/desk/claims/{second}?risk=protracted_default&sort=number")
            assert "Next case" not in text, "it is the last"
            assert f'href="/desk/claims{asked}&amp;page=2"' in text
            text = page(client, f"/desk/claims/{second}?risk=bankruptcy")
            assert "Next case" not in text, "the list is empty"

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

    def test_putting_a_fault_right_does_not_write_over_what_a_colleague_saved_meanwhile(
        self, app: Flask, instance: Instance
    ) -> None:
        number = filed(instance, insured(instance))
        line = own_shipments(instance, number)[0].id
        with on_day(ASSESSED):
            first, second = desk_of(app), desk_of(app, JIANG_YAN)
            url = f"/desk/claims/{number}/assessment"
            assert first.post(url, data=draft_form(instance, number, note="看过合同")).status_code == 302
            wrong = {f"verdict-{line}": "reduced", f"reason-{line}": "part_paid", "note": "已付一半"}
            refused = second.post(url, data=draft_form(instance, number, **wrong))
            assert refused.status_code == 422
            shown = refused.get_data(as_text=True)
            assert 'name="version" value="0"' in shown, "it still stands on what was looked at"
            right = wrong | {f"amount-{line}": "20,000.00"}
            told = second.post(url, data=draft_form(instance, number, **right))
            assert told.status_code == 409
            assert "已付一半" in told.get_data(as_text=True), "nothing typed is lost"
        assert assessment_of(instance, number).note == "看过合同"

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
