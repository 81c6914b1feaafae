"""What the operator has confirmed is marked no more, on new sheets; what was frozen stays as it was."""

import json
from datetime import date
from io import BytesIO
from pathlib import Path

from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from portal.claims.letter import letter_pdf
from portal.claims.records import ClaimEvent, Notice
from portal.common.instance import Instance
from portal.common.roles import Actor, Role
from portal.programme.actions import confirm_value
from portal.recoveries.check import verify
from portal.scheme.claim_terms import load_claim_terms
from portal.scheme.terms import load_terms
from tests.accounts.pages import in_english
from tests.appeals.stories import staff
from tests.claims.deciding import approved, assessed, assessment_of, decided, filed
from tests.claims.stories import NOTIFIED, begun, buyer, claim_of, claimed, insured, shipment
from tests.conftest import signed_in, signed_in_exporter
from tests.people import CHEN_HAIXIA, GUAN_LI, QIAN_PEI, SHI_PING, ZHOU_HE
from tests.policies.stories import on_day
from tests.recoveries.test_whole_way import recovered
from tests.samples import HARBOUR, SCHEME

PAGES = 7  # of the eight looked at; nothing waits any more, so that of the documents names no day


def confirmed(instance: Instance) -> None:
    """The cap per policy and buyer was confirmed by a letter."""
    with on_day(date(2022, 12, 20)):
        confirm_value(instance, staff(instance, GUAN_LI), SCHEME, "obligor_cap", "承保人来函")


def marks(canonical: str | None) -> dict[str, bool]:
    """By line of a frozen sheet whether it is marked provisional."""
    return {one["code"]: one["provisional"] for one in json.loads(canonical or "")["worksheet"]}


