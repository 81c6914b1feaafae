"""Exporters' accounts at the desk: found by what is whole, shown masked, disabled by an administrator only."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from tests.accounts.pages import heading_of, in_english, text_of
from tests.accounts.test_signing_in import account_of
from tests.conftest import signed_in
from tests.members.binding import bind, exporter, newest
from tests.people import CHEN_HAIXIA, FANG_SHEN, GUAN_LI, LIN_ZHIYAO, QIAN_PEI, WU_GUOLIANG, YE_XIAOTANG, ZHOU_HE
from tests.policies.stories import actions_on, on_day
from tests.samples import HARBOUR, ISLET, import_one, registry_book

LIST = "/desk/exporters"


@pytest.fixture
def chen(app: Flask, instance: Instance) -> FlaskClient:
    """Chen Haixia, who says to act for the harbour firm, as Ye Xiaotang does for the islet firm."""
    import_one(instance, "registry", registry_book())
    bind(exporter(app, YE_XIAOTANG), ISLET)
    client = exporter(app, CHEN_HAIXIA)
    bind(client)
    return client


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    return in_english(signed_in(app, LIN_ZHIYAO))


def page_of(instance: Instance) -> str:
    return f"{LIST}/{newest(instance).account_id}"


def last_signed_in(reviewer: FlaskClient, instance: Instance) -> str:
    page = text_of(reviewer.get(page_of(instance))).replace("\N{NO-BREAK SPACE}", " ")
    return page.split("Last signed in</dt><dd>", 1)[1]


def find(client: FlaskClient, text: str) -> tuple[int, str | None]:
    answer = client.post(LIST, data={"text": text})
    return answer.status_code, answer.location


@pytest.mark.parametrize("typed", [CHEN_HAIXIA.mobile, f"+86 {CHEN_HAIXIA.mobile[:3]} {CHEN_HAIXIA.mobile[3:]}"])
def test_a_whole_mobile_finds_its_account_and_the_address_keeps_nothing_of_it(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance, typed: str
) -> None:
    assert find(reviewer, typed) == (302, page_of(instance))
    page = text_of(reviewer.get(page_of(instance)))
    assert "138****0001" in page
    assert CHEN_HAIXIA.mobile not in page
    assert f'href="/desk/memberships/{newest(instance).number}"' in page
    account = newest(instance).account_id
    assert actions_on(instance, f"account {account}")[-1] == ("accounts.find", "looked")


@pytest.mark.parametrize("typed", ["1380000000", "13800000099", "nobody@example.com", LIN_ZHIYAO.email, "陈"])
def test_what_is_not_whole_or_not_an_exporters_finds_nobody(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance, typed: str
) -> None:
    answer = reviewer.post(LIST, data={"text": typed})
    assert answer.status_code == 422
    assert "No exporter’s account has exactly this" in text_of(answer)
    with instance.database.reading() as session:
        query = select(AuditEntry.outcome).where(AuditEntry.action == "accounts.find")
        assert session.execute(query).scalars().all() == ["looked"], "a search in vain is on record too"


def test_nothing_entered_is_told(reviewer: FlaskClient) -> None:
    answer = reviewer.post(LIST, data={"text": ""})
    assert answer.status_code == 422
    assert "Enter a mobile number, an e-mail address or a credit code" in text_of(answer)


def test_a_credit_code_leads_to_whoever_said_to_act_for_the_firm(
    chen: FlaskClient, reviewer: FlaskClient, instance: Instance
) -> None:
    assert find(reviewer, HARBOUR.uscc.lower()) == (302, f"{LIST}?uscc={HARBOUR.uscc}")
    page = text_of(reviewer.get(f"{LIST}?uscc={HARBOUR.uscc}"))
    assert HARBOUR.name in page
    assert ISLET.name not in page
    whole = text_of(reviewer.get(LIST))
    assert ISLET.name in whole
    for person in (CHEN_HAIXIA, YE_XIAOTANG):
        assert person.mobile not in whole
        assert person.email not in whole
    assert "No account fits" in text_of(reviewer.get(f"{LIST}?uscc={HARBOUR.uscc}&state=disabled"))


def test_the_last_sign_in_is_shown(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    assert last_signed_in(reviewer, instance).startswith("2 Mar 2022"), "making the account was signing in"
    with on_day(date(2022, 3, 5)):
        exporter(app, CHEN_HAIXIA)
        later = in_english(signed_in(app, LIN_ZHIYAO))
        assert last_signed_in(later, instance).startswith("5 Mar 2022")


def test_an_administrator_disables_after_asking_and_enables_again(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    administrator = in_english(signed_in(app, GUAN_LI))
    address = page_of(instance)
    assert chen.get(f"/my/firms/{HARBOUR.uscc}").status_code == 200
    assert heading_of(text_of(administrator.get(f"{address}/disable"))).startswith("Disable the account of")
    assert chen.get(f"/my/firms/{HARBOUR.uscc}").status_code == 200, "the page only asks"
    for _press in range(2):
        assert administrator.post(f"{address}/disable").location == address
    assert chen.get(f"/my/firms/{HARBOUR.uscc}").status_code == 302, "the open session ended"
    assert "Enable again" in text_of(administrator.get(address))
    assert HARBOUR.name in text_of(administrator.get(f"{LIST}?state=disabled"))
    assert administrator.post(f"{address}/enable").location == address
    assert exporter(app, CHEN_HAIXIA).get(f"/my/firms/{HARBOUR.uscc}").status_code == 200
    account = newest(instance).account_id
    assert {"accounts.disable", "accounts.enable"} <= {
        action for action, _ in actions_on(instance, f"account {account}")
    }


def test_a_reviewer_and_an_auditor_read_and_change_nothing(
    chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    for client in (reviewer, in_english(signed_in(app, FANG_SHEN))):
        page = text_of(client.get(page_of(instance)))
        assert "Only an administrator disables or enables an account" in page
        assert f"{page_of(instance)}/disable" not in page
        for step in ("disable", "enable"):
            assert client.post(f"{page_of(instance)}/{step}").status_code == 403
    for person in (ZHOU_HE, QIAN_PEI):
        assert signed_in(app, person).get(LIST).status_code == 403


def test_an_account_of_staff_is_none_of_these(reviewer: FlaskClient, app: Flask, instance: Instance) -> None:
    assert reviewer.get(f"{LIST}/{account_of(instance, GUAN_LI).id}").status_code == 404
    administrator = signed_in(app, GUAN_LI)
    assert administrator.post(f"{LIST}/{account_of(instance, LIN_ZHIYAO).id}/disable").status_code == 404
    assert exporter(app, WU_GUOLIANG).get(LIST).status_code == 403
