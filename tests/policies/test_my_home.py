"""A firm's first page: whose turn it is with every firm, what comes next, and by when."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal.applications.actions import move
from portal.applications.applying import open_draft
from portal.applications.records import Application
from portal.applications.requests import ask
from portal.common import audit
from portal.common.instance import Instance
from portal.policies.firm_actions import withdraw
from portal.scheme import stages
from portal.scheme.claim_words import Risk
from tests.accounts.pages import heading_of, in_english, text_of, title_of
from tests.claims import stories as losses
from tests.conftest import signed_in_exporter
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO
from tests.policies.firms import acts_for, applied_by, exporter_acting, member_of, stored
from tests.policies.stories import (
    acting,
    application_of,
    on_day,
    queries_counted,
)
from tests.samples import (
    DEBTOR,
    GIANT,
    HARBOUR,
    ISLET,
    SILENT,
    STRANGER,
    Firm,
    import_all,
)


def test_without_a_firm_the_first_page_leads_to_adding_one(app: Flask) -> None:
    page = text_of(in_english(signed_in_exporter(app, CHEN_HAIXIA)).get("/my"))
    assert heading_of(page) == "My firms"
    assert title_of(page).startswith("My firms")
    assert "No firm yet" in page
    assert 'href="/my/firms/new"' in page


def test_the_first_page_says_whose_turn_it_is_with_every_firm(insured: Instance, app: Flask) -> None:
    client = member_of(app)
    for firm in (ISLET, GIANT):
        acts_for(insured, CHEN_HAIXIA, firm)
    page = text_of(client.get("/my"))
    for words in (
        "Your turn: read the policy and acknowledge it",
        "Cover began on 2\xa0Mar\xa02022",
        "A person looks at your application. You need do nothing",
        "Not insured for 2022",
        stored(insured).number,
    ):
        assert words in page, words
    assert page.index(HARBOUR.name) < page.index(ISLET.name), "what is the reader's turn comes first"


def test_once_the_desk_is_late_the_firm_reads_that_and_nothing_of_sending_it_late(
    insured: Instance, app: Flask
) -> None:
    with insured.database.reading() as session:
        number = session.execute(select(Application.number).where(Application.uscc == ISLET.uscc)).scalar_one()
    with on_day(date(2022, 6, 1)):
        client = member_of(app)
        acts_for(insured, CHEN_HAIXIA, ISLET)
        for path in ("/my", f"/my/applications/{number}"):
            page = text_of(client.get(path))
            assert "We are late; you need do nothing." in page, path
            assert "it can still be sent" not in page


@pytest.mark.parametrize("firm", [ISLET, DEBTOR])
def test_before_it_is_confirmed_a_referred_and_a_listed_firm_read_the_same(
    applied: Instance, app: Flask, firm: Firm
) -> None:
    client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
    applied_by(applied, acts_for(applied, CHEN_HAIXIA, firm, stages.UNCONFIRMED), firm)
    page = text_of(client.get("/my"))
    assert "first it is confirmed who acts for the firm" in page
    assert "Not insured" not in page


def test_what_fails_by_a_public_rule_is_told_before_it_is_confirmed(applied: Instance, app: Flask) -> None:
    client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
    applied_by(applied, acts_for(applied, CHEN_HAIXIA, STRANGER, stages.UNCONFIRMED), STRANGER)
    assert "Not insured for 2022" in text_of(client.get("/my"))


def test_whoever_is_not_confirmed_does_not_learn_that_the_firm_is_enrolled(insured: Instance, app: Flask) -> None:
    client = member_of(app, state=stages.UNCONFIRMED)
    page = text_of(client.get("/my"))
    assert stored(insured).number not in page
    assert "Your turn: apply" in page
    assert client.get(f"/my/policies/{stored(insured).number}").status_code == 404


def test_the_first_page_takes_as_many_queries_for_three_firms_as_for_one(insured: Instance, app: Flask) -> None:
    client = member_of(app)
    served: Instance = app.extensions["tongbao"]
    counts = []
    for more in ((), (ISLET, GIANT)):
        for firm in more:
            acts_for(insured, CHEN_HAIXIA, firm)
        client.get("/my")
        with queries_counted(served) as asked:
            assert client.get("/my").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_draft_is_gone_on_with_and_says_when_it_was_saved(instance: Instance, app: Flask) -> None:
    import_all(instance)
    client = member_of(app)
    assert "Your turn: apply" in text_of(client.get("/my"))
    open_draft(instance, exporter_acting(instance, CHEN_HAIXIA), HARBOUR.uscc)
    page = text_of(client.get("/my"))
    assert "Your turn: go on with the application" in page
    assert "Saved 09:30" in page
    assert f'href="/my/firms/{HARBOUR.uscc}/apply"' in page


NEW_YEAR = date(2023, 1, 3)
AGAIN = f'href="/my/firms/{HARBOUR.uscc}/apply"'


def at_new_year(app: Flask) -> str:
    """What the exporter's first page says in the first days of the next policy year, in English."""
    with on_day(NEW_YEAR):
        return text_of(in_english(signed_in_exporter(app, CHEN_HAIXIA)).get("/my"))


