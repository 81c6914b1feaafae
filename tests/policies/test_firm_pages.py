"""A policy as its firm has it: reading, acknowledging, leaving, renewing."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.applications.actions import import_applications
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND, NotAllowed
from portal.policies.actions import NotPossible, record_acknowledgement
from portal.policies.document import document_of
from portal.policies.firm_actions import acknowledge, withdraw
from portal.policies.queries import policy_case
from portal.policies.wording import VERSION
from portal.programme.actions import confirm_value, terms_by_fingerprint
from portal.scheme import stages
from portal.scheme.terms import load_terms
from tests.accounts.pages import heading_of, text_of
from tests.conftest import sign_in_by_code
from tests.outbox import sent
from tests.people import CHEN_HAIXIA, GUAN_LI, LIN_ZHIYAO, OUYANG_MU, WU_GUOLIANG, YE_XIAOTANG, Exporter
from tests.policies.firms import exporter_acting, member_of, stored, stranger_insured
from tests.policies.stories import (
    ISSUE_DAY,
    acting,
    actions_on,
    application_of,
    issue,
    on_day,
)
from tests.samples import (
    HARBOUR,
    ISLET,
    SCHEME,
    application_line,
    applications_book,
)


def fingerprint_of(instance: Instance) -> str:
    """The fingerprint of the insured firm's document, made anew from the database."""
    with instance.database.reading() as session:
        case = policy_case(session, stored(instance).number)
        assert case is not None
        return document_of(case.policy, terms_by_fingerprint(session, case.decision.terms_fingerprint)).fingerprint


def said(instance: Instance, name: str = "陈海霞", read: str = "y") -> dict[str, str]:
    """The acknowledgement's form as the page sends it."""
    return {"fingerprint": fingerprint_of(instance), "name": name, "read": read}


def test_somebody_elses_policy_is_not_there(insured: Instance, app: Flask) -> None:
    number = stored(insured).number
    client = member_of(app, WU_GUOLIANG, ISLET)
    for path in ("", "/certificate.pdf", "/withdraw"):
        assert client.get(f"/my/policies/{number}{path}").status_code == 404
    assert client.post(f"/my/policies/{number}/acknowledge", data=said(insured)).status_code == 404
    assert client.get("/my/policies/P2022-999999").status_code == 404


def test_the_policy_shows_exclusions_before_cover_and_the_gap_and_the_example(
    insured: Instance, member: FlaskClient
) -> None:
    page = text_of(member.get(f"/my/policies/{stored(insured).number}"))
    assert heading_of(page) == HARBOUR.name
    assert page.index("First, what is not covered") < page.index("<h2>What is covered")
    for words in (
        "Covered, 305\xa0days",
        "No cover, 60\xa0days",
        "1\xa0Jan\xa02022 to 1\xa0Mar\xa02022",
        "at most USD\xa050,000.00",
        "62,500.00",
        "80% of 100,000.00 is 80,000.00",
        "Report it on this site at once",
        "the desk of the Xiamen Commerce Bureau",
        "Not without consent",
    ):
        assert words in page, words
    assert "tb-hatch-lamp" in page


def test_a_confirmed_member_reads_how_the_premium_comes_about(insured: Instance, member: FlaskClient) -> None:
    page = text_of(member.get(f"/my/policies/{stored(insured).number}"))
    assert "exports in 2021 1,250,000.00 × 0.04% = USD\xa0500.00 (customs exports, version 1)" in page


def test_whoever_is_not_confirmed_sees_neither_premium_nor_exports_nor_a_way_out(
    applied: Instance, app: Flask
) -> None:
    client = stranger_insured(app)
    number = stored(applied).number
    page = text_of(client.get(f"/my/policies/{number}"))
    assert "It is not confirmed yet that you act for this firm" in page
    for told in ("1,250,000", "USD\xa0500.00", "remium", "0.04", f"/my/policies/{number}/withdraw"):
        assert told not in page, told
    assert "1,250,000" not in text_of(client.get("/my"))
    assert client.get(f"/my/policies/{number}/withdraw").status_code == 404
    assert client.post(f"/my/policies/{number}/withdraw").status_code == 404
    assert stored(applied).state == stages.IN_FORCE


