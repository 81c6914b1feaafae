"""An event is entered by one person and confirmed by another; whoever it touches is warned once."""

import pytest
from flask import Flask
from sqlalchemy import select

from portal.claims import notices, sending
from portal.claims.records import Notice
from portal.claims.sending import WATCH
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND, NotAllowed
from portal.obligors.actions import add_buyer, remove_buyer
from portal.obligors.records import FirmBuyer, Obligor, ObligorConcern
from portal.policies.records import Policy
from portal.scheme import stages
from portal.scheme.claim_words import Risk
from portal.warnings import actions, queries
from portal.warnings.names import POLITICAL
from portal.warnings.records import Event, Warned
from tests.appeals.stories import all_holds, member, staff
from tests.claims.stories import begun, buyer, version_of
from tests.conftest import signed_in, signed_in_exporter
from tests.people import CHEN_HAIXIA, FANG_SHEN, FANG_YUNING, HONG_YAN, LIN_ZHIYAO, QIAN_PEI, SHI_PING
from tests.policies.stories import policy_of
from tests.samples import HARBOUR, ISLET, SILENT
from tests.warnings.stories import (
    approver,
    confirm,
    enter,
    officer,
    seen_of,
    three_firms,
    warnings_told,
)


def served(app: Flask) -> Instance:
    """The instance of the app, with everything that is put in when the portal starts."""
    found: Instance = app.extensions["tongbao"]
    return found


def event_of(instance: Instance, number: str) -> Event:
    with instance.database.reading() as session:
        found = queries.find_event(session, number)
        assert found is not None
        return found


def number_of(instance: Instance, obligor_id: str) -> str:
    with instance.database.reading() as session:
        return session.get_one(Obligor, obligor_id).number


def test_an_event_in_a_country_warns_every_insured_firm_with_a_buyer_there_once(instance: Instance) -> None:
    firms = three_firms(instance)
    buyer(instance, firms.harbour, HARBOUR, "Haldenvik Living AS", "NO")
    buyer(instance, firms.harbour, HARBOUR, "Fjordlys Møbler AS", "NO")
    buyer(instance, firms.silent, SILENT, "Solvang Handel AS", "NO")
    buyer(instance, firms.islet, ISLET, "Nordwind Möbel GmbH", "DE")
    number = enter(instance)
    assert warnings_told(instance) == []
    assert confirm(instance, number) == 2
    told = warnings_told(instance)
    assert {one.account_id for one in told} == {firms.harbour.id, firms.silent.id}
    assert len(told) == 2
    assert {one.path for one in told} == {"/my/warnings"}
    with instance.database.reading() as session:
        warned = queries.warned_of(session, queries.EVENT, event_of(instance, number).id)
        assert sorted(one.warned.uscc for one in warned) == sorted([HARBOUR.uscc, HARBOUR.uscc, SILENT.uscc])
    all_holds(instance)


def test_nobody_confirms_what_they_entered(instance: Instance) -> None:
    three_firms(instance)
    number = enter(instance)
    with pytest.raises(actions.SamePerson):
        actions.confirm_event(instance, officer(instance), number, seen_of(instance, number))
    assert event_of(instance, number).state == stages.ENTERED


def test_confirming_twice_warns_once(instance: Instance) -> None:
    firms = three_firms(instance)
    buyer(instance, firms.harbour)
    number = enter(instance)
    assert (confirm(instance, number), confirm(instance, number)) == (1, 0)
    assert len(warnings_told(instance)) == 1


def test_firms_that_were_not_shown_are_not_warned_by_the_old_page(instance: Instance) -> None:
    firms = three_firms(instance)
    number = enter(instance)
    seen = seen_of(instance, number)
    buyer(instance, firms.harbour)
    with pytest.raises(actions.StaleWarning):
        actions.confirm_event(instance, approver(instance), number, seen)
    assert warnings_told(instance) == []


def test_an_ended_event_is_not_confirmed_any_more(instance: Instance) -> None:
    three_firms(instance)
    number = enter(instance)
    actions.end_event(instance, officer(instance), number)
    actions.end_event(instance, officer(instance), number)
    with pytest.raises(actions.StaleWarning):
        confirm(instance, number)


def test_the_same_event_entered_twice_is_one_until_it_has_ended(instance: Instance) -> None:
    three_firms(instance)
    number = enter(instance)
    assert enter(instance) == number
    actions.end_event(instance, officer(instance), number)
    assert enter(instance) != number


def test_a_firm_without_a_live_policy_is_not_warned(instance: Instance) -> None:
    firms = three_firms(instance)
    buyer(instance, firms.harbour)
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        policy = session.get_one(Policy, policy_of(instance, HARBOUR).id)
        policy.state, policy.withdrawn_on = stages.WITHDRAWN, clock.today()
    assert confirm(instance, enter(instance)) == 0


