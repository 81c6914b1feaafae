"""A reviewer decides referred applications through the pages, alone and at the same time as another one."""

from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.applications import reviews
from portal.applications.deciding import replay_all
from portal.applications.records import Decision, Review
from portal.common import roles
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor, Role
from portal.desk import holding
from portal.programme.people_actions import erase_person
from portal.scheme import stages
from tests.accounts.pages import in_english, text_of
from tests.accounts.test_signing_in import account_of, entries
from tests.applications.desk import (
    CASES,
    QUEUE,
    REASON,
    address_of,
    application_of,
    decide,
    hidden,
    holder_of,
    rows_of,
    state_of,
)
from tests.conftest import signed_in
from tests.people import GUAN_LI, HE_YUNQING, LIN_ZHIYAO, SU_MINGDE, ZHOU_HE, Staff
from tests.samples import (
    DEBTOR,
    GIANT,
    HARBOUR,
    ISLET,
    SILENT,
    Firm,
    apply_all,
    customs_book,
    customs_line,
    import_one,
    list_line,
    lists_book,
    masked_number,
    registry_book,
)


def reviews_on(instance: Instance) -> list[Review]:
    with instance.database.reading() as session:
        return list(session.query(Review).order_by(Review.id))


def actor_of(instance: Instance, person: Staff) -> Actor:
    return Actor(account_of(instance, person).id, person.role)


def test_a_reviewer_clears_a_referred_case(reviewer: FlaskClient, decided: Instance) -> None:
    address = address_of(decided, SILENT)
    answer = decide(reviewer, address, "approve")
    assert answer.status_code == 302
    page = text_of(reviewer.get(answer.location))
    assert "Cleared: can enrol" in page
    assert f"Saved. {SILENT.name}: Cleared by a reviewer." in page
    assert REASON in page, "staff read the reason in the history"
    assert state_of(decided, SILENT) == stages.CLEARED
    assert 'name="reason"' not in page, "there is nothing left to decide"


def test_a_reviewer_rejects_a_referred_case(reviewer: FlaskClient, decided: Instance) -> None:
    address = address_of(decided, ISLET)
    page = text_of(reviewer.get(decide(reviewer, address, "reject").location))
    assert state_of(decided, ISLET) == stages.REJECTED
    assert "Cannot enrol this time: a reviewer rejected it" in page


def test_setting_a_match_aside_runs_the_rules_again_and_clears(reviewer: FlaskClient, decided: Instance) -> None:
    address = address_of(decided, ISLET)
    page = text_of(reviewer.get(address))
    assert "Not the same person" in page
    assert "Clear the case" not in page, "a list match is set aside, never just approved"
    page = text_of(reviewer.get(decide(reviewer, address, "set_aside").location))
    assert state_of(decided, ISLET) == stages.CLEARED
    assert "a reviewer set it aside as somebody else" in page
    with decided.database.reading() as session:
        assert session.query(Decision).filter_by(application_id=application_of(decided, ISLET).id).count() == 2
        assert replay_all(session, People(session, decided.keys)).differ == []
        assert verify_audit(session).first_break is None


