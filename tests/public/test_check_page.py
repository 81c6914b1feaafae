"""Am I eligible? Verdicts for anybody, values for nobody; and Do I need it?, of which nothing is kept."""

import re
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from portal.common import clock
from portal.common.audit import head_of
from portal.common.instance import Instance
from portal.programme.current import current_scheme
from portal.public.check_pages import PER_MINUTE
from portal.public.need import assess
from tests.accounts.pages import in_english, text_of
from tests.samples import DEBTOR, GIANT, HARBOUR, import_all


def test_a_firm_that_can_join_reads_so_without_any_amount(client: FlaskClient, instance: Instance) -> None:
    import_all(instance)
    answer = in_english(client).post("/check", data={"uscc": HARBOUR.uscc})
    page = text_of(answer)
    assert answer.status_code == 200
    assert "this firm can join" in page
    assert "USD" not in page.split("<main")[1].split("</main>")[0]


def test_a_firm_over_the_cap_reads_the_verdict_but_not_the_distance(
    client: FlaskClient, instance: Instance
) -> None:
    import_all(instance)
    page = text_of(in_english(client).post("/check", data={"uscc": GIANT.uscc}))
    main = page.split("<main")[1].split("</main>")[0]
    assert "this firm cannot join" in main
    assert "USD" not in main
    assert "6,000,000" not in main


def test_listed_and_unlisted_firms_read_the_same(client: FlaskClient, instance: Instance) -> None:
    import_all(instance)
    told = []
    for firm in (HARBOUR, DEBTOR):
        page = text_of(in_english(client).post("/check", data={"uscc": firm.uscc})).replace(firm.uscc, "")
        told.append(re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", page))
    assert told[0] == told[1]


@pytest.mark.parametrize("typed", ["", "9135", "91350200MA0TEST010", "91350200MAOTEST01X", "😀"])
def test_a_code_that_is_none_is_told_beside_the_field(client: FlaskClient, typed: str) -> None:
    answer = client.post("/check", data={"uscc": typed})
    assert answer.status_code == 422
    assert 'id="uscc-error"' in text_of(answer)


def test_without_sources_nothing_is_told(client: FlaskClient) -> None:
    assert client.post("/check", data={"uscc": HARBOUR.uscc}).status_code == 503


def test_a_network_that_asks_too_often_has_to_wait(client: FlaskClient) -> None:
    codes = [client.post("/check", data={"uscc": "1"}).status_code for _ in range(PER_MINUTE + 1)]
    assert codes == [422] * PER_MINUTE + [429]


def test_the_answer_to_whether_it_is_needed_follows_the_figures_and_keeps_none(
    client: FlaskClient, instance: Instance
) -> None:
    data = {"exports": "850,000", "open_account": "60%", "bad_debt": "10", "countries": "3"}
    with instance.database.reading() as session:
        before = head_of(session)
    page = text_of(in_english(client).post("/need", data=data))
    # 60 % of 850,000 is 510,000, of which a tenth is lost; 80 % of 51,000 is 40,800
    for amount in ("510,000.00", "51,000.00", "40,800.00", "10,200.00", "62,500.00"):
        assert amount in page
    with instance.database.reading() as session:
        assert head_of(session) == before


@pytest.mark.parametrize(
    ("field", "typed"),
    [("exports", "a lot"), ("exports", "0"), ("open_account", "101"), ("bad_debt", "-1"), ("countries", "1.5")],
)
def test_a_figure_that_is_none_is_told_beside_its_field(client: FlaskClient, field: str, typed: str) -> None:
    data = {"exports": "850000", "open_account": "60", "bad_debt": "0", "countries": "3", field: typed}
    answer = client.post("/need", data=data)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in text_of(answer)


@given(
    exports=st.decimals(1, 10**9, places=2),
    open_account=st.decimals(0, 100, places=1),
    bad_debt=st.decimals(0, 100, places=1),
)
def test_what_the_scheme_would_pay_never_passes_loss_times_ratio_nor_the_cap(
    exports: Decimal, open_account: Decimal, bad_debt: Decimal
) -> None:
    held = current_scheme(clock.today()).on(clock.today())
    found = assess(held, exports, open_account, bad_debt, 2)
    assert found.paid.amount <= held.obligor_cap.amount
    assert found.paid.amount <= (found.lost.amount * held.indemnity_ratio) + 1
    assert found.paid + found.borne == found.lost
