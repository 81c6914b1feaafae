"""To which account a firm remits and pays back: set by one person, confirmed by another, read by the firm."""

from datetime import date

from flask import Flask
from flask.testing import FlaskClient

from portal.claims.records import Claim
from portal.common import audit
from portal.common.instance import Instance
from portal.ledger.accounts import Kind, Place, payment_lines, reversal_lines
from portal.ledger.entries import enter
from portal.scheme import stages
from tests.accounts.pages import in_english, text_of
from tests.appeals.stories import staff
from tests.claims.firm_stories import trail_holds
from tests.claims.stories import claim_of, claimed, insured, shipment
from tests.conftest import signed_in, signed_in_exporter
from tests.ledger.stories import approved, usd
from tests.people import CHEN_HAIXIA, FANG_SHEN, GUAN_LI, QIAN_PEI, SHI_PING
from tests.policies.stories import on_day
from tests.recoveries.test_whole_way import recovered

LIST = "/desk/underwriter-accounts"
SET = f"{LIST}/xiamen-2022"
ACCOUNT = {
    "holder": "示例保险厦门分公司",
    "bank": "示例银行厦门分行",
    "bank_code": "313393080019",
    "account": "4020 0016 0920 0077",
    "starts_on": "2023-02-02",
    "reference": "承保人 2023 年第 3 号函",
}
NUMBER = "4020001609200077"
DAY = date(2023, 2, 2)
UNKNOWN = "the underwriter tells you to which one"


def shown(client: FlaskClient, path: str) -> str:
    """The words of a page, with plain spaces."""
    return text_of(in_english(client).get(path)).replace("\u00a0", " ")


def paid_too_much(instance: Instance) -> str:
    """50,000.00 were paid, and 30,000.00 of it stand no more since 10 October 2022; the claim's number."""
    number = approved(
        instance, claimed(instance, insured(instance), shipments=[shipment(amount_minor=10_000_000)])
    )
    found, who, day = claim_of(instance, number), staff(instance, SHI_PING), date(2022, 10, 10)
    place = Place(found.policy_id, found.obligor_id, found.id)
    with on_day(day), audit.write(instance.database, who, "demo.loaded") as session:
        enter(session, who, Kind.PAYMENT, "paid", day, f"claim {number}", payment_lines(place, usd(5_000_000)))
        lines = reversal_lines(place, usd(3_000_000), usd(0))
        enter(session, who, Kind.CLAW_BACK, "clawed", day, f"claim {number}", lines, approved_by=who.id)
        claim = session.get_one(Claim, found.id)
        claim.state, claim.paid_on, claim.approved_minor = stages.PAID, day, 2_000_000
    return number


def test_a_firm_reads_the_account_once_a_second_person_has_confirmed_it(app: Flask, instance: Instance) -> None:
    number = recovered(instance)
    pages = (f"/my/claims/{number}", f"/my/claims/{number}/recoveries")
    with on_day(DAY):
        firm, administrator, approver = (
            signed_in_exporter(app, CHEN_HAIXIA),
            signed_in(app, GUAN_LI),
            signed_in(app, SHI_PING),
        )
        for page in pages:
            assert UNKNOWN in shown(firm, page), page
        assert "No account of the underwriter is set" in shown(approver, "/desk/recoveries/R2023-00001")
        assert "No account of the underwriter is set" in shown(approver, f"/desk/claims/{number}/money")
        assert administrator.post(SET, data=ACCOUNT).status_code == 302
        for page in pages:
            assert NUMBER not in shown(firm, page), page
        own = administrator.get(LIST).get_data(as_text=True)
        assert NUMBER in own
        assert 'name="seen"' not in own
        page = approver.get(LIST).get_data(as_text=True)
        seen = page.split('name="seen" value="')[1].split('"')[0]
        assert administrator.post(f"{SET}/confirm", data={"seen": seen}).status_code == 302
        assert NUMBER not in shown(firm, pages[0])
        for _twice in range(2):
            assert approver.post(f"{SET}/confirm", data={"seen": seen}).status_code == 302
        for page in pages:
            text = shown(firm, page)
            assert NUMBER in text, page
            assert f"Write {number} on the transfer" in text, page
            assert UNKNOWN not in text, page
        assert NUMBER in shown(approver, "/desk/recoveries/R2023-00001")
        assert NUMBER in shown(approver, f"/desk/claims/{number}/money")
    trail_holds(instance)


def test_what_cannot_be_an_account_is_refused_and_others_may_not_set_one(app: Flask) -> None:
    with on_day(DAY):
        administrator = signed_in(app, GUAN_LI)
        for bad in (
            {"account": "1234567"},
            {"bank_code": "12"},
            {"holder": ""},
            {"bank": "x"},
            {"starts_on": "2023-02-01"},
            {"reference": " "},
        ):
            assert administrator.post(SET, data=ACCOUNT | bad).status_code == 422, bad
        assert administrator.get(f"{LIST}/nowhere").status_code == 404
        for other in (QIAN_PEI, SHI_PING, FANG_SHEN):
            assert signed_in(app, other).post(SET, data=ACCOUNT).status_code == 403
        assert signed_in(app, QIAN_PEI).post(f"{SET}/confirm", data={"seen": "x"}).status_code == 403
        assert "No account holds today" in shown(administrator, LIST)


def test_an_account_that_was_followed_by_another_is_not_confirmed_and_one_to_come_does_not_count_yet(
    app: Flask, instance: Instance
) -> None:
    number = recovered(instance)
    with on_day(DAY):
        administrator, approver = signed_in(app, GUAN_LI), signed_in(app, SHI_PING)
        administrator.post(SET, data=ACCOUNT)
        old = approver.get(LIST).get_data(as_text=True).split('name="seen" value="')[1].split('"')[0]
        administrator.post(SET, data=ACCOUNT | {"account": "4020001609200085", "starts_on": "2023-02-03"})
        approver.post(f"{SET}/confirm", data={"seen": old})
        firm = signed_in_exporter(app, CHEN_HAIXIA)
        assert UNKNOWN in shown(firm, f"/my/claims/{number}")
        new = approver.get(LIST).get_data(as_text=True).split('name="seen" value="')[1].split('"')[0]
        assert new != old
        approver.post(f"{SET}/confirm", data={"seen": new})
        assert UNKNOWN in shown(firm, f"/my/claims/{number}")
    with on_day(date(2023, 2, 3)):
        page = shown(signed_in_exporter(app, CHEN_HAIXIA), f"/my/claims/{number}")
        assert "4020001609200085" in page
        assert NUMBER not in page


def test_what_is_to_be_paid_back_has_a_last_day_and_is_overdue_after_it(app: Flask, instance: Instance) -> None:
    number = paid_too_much(instance)
    with on_day(date(2022, 10, 20)):
        firm, officer = signed_in_exporter(app, CHEN_HAIXIA), signed_in(app, QIAN_PEI)
        assert "by 20 Oct 2022" in shown(firm, "/my")
        for page in (f"/my/claims/{number}", f"/my/claims/{number}/recoveries"):
            assert UNKNOWN in shown(firm, page)
        assert "USD 30,000.00 to be paid back by 20 Oct 2022." in shown(firm, f"/my/claims/{number}/recoveries")
        for page in (f"/desk/claims/{number}", f"/desk/claims/{number}/money"):
            text = shown(officer, page)
            assert "back by 20 Oct 2022." in text
            assert "overdue" not in text
    with on_day(date(2022, 10, 21)):
        for page in (f"/desk/claims/{number}", f"/desk/claims/{number}/money"):
            assert "overdue" in shown(signed_in(app, QIAN_PEI), page)