def test_a_buyer_taken_off_the_list_warns_nobody(instance: Instance) -> None:
    firms = three_firms(instance)
    buyer(instance, firms.harbour)
    with instance.database.reading() as session:
        listed = session.execute(select(FirmBuyer.id)).scalar_one()
    remove_buyer(instance, firms.harbour, HARBOUR.uscc, listed)
    assert confirm(instance, enter(instance)) == 0


def test_an_insolvency_warns_whoever_deals_with_the_obligor_under_any_merged_record(instance: Instance) -> None:
    firms = three_firms(instance)
    kept = buyer(instance, firms.harbour, HARBOUR, "Haldenvik Living AS", "NO")
    merged = buyer(instance, firms.silent, SILENT, "Brekke Interiør AS", "NO")
    buyer(instance, firms.islet, ISLET, "Solvang Handel AS", "NO")
    merge(instance, kept, merged)
    number = enter(instance, None, number_of(instance, merged))
    assert event_of(instance, number).obligor_id == kept
    assert confirm(instance, number) == 2
    with instance.database.reading() as session:
        concern = session.execute(select(ObligorConcern)).scalar_one()
        assert (concern.automatic, concern.ended_at) == (True, None)
    actions.end_event(instance, approver(instance), number)
    with instance.database.reading() as session:
        assert session.execute(select(ObligorConcern)).scalar_one().ended_at is not None


def merge(instance: Instance, kept: str, merged: str) -> None:
    """One record became another, as a merge leaves it."""
    with audit.write(instance.database, approver(instance), "demo.loaded") as session:
        one = session.get_one(Obligor, merged)
        one.state, one.merged_into = "merged", kept


def test_a_firm_that_adds_a_buyer_there_later_is_warned_then(app: Flask) -> None:
    instance = served(app)
    firms = three_firms(instance)
    number = enter(instance)
    assert confirm(instance, number) == 0
    add_buyer(instance, firms.harbour, HARBOUR.uscc, "buyer", "Haldenvik Living AS", "NO")
    add_buyer(instance, firms.harbour, HARBOUR.uscc, "buyer", "Haldenvik Living AS", "NO")
    add_buyer(instance, firms.silent, SILENT.uscc, "buyer", "Nordwind Möbel GmbH", "DE")
    assert [one.account_id for one in warnings_told(instance)] == [firms.harbour.id]
    with instance.database.reading() as session:
        assert session.execute(select(Warned.uscc)).scalars().all() == [HARBOUR.uscc]
    page = signed_in_exporter(app, CHEN_HAIXIA).get("/my/warnings").get_data(as_text=True)
    assert "Haldenvik Living AS" in page
    assert f"event={event_of(instance, number).id}" in page


def test_the_report_comes_prefilled_and_stands_with_the_event_once_sent(app: Flask) -> None:
    instance = served(app)
    firms = three_firms(instance)
    owes = buyer(instance, firms.harbour)
    number = enter(instance)
    confirm(instance, number)
    event = event_of(instance, number)
    client = signed_in_exporter(app, CHEN_HAIXIA)
    client.get("/preferences/language/en")
    offered = client.get("/my/warnings").get_data(as_text=True)
    link = f"/my/firms/{HARBOUR.uscc}/notices/new?buyer={owes}&amp;event={event.id}"
    assert link in offered
    page = client.get(link.replace("&amp;", "&")).get_data(as_text=True)
    assert event.id in page
    begun_at = client.post(f"/my/firms/{HARBOUR.uscc}/notices/new", data={"obligor": owes, "event": event.id})
    assert begun_at.status_code == 302
    trouble = client.get(begun_at.location).get_data(as_text=True)
    assert (
        f'value="{Risk.POLITICAL}" checked' in trouble
        or f'checked value="{Risk.POLITICAL}"' in trouble
        or (f'value="{Risk.POLITICAL}"' in trouble and clock.today().isoformat() in trouble)
    )
    notice_id = begun(instance, firms.harbour, owes, risk=Risk.POLITICAL)
    sent = sending.send_notice(instance, firms.harbour, notice_id, version_of(instance, notice_id), WATCH)
    desk = signed_in(app, QIAN_PEI).get(f"/desk/events/{number}").get_data(as_text=True)
    assert sent.number in desk
    with instance.database.reading() as session:
        notice = session.execute(select(Notice)).scalar_one()
        assert (notice.event_id, notice.risk) == (event.id, Risk.POLITICAL)


def test_an_ended_event_warns_nobody_and_fills_in_nothing(app: Flask) -> None:
    instance = served(app)
    firms = three_firms(instance)
    owes = buyer(instance, firms.harbour)
    number = enter(instance)
    confirm(instance, number)
    actions.end_event(instance, approver(instance), number)
    assert "Haldenvik" not in signed_in_exporter(app, CHEN_HAIXIA).get("/my/warnings").get_data(as_text=True)
    notice_id = notices.open_notice(instance, firms.harbour, HARBOUR.uscc, owes, event_of(instance, number).id)
    with instance.database.reading() as session:
        assert session.get_one(Notice, notice_id).event_id is None


