"""Applying on the web: from the first step to the answer, once, whatever the firm's answer is."""

from datetime import date, timedelta

import pytest
from flask import Flask

from portal.applications import applying
from portal.applications import drafts as drafts_module
from portal.applications.consents import current, shown
from portal.common import clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.scheme.terms import parse_terms, terms_text
from tests.accounts.pages import heading_of, text_of
from tests.applications.desk import hidden
from tests.applications.steps import (
    DECLARED,
    Applicant,
    again,
    applicant,
    applications,
    consents_of,
    decisions_of,
    drafts,
)
from tests.applications.web import confirm, told
from tests.conftest import A_MORNING
from tests.members.binding import exporter
from tests.people import YE_XIAOTANG
from tests.samples import (
    DEBTOR,
    GIANT,
    HARBOUR,
    ISLET,
    SCHEME,
    STRANGER,
    Firm,
    customs_book,
    import_all,
    import_one,
    lists_book,
    registry_book,
    registry_line,
    valid_identity_number,
    valid_uscc,
)


@pytest.fixture
def sources(instance: Instance) -> Instance:
    """The instance with the three sources."""
    import_all(instance)
    return instance


def test_an_eligible_firm_reads_its_policy_within_four_pages(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    answer = chen.apply()
    assert answer.status_code == 303
    (application,) = applications(sources)
    assert application.state == "issued"
    assert application.policy_number is not None
    assert answer.location == f"/my/policies/{application.policy_number}"
    assert (application.channel, application.firm_name) == ("web", HARBOUR.name)
    assert application.applied_on == date(2022, 3, 2)
    assert [one.occasion for one in decisions_of(sources, application)] == ["application", "issue"]


def test_a_referred_firm_reads_who_looks_and_by_when(sources: Instance, app: Flask) -> None:
    chen = applicant(app, ISLET)
    answer = chen.apply()
    (application,) = applications(sources, ISLET)
    assert answer.location == f"/my/applications/{application.number}"
    assert application.state == "referred"
    assert (application.referred_on, application.due_on) == (date(2022, 3, 2), date(2022, 3, 9))
    assert "2022" in text_of(chen.client.get(answer.location))


@pytest.mark.parametrize("firm", [GIANT, STRANGER])
def test_a_firm_that_a_public_rule_keeps_out_is_told_at_once(sources: Instance, app: Flask, firm: Firm) -> None:
    chen = applicant(app, firm)
    answer = chen.apply()
    (application,) = applications(sources, firm)
    assert application.state == "ineligible"
    assert answer.location == f"/my/applications/{application.number}"
    assert chen.client.get(answer.location).status_code == 200
    assert told(sources) == ["application_ineligible"]


def test_what_a_stranger_may_not_know_leads_to_the_same_answer_as_a_person_who_looks(
    sources: Instance, app: Flask
) -> None:
    chen = applicant(app, DEBTOR)
    answer = chen.apply()
    (application,) = applications(sources, DEBTOR)
    assert application.state == "ineligible"
    assert answer.location == f"/my/applications/{application.number}"
    assert told(sources) == ["application_checking"]
    with clock.fixed(A_MORNING + timedelta(hours=9)):
        again = chen.client.get(chen.url())
    assert again.location == f"/my/applications/{application.number}"


def test_that_another_application_could_be_made_tells_no_stranger_that_it_was_decided(
    sources: Instance, app: Flask
) -> None:
    chen = applicant(app, DEBTOR)
    chen.apply()
    (application,) = applications(sources, DEBTOR)
    with clock.fixed(A_MORNING + timedelta(days=1)):
        stranger = applicant(app, DEBTOR)
        assert stranger.client.get(stranger.url()).location == f"/my/applications/{application.number}"


def test_after_a_refusal_that_was_told_one_can_apply_again_on_a_later_day_with_what_was_typed(
    sources: Instance, app: Flask
) -> None:
    chen = applicant(app, GIANT)
    chen.apply()
    (first,) = applications(sources, GIANT)
    assert chen.client.get(chen.url()).location == f"/my/applications/{first.number}"
    with clock.fixed(A_MORNING + timedelta(days=1)):
        later = applicant(app, GIANT)
        assert later.client.get(later.url()).location == later.url("firm")
        later.fill()
        later.send()
    assert len(applications(sources, GIANT)) == 2


def test_without_a_source_the_application_waits_for_it_and_is_then_decided(instance: Instance, app: Flask) -> None:
    import_one(instance, "registry", registry_book())
    chen = applicant(app)
    answer = chen.apply()
    (application,) = applications(instance)
    assert application.state == "awaiting_source"
    assert answer.location == f"/my/applications/{application.number}"
    assert decisions_of(instance, application) == []
    import_one(instance, "customs", customs_book())
    import_one(instance, "lists", lists_book())
    (application,) = applications(instance)
    assert application.state == "eligible"


def test_a_firm_that_the_registry_does_not_know_applies_under_the_name_it_gives(
    sources: Instance, app: Flask
) -> None:
    newcomer = Firm("厦门新航示例贸易有限公司", valid_uscc(77), "洪䶮", valid_identity_number(77), None)
    chen = applicant(app, newcomer, name=newcomer.name)
    page = chen.open("firm")
    assert newcomer.name in page
    chen.apply(firm={"firm_name": newcomer.name})
    (application,) = applications(sources, newcomer)
    assert (application.state, application.firm_name) == ("referred", newcomer.name)


def test_each_consent_and_declaration_is_kept_with_the_text_that_was_shown(sources: Instance, app: Flask) -> None:
    applicant(app).apply()
    (application,) = applications(sources)
    kept = consents_of(sources, application)
    assert set(kept) == {"representative_name", "representative_number", *DECLARED}
    for kind, consent in kept.items():
        assert consent.text_version == "1.en"
        assert consent.text_sha256 == current(kind).fingerprint("en")
        assert shown(kind, consent.text_version) == current(kind).en
    assert application.declarations == " ".join(DECLARED)


def test_sending_twice_makes_one_application_and_leads_to_the_same_page(sources: Instance, app: Flask) -> None:
    chen = applicant(app, ISLET)
    chen.fill()
    page = chen.open("check")
    first, second = chen.send(page), chen.send(page)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(applications(sources, ISLET)) == 1


def test_the_back_button_after_sending_leads_to_the_application(sources: Instance, app: Flask) -> None:
    chen = applicant(app, ISLET)
    answer = chen.apply()
    for step in ("", "firm", "check"):
        assert chen.client.get(chen.url(step)).location == answer.location
    again = chen.post("firm", chen.firm_fields(contact="别人"), page=chen.pages["firm"])
    assert again.location == answer.location
    assert len(applications(sources, ISLET)) == 1


def test_a_firm_with_a_policy_is_led_to_it_and_cannot_apply_again(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    chen.apply()
    (application,) = applications(sources)
    answer = chen.client.get(chen.url("firm"))
    assert answer.location == f"/my/policies/{application.policy_number}"


def test_where_another_has_applied_nothing_is_sent_and_staff_come_first(sources: Instance, app: Flask) -> None:
    applicant(app, ISLET).apply()
    ye = applicant(app, ISLET, YE_XIAOTANG)
    ye.fill()
    page = ye.open("check")
    assert "Everything is right, send it" not in page
    assert "Staff first confirm who acts for this firm" in page
    answer = ye.send(page)
    assert answer.location == ye.url()
    assert len(applications(sources, ISLET)) == 1
    assert [one.state for one in drafts(sources)] == ["sent", "open"]


def test_a_confirmed_member_is_led_to_the_application_that_the_firm_has(sources: Instance, app: Flask) -> None:
    applicant(app, ISLET).apply()
    ye = applicant(app, ISLET, YE_XIAOTANG)
    confirm(sources, ISLET)
    (application,) = applications(sources, ISLET)
    assert ye.client.get(ye.url()).location == f"/my/applications/{application.number}"


def test_where_the_registry_names_another_representative_the_policy_waits_for_staff(
    instance: Instance, app: Flask
) -> None:
    import_one(
        instance, "registry", registry_book([registry_line(HARBOUR.uscc, HARBOUR.name, representative="何其他")])
    )
    import_one(instance, "customs", customs_book())
    import_one(instance, "lists", lists_book())
    chen = applicant(app)
    answer = chen.apply()
    (application,) = applications(instance)
    assert (application.state, application.hold) == ("eligible", "firm_first")
    assert application.policy_number is None
    assert answer.location == f"/my/applications/{application.number}"


@pytest.fixture
def closing_in_june(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheme whose enrolment is open from January to the end of June only."""
    text = terms_text(SCHEME)
    before, after = text.split("[[window_closes]]")
    terms = parse_terms(before + "[[window_closes]]" + after.replace('"12-31"', '"06-30"', 1))
    for module in (drafts_module, applying):
        monkeypatch.setattr(module, "current_scheme", lambda _day: terms)


@pytest.mark.usefixtures("closing_in_june")
def test_outside_the_window_it_is_said_before_anything_is_typed(sources: Instance, app: Flask) -> None:
    with clock.fixed(A_MORNING.replace(month=7)):
        chen = applicant(app)
        page = chen.open("firm")
    assert heading_of(page) == "Enrolment for 2022 is not open today"
    assert "from 1 Jan 2022 to 30 Jun 2022" in page.replace("\xa0", " ")
    assert '<form method="post" action="/my/firms' not in page


@pytest.mark.usefixtures("closing_in_june")
def test_a_draft_that_the_window_closed_on_is_kept_and_not_sent(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    chen.fill()
    page = chen.open("check")
    with clock.fixed(A_MORNING.replace(month=7)):
        late = again(app, chen)
        answer = late.client.post(
            late.url("check"), data={"draft": hidden(page, "draft"), "version": hidden(page, "version")}
        )
        assert answer.location == late.url()
        assert "What you entered is kept" in text_of(late.client.get(late.url()))
        saved = late.post("firm", late.firm_fields(contact="陈海霞霞"), page=chen.pages["firm"])
        assert saved.status_code == 409
    assert applications(sources) == []
    assert [one.state for one in drafts(sources)] == ["open"]


def test_what_goes_wrong_at_issue_does_not_lose_the_application(
    sources: Instance, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_number: str) -> None:
        raise RuntimeError("the printer is out of ink")

    chen = applicant(app)
    chen.fill()
    app.extensions["tongbao"].issue_at_once = fails
    answer = chen.send()
    (application,) = applications(sources)
    assert application.state == "eligible"
    assert answer.location == f"/my/applications/{application.number}"
    page = text_of(chen.client.get(answer.location))
    assert "The policy is not issued yet" in page
    logged = next(record.getMessage() for record in caplog.records if "was not issued at once" in record.message)
    assert logged.split()[0] in page


def test_everything_that_was_written_stands_in_the_trail(sources: Instance, app: Flask) -> None:
    applicant(app).apply()
    with sources.database.reading() as session:
        assert verify_audit(session).first_break is None


def test_nobody_applies_for_a_firm_they_do_not_act_for(sources: Instance, app: Flask) -> None:
    applicant(app)
    ye = Applicant(exporter(app, YE_XIAOTANG), HARBOUR, YE_XIAOTANG)
    assert ye.client.get(ye.url()).status_code == 404
    assert ye.client.get(ye.url("firm")).status_code == 404
    assert ye.client.post(ye.url("firm"), data={"version": "0", "contact": "x"}).status_code == 404
    assert ye.client.post(ye.url("check"), data={"draft": "x", "version": "0"}).status_code == 404
    assert drafts(sources) == []


def test_a_step_that_is_none_is_no_page(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    assert chen.client.get(chen.url("bribe")).status_code == 404
    assert heading_of(chen.open("firm")) == "Your firm and how to reach you"