def test_a_confirmed_value_is_marked_no_more(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    first = decided(instance, who)
    before = assessment_of(instance, first)
    assert marks(before.canonical)["cap"]
    with app.test_request_context():
        letter = letter_pdf(before, SCHEME)
    confirmed(instance)
    second = filed(instance, who, None, [shipment("INV-2")])
    assessed(instance, second)
    assert not marks(assessment_of(instance, second).canonical)["cap"]
    with app.test_request_context():
        assert letter_pdf(assessment_of(instance, first), SCHEME) == letter
    with instance.database.reading() as session:
        assert not verify(session).faults


def test_confirming_between_assessing_and_approving_sends_nothing_back(instance: Instance) -> None:
    number = filed(instance, insured(instance))
    assessed(instance, number)
    confirmed(instance)
    approved(instance, number)
    assert claim_of(instance, number).state == "approved"


def test_an_estimate_for_machines_follows(app: Flask, instance: Instance) -> None:
    asked = {"scheme": SCHEME, "on": "2022-08-15", "currency": "USD", "invoices": ["100.00"]}
    client = app.test_client()

    def marked() -> bool:
        answer = client.post("/api/v1/indemnity-estimates", json=asked).get_json()
        return {one["code"]: bool(one["provisional"]) for one in answer["worksheet"]}["cap"]

    assert marked()
    confirmed(instance)
    assert not marked()


def everything_confirmed(instance: Instance, on: date = date(2022, 1, 4)) -> None:
    """Every provisional value of enrolment and of claims was confirmed, mostly before anything was reported."""
    who = staff(instance, GUAN_LI)
    paths = {one.path for terms in (load_terms(SCHEME), load_claim_terms(SCHEME)) for one in terms.provisional}
    with on_day(on):
        for path in sorted(paths):
            confirm_value(instance, who, SCHEME, path, "承保人来函")


def marked_pages(app: Flask, instance: Instance) -> set[str]:
    """Those of a claim's pages, from the first report to the recovery, that mark something provisional."""
    number = recovered(instance)
    with instance.database.reading() as session:
        who = Actor(
            session.execute(select(ClaimEvent.by).where(ClaimEvent.kind == "filed")).scalar_one(), Role.EXPORTER
        )
        notices = list(session.execute(select(Notice.number)).scalars())
    open_ = claimed(instance, who, None, [shipment("INV-2")])
    with on_day(NOTIFIED):
        draft = begun(instance, who, buyer(instance, who), [shipment("INV-9", due_on=date(2022, 6, 10))])
    mine = [
        f"/my/firms/{HARBOUR.uscc}/buyers",
        f"/my/notices/{draft}/check",
        f"/my/claims/{open_}/documents",
        *(f"/my/claims/{one}" for one in (open_, number)),
        *(f"/my/notices/{one}" for one in notices),
        f"/my/claims/{number}/recoveries",
    ]
    with on_day(date(2022, 12, 30)):
        firm, desk = signed_in_exporter(app, CHEN_HAIXIA), signed_in(app, QIAN_PEI)
        pages = {path: firm.get(path) for path in mine}
        pages |= {path: desk.get(path) for path in [f"/desk/notices/{one}" for one in notices]}
    assert not [(path, one.location) for path, one in pages.items() if one.status_code != 200]
    return {path for path, one in pages.items() if "tb-tag-provisional" in one.get_data(as_text=True)}


def test_no_page_marks_what_was_confirmed(app: Flask, instance: Instance) -> None:
    everything_confirmed(instance)
    assert not marked_pages(app, instance)


def test_until_then_each_page_marks_it(app: Flask, instance: Instance) -> None:
    assert len(marked_pages(app, instance)) == PAGES


def noted(app: Flask, folder: Path, *options: str) -> str:
    """What the sheet of claims notes about provisional values."""
    out = folder / "claims.xlsx"
    done = app.test_cli_runner().invoke(args=["claims", "export", str(out), "--scheme", SCHEME, *options])
    assert done.exit_code == 0, done.output
    return " ".join(str(sheet["A1"].value) for sheet in load_workbook(out).worksheets[1:])


def test_the_sheet_of_claims_and_the_overview_say_what_is_provisional_until_it_is_confirmed(
    app: Flask, instance: Instance, tmp_path: Path
) -> None:
    decided(instance, insured(instance))
    with on_day(date(2022, 12, 31)):
        assert "同一买方或开证行的赔付限额" in noted(app, tmp_path)
        assert "同一买方或开证行的赔付限额" in overview_note(app)
    everything_confirmed(instance, date(2022, 12, 31))
    with on_day(date(2022, 12, 31)):
        assert noted(app, tmp_path) == overview_note(app) == ""
        assert "同一买方或开证行的赔付限额" in noted(app, tmp_path, "--as-of", "2022-12-30")


def overview_note(app: Flask) -> str:
    """What a workbook of the overview notes; the page says the same."""
    client = signed_in(app, ZHOU_HE)
    page = client.get(f"/desk/claims-overview?scheme={SCHEME}&year=2022").get_data(as_text=True)
    answer = client.get(f"/desk/claims-overview/state.xlsx?scheme={SCHEME}&year=2022")
    note = " ".join(str(sheet["A1"].value) for sheet in load_workbook(BytesIO(answer.data)).worksheets[1:])
    assert (note in page) if note else ("尚未确认" not in page)
    return note


def test_lines_that_rest_on_provisional_ones_are_named_at_the_foot(app: Flask, instance: Instance) -> None:
    number = filed(instance, insured(instance))
    assessed(instance, number)
    with on_day(date(2022, 12, 30)):
        client = in_english(signed_in(app, SHI_PING))
        page = client.get(f"/desk/claims/{number}/approval").get_data(as_text=True)
        sheet = load_workbook(BytesIO(client.get(f"/desk/claims/{number}/worksheet.xlsx").data)).worksheets[0]
    said = "Provisional too, as they rest on it: Room left, Before rounding, Indemnity."
    assert said in page.replace("\u00a0", " ")
    assert said in [cell.value for cell in sheet["B"]]