def test_with_a_match_and_another_point_the_match_comes_first(reviewer: FlaskClient, instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    import_one(instance, "customs", customs_book([customs_line(HARBOUR.uscc, HARBOUR.name, "1.00")]))
    import_one(instance, "lists", lists_book())
    apply_all(instance, [ISLET])
    address = address_of(instance, ISLET)
    page = text_of(reviewer.get(address))
    assert "First the list match. Once it is set aside, 1 more point remains to be decided." in page
    answer = decide(reviewer, address, "set_aside")
    page = text_of(reviewer.get(answer.location))
    assert state_of(instance, ISLET) == stages.REFERRED
    assert f"{ISLET.name} still has something to look at" in page
    assert decide(reviewer, address, "approve").status_code == 302
    assert state_of(instance, ISLET) == stages.CLEARED


def test_several_matches_are_ticked_one_by_one(reviewer: FlaskClient, instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    import_one(instance, "customs", customs_book())
    two = [
        list_line(person=ISLET.representative, number=masked_number(ISLET.number)),
        list_line(person=ISLET.representative, source="另一法院"),
    ]
    import_one(instance, "lists", lists_book(two))
    apply_all(instance, [ISLET])
    address = address_of(instance, ISLET)
    page = text_of(reviewer.get(address))
    assert "Lists, entry 1" in page
    assert "Lists, entry 2" in page
    refused = decide(reviewer, address, "set_aside")
    assert refused.status_code == 422
    assert "Tick each entry that is someone else" in text_of(refused)
    assert decide(reviewer, address, "set_aside", entries=["1"]).status_code == 302
    assert state_of(instance, ISLET) == stages.REFERRED, "the other entry is still in question"
    assert decide(reviewer, address, "set_aside").status_code == 302
    assert state_of(instance, ISLET) == stages.CLEARED


def test_an_entry_that_is_not_in_question_cannot_be_set_aside(reviewer: FlaskClient, decided: Instance) -> None:
    answer = decide(reviewer, address_of(decided, ISLET), "set_aside", entries=["1"])
    assert answer.status_code == 422
    assert state_of(decided, ISLET) == stages.REFERRED


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "Write the reason: what you looked at and what it shows"),
        (" \r\n ", "Write the reason: what you looked at and what it shows"),
        ("好的", "The reason has 2 characters. Write at least 4"),
        ("长" * 2001, "The reason has 2001 characters. Use at most 2000"),
    ],
)
def test_a_reason_too_short_or_too_long_is_told_beside_the_field(
    reviewer: FlaskClient, decided: Instance, reason: str, words: str
) -> None:
    answer = decide(reviewer, address_of(decided, SILENT), "approve", reason=reason)
    page = text_of(answer)
    assert answer.status_code == 422
    assert page.count(words) == 2, "in the summary and beside the field"
    assert reason.strip() in page
    assert state_of(decided, SILENT) == stages.REFERRED


