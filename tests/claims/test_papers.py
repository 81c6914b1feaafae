"""The documents of a claim: several for an item, better versions, taking away, and whom they are shown."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask

from portal.claims import papers
from portal.claims.moves import StaleClaim
from portal.claims.papers import PaperHeld, UnknownItem, UnknownPaper
from portal.common.instance import Instance
from portal.documents.records import Document
from portal.scheme.claim_words import Risk
from tests.accounts.pages import text_of
from tests.appeals.stories import paper
from tests.claims.deciding import assessed, filed
from tests.claims.firm_stories import reading_english
from tests.claims.stories import bank, claim_of, claimed, insured, shipment
from tests.documents import papers as sample
from tests.people import YE_XIAOTANG
from tests.policies.stories import on_day

ON = date(2022, 8, 22)


def items(instance: Instance, number: str) -> dict[str, papers.ItemPapers]:
    """The checklist by code."""
    with instance.database.reading() as session:
        return {one.item.code: one for one in papers.papers_of(session, claim_of(instance, number))}


def test_several_files_serve_one_item_and_the_same_file_again_is_the_one_that_is_there(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(ON):
        both = papers.add_papers(instance, who, number, "invoice", [paper(), paper("gray")])
        assert papers.add_papers(instance, who, number, "invoice", [paper()]) == both[:1]
    assert [one.id for one in items(instance, number)["invoice"].now] == both


def test_a_better_version_takes_the_place_and_the_one_before_is_kept_and_can_be_read(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(ON):
        [old] = papers.add_papers(instance, who, number, "invoice", [paper()])
        fresh = papers.replace_paper(instance, who, number, old, paper("gray"))
        assert papers.replace_paper(instance, who, number, old, paper("gray")) == fresh
        assert papers.replace_paper(instance, who, number, fresh, paper("gray")) == fresh
        with pytest.raises(UnknownPaper):
            papers.replace_paper(instance, who, number, old, paper("black"))
    found = items(instance, number)["invoice"]
    assert ([one.id for one in found.now], [one.id for one in found.before]) == ([fresh], [old])
    with instance.database.reading() as session:
        assert session.get_one(Document, found.before[0].document_id).replaced_by is None


def test_before_filing_a_paper_is_taken_away_and_after_it_only_replaced(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(ON):
        [one] = papers.add_papers(instance, who, number, "invoice", [paper()])
        papers.remove_paper(instance, who, number, one)
        papers.remove_paper(instance, who, number, one)
    assert items(instance, number)["invoice"].missing
    filed_number = filed(instance, who, shipments=[shipment("INV-7")])
    held = items(instance, filed_number)["invoice"].now[0].id
    with pytest.raises(PaperHeld):
        papers.remove_paper(instance, who, filed_number, held)


def test_the_list_goes_by_risk_and_payment_term(instance: Instance) -> None:
    who = insured(instance)
    plain = set(items(instance, claimed(instance, who)))
    lc = shipment("LC-1", payment_term="letter_of_credit")
    by_bank = claimed(instance, who, bank(instance, who), [lc], risk=Risk.LETTER_OF_CREDIT, discrepant="no")
    assert {"letter_of_credit", "bank_refusal"} <= set(items(instance, by_bank))
    assert not {"letter_of_credit", "bank_refusal"} & plain
    with pytest.raises(UnknownItem):
        papers.add_papers(instance, who, by_bank, "bankruptcy_ruling", [paper()])


def test_while_a_second_person_looks_nothing_changes(instance: Instance) -> None:
    who = insured(instance)
    number = filed(instance, who)
    assessed(instance, number)
    with pytest.raises(StaleClaim):
        papers.add_papers(instance, who, number, "invoice", [paper("gray")])


def test_by_the_page_files_come_at_once_and_a_program_is_told_while_the_photo_stays(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(ON):
        client = reading_english(app)
        here = f"/my/claims/{number}/documents"
        answer = client.post(
            here,
            data={
                "item": "invoice",
                "files": [(BytesIO(sample.photo()), "a.jpg"), (BytesIO(sample.program()), "b.pdf")],
            },
        )
        assert answer.status_code == 422
        page = text_of(answer)
        assert "a.jpg" in page
        assert "b.pdf" in page
        assert len(items(instance, number)["invoice"].now) == 1
        good = client.post(
            here, data={"item": "contract", "files": [(BytesIO(sample.photo(colour="gray")), "c.jpg")]}
        )
        assert good.status_code == 303
        paper_id = items(instance, number)["contract"].now[0].id
        assert "Change a document" in text_of(client.get(f"{here}/{paper_id}"))
        assert client.post(f"{here}/{paper_id}/remove").status_code == 303
        assert not items(instance, number)["contract"].now


def test_a_stranger_finds_no_such_page(app: Flask, instance: Instance) -> None:
    number = claimed(instance, insured(instance))
    with on_day(ON):
        client = reading_english(app, YE_XIAOTANG)
        for path in ("", "/documents", "/payee", "/dispute", "/agree", "/consents"):
            assert client.get(f"/my/claims/{number}{path}").status_code == 404, path
