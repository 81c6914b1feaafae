"""The overview of claims: every number from the ledger and the claims, the workbook as the page, nobody named."""

import re
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from portal.claims.records import Claim
from portal.common import audit
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.ledger.accounts import Held, Kind, Place, payment_lines, recovery_lines
from portal.ledger.entries import enter
from portal.policies.records import Policy
from portal.scheme import stages
from portal.scheme.claim_words import Risk
from portal.scheme.money import CurrencyMismatch
from portal.scheme.terms import load_terms
from portal.sponsor import claims_overview as overview
from portal.sponsor import claims_tables as tables
from tests.appeals.stories import all_holds
from tests.applications.test_api import statements
from tests.claims.stories import BUYER_NAME, buyer, claim_of, claimed, insured, shipment
from tests.conftest import signed_in
from tests.ledger.stories import agreed, approved, reversed_approval, usd
from tests.people import (
    FANG_SHEN,
    LIN_ZHIYAO,
    OUYANG_MU,
    QIAN_PEI,
    SHI_PING,
    STAFF,
    SU_MINGDE,
    XU_LAN,
    ZHOU_HE,
    Staff,
)
from tests.policies.stories import on_day
from tests.samples import HARBOUR, SCHEME, SILENT

PAGE = "/desk/claims-overview"
PAID_ON, RECOVERED_ON = date(2022, 10, 5), date(2022, 12, 6)
TODAY = date(2022, 12, 12)


def place_of(claim: Claim) -> Place:
    return Place(claim.policy_id, claim.obligor_id, claim.id)


def pay(instance: Instance, number: str, minor: int, on: date = PAID_ON) -> None:
    """The bank paid so much of a claim."""
    claim = claim_of(instance, number)
    with on_day(on), audit.write(instance.database, COMMAND, "demo.loaded") as session:
        once = f"payment {number}"
        enter(
            session, COMMAND, Kind.PAYMENT, once, on, f"claim {number}", payment_lines(place_of(claim), usd(minor))
        )
        session.get_one(Claim, claim.id).state = stages.PAID


def recover(instance: Instance, number: str, underwriter: int, firm: int, costs: int) -> None:
    """The buyer paid after approval, received by the underwriter."""
    claim = claim_of(instance, number)
    with on_day(RECOVERED_ON), audit.write(instance.database, COMMAND, "demo.loaded") as session:
        lines = recovery_lines(place_of(claim), Held.UNDERWRITER, usd(underwriter), usd(firm), usd(costs))
        enter(session, COMMAND, Kind.RECOVERY, f"recovery of {number}", RECOVERED_ON, f"claim {number}", lines)


@pytest.fixture
def year(instance: Instance) -> tuple[str, str, str]:
    """Three claims of 2022: one paid and recovered in part, one approved, one withdrawn."""
    harbour = insured(instance)
    silent = insured(instance, OUYANG_MU, SILENT)
    first = claimed(instance, harbour)
    pay(instance, agreed(instance, approved(instance, first)), 3_200_000)
    recover(instance, first, 400_000, 450_000, 50_000)
    with on_day(date(2022, 8, 15)):
        other = buyer(instance, silent, SILENT, "Nordwind Möbel GmbH", "DE")
    second = claimed(
        instance, silent, other, [shipment("S-1", amount_minor=1_000_001)], risk=Risk.BANKRUPTCY, firm=SILENT
    )
    approved(instance, second)
    with on_day(date(2022, 8, 15)):
        third_buyer = buyer(instance, silent, SILENT, "Solvang Handel AS", "NO")
    third = claimed(instance, silent, third_buyer, [shipment("S-2")], on=date(2022, 9, 1), firm=SILENT)
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        session.get_one(Claim, claim_of(instance, third).id).state = stages.WITHDRAWN
    return first, second, third


def sums_of(instance: Instance, policy_year: int = 2022) -> overview.ClaimSums:
    with instance.database.reading() as session:
        return overview.claim_sums(session, load_terms(SCHEME), policy_year)