def test_after_its_policy_ended_a_firm_whose_loss_others_look_at_reads_to_apply_anew(
    instance: Instance, app: Flask
) -> None:
    sent = losses.notified(instance, losses.insured(instance))
    page = at_new_year(app)
    assert "Your turn: apply for 2023" in page
    assert "The policy for 2022 has ended" in page
    assert f'href="/my/notices/{sent.number}"' in page, "what was reported is still one press away"


def test_a_claim_at_the_firms_own_turn_leaves_room_for_applying_anew(instance: Instance, app: Flask) -> None:
    number = losses.claimed(instance, losses.insured(instance), risk=Risk.BANKRUPTCY)
    page = at_new_year(app)
    assert f'href="/my/claims/{number}' in page
    assert "Cover has ended: apply for 2023" in page
    assert AGAIN in page


def test_a_claim_at_the_firms_own_turn_leaves_the_policy_to_be_read_in_sight(
    instance: Instance, app: Flask
) -> None:
    who = losses.insured(instance)
    number = losses.claimed(instance, who, risk=Risk.BANKRUPTCY)
    for read in (False, True):
        with on_day(losses.NOTIFIED):
            page = text_of(in_english(signed_in_exporter(app, CHEN_HAIXIA)).get("/my"))
            assert f'href="/my/claims/{number}' in page
            assert ("Read the policy and acknowledge it" in page) is not read
            if not read:
                losses.acknowledge(instance, who)


def test_what_came_of_last_years_application_does_not_hide_this_years(applied: Instance, app: Flask) -> None:
    for firm in (GIANT, ISLET):
        member_of(app, CHEN_HAIXIA, firm)
    page = at_new_year(app)
    assert "Not insured for 2022" not in page
    assert page.count("Your turn: apply") == 2


def test_of_a_withdrawn_policy_nobody_reads_that_it_has_ended_with_its_year(insured: Instance, app: Flask) -> None:
    member_of(app)
    withdraw(insured, exporter_acting(insured, CHEN_HAIXIA), stored(insured).number)
    page = at_new_year(app)
    assert "Your turn: apply for 2023" in page
    assert "has ended" not in page


def asked_for(instance: Instance, firm: Firm, items: list[str]) -> None:
    """A reviewer asks a firm for more about its application."""
    number = application_of(instance, firm).number
    who = acting(instance, LIN_ZHIYAO)
    with audit.write(instance.database, who, "applications.ask", f"application {number}") as session:
        application = session.execute(select(Application).where(Application.number == number)).scalar_one()
        ask(session, instance, who, "application", application.id, application.representative_id, items, "看一下")
        move(application, stages.ASKED)


def test_what_the_desk_asks_for_is_the_readers_turn_with_its_day(applied: Instance, app: Flask) -> None:
    client = member_of(app, CHEN_HAIXIA, SILENT)
    asked_for(applied, SILENT, ["explain"])
    page = text_of(client.get("/my"))
    assert "Your turn: the desk asks you for something" in page
    assert "Answer by" in page
    assert f'href="/my/applications/{application_of(applied, SILENT).number}"' in page


def test_before_it_is_confirmed_a_question_that_would_tell_of_a_list_is_not_told(
    applied: Instance, app: Flask
) -> None:
    client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
    applied_by(applied, acts_for(applied, CHEN_HAIXIA, ISLET, stages.UNCONFIRMED), ISLET)
    asked_for(applied, ISLET, ["evidence_list"])
    page = text_of(client.get("/my"))
    assert "the desk asks you" not in page
    assert "first it is confirmed who acts for the firm" in page