def test_a_stranger_who_says_to_act_for_a_firm_learns_nothing_of_its_buyers(app: Flask) -> None:
    instance = served(app)
    firms = three_firms(instance)
    buyer(instance, firms.harbour)
    stranger = member(instance, HONG_YAN, HARBOUR, "unconfirmed")
    confirm(instance, enter(instance))
    assert stranger.id not in {one.account_id for one in warnings_told(instance)}
    client = signed_in_exporter(app, HONG_YAN)
    assert "Haldenvik" not in client.get("/my/warnings").get_data(as_text=True)
    add_buyer(instance, stranger, HARBOUR.uscc, "buyer", "Solvang Handel AS", "NO")
    page = client.get("/my/warnings").get_data(as_text=True)
    assert "Solvang" in page
    assert "Haldenvik" not in page


def test_the_buyers_page_names_the_event_beside_the_buyer(app: Flask) -> None:
    instance = served(app)
    firms = three_firms(instance)
    buyer(instance, firms.harbour)
    confirm(instance, enter(instance))
    client = signed_in_exporter(app, CHEN_HAIXIA)
    client.get("/preferences/language/en")
    page = client.get(f"/my/firms/{HARBOUR.uscc}/buyers").get_data(as_text=True)
    assert "Money cannot be transferred out of the country." in page


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "weather"}, "kind"),
        ({"country": "XX"}, "country"),
        ({"country": None}, "country"),
        ({"measure": "opened"}, "measure"),
        ({"happened_on": None}, "happened_on"),
        ({"source": " "}, "source"),
        ({"kind": "insolvency", "measure": "opened", "obligor_number": "O2022-99999"}, "obligor"),
    ],
)
def test_what_is_missing_or_wrong_is_named(instance: Instance, changed: dict[str, object], field: str) -> None:
    given: dict[str, object] = {
        "kind": POLITICAL,
        "country": "NO",
        "obligor_number": None,
        "happened_on": clock.today(),
        "measure": "transfer",
        "source": "circular of the ministry",
    }
    with pytest.raises(actions.BadEvent) as raised:
        actions.enter_event(instance, officer(instance), **(given | changed))  # type: ignore[arg-type]
    assert raised.value.field == field


def test_reviewers_and_auditors_enter_nothing(instance: Instance) -> None:
    for person in (LIN_ZHIYAO, FANG_SHEN):
        with pytest.raises(NotAllowed):
            actions.enter_event(
                instance, staff(instance, person), POLITICAL, "NO", None, clock.today(), "transfer", "circular"
            )


def test_two_people_bring_a_warning_through_the_pages(app: Flask) -> None:
    instance = served(app)
    firms = three_firms(instance)
    buyer(instance, firms.harbour)
    first, second = signed_in(app, QIAN_PEI), signed_in(app, SHI_PING)
    for client in (first, second):
        client.get("/preferences/language/en")
    empty = first.post("/desk/events/new", data={})
    assert empty.status_code == 422
    sent = {
        "kind": "political",
        "country": "NO",
        "measure": "political transfer",
        "happened_on": clock.today().isoformat(),
        "source": "circular of the ministry",
    }
    wrong = first.post("/desk/events/new", data=sent | {"kind": "insolvency", "obligor": "O2022-99999"})
    assert wrong.status_code == 422
    made = first.post("/desk/events/new", data=sent)
    assert made.status_code == 303
    own = first.get(made.location).get_data(as_text=True)
    assert "another person confirms it" in own
    page = second.get(made.location).get_data(as_text=True)
    assert "1 firm would be warned" in page
    seen = page.split('name="seen" type="hidden" value="')[1].split('"')[0]
    stale = second.post(f"{made.location}/confirm", data={"seen": "other"})
    assert (stale.status_code, "changed meanwhile" in stale.get_data(as_text=True)) == (409, True)
    assert second.post(f"{made.location}/confirm", data={"seen": seen}).status_code == 303
    after = second.get(made.location).get_data(as_text=True)
    assert "1 firm was warned" in after
    again = signed_in(app, FANG_YUNING)
    again.get("/preferences/language/en")
    late = again.post(f"{made.location}/confirm", data={"seen": seen}, follow_redirects=True).get_data(
        as_text=True
    )
    assert "It was dealt with already" in late
    assert "Nobody was warned" not in late
    assert "Firms are warned" in second.get("/desk/events").get_data(as_text=True)
    assert second.post(f"{made.location}/end").status_code == 303
    assert signed_in(app, FANG_SHEN).get(made.location).status_code == 200
    assert signed_in(app, LIN_ZHIYAO).get(made.location).status_code == 403
