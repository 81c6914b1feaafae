"""Obligors that several firms reported: once staff confirm it, other firms are warned, and learn nothing more."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.common import audit, clock
from portal.common.instance import Instance
from portal.members.queries import TiedToFirm
from portal.members.records import Membership
from portal.messages import words
from portal.obligors.records import Obligor, ObligorConcern
from portal.warnings import actions, queries
from tests.accounts.pages import in_english
from tests.appeals.stories import all_holds, tie
from tests.claims.stories import NOTIFIED, begun, buyer, notice_of, notified
from tests.conftest import signed_in, signed_in_exporter
from tests.people import QIAN_PEI, SHI_PING, YE_XIAOTANG
from tests.policies.stories import on_day
from tests.samples import HARBOUR, ISLET, SILENT, Firm
from tests.warnings.stories import Firms, enter, officer, three_firms, warnings_told
from tests.warnings.stories import confirm as confirm_event

REASON = "Both firms sent the buyer's own letter that it cannot pay."


@pytest.fixture
def firms(app: Flask) -> Firms:
    """Three firms that deal with one buyer, two of which have reported it."""
    instance: Instance = app.extensions["tongbao"]
    with on_day(NOTIFIED):
        made = three_firms(instance)
        for who, firm in ((made.harbour, HARBOUR), (made.silent, SILENT)):
            notified(instance, who, buyer(instance, who, firm), firm=firm)
        buyer(instance, made.islet, ISLET)
    return made


@pytest.fixture
def portal(app: Flask) -> Instance:
    """The instance of the app, with everything that is put in when the portal starts."""
    found: Instance = app.extensions["tongbao"]
    return found


def owes(instance: Instance) -> Obligor:
    with instance.database.reading() as session:
        return session.execute(select(Obligor)).scalar_one()


def seen_of(instance: Instance) -> str:
    with instance.database.reading() as session:
        found = queries.affected_by_concern(session, owes(instance).id, NOTIFIED)
    return queries.digest(found)


def confirm(instance: Instance) -> int:
    with on_day(NOTIFIED):
        number = owes(instance).number
        return actions.confirm_concern(instance, officer(instance), number, REASON, seen_of(instance))


def test_a_confirmed_concern_warns_the_firms_that_have_not_reported_it(portal: Instance, firms: Firms) -> None:
    assert confirm(portal) == 1
    assert [one.account_id for one in warnings_told(portal)] == [firms.islet.id]
    assert confirm(portal) == 0
    assert len(warnings_told(portal)) == 1
    all_holds(portal)


def test_a_warned_firm_reads_the_warning_also_before_it_sends_a_report(
    app: Flask, portal: Instance, firms: Firms
) -> None:
    confirm(portal)
    with on_day(NOTIFIED):
        draft = begun(portal, firms.islet, owes(portal).id, firm=ISLET)
        page = in_english(signed_in_exporter(app, YE_XIAOTANG)).get(f"/my/notices/{draft}/check").text
    assert "The desk has confirmed trouble with it. Ship only against payment." in page
    for piece in (HARBOUR.name, SILENT.name, "N2022-"):
        assert piece not in page


def test_the_warned_firm_learns_no_firm_day_count_or_amount(app: Flask, portal: Instance, firms: Firms) -> None:
    confirm(portal)
    (message,) = warnings_told(portal)
    said = words.said(message.kind, {})
    client = signed_in_exporter(app, YE_XIAOTANG)
    client.get("/preferences/language/en")
    page = client.get("/my/warnings").get_data(as_text=True)
    shown = page.split("<main")[1].partition(">")[2].split("</main>")[0]
    told = re.sub(r"<[^>]*>", " ", shown)
    assert "The desk has confirmed trouble with it." in told
    for text in (said.title, said.text, told, message.parameters):
        for secret in (HARBOUR.name, SILENT.name, HARBOUR.uscc, "40,000", "2022", "two", "several", REASON):
            assert secret not in text, (secret, text)
        assert not re.search(r"\d", text.replace(ISLET.name, "")), text
    buyers = client.get(f"/my/firms/{ISLET.uscc}/buyers").get_data(as_text=True)
    assert "The desk has confirmed trouble with it." in buyers


def test_a_firm_that_reported_it_itself_is_told_nothing(portal: Instance, firms: Firms) -> None:
    confirm(portal)
    with portal.database.reading() as session:
        assert [one.uscc for one in queries.warnings_of(session, [HARBOUR.uscc, SILENT.uscc, ISLET.uscc])] == [
            ISLET.uscc
        ]


def test_one_firm_alone_is_never_made_a_warning(instance: Instance) -> None:
    with on_day(NOTIFIED):
        made = three_firms(instance)
        notified(instance, made.harbour, buyer(instance, made.harbour))
        buyer(instance, made.islet, ISLET)
        with pytest.raises(actions.NotSeveral):
            actions.confirm_concern(instance, officer(instance), owes(instance).number, REASON, seen_of(instance))
    with instance.database.reading() as session:
        assert queries.reported_by_several(session, 1) == ([], 0)


def test_what_nobody_confirmed_reports_makes_no_concern(app: Flask, portal: Instance, firms: Firms) -> None:
    number = owes(portal).number
    with on_day(NOTIFIED):
        desk = signed_in(app, QIAN_PEI)
        assert number in desk.get("/desk/concerns").get_data(as_text=True)
        confirmed(portal, SILENT, False)
        assert number not in desk.get("/desk/concerns").get_data(as_text=True)
        asked = {"reason": REASON, "seen": seen_of(portal)}
        desk.post(f"/desk/concerns/{number}", data=asked)
    with portal.database.reading() as session:
        assert queries.open_concern(session, owes(portal).id) is None
    assert warnings_told(portal) == []
    confirmed(portal, SILENT, True)
    assert confirm(portal) == 1


def confirmed(instance: Instance, firm: Firm, stands: bool) -> None:
    """Whether it was ever confirmed that somebody acts for a firm."""
    with audit.write(instance.database, officer(instance), "demo.loaded") as session:
        one = session.execute(select(Membership).where(Membership.uscc == firm.uscc)).scalar_one()
        one.state = "confirmed" if stands else "unconfirmed"
        one.confirmed_at = clock.now() if stands else None


def test_the_list_counts_each_firm_once_and_what_was_merged_together(portal: Instance, firms: Firms) -> None:
    with on_day(NOTIFIED):
        other = buyer(portal, firms.islet, ISLET, "Brekke Interiør AS")
        notified(portal, firms.islet, other, firm=ISLET)
    with portal.database.reading() as session:
        ((found,), total) = queries.reported_by_several(session, 1)
        assert (total, found.firms, found.notices, found.confirmed) == (1, 2, 2, False)
        kept = found.obligor.id
    with audit.write(portal.database, officer(portal), "demo.loaded") as session:
        one = session.get_one(Obligor, other)
        one.state, one.merged_into = "merged", kept
    with portal.database.reading() as session:
        ((found,), total) = queries.reported_by_several(session, 1)
        assert (total, found.obligor.id, found.firms, found.notices) == (1, kept, 3, 3)


def test_firms_that_were_not_shown_are_not_warned_by_the_old_page(portal: Instance, firms: Firms) -> None:
    with on_day(NOTIFIED), pytest.raises(actions.StaleWarning):
        actions.confirm_concern(portal, officer(portal), owes(portal).number, REASON, "other")
    assert warnings_told(portal) == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_a_reason_in_words_is_needed(portal: Instance, firms: Firms, reason: str) -> None:
    with pytest.raises(actions.BadReason):
        actions.confirm_concern(portal, officer(portal), owes(portal).number, reason, seen_of(portal))


def test_whoever_is_tied_to_a_firm_that_deals_with_it_confirms_nothing(portal: Instance, firms: Firms) -> None:
    tie(portal, QIAN_PEI, ISLET)
    with pytest.raises(TiedToFirm):
        confirm(portal)
    assert warnings_told(portal) == []


def test_an_ended_concern_warns_nobody_and_a_new_one_warns_anew(portal: Instance, firms: Firms) -> None:
    confirm(portal)
    number = owes(portal).number
    actions.end_concern(portal, officer(portal), number)
    actions.end_concern(portal, officer(portal), number)
    with portal.database.reading() as session:
        assert queries.warnings_of(session, [ISLET.uscc]) == []
    assert confirm(portal) == 1
    with portal.database.reading() as session:
        assert len(session.execute(select(ObligorConcern)).scalars().all()) == 2


def test_staff_see_who_reported_confirm_and_end_it_through_the_pages(
    app: Flask, portal: Instance, firms: Firms
) -> None:
    with on_day(NOTIFIED):
        client = signed_in(app, SHI_PING)
        client.get("/preferences/language/en")
        number = owes(portal).number
        assert number in client.get("/desk/concerns").get_data(as_text=True)
        page = client.get(f"/desk/concerns/{number}").get_data(as_text=True)
        assert HARBOUR.name in page
        assert "1 other firm would be warned" in page
        seen = page.split('name="seen" type="hidden" value="')[1].split('"')[0]
        assert client.post(f"/desk/concerns/{number}", data={"seen": seen}).status_code == 422
        stale = client.post(f"/desk/concerns/{number}", data={"seen": "x", "reason": REASON})
        assert stale.status_code == 409
        assert "own letter that it cannot pay." in stale.get_data(as_text=True)
        sent = client.post(f"/desk/concerns/{number}", data={"seen": seen, "reason": REASON})
        assert sent.status_code == 303
        assert "1 firm was warned" in client.get(f"/desk/concerns/{number}").get_data(as_text=True)
        twice = client.post(
            f"/desk/concerns/{number}", data={"seen": seen, "reason": REASON}, follow_redirects=True
        )
        assert "It was dealt with already" in twice.get_data(as_text=True)
        assert "0 firms" not in twice.get_data(as_text=True)
        assert client.post(f"/desk/concerns/{number}/end").status_code == 303
        assert notice_of(portal, "N2022-00001").firm_name in page


def test_while_only_an_event_stands_page_and_list_say_that_firms_are_warned_of_it(
    app: Flask, portal: Instance, firms: Firms
) -> None:
    number = owes(portal).number
    with on_day(NOTIFIED):
        client = signed_in(app, SHI_PING)
        client.get("/preferences/language/en")
        for page in ("/desk/concerns", f"/desk/concerns/{number}"):
            assert "Not confirmed" in client.get(page).text
        event = enter(portal, None, number)
        confirm_event(portal, event)
        for page in ("/desk/concerns", f"/desk/concerns/{number}"):
            said = client.get(page).text
            assert "Firms are warned of an event" in said
            assert "Not confirmed" not in said
        assert said.count(f'href="/desk/events/{event}"') == 2
        assert "What firms reported of it is not confirmed." in said
        seen = said.split('name="seen" type="hidden" value="')[1].split('"')[0]
        client.post(f"/desk/concerns/{number}", data={"seen": seen, "reason": REASON})
        said = client.get(f"/desk/concerns/{number}").text
        assert "Firms are warned<" in said
        client.post(f"/desk/concerns/{number}/end")
        actions.end_event(portal, officer(portal), event)
        assert "Not confirmed" in client.get(f"/desk/concerns/{number}").text


def test_the_page_of_a_buyer_leads_to_its_concern_and_to_an_event_about_it(app: Flask, portal: Instance) -> None:
    with on_day(NOTIFIED):
        made = three_firms(portal)
        notified(portal, made.harbour, buyer(portal, made.harbour, HARBOUR), firm=HARBOUR)
        number = owes(portal).number
        client = signed_in(app, QIAN_PEI)
        once = client.get(f"/desk/obligors/{number}").text
        assert f'href="/desk/events/new?obligor={number}"' in once
        assert f'href="/desk/concerns/{number}"' not in once
        notified(portal, made.silent, buyer(portal, made.silent, SILENT), firm=SILENT)
        assert f'href="/desk/concerns/{number}"' in client.get(f"/desk/obligors/{number}").text