@pytest.mark.usefixtures("year")
def test_every_sum_is_that_of_the_ledger(instance: Instance) -> None:
    found = sums_of(instance)
    total = found.total
    assert (total.claims, total.claimed) == (2, 5_000_001)
    assert total.approved == 3_200_000 + 800_001
    assert (total.paid, total.outstanding) == (3_200_000, 800_001)
    assert (total.recovered, total.recovered_firms, total.recovered_costs) == (400_000, 450_000, 50_000)
    assert total.recovered_in_all == 900_000
    assert {state: one.claims for state, one in found.by_state.items()} == {
        stages.PAID: 1,
        stages.APPROVED: 1,
        stages.WITHDRAWN: 1,
    }
    assert {risk: one.claims for risk, one in found.by_risk.items()} == {
        Risk.PROTRACTED_DEFAULT: 1,
        Risk.BANKRUPTCY: 1,
    }
    assert {code: (one.claims, one.paid) for code, one in found.by_country.items()} == {
        "NO": (1, 3_200_000),
        "DE": (1, 0),
    }
    assert {
        month: (one.claims, one.approved, one.paid, one.recovered) for month, one in found.by_month.items()
    } == {
        (2022, 8): (2, 0, 0, 0),
        (2022, 9): (0, 4_000_001, 0, 0),
        (2022, 10): (0, 0, 3_200_000, 0),
        (2022, 12): (0, 0, 0, 400_000),
    }
    all_holds(instance)


@pytest.mark.usefixtures("year")
def test_months_without_anything_stand_between(instance: Instance) -> None:
    assert sums_of(instance).months() == [(2022, month) for month in range(8, 13)]


@pytest.mark.usefixtures("year")
def test_the_premium_is_rounded_policy_by_policy_and_the_ratio_is_net_of_recoveries(instance: Instance) -> None:
    found = sums_of(instance)
    rate = load_terms(SCHEME).on(date(2022, 8, 1)).premium_rate
    with instance.database.reading() as session:
        exports = session.execute(select(Policy.exports_minor)).scalars()
        premium = sum(usd(one).times(rate).round_half_up().minor for one in exports if one)
    assert premium
    assert found.premium == premium
    assert found.loss_ratio is not None
    assert found.loss_ratio * premium == pytest.approx(4_000_001 - 400_000)


def test_a_reversed_indemnity_stands_no_more_in_any_sum(instance: Instance) -> None:
    number = approved(instance, claimed(instance, insured(instance)))
    assert sums_of(instance).total.approved == 3_200_000
    reversed_approval(instance, number)
    total = sums_of(instance).total
    assert (total.approved, total.outstanding, total.paid) == (0, 0, 0)


def test_a_currency_that_is_not_the_schemes_is_never_added(instance: Instance) -> None:
    number = claimed(instance, insured(instance))
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        session.get_one(Claim, claim_of(instance, number).id).currency = "EUR"
    with pytest.raises(CurrencyMismatch):
        sums_of(instance)


@pytest.mark.usefixtures("year")
def test_the_rows_of_every_table_add_up_to_its_foot(app: Flask, instance: Instance) -> None:
    with app.test_request_context():
        for key in tables.TABLES:
            shown = tables.table(sums_of(instance), key)
            for place, foot in enumerate(shown.total.values):
                assert sum(row.values[place] for row in shown.rows) == foot, (key, place)


def cells_of(page: str, table: str) -> list[list[str]]:
    """The rows of one table of the page as texts, heading and foot included."""
    part = page.split(f'id="{table}"')[1].split("</table>")[0]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", part, re.S)
    texts = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [[" ".join(re.sub(r"<[^>]*>", "", one).split()) for one in row] for row in texts]


def shown_as(value: object) -> str:
    """A cell of the workbook as the page writes it."""
    if isinstance(value, str):
        return value
    assert isinstance(value, int | float)
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"


@pytest.mark.usefixtures("year")
@pytest.mark.parametrize("table", tables.TABLES)
def test_the_workbook_holds_exactly_what_the_page_shows(app: Flask, instance: Instance, table: str) -> None:
    with on_day(TODAY):
        client = signed_in(app, ZHOU_HE)
        client.get("/preferences/language/en")
        page = client.get(f"{PAGE}?scheme={SCHEME}&year=2022").get_data(as_text=True)
        answer = client.get(f"{PAGE}/{table}.xlsx?scheme={SCHEME}&year=2022")
    assert answer.status_code == 200
    sheet = load_workbook(BytesIO(answer.data)).worksheets[0]
    amounts = [cell.number_format == "#,##0.00" for cell in sheet[2]]
    rows: list[tuple[Any, ...]] = list(sheet.iter_rows(values_only=True))
    written = [
        [
            shown_as(float(value) if amount and not isinstance(value, str) else value)
            for value, amount in zip(row, amounts, strict=True)
        ]
        for row in rows
    ]
    bars = "Share of claims" in cells_of(page, table)[0]
    shown = [[one for place, one in enumerate(row) if not (bars and place == 1)] for row in cells_of(page, table)]
    assert [[one.replace("\xa0", " ") for one in row] for row in shown] == written
    with instance.database.reading() as session:
        kept = session.execute(select(AuditEntry).where(AuditEntry.action == "sponsor.claims_overview_export"))
        assert kept.scalar_one().subject == f"overview {SCHEME} 2022"