def test_a_provisional_value_leads_to_its_reason_until_it_is_confirmed(
    insured: Instance, member: FlaskClient
) -> None:
    address = f"/my/policies/{stored(insured).number}"
    page = text_of(member.get(address))
    assert 'href="#why-cover_starts"' in page
    assert 'id="why-cover_starts"' in page
    confirm_value(insured, acting(insured, GUAN_LI), SCHEME, "cover_starts", "Notice 12 of 2022")
    page = text_of(member.get(address))
    assert "why-cover_starts" not in page
    assert 'id="why-obligor_cap"' in page


def test_acknowledging_keeps_person_moment_version_and_hash(insured: Instance, member: FlaskClient) -> None:
    number = stored(insured).number
    wanted = fingerprint_of(insured)
    answer = member.post(f"/my/policies/{number}/acknowledge", data=said(insured), follow_redirects=True)
    assert "Acknowledged. There is nothing more to do." in text_of(answer)
    policy = stored(insured)
    assert (policy.acknowledged_on, policy.document_version, policy.document_sha256) == (
        ISSUE_DAY,
        VERSION,
        wanted,
    )
    assert policy.acknowledged_at is not None
    assert policy.acknowledged_by is not None
    assert policy.acknowledged_sealed is not None
    with insured.database.reading() as session:
        fields = People(session, insured.keys).read(policy.acknowledged_by, policy.acknowledged_sealed)
    assert fields == {"name": "陈海霞"}
    assert ("policies.acknowledge", "done") in actions_on(insured, f"policy {number}")
    assert "By 陈海霞, 2\xa0Mar\xa02022" in text_of(answer)


def test_acknowledged_a_second_time_nothing_is_changed_and_it_is_said(
    insured: Instance, member: FlaskClient
) -> None:
    number = stored(insured).number
    form = said(insured)
    member.post(f"/my/policies/{number}/acknowledge", data=form)
    before = stored(insured).acknowledged_at
    again = member.post(f"/my/policies/{number}/acknowledge", data=form | {"name": "别人"}, follow_redirects=True)
    assert "It was acknowledged before; nothing was changed." in text_of(again)
    assert stored(insured).acknowledged_at == before
    assert actions_on(insured, f"policy {number}").count(("policies.acknowledge", "done")) == 1
    assert "陈海霞" in text_of(again)


def test_two_members_who_acknowledge_at_one_moment_do_it_once(insured: Instance, app: Flask) -> None:
    for person in (CHEN_HAIXIA, WU_GUOLIANG):
        member_of(app, person)
    number, wanted = stored(insured).number, fingerprint_of(insured)
    start = Barrier(2)
    first: list[bool] = []

    def one(person: Exporter) -> None:
        who = exporter_acting(insured, person)
        start.wait()
        first.append(acknowledge(insured, who, number, "某人", wanted))

    threads = [Thread(target=one, args=(person,)) for person in (CHEN_HAIXIA, WU_GUOLIANG)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(first) == [False, True]
    assert actions_on(insured, f"policy {number}").count(("policies.acknowledge", "done")) == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "陈海霞"}, "Tick that you have read what is not covered and what is covered"),
        ({"read": "y"}, "Enter your name, as in your identity document"),
        ({"read": "y", "name": "  \u200b "}, "Enter your name, as in your identity document"),
        ({"read": "y", "name": "x" * 61}, "Use at most 60 characters"),
    ],
)
def test_without_a_tick_or_a_name_nothing_is_acknowledged(
    insured: Instance, member: FlaskClient, form: dict[str, str], words: str
) -> None:
    number = stored(insured).number
    answer = member.post(
        f"/my/policies/{number}/acknowledge", data={"fingerprint": fingerprint_of(insured)} | form
    )
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert stored(insured).acknowledged_on is None


def test_a_document_that_has_changed_since_is_read_again_first(insured: Instance, member: FlaskClient) -> None:
    number = stored(insured).number
    form = said(insured) | {"fingerprint": "0" * 64}
    answer = member.post(f"/my/policies/{number}/acknowledge", data=form, follow_redirects=True)
    assert "The policy has changed since you opened it" in text_of(answer)
    assert stored(insured).acknowledged_on is None


def test_somebody_who_is_not_confirmed_acknowledges_what_they_were_insured_by(
    applied: Instance, app: Flask
) -> None:
    client = stranger_insured(app)
    client.post(f"/my/policies/{stored(applied).number}/acknowledge", data=said(applied))
    assert stored(applied).document_sha256 == fingerprint_of(applied)


