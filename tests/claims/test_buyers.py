"""A firm's own buyers: the room left for each before anything is filed, adding one, and who may see what."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from portal.accounts.records import Account
from portal.claims import buyer_pages
from portal.common.instance import Instance
from portal.common.roles import Actor, Role
from portal.members.records import Membership
from portal.obligors import queries
from portal.obligors.records import Lookalike, Obligor
from tests.accounts.pages import in_english, text_of
from tests.appeals.stories import staff
from tests.claims.stories import bank, buyer, claimed, insured, notified, shipment
from tests.conftest import signed_in_exporter
from tests.ledger.stories import approved
from tests.obligors.test_merging import _merge
from tests.people import CHEN_HAIXIA, OUYANG_MU, QIAN_PEI
from tests.policies.stories import on_day
from tests.samples import HARBOUR, ISLET, SILENT

ADDRESS = f"/my/firms/{HARBOUR.uscc}/buyers"
NEW = {"kind": "buyer", "name": "Ostermark Leuchten GmbH", "country": "DE"}


@pytest.fixture
def client(app: Flask, instance: Instance) -> FlaskClient:
    """A confirmed member of the insured firm, signed in."""
    insured(instance)
    return signed_in_exporter(app, CHEN_HAIXIA)


def _page(client: FlaskClient, address: str = ADDRESS) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def _me(instance: Instance) -> Actor:
    with instance.database.reading() as session:
        query = select(Account.id).join(Membership, Membership.account_id == Account.id)
        return Actor(session.execute(query.where(Membership.uscc == HARBOUR.uscc)).scalar_one(), Role.EXPORTER)


def test_an_empty_list_says_what_to_do(client: FlaskClient) -> None:
    page = _page(client)
    assert f"{ADDRESS}/new" in page
    assert "tb-loadline" not in page


def test_after_the_policys_last_day_the_page_says_that_new_shipments_are_not_covered(
    app: Flask, instance: Instance
) -> None:
    insured(instance)
    for day, ended in ((date(2022, 12, 31), False), (date(2023, 1, 1), True)):
        with on_day(day):
            page = text_of(in_english(signed_in_exporter(app, CHEN_HAIXIA)).get(ADDRESS)).replace("\u00a0", " ")
        assert ("Cover ended on 31 Dec 2022" in page) is ended
        assert ("What you ship later is not covered" in page) is ended


def test_a_buyer_has_the_whole_room_before_anything_is_filed(client: FlaskClient) -> None:
    answer = client.post(f"{ADDRESS}/new", data=NEW)
    assert answer.location == ADDRESS
    page = _page(client)
    assert "Ostermark Leuchten GmbH" in page
    assert "50,000.00" in page
    assert "tb-loadline" in page
    assert client.post(f"{ADDRESS}/new", data=NEW).status_code == 302  # the same twice is one
    assert _page(client).count("<h2") == 1


def test_what_was_reported_is_hatched_and_what_is_over_is_told(client: FlaskClient, instance: Instance) -> None:
    who = _me(instance)
    one = buyer(instance, who)
    first = claimed(instance, who, one, [shipment("INV-1", amount_minor=3_750_000)])
    approved(instance, first)
    notified(instance, who, one, [shipment("INV-2", amount_minor=4_000_000)])
    page = _page(client)
    for amount in ("30,000.00", "20,000.00", "40,000.00", "32,000.00", "12,000.00"):
        assert amount in page, amount
    assert "tb-hatch-fail" in page


def test_what_was_reported_late_is_reckoned_as_its_own_page_estimates_it(app: Flask, instance: Instance) -> None:
    late = date(2022, 9, 20)
    who = insured(instance)
    sent = notified(instance, who, buyer(instance, who), [shipment("INV-1", amount_minor=9_000_000)], on=late)
    with on_day(late):
        firm = in_english(signed_in_exporter(app, CHEN_HAIXIA))
        page, notice = _page(firm), _page(firm, f"/my/notices/{sent.number}")
    for shown in (page, notice):
        assert "63,000.00" in shown, "90,000.00 at 80 % less 10 points"
    assert "13,000.00" in page
    assert "72,000.00" not in page


def test_what_was_reported_leads_to_its_newest_report(client: FlaskClient, instance: Instance) -> None:
    who = _me(instance)
    one = buyer(instance, who)
    assert "tb-tag-refer" not in _page(client)
    older = notified(instance, who, one, [shipment("INV-1")]).number
    newer = notified(instance, who, one, [shipment("INV-2")]).number
    tag = re.search(r'<a class="tb-tag tb-tag-refer" href="([^"]+)"', _page(client))
    assert tag is not None
    assert tag[1] == f"/my/notices/{newer}" != f"/my/notices/{older}"
    assert client.get(tag[1]).status_code == 200


def test_a_used_up_room_says_so(client: FlaskClient, instance: Instance) -> None:
    who = _me(instance)
    approved(instance, claimed(instance, who, None, [shipment("INV-1", amount_minor=9_000_000)]))
    assert re.search(r'class="tb-fail">[^<]*0\.00', _page(client))


def test_two_records_that_were_merged_share_one_bar(client: FlaskClient, instance: Instance) -> None:
    who = _me(instance)
    first = buyer(instance, who, name="Haldenvik Living AS")
    second = buyer(instance, who, name="Haldenvik Livings AS")
    with instance.database.reading() as session:
        both = session.get_one(Obligor, first), session.get_one(Obligor, second)
    assert _page(client).count("tb-loadline-box") == 2
    _merge(instance, staff(instance, QIAN_PEI), *both)
    page = _page(client)
    assert page.count("tb-loadline-box") == 1
    assert "Haldenvik Livings AS" in page


def test_what_looks_like_one_on_the_firms_list_is_asked_about_before_a_second_one_is_made(
    client: FlaskClient, instance: Instance
) -> None:
    client.post(f"{ADDRESS}/new", data=NEW)
    typed = {**NEW, "name": "Ostermark Leuchten Gmbh & Co. KG"}
    asked = client.post(f"{ADDRESS}/new", data=typed)
    assert asked.status_code == 200
    assert "Ostermark Leuchten GmbH" in asked.get_data(as_text=True)
    with instance.database.reading() as session:
        (known,) = session.execute(select(Obligor)).scalars()
    assert client.post(f"{ADDRESS}/new", data={**typed, "chosen": known.id}).status_code == 302
    with instance.database.reading() as session:
        assert len(session.execute(select(Obligor)).scalars().all()) == 1
        assert session.execute(select(Lookalike)).first() is None


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "Ostermark Leuchten GmbH"},  # the very same
        {"name": "Ostermark Leuchten Gmbh & Co. KG"},  # alike
        {"name": "Ostermark Leuchten GmbH", "registration_number": "HRB 4711"},
        {"name": "Zebra Toys", "registration_number": "HRB 4711"},
        {"name": "Zebra Toys"},  # known to nobody
    ],
)
def test_a_firm_reads_the_same_whether_or_not_another_firm_deals_with_the_buyer(
    client: FlaskClient, app: Flask, instance: Instance, typed: dict[str, str]
) -> None:
    client.post(f"{ADDRESS}/new", data={**NEW, "registration_number": "HRB 4711"})
    insured(instance, OUYANG_MU, SILENT)
    theirs = signed_in_exporter(app, OUYANG_MU)
    address = f"/my/firms/{SILENT.uscc}/buyers"
    answer = theirs.post(f"{address}/new", data={**NEW, **typed})
    assert (answer.status_code, answer.location) == (302, address)
    page = _page(theirs, address)
    assert page.count("<h2") == 1
    assert f">{escape(typed['name'])}</h2>" in page


def test_being_asked_or_not_does_not_tell_that_another_firm_has_the_very_same_buyer(
    client: FlaskClient, app: Flask, instance: Instance
) -> None:
    insured(instance, OUYANG_MU, SILENT)
    theirs = signed_in_exporter(app, OUYANG_MU)
    address = f"/my/firms/{SILENT.uscc}/buyers/new"
    theirs.post(address, data={**NEW, "name": "Ostermark Leuchte GmbH"})
    before = theirs.post(address, data=NEW)
    client.post(f"{ADDRESS}/new", data=NEW)  # another firm adds it meanwhile
    after = theirs.post(address, data=NEW)
    for asked in (before, after):
        assert asked.status_code == 200
        assert "Ostermark Leuchte GmbH" in asked.get_data(as_text=True)


def test_adding_too_many_is_told_and_what_was_typed_stays(
    client: FlaskClient, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buyer_pages, "PER_ACCOUNT", 2)
    for name in ("Alpha Toys", "Bravo Lamps"):
        assert client.post(f"{ADDRESS}/new", data={**NEW, "name": name}).status_code == 302
    answer = client.post(f"{ADDRESS}/new", data={**NEW, "name": "Charlie Shoes", "lei": "1234"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 3600
    for typed in ("Charlie Shoes", "1234", "一小时内"):
        assert typed in page
    with instance.database.reading() as session:
        assert len(session.execute(select(Obligor)).scalars().all()) == 2


def test_two_people_of_one_firm_share_its_limit(
    client: FlaskClient, app: Flask, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buyer_pages, "PER_FIRM", 1)
    insured(instance, OUYANG_MU, HARBOUR)
    assert client.post(f"{ADDRESS}/new", data=NEW).status_code == 302
    colleague = signed_in_exporter(app, OUYANG_MU)
    assert colleague.post(f"{ADDRESS}/new", data={**NEW, "name": "Zebra Toys"}).status_code == 429


def test_none_of_these_makes_a_second_record_and_a_question(client: FlaskClient, instance: Instance) -> None:
    client.post(f"{ADDRESS}/new", data=NEW)
    typed = {**NEW, "name": "Ostermark Leuchte GmbH"}
    assert client.post(f"{ADDRESS}/new", data={**typed, "chosen": "nonsense"}).status_code == 200
    assert client.post(f"{ADDRESS}/new", data={**typed, "chosen": "none"}).status_code == 302
    with instance.database.reading() as session:
        assert len(session.execute(select(Obligor)).scalars().all()) == 2
        assert session.execute(select(Lookalike)).scalar_one().state == "open"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 201},
        {"country": ""},
        {"country": "XX"},
        {"kind": "ship"},
        {"lei": "123"},
        {"kind": "bank", "bic": ""},
        {"kind": "bank", "bic": "DEUTXXFF"},
    ],
)
def test_what_is_wrong_is_said_beside_the_field(client: FlaskClient, wrong: dict[str, str]) -> None:
    answer = client.post(f"{ADDRESS}/new", data={**NEW, **wrong})
    assert answer.status_code == 422
    assert "tb-field-wrong" in answer.get_data(as_text=True)


def test_who_came_from_a_report_goes_back_to_it(client: FlaskClient, instance: Instance) -> None:
    answer = client.post(f"{ADDRESS}/new?then=notice", data=NEW)
    with instance.database.reading() as session:
        made = session.execute(select(Obligor)).scalar_one()
    assert answer.location == f"/my/firms/{HARBOUR.uscc}/notices/new?buyer={made.id}"


def test_only_what_nothing_was_reported_of_is_taken_off(client: FlaskClient, instance: Instance) -> None:
    who = _me(instance)
    kept = buyer(instance, who)
    notified(instance, who, kept)
    bank(instance, who)
    with instance.database.reading() as session:
        ids = {one.name: one.id for one in queries.buyers_of(session, HARBOUR.uscc)}
    for buyer_id in ids.values():
        assert client.post(f"{ADDRESS}/{buyer_id}/remove").location == ADDRESS
    with instance.database.reading() as session:
        assert [one.obligor_id for one in queries.buyers_of(session, HARBOUR.uscc)] == [kept]


def test_somebody_unconfirmed_sees_only_what_they_added_and_no_room_of_others(
    client: FlaskClient, app: Flask, instance: Instance
) -> None:
    client.post(f"{ADDRESS}/new", data=NEW)
    insured(instance, OUYANG_MU, HARBOUR, "unconfirmed")
    stranger = signed_in_exporter(app, OUYANG_MU)
    assert "Ostermark" not in _page(stranger)
    stranger.post(f"{ADDRESS}/new", data={**NEW, "name": "Zebra Toys Inc.", "country": "US"})
    page = _page(stranger)
    assert "Zebra Toys Inc." in page
    assert "Ostermark" not in page
    assert "tb-loadline-box" not in page


def test_nobody_sees_the_list_of_a_firm_they_do_not_act_for(client: FlaskClient) -> None:
    assert client.get(f"/my/firms/{SILENT.uscc}/buyers").status_code == 404
    assert client.get(f"/my/firms/{ISLET.uscc}/buyers/new").status_code == 404
    assert client.post(f"/my/firms/{SILENT.uscc}/buyers/new", data=NEW).status_code == 404


def test_a_firm_without_a_policy_can_note_its_buyers(app: Flask, instance: Instance) -> None:
    insured(instance, CHEN_HAIXIA, ISLET)
    client = signed_in_exporter(app, CHEN_HAIXIA)
    address = f"/my/firms/{ISLET.uscc}/buyers"
    assert client.post(f"{address}/new", data=NEW).status_code == 302
    page = _page(client, address)
    assert "Ostermark" in page
    assert "tb-loadline-box" not in page
