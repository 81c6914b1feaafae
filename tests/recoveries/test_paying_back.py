"""What a firm paid back, recorded at the desk: taken once, told what is wrong with it, and never lost."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.common.instance import Instance
from portal.ledger.queries import owed_on_claim
from portal.scheme.money import Money
from tests.accounts.pages import hidden_values, in_english, text_of
from tests.claims.stories import claim_of
from tests.conftest import signed_in
from tests.ledger.stories import usd, verified
from tests.people import FANG_SHEN, JIANG_YAN, QIAN_PEI, SHI_PING, Staff
from tests.policies.stories import on_day
from tests.recoveries.test_pay_to import DAY, paid_too_much

PAID_BACK = {"amount": "20,000.00", "on": "2022-10-11", "reference": "还款"}


@pytest.fixture
def claim(instance: Instance) -> str:
    """The firm owes 30,000.00 on it since 10 October 2022."""
    return paid_too_much(instance)


def owed(instance: Instance, claim: str) -> Money:
    with instance.database.reading() as session:
        return owed_on_claim(session, claim_of(instance, claim).id)


def balanced(instance: Instance) -> bool:
    """Whether every entry of the ledger balances; the payment itself is made up, without a batch."""
    return not any(one.rule == "balance" for one in verified(instance).faults)


def seen(client: FlaskClient, claim: str) -> dict[str, str]:
    """What the form carries of what it shows as owed."""
    return hidden_values(text_of(client.get(f"/desk/claims/{claim}/money")), "seen")


def recording(app: Flask, claim: str) -> tuple[FlaskClient, dict[str, str]]:
    """A claims officer before the page, and what they fill in."""
    client = in_english(signed_in(app, QIAN_PEI))
    return client, PAID_BACK | seen(client, claim)


def test_what_a_firm_paid_back_is_recorded_once_however_often_it_is_sent(
    app: Flask, instance: Instance, claim: str
) -> None:
    with on_day(DAY):
        client, typed = recording(app, claim)
        for _twice in range(2):
            assert (
                client.post(f"/desk/claims/{claim}/repaid", data=typed).location == f"/desk/claims/{claim}/money"
            )
        assert owed(instance, claim) == usd(1_000_000)
        rest = typed | seen(client, claim) | {"amount": "10,000.00", "reference": "还款 2"}
        assert client.post(f"/desk/claims/{claim}/repaid", data=rest).status_code == 302
        assert 'id="pay-back"' not in text_of(client.get(f"/desk/claims/{claim}/money"))
    assert owed(instance, claim) == usd(0)
    assert balanced(instance)


@pytest.mark.parametrize(
    ("wrong", "beside", "words"),
    [
        ({"amount": ""}, "amount", "Enter the amount, as in 10,000.00"),
        ({"amount": "0"}, "amount", "Enter a sum above 0"),
        ({"amount": "twenty"}, "amount", "“twenty” is no amount"),
        ({"amount": "30,000.01"}, "amount", "The firm owes only USD 30,000.00 on this claim"),
        ({"on": ""}, "on", "Enter the day"),
        ({"on": "11.10.22"}, "on", "“11.10.22” is no day. Enter it as in 2022-08-09"),
        ({"on": "2023-02-03"}, "on", "The day lies in the future"),
        ({"reference": ""}, "reference", "Enter the reference on the bank’s advice"),
        ({"reference": "—"}, "reference", "A reference has letters or digits"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    app: Flask, instance: Instance, claim: str, wrong: dict[str, str], beside: str, words: str
) -> None:
    with on_day(DAY):
        client, typed = recording(app, claim)
        typed |= wrong
        answer = client.post(f"/desk/claims/{claim}/repaid", data=typed)
    page = text_of(answer).replace("\u00a0", " ")
    assert answer.status_code == 422
    assert f'<a href="#repaid-{beside}">{words}' in page  # on top of the page
    assert f'id="repaid-{beside}-error"' in page
    assert page.split(f'id="repaid-{beside}-error"', 1)[1].split("</span>", 1)[0].count(words) == 1
    assert ("Enter the day" in page) == (wrong == {"on": ""})  # of what is no day not also that it is missing
    for name in ("amount", "on", "reference"):
        field = page.split(f'id="repaid-{name}"', 1)[1].split(">", 1)[0]
        assert f'value="{typed[name]}"' in field, name
    assert page.count('value="2022-10-11"') == (typed["on"] == "2022-10-11")
    assert page.count('value="还款"') == (typed["reference"] == "还款")  # and the other form has none of it
    assert owed(instance, claim) == usd(3_000_000)


def test_two_forms_of_one_page_have_no_id_in_common(app: Flask, claim: str) -> None:
    with on_day(DAY):
        page = text_of(recording(app, claim)[0].get(f"/desk/claims/{claim}/money"))
    ids = [one.split('"', 1)[0] for one in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_a_second_sum_under_the_same_reference_is_told_and_not_taken_for_recorded(
    app: Flask, instance: Instance, claim: str
) -> None:
    with on_day(DAY):
        client, typed = recording(app, claim)
        client.post(f"/desk/claims/{claim}/repaid", data=typed)
        other = typed | seen(client, claim) | {"amount": "5,000.00"}
        answer = client.post(f"/desk/claims/{claim}/repaid", data=other)
    assert answer.status_code == 422
    assert "stands for another payment already" in text_of(answer)
    assert owed(instance, claim) == usd(1_000_000)


def test_what_another_recorded_meanwhile_is_told_and_what_was_typed_can_be_sent_again(
    app: Flask, instance: Instance, claim: str
) -> None:
    with on_day(DAY):
        client, typed = recording(app, claim)
        other = in_english(signed_in(app, JIANG_YAN))
        first = PAID_BACK | {"amount": "25,000.00", "reference": "B 1"} | seen(other, claim)
        assert other.post(f"/desk/claims/{claim}/repaid", data=first).status_code == 302
        answer = client.post(f"/desk/claims/{claim}/repaid", data=typed | {"amount": "5,000.00"})
        page = text_of(answer).replace("\u00a0", " ")
        assert answer.status_code == 409
        assert "Nothing was recorded: what the firm owes has changed meanwhile" in page
        assert "It owes USD 5,000.00 now." in page
        for kept in ('value="5,000.00"', 'value="还款"', 'value="2022-10-11"'):
            assert kept in page
        assert owed(instance, claim) == usd(500_000)
        again = typed | {"amount": "5,000.00"} | hidden_values(page, "seen")
        assert client.post(f"/desk/claims/{claim}/repaid", data=again).status_code == 302
        late = text_of(client.post(f"/desk/claims/{claim}/repaid", data=typed | {"reference": "B 9"}))
        assert "It owes nothing on this claim now." in late
        assert 'value="B 9"' in late
    assert owed(instance, claim) == usd(0)
    assert balanced(instance)


def test_a_form_that_says_nothing_of_what_was_owed_records_nothing(
    app: Flask, instance: Instance, claim: str
) -> None:
    with on_day(DAY):
        client, _typed = recording(app, claim)
        for what in ({}, {"seen": ""}, {"seen": "-1"}, {"seen": "９"}, {"seen": "9" * 40}):
            assert client.post(f"/desk/claims/{claim}/repaid", data=PAID_BACK | what).status_code == 409, what
    assert owed(instance, claim) == usd(3_000_000)


@pytest.mark.parametrize("reader", [SHI_PING, FANG_SHEN])
def test_whoever_may_not_record_reads_who_does_and_has_no_form(
    app: Flask, instance: Instance, claim: str, reader: Staff
) -> None:
    with on_day(DAY):
        client = in_english(signed_in(app, reader))
        page = text_of(client.get(f"/desk/claims/{claim}/money"))
        assert "A claims officer records what comes in and what a firm pays back." in page
        assert "Owed by the firm" in page
        assert "tb-columns-two" not in page
        assert 'name="amount"' not in page
        for path in ("money", "repaid"):
            assert client.post(f"/desk/claims/{claim}/{path}", data=PAID_BACK).status_code == 403
        officer = text_of(in_english(signed_in(app, QIAN_PEI)).get(f"/desk/claims/{claim}/money"))
        assert "A claims officer records" not in officer