def test_what_was_acknowledged_on_paper_is_shown_so(insured: Instance, member: FlaskClient) -> None:
    number = stored(insured).number
    record_acknowledgement(insured, acting(insured, LIN_ZHIYAO), number, ISSUE_DAY, "陈若舟")
    page = text_of(member.get(f"/my/policies/{number}"))
    assert "On paper, by 陈若舟, 2\xa0Mar\xa02022." in page
    assert 'name="read"' not in page
    assert "You are insured. There is nothing to do" in text_of(member.get("/my"))


def test_leaving_asks_first_then_ends_cover_once_and_tells_the_members(
    insured: Instance, member: FlaskClient
) -> None:
    number = stored(insured).number
    asked = text_of(member.get(f"/my/policies/{number}/withdraw"))
    assert "What ends" in asked
    assert "What stays" in asked
    assert stored(insured).state == stages.IN_FORCE
    for _again in range(2):
        answer = member.post(f"/my/policies/{number}/withdraw", follow_redirects=True)
        assert "no cover from 2\xa0Mar\xa02022" in text_of(answer).replace("No cover", "no cover")
    assert (stored(insured).state, stored(insured).withdrawn_on) == (stages.WITHDRAWN, ISSUE_DAY)
    assert application_of(insured, HARBOUR).state == stages.WITHDRAWN
    assert actions_on(insured, f"policy {number}").count(("policies.withdraw", "done")) == 1
    assert [one.kind for one in sent(insured, "policy_withdrawn", CHEN_HAIXIA.mobile)] == ["policy_withdrawn"]
    home = text_of(member.get("/my"))
    assert "You are not insured: the policy is withdrawn" in home
    assert "no cover from" in home


def test_nobody_leaves_a_policy_that_has_ended(insured: Instance, member: FlaskClient) -> None:
    who = exporter_acting(insured, CHEN_HAIXIA)
    with on_day(date(2023, 1, 1)), pytest.raises(NotPossible, match="not_in_force"):
        withdraw(insured, who, stored(insured).number)


def test_only_members_act_and_only_confirmed_ones_leave(insured: Instance, app: Flask) -> None:
    member_of(app, WU_GUOLIANG, ISLET)
    number = stored(insured).number
    with pytest.raises(NotAllowed):
        withdraw(insured, exporter_acting(insured, WU_GUOLIANG), number)
    with pytest.raises(NotAllowed):
        acknowledge(insured, exporter_acting(insured, WU_GUOLIANG), number, "x", fingerprint_of(insured))


def test_when_the_next_year_opens_the_firm_is_asked_to_apply_again(insured: Instance, app: Flask) -> None:
    client = member_of(app)
    number = stored(insured).number
    with on_day(date(2022, 12, 31)):
        sign_in_by_code(client, CHEN_HAIXIA)
        assert "apply for 2023" not in text_of(client.get("/my"))
    with on_day(date(2023, 1, 1)):
        sign_in_by_code(client, CHEN_HAIXIA)
        page = text_of(client.get("/my"))
        assert "Your turn: apply for 2023" in page
        assert "You can apply until 31\xa0Dec\xa02023" in page
        assert "Your turn: apply for 2023" in text_of(client.get(f"/my/policies/{number}"))
        import_applications(
            insured, COMMAND, applications_book([application_line(HARBOUR)]), SCHEME, date(2023, 1, 1)
        )
        assert "Your turn: apply" not in text_of(client.get(f"/my/policies/{number}"))


def test_issuing_tells_whoever_acts_for_the_firm_and_nobody_else(applied: Instance, app: Flask) -> None:
    member_of(app)
    member_of(app, YE_XIAOTANG, HARBOUR, stages.UNCONFIRMED)
    member_of(app, OUYANG_MU, ISLET)
    issue(applied)
    assert [one.address for one in sent(applied, "policy_issued")] == [CHEN_HAIXIA.mobile]
    assert sent(applied, "policy_issued")[0].words["path"] == f"/my/policies/{stored(applied).number}"


def test_a_policy_withdrawn_later_is_drawn_to_the_day_before(insured: Instance, app: Flask) -> None:
    client = member_of(app)
    with on_day(ISSUE_DAY + timedelta(days=10)):
        sign_in_by_code(client, CHEN_HAIXIA)
        client.post(f"/my/policies/{stored(insured).number}/withdraw")
        page = text_of(client.get(f"/my/policies/{stored(insured).number}"))
    assert "Covered, 10\xa0days" in page


def test_the_terms_behind_the_document_are_those_of_issue(insured: Instance) -> None:
    assert load_terms(SCHEME).fingerprint in document_of(stored(insured), load_terms(SCHEME)).canonical
