"""Nobody decides twice on one case: when it comes back after a decision, it is for somebody else."""

import pytest
from flask.testing import FlaskClient

from portal.applications import reviews
from portal.applications.deciders import DecidedBefore, deciders_before
from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.appeals.stories import first, second
from tests.applications.desk import REASON, address_of, application_of, decide, state_of
from tests.samples import (
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
    registry_book,
)


def comes_back(instance: Instance, firm: Firm) -> None:
    """The case is referred again, as an appeal or a new version of a source brings it back."""
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        application = session.merge(application_of(instance, firm), load=True)
        application.state = stages.REFERRED


def test_a_case_that_came_back_is_for_somebody_else(
    reviewer: FlaskClient, second_reviewer: FlaskClient, decided: Instance
) -> None:
    address = address_of(decided, SILENT)
    before = text_of(reviewer.get(address))
    decide(reviewer, address, "reject")
    comes_back(decided, SILENT)
    page = text_of(reviewer.get(address))
    assert "You have decided this case before" in page
    assert 'name="reason"' not in page
    assert decide(reviewer, address, "approve", page=before).status_code == 403
    assert state_of(decided, SILENT) == stages.REFERRED
    assert decide(second_reviewer, address, "approve").status_code == 302
    assert state_of(decided, SILENT) == stages.CLEARED


@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_the_action_refuses_a_second_decision_of_the_same_person(decided: Instance, outcome: str) -> None:
    application = application_of(decided, SILENT)
    with decided.database.reading() as session:
        decision = reviews.latest_decision(session, application.id)
    assert decision is not None
    reviews.review(decided, first(decided), application.number, decision.id, outcome, REASON)
    comes_back(decided, SILENT)
    with pytest.raises(DecidedBefore):
        reviews.review(decided, first(decided), application.number, decision.id, outcome, REASON)
    reviews.review(decided, second(decided), application.number, decision.id, outcome, REASON)
    with decided.database.reading() as session:
        assert deciders_before(session, application.id) == {first(decided).id, second(decided).id}


def test_setting_a_match_aside_and_then_clearing_is_one_decision(
    reviewer: FlaskClient, instance: Instance
) -> None:
    import_one(instance, "registry", registry_book())
    import_one(instance, "customs", customs_book([customs_line(HARBOUR.uscc, HARBOUR.name, "1.00")]))
    import_one(instance, "lists", lists_book([list_line(person=ISLET.representative)]))
    apply_all(instance, [ISLET])
    address = address_of(instance, ISLET)
    decide(reviewer, address, "set_aside")
    assert state_of(instance, ISLET) == stages.REFERRED
    assert decide(reviewer, address, "approve").status_code == 302
    assert state_of(instance, ISLET) == stages.CLEARED
    comes_back(instance, ISLET)
    assert "You have decided this case before" in text_of(reviewer.get(address))


def test_a_match_set_aside_that_cleared_the_case_was_a_decision(reviewer: FlaskClient, decided: Instance) -> None:
    decide(reviewer, address_of(decided, ISLET), "set_aside")
    comes_back(decided, ISLET)
    assert "You have decided this case before" in text_of(reviewer.get(address_of(decided, ISLET)))
