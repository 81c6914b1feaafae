"""The desk's pages of screening: who is affected, and the question about an insured firm."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.applications.screening import COVER_STAYS
from portal.applications.screening_actions import (
    HARMLESS,
    TO_YEAR_END,
    decide_task,
)
from portal.common.instance import Instance
from tests.accounts.pages import heading_of, in_english, text_of
from tests.applications.desk import hidden
from tests.applications.screenings import REASON, listed, lists_with, namesake, reviewer_of, without
from tests.conftest import signed_in
from tests.members.applying import tasks
from tests.people import FANG_SHEN, HE_YUNQING, LIN_ZHIYAO, ZHOU_HE
from tests.policies.stories import (
    actions_on,
    application_of,
    issue,
    policy_of,
)
from tests.reference.pages import bring_in
from tests.samples import (
    HARBOUR,
    ISLET,
    SILENT,
    import_one,
)


@pytest.fixture
def insured(decided: Instance) -> Instance:
    """Harbour is insured."""
    issue(decided)
    return decided


def test_the_import_says_how_many_it_concerns_and_its_page_leads_to_them(
    insured: Instance, reviewer: FlaskClient
) -> None:
    page = bring_in(reviewer, "lists", lists_with(listed(HARBOUR), namesake(SILENT), listed(ISLET)))
    assert "Affected: 2 waiting, 1 insured." in page
    assert "Screened again at once: 2 waiting, decided anew; 1 insured, each a task for a person." in page
    waiting = text_of(reviewer.get("/desk/sources/lists/2/affected"))
    assert SILENT.name in waiting
    assert ISLET.name in waiting
    assert HARBOUR.name not in waiting
    insured_page = text_of(reviewer.get("/desk/sources/lists/2/affected?kind=insured"))
    assert HARBOUR.name in insured_page
    assert 'href="/desk/screenings/S2022-00001"' in insured_page
    assert "Who is affected" not in text_of(reviewer.get("/desk/sources/lists/1"))


def test_the_task_shows_before_and_after_and_the_entry_beside_what_the_firm_said(
    insured: Instance, reviewer: FlaskClient
) -> None:
    import_one(insured, "lists", lists_with(namesake(HARBOUR)))
    page = text_of(reviewer.get("/desk/screenings/S2022-00001"))
    assert heading_of(page) == HARBOUR.name
    for words in ("Insured, and in question", "Legal representative on no list", "passes", "a person must look"):
        assert words in page, words
    assert HARBOUR.number in page, "whoever decides compares whole numbers"
    number = application_of(insured, HARBOUR).number
    assert actions_on(insured, f"application {number}")[-1] == ("applications.identity_numbers", "looked")
    assert f'href="/desk/policies/{policy_of(insured, HARBOUR).number}/withdraw"' in page


def test_a_reviewer_decides_on_the_page_and_pressing_twice_is_one_decision(
    insured: Instance, reviewer: FlaskClient
) -> None:
    import_one(insured, "registry", without(HARBOUR))
    page = text_of(reviewer.get("/desk/screenings/S2022-00001"))
    refused = reviewer.post(
        "/desk/screenings/S2022-00001",
        data={"seen": hidden(page, "seen"), "outcome": "cover_stays", "reason": REASON},
    )
    assert refused.status_code == 422
    assert "Choose why cover stays" in text_of(refused)
    data = {"seen": hidden(page, "seen"), "outcome": "cover_stays", "code": HARMLESS, "reason": REASON}
    for _again in range(2):
        answer = reviewer.post("/desk/screenings/S2022-00001", data=data)
        assert (answer.status_code, answer.location) == (302, "/desk/screenings/S2022-00001")
    page = text_of(reviewer.get("/desk/screenings/S2022-00001"))
    assert "Cover stays" in page
    assert REASON in page
    assert [action for action, _ in actions_on(insured, "screening S2022-00001")] == ["screenings.cover_stays"]


def test_the_second_of_two_reviewers_is_told_and_keeps_what_was_typed(
    insured: Instance, app: Flask, reviewer: FlaskClient
) -> None:
    import_one(insured, "lists", lists_with(namesake(HARBOUR)))
    second = in_english(signed_in(app, HE_YUNQING))
    page = text_of(second.get("/desk/screenings/S2022-00001"))
    [task] = tasks(insured)
    decide_task(insured, reviewer_of(insured), task.number, task.decision_id, COVER_STAYS, REASON, TO_YEAR_END)
    answer = second.post(
        "/desk/screenings/S2022-00001",
        data={"seen": hidden(page, "seen"), "outcome": "set_aside", "reason": "我看的是另一份材料"},
    )
    assert answer.status_code == 409
    assert "Your decision was not saved" in text_of(answer)
    assert LIN_ZHIYAO.name in text_of(answer)
    assert "我看的是另一份材料" in text_of(answer)


def test_a_task_is_taken_and_handed_over_like_any_case(insured: Instance, reviewer: FlaskClient) -> None:
    import_one(insured, "lists", lists_with(namesake(HARBOUR)))
    page = text_of(
        reviewer.post(
            "/desk/queue/screening/S2022-00001/holder", data={"step": "take", "had": ""}, follow_redirects=True
        )
    )
    assert "You have taken it." in page
    assert tasks(insured)[0].assigned_to == reviewer_of(insured).id
    assert HARBOUR.name in text_of(reviewer.get("/desk/queue?view=affected"))


def test_the_auditor_reads_a_task_and_decides_nothing(insured: Instance, app: Flask) -> None:
    import_one(insured, "lists", lists_with(namesake(HARBOUR)))
    auditor = in_english(signed_in(app, FANG_SHEN))
    page = text_of(auditor.get("/desk/screenings/S2022-00001"))
    assert 'name="reason"' not in page
    assert HARBOUR.number not in page
    assert auditor.post("/desk/screenings/S2022-00001", data={}).status_code == 403
    assert signed_in(app, ZHOU_HE).get("/desk/screenings/S2022-00001").status_code == 403
    assert auditor.get("/desk/screenings/S2022-99999").status_code == 404
