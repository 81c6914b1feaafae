"""A claim on its whole way by the actions of everybody: reported, decided, paid, recovered; the ledger holds."""

from datetime import date

from flask import Flask
from sqlalchemy import select

from portal.claims.answers import agree
from portal.common.instance import Instance
from portal.payments import ordering, results
from portal.payments.result_files import RESULT_HEADINGS
from portal.recoveries import receiving, settling
from portal.recoveries.receiving import Told
from portal.recoveries.records import Share
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.appeals.stories import staff
from tests.claims.deciding import APPROVED, assessment_of, decided
from tests.claims.stories import claim_of, insured
from tests.conftest import signed_in_exporter
from tests.ledger.stories import holds, payee, usd, workbook
from tests.people import CHEN_HAIXIA, QIAN_PEI, SHI_PING
from tests.policies.stories import on_day
from tests.samples import SCHEME


def test_what_was_assessed_and_approved_by_the_desk_is_paid_and_shared(instance: Instance) -> None:
    recovered(instance)
    assert holds(instance)


def test_the_firm_reads_that_it_is_its_turn_to_remit_until_it_has(app: Flask, instance: Instance) -> None:
    number = recovered(instance)
    with on_day(date(2023, 2, 2)):
        firm = signed_in_exporter(app, CHEN_HAIXIA)
        firm.get("/preferences/language/en")
        for page in ("/my", f"/my/claims/{number}"):
            assert "7,200.00 to the underwriter" in text_of(firm.get(page)), page
        with instance.database.reading() as session:
            share = session.execute(select(Share.id).where(Share.claim_id.is_not(None))).scalar_one()
        settling.settle(instance, staff(instance, QIAN_PEI), share, date(2023, 2, 2), "R 1")
        for page in ("/my", f"/my/claims/{number}"):
            assert "to the underwriter" not in text_of(firm.get(page)), page


def recovered(instance: Instance) -> str:
    """A claim that was paid, after which the buyer paid the firm 10,000 at costs of 1,000; gives its number."""
    who = insured(instance)
    number = decided(instance, who)
    assert holds(instance)
    officer, approver = staff(instance, QIAN_PEI), staff(instance, SHI_PING)
    with on_day(APPROVED):
        agree(instance, who, number, assessment_of(instance, number).canonical_sha256 or "")
        payee(instance, who, number)
        batch = ordering.make_batch(instance, officer, SCHEME, [number])
        assert batch is not None
        with instance.database.reading() as session:
            seen = ordering.batch_of(session, batch).content_sha256
        ordering.release_batch(instance, approver, batch, seen)
        row = (f"{batch}-0001", "32000.00", "USD", APPROVED.isoformat(), "BK1", "成功", "")
        file = workbook([one.name for one in RESULT_HEADINGS], [row])
        results.import_results(instance, officer, file, "results.xlsx")
    assert claim_of(instance, number).state == stages.PAID
    with on_day(date(2023, 2, 1)):
        receiving.record(
            instance, officer, number, Told(date(2023, 2, 1), "SWIFT 9", usd(1_000_000), usd(100_000))
        )
    return number
