"""Saying for which firm one acts: by its code, with the registry's help, never a dead end."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.common.instance import Instance
from portal.members import actions
from portal.scheme import stages
from tests.accounts.pages import heading_of, text_of
from tests.conftest import signed_in
from tests.members.binding import bind, exporter, memberships, newest
from tests.people import CHEN_HAIXIA, HONG_YAN, LIN_ZHIYAO, WU_GUOLIANG
from tests.samples import HARBOUR, ISLET, Firm, import_one, registry_book, registry_line, valid_uscc

UNKNOWN = Firm("厦门䶮𬭎示例贸易有限公司", valid_uscc(77), "洪䶮", "", None)
LONG = "厦门" + "海" * 52 + "示例有限公司"  # 60 characters


@pytest.fixture
def chen(app: Flask, instance: Instance) -> FlaskClient:
    """Chen Haixia, with the registry there."""
    import_one(instance, "registry", registry_book())
    return exporter(app, CHEN_HAIXIA)


def test_the_registry_says_which_firm_a_code_is(chen: FlaskClient) -> None:
    page = text_of(chen.get("/my/firms/new", query_string={"uscc": f" {HARBOUR.uscc.lower()} "}))
    assert heading_of(page) == "Is this your firm?"
    assert HARBOUR.name in page
    assert 'name="firm_name"' not in page


def test_binding_a_registered_firm_takes_the_registrys_name(chen: FlaskClient, instance: Instance) -> None:
    answer = bind(chen, name="something else")
    assert answer.status_code == 302
    assert answer.location == f"/my/firms/{HARBOUR.uscc}/apply"
    made = newest(instance)
    assert (made.firm_name, made.state, made.number) == (HARBOUR.name, stages.UNCONFIRMED, "M2022-00001")
    assert made.due_on is None  # nobody has to look before a licence is there


def test_a_firm_that_the_registry_lacks_is_bound_by_its_name(chen: FlaskClient, instance: Instance) -> None:
    page = text_of(chen.get("/my/firms/new", query_string={"uscc": UNKNOWN.uscc}))
    assert heading_of(page) == "What is the firm called?"
    without = bind(chen, UNKNOWN)
    assert without.status_code == 422
    assert "Enter the name as it stands on the business licence" in text_of(without)
    assert bind(chen, UNKNOWN, name=f"  {UNKNOWN.name} ").status_code == 302
    assert newest(instance, UNKNOWN).firm_name == UNKNOWN.name
    assert UNKNOWN.name in text_of(chen.get(f"/my/firms/{UNKNOWN.uscc}"))


def test_a_name_of_sixty_characters_is_kept_whole(chen: FlaskClient, instance: Instance) -> None:
    assert len(LONG) == 60
    bind(chen, UNKNOWN, name=LONG)
    assert newest(instance, UNKNOWN).firm_name == LONG


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "Enter the code of the firm"),
        (HARBOUR.uscc[:17], "has a length of 17"),
        (HARBOUR.uscc[:9] + "O" + HARBOUR.uscc[10:], "in place 10"),
        ("😀", "has a length of 1"),
    ],
)
def test_a_wrong_code_is_told_with_what_is_wrong(chen: FlaskClient, code: str, said: str) -> None:
    assert said in text_of(chen.get("/my/firms/new", query_string={"uscc": code}))


def test_one_wrong_character_is_named_where_one_registered_firm_is_meant(chen: FlaskClient) -> None:
    wrong = HARBOUR.uscc[:14] + "7" + HARBOUR.uscc[15:]
    page = text_of(chen.get("/my/firms/new", query_string={"uscc": wrong}))
    assert "does not agree with its own last character" in page
    assert f"Perhaps you mean {HARBOUR.name}, {HARBOUR.uscc}: in place 15 it has “0” and not “7”." in page


def test_two_characters_that_changed_places_are_named(app: Flask, instance: Instance) -> None:
    firm = Firm("厦门换位示例有限公司", valid_uscc(12), "", "", None)
    import_one(instance, "registry", registry_book([registry_line(firm.uscc, firm.name)]))
    swapped = firm.uscc[:15] + firm.uscc[16] + firm.uscc[15] + firm.uscc[17]
    page = text_of(exporter(app, CHEN_HAIXIA).get("/my/firms/new", query_string={"uscc": swapped}))
    assert "places 16 and 17 have changed places" in page


def test_a_code_near_no_registered_firm_is_told_to_be_copied(chen: FlaskClient) -> None:
    wrong = UNKNOWN.uscc[:17] + ("A" if UNKNOWN.uscc[17] != "A" else "B")
    page = text_of(chen.get("/my/firms/new", query_string={"uscc": wrong}))
    assert "Copy the code from the business licence." in page
    assert "Perhaps" not in page


def test_binding_twice_is_binding_once(chen: FlaskClient, instance: Instance) -> None:
    assert bind(chen).location == bind(chen).location
    assert len(memberships(instance)) == 1
    again = chen.get("/my/firms/new", query_string={"uscc": HARBOUR.uscc})
    assert again.location == f"/my/firms/{HARBOUR.uscc}"


def test_an_account_may_act_for_several_firms(chen: FlaskClient) -> None:
    bind(chen)
    bind(chen, ISLET, "representative")
    for firm in (HARBOUR, ISLET):
        assert firm.name in text_of(chen.get(f"/my/firms/{firm.uscc}"))


def test_a_position_must_be_chosen(chen: FlaskClient, instance: Instance) -> None:
    answer = bind(chen, position="owner")
    assert answer.status_code == 422
    assert not memberships(instance)


def test_a_second_claim_waits_for_staff_and_the_first_goes_on(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    bind(chen)
    wu = exporter(app, WU_GUOLIANG)
    answer = bind(wu, position="representative")
    assert answer.location == f"/my/firms/{HARBOUR.uscc}"
    first, second = memberships(instance)
    assert (first.state, first.why_waiting) == (stages.UNCONFIRMED, "")
    assert (second.state, second.why_waiting) == (stages.WAITING, "second_claim")
    assert second.due_on == date(2022, 3, 9)  # five working days after a Wednesday
    page = text_of(wu.get(f"/my/firms/{HARBOUR.uscc}"))
    assert "Hand in the licence: staff look first who acts for the firm" in page
    assert "Somebody else acts" not in page  # a claim is no way to find out who else is there
    assert "9\u00a0Mar\u00a02022" in page


def test_whoever_reads_unconfirmed_sees_only_the_beginning_of_other_names(chen: FlaskClient, app: Flask) -> None:
    bind(chen)
    wu = exporter(app, WU_GUOLIANG)
    bind(wu)
    page = text_of(wu.get(f"/my/firms/{HARBOUR.uscc}"))
    assert CHEN_HAIXIA.mobile not in page
    assert CHEN_HAIXIA.name not in page
    assert "*********01" in page
    assert "138****0001" not in page
    assert WU_GUOLIANG.mobile in page  # one's own is no secret


def test_nobody_else_has_a_page_of_the_firm(chen: FlaskClient, app: Flask) -> None:
    bind(chen)
    stranger = exporter(app, HONG_YAN)
    for page in ("", "/licence", "/invite", "/code", "/answer", "/representative", "/licence/remove"):
        assert stranger.get(f"/my/firms/{HARBOUR.uscc}{page}").status_code == 404


def test_pages_of_confirmed_members_are_not_there_for_others(chen: FlaskClient) -> None:
    bind(chen)
    for page in ("/invite", "/representative"):
        assert chen.get(f"/my/firms/{HARBOUR.uscc}{page}").status_code == 404


def test_very_many_claims_of_one_account_are_stopped(
    chen: FlaskClient, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_CLAIMS", 1)
    bind(chen)
    answer = bind(chen, ISLET)
    assert answer.status_code == 429
    assert "You have added very many firms today" in text_of(answer)
    assert not memberships(instance, ISLET)


def test_staff_bind_no_firm(app: Flask) -> None:
    assert bind(signed_in(app, LIN_ZHIYAO)).status_code == 403