def test_nothing_chosen_is_told_and_the_reason_is_kept(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(decide(reviewer, address_of(decided, SILENT), ""))
    assert page.count("Choose what you decide") == 2
    assert REASON in page


def test_approving_while_a_match_is_open_is_refused(reviewer: FlaskClient, decided: Instance) -> None:
    answer = decide(reviewer, address_of(decided, ISLET), "approve")
    assert answer.status_code == 422
    assert "A list match is open" in text_of(answer)
    assert state_of(decided, ISLET) == stages.REFERRED


@pytest.mark.parametrize("failed", [GIANT, DEBTOR])
def test_a_fail_cannot_be_overridden_by_a_form_made_by_hand(
    reviewer: FlaskClient, decided: Instance, failed: Firm
) -> None:
    with decided.database.reading() as session:
        application = application_of(decided, failed)
        decision = reviews.latest_decision(session, application.id)
    assert decision is not None
    for outcome in ("approve", "set_aside", "reject"):
        data = {"seen_decision": decision.id, "outcome": outcome, "reason": REASON, "entries": ["1"]}
        answer = reviewer.post(address_of(decided, failed), data=data)
        assert answer.status_code == 409
        assert "The application is now: Not eligible." in text_of(answer)
    assert state_of(decided, failed) == stages.INELIGIBLE
    assert reviews_on(decided) == []


@pytest.mark.parametrize("person", [ZHOU_HE, SU_MINGDE, GUAN_LI])
def test_sponsors_and_the_administrator_are_refused(app: Flask, decided: Instance, person: Staff) -> None:
    client = signed_in(app, person)
    address = address_of(decided, SILENT)
    for path in (QUEUE, address, f"{QUEUE}/export.xlsx", f"{CASES}/import"):
        assert client.get(path).status_code == 403
    assert client.post(address, data={"outcome": "approve", "reason": REASON}).status_code == 403
    assert state_of(decided, SILENT) == stages.REFERRED
    assert [entry.subject for entry in entries(decided, "access")][-1] == address


def test_the_auditor_reads_but_neither_decides_nor_takes(auditor: FlaskClient, decided: Instance) -> None:
    address = address_of(decided, SILENT)
    page = text_of(auditor.get(address))
    assert 'name="reason"' not in page
    assert "Take the case" not in page
    assert auditor.post(address, data={"outcome": "approve"}).status_code == 403
    assert auditor.post(holder_of("application", address.rpartition("/")[2])).status_code == 403
    assert auditor.get(f"{CASES}/import").status_code == 403


def test_the_second_of_two_reviewers_is_told_who_was_first_and_keeps_the_reason(
    reviewer: FlaskClient, second_reviewer: FlaskClient, decided: Instance
) -> None:
    address = address_of(decided, SILENT)
    seen = text_of(second_reviewer.get(address))
    assert decide(reviewer, address, "reject").status_code == 302
    answer = decide(second_reviewer, address, "approve", page=seen, reason="我的看法不同，见附件。")
    page = text_of(answer)
    assert answer.status_code == 409
    assert "Your decision was not saved: the case has moved on" in page
    assert f"{LIN_ZHIYAO.name} rejected the case at" in page
    assert "我的看法不同，见附件。" in page
    assert state_of(decided, SILENT) == stages.REJECTED


def test_after_a_partial_decision_of_another_the_form_stands_ready_with_the_typed_reason(
    reviewer: FlaskClient, second_reviewer: FlaskClient, instance: Instance
) -> None:
    import_one(instance, "registry", registry_book())
    import_one(instance, "customs", customs_book([customs_line(HARBOUR.uscc, HARBOUR.name, "1.00")]))
    import_one(instance, "lists", lists_book())
    apply_all(instance, [ISLET])
    address = address_of(instance, ISLET)
    seen = text_of(second_reviewer.get(address))
    decide(reviewer, address, "set_aside")
    answer = decide(second_reviewer, address, "reject", page=seen, reason="看了名单，是同一人。")
    page = text_of(answer)
    assert answer.status_code == 409
    assert f"{LIN_ZHIYAO.name} set a list match aside at" in page
    assert "看了名单，是同一人。</textarea>" in page
    assert hidden(page, "seen_decision") != hidden(seen, "seen_decision")
    assert decide(second_reviewer, address, "approve", page=page).status_code == 302


def test_sending_the_same_decision_twice_is_one_decision(reviewer: FlaskClient, decided: Instance) -> None:
    address = address_of(decided, SILENT)
    page = text_of(reviewer.get(address))
    answers = [decide(reviewer, address, "approve", page=page) for _twice in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len(reviews_on(decided)) == 1


def test_of_two_decisions_at_the_same_moment_one_counts(decided: Instance) -> None:
    number = application_of(decided, SILENT).number
    with decided.database.reading() as session:
        decision = reviews.latest_decision(session, application_of(decided, SILENT).id)
    assert decision is not None
    seen, results, start = decision.id, [], Barrier(2)

    def act(person: Staff, outcome: str) -> None:
        start.wait()
        try:
            results.append(reviews.review(decided, actor_of(decided, person), number, seen, outcome, REASON))
        except reviews.StaleCase as stale:
            results.append(f"stale: {stale.state}")

    threads = [
        Thread(target=act, args=(LIN_ZHIYAO, "approve")),
        Thread(target=act, args=(HE_YUNQING, "reject")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = state_of(decided, SILENT)
    assert sorted(results) == sorted([state, f"stale: {state}"])
    assert len(reviews_on(decided)) == 1


def test_saving_and_going_on_opens_the_next_case_of_the_queue(reviewer: FlaskClient, decided: Instance) -> None:
    order = rows_of(text_of(reviewer.get(f"{QUEUE}?sort=-name")))
    assert len(order) == 2
    first = f"{CASES}/{order[0]}"
    page = text_of(reviewer.get(f"{first}?sort=-name"))
    data = {"seen_decision": hidden(page, "seen_decision"), "outcome": "reject", "reason": REASON, "then": "next"}
    answer = reviewer.post(f"{first}?sort=-name", data=data)
    assert answer.location == f"{CASES}/{order[1]}?sort=-name"
    page = text_of(reviewer.get(answer.location))
    data["seen_decision"] = hidden(page, "seen_decision")
    answer = reviewer.post(answer.location, data=data)
    assert answer.location == f"{QUEUE}?sort=-name"
    assert "That was the last one to look at." in text_of(reviewer.get(answer.location))


def test_taking_a_case_and_handing_it_back(
    reviewer: FlaskClient, second_reviewer: FlaskClient, decided: Instance
) -> None:
    address = address_of(decided, SILENT)
    mine = f"{QUEUE}?view=mine"
    assert rows_of(text_of(reviewer.get(mine))) == []
    reviewer.post(holder_of("application", address.rpartition("/")[2]), data={"had": "", "step": "take"})
    assert rows_of(text_of(reviewer.get(mine))) == [application_of(decided, SILENT).number]
    page = text_of(second_reviewer.get(address))
    assert f"{LIN_ZHIYAO.name} has taken it." in page
    assert "Take it over" in page
    assert "You have taken it." in text_of(reviewer.get(address))
    reviewer.post(
        holder_of("application", address.rpartition("/")[2]), data={"had": hidden(page, "had"), "step": "back"}
    )
    assert application_of(decided, SILENT).assigned_to is None


def test_two_reviewers_taking_the_same_case_the_second_is_told(
    reviewer: FlaskClient, second_reviewer: FlaskClient, decided: Instance
) -> None:
    address = address_of(decided, SILENT)
    reviewer.post(holder_of("application", address.rpartition("/")[2]), data={"had": "", "step": "take"})
    answer = second_reviewer.post(
        holder_of("application", address.rpartition("/")[2]),
        data={"had": "", "step": "take"},
        follow_redirects=True,
    )
    assert f"{LIN_ZHIYAO.name} has taken this case meanwhile." in text_of(answer)
    assert application_of(decided, SILENT).assigned_to == account_of(decided, LIN_ZHIYAO).id


def test_taking_a_case_that_is_decided_says_so(reviewer: FlaskClient, decided: Instance) -> None:
    answer = reviewer.post(
        holder_of("application", application_of(decided, HARBOUR).number), data={"had": ""}, follow_redirects=True
    )
    assert "has moved on: nobody has to take it any more" in text_of(answer)


def test_a_case_whose_person_was_erased_is_shown_and_told_not_to_be_decidable(
    reviewer: FlaskClient, decided: Instance
) -> None:
    address = address_of(decided, ISLET)
    page = text_of(reviewer.get(address))
    administrator = Actor(account_of(decided, GUAN_LI).id, Role.ADMINISTRATOR)
    erase_person(decided, administrator, application_of(decided, ISLET).representative_id, "asked_for")
    answer = decide(reviewer, address, "reject", page=page)
    assert answer.status_code == 422
    page = text_of(reviewer.get(address))
    assert "A person of this case was erased" in page
    assert ISLET.number not in page
    assert ISLET.name in page, "the firm's name is nobody's personal value"


def test_only_reviewers_may_act_even_past_the_pages(decided: Instance) -> None:
    number = application_of(decided, SILENT).number
    for person in (ZHOU_HE, GUAN_LI):
        with pytest.raises(roles.NotAllowed):
            reviews.review(decided, actor_of(decided, person), number, "x", "approve", REASON)
        with pytest.raises(roles.NotAllowed):
            holding.assign(decided, actor_of(decided, person), "application", number, None)


def test_the_page_stands_in_chinese_too(app: Flask, decided: Instance) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    assert '<html lang="zh-Hans"' in text_of(client.get(address_of(decided, ISLET)))
    assert '<html lang="en"' in text_of(in_english(client).get(address_of(decided, ISLET)))