def opened_by(app: Flask, person: Staff) -> FlaskClient:
    client = signed_in(app, person)
    client.get("/preferences/language/en")
    return client


@pytest.mark.usefixtures("year")
@pytest.mark.parametrize(
    "person", [SU_MINGDE, ZHOU_HE, QIAN_PEI, SHI_PING, XU_LAN, FANG_SHEN], ids=lambda p: p.role
)
def test_sponsors_and_staff_of_claims_see_it_and_it_names_nobody(
    app: Flask, year: tuple[str, str, str], person: Staff
) -> None:
    with on_day(TODAY):
        page = opened_by(app, person).get(PAGE).get_data(as_text=True)
    main = page.split("<main")[1].split("</main>")[0]
    assert "USD\xa032,000.00 paid, USD\xa08,000.01 still to be paid" in main
    assert "2 claims, most in Aug 2022: 2" in main
    assert "Highest for Norway: USD\xa032,000.00 of USD\xa040,000.01" in main
    for secret in (HARBOUR.name, SILENT.name, HARBOUR.uscc, SILENT.uscc, BUYER_NAME, "Nordwind", *year):
        assert secret not in main
    assert "provisional" in main.lower()


def test_nobody_else_sees_it(app: Flask) -> None:
    seen = {ZHOU_HE, SU_MINGDE, QIAN_PEI, SHI_PING, XU_LAN, FANG_SHEN}
    roles = {one.role for one in seen}
    for person in STAFF:
        if person.role not in roles:
            assert signed_in(app, person).get(PAGE).status_code == 403
            assert signed_in(app, person).get(f"{PAGE}/month.xlsx").status_code == 403
    assert LIN_ZHIYAO.role not in roles
    assert app.test_client().get(PAGE).status_code == 302


def test_without_claims_it_says_what_will_stand_here(app: Flask) -> None:
    page = opened_by(app, ZHOU_HE).get(PAGE).get_data(as_text=True)
    assert "No claims yet" in page


@pytest.mark.usefixtures("year")
def test_a_year_without_claims_names_those_that_have_some(app: Flask) -> None:
    with on_day(TODAY):
        page = opened_by(app, ZHOU_HE).get(f"{PAGE}?scheme={SCHEME}&year=2023").get_data(as_text=True)
        assert "No claims in this scheme and policy year" in page
        assert f"{PAGE}?scheme={SCHEME}&amp;year=2022" in page
        assert opened_by(app, ZHOU_HE).get(f"{PAGE}?scheme=paris&year=-7").status_code == 200
        assert opened_by(app, ZHOU_HE).get(f"{PAGE}/firms.xlsx").status_code == 404


def test_more_claims_cost_no_more_queries(app: Flask, instance: Instance, year: tuple[str, str, str]) -> None:
    with on_day(TODAY):
        client = opened_by(app, ZHOU_HE)
        client.get(PAGE)
        copy_claims(instance, year[0], 1)
        with statements(app) as few:
            client.get(PAGE)
        with statements(app) as again:
            client.get(PAGE)
        copy_claims(instance, year[0], 30, 200)
        with statements(app) as many:
            client.get(PAGE)
    assert len(many) == len(few)
    assert len(again) < len(few), "what was worked out holds until something is written"


def copy_claims(instance: Instance, number: str, times: int, first_serial: int = 100) -> None:
    """More claims like this one, of other countries and months, all withdrawn as a notice has one live claim."""
    first = claim_of(instance, number)
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        for serial in range(first_serial, first_serial + times):
            values: dict[str, Any] = {one.key: getattr(first, one.key) for one in Claim.__mapper__.column_attrs}
            values |= {"id": f"{serial:026d}", "number": f"C2022-{serial:05d}", "serial": serial}
            values |= {"state": stages.WITHDRAWN, "opened_on": date(2022, 1 + serial % 12, 1)}
            session.add(Claim(**values))
