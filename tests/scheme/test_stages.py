"""Which state may follow which."""

from datetime import date
from itertools import product

import pytest

from portal.scheme.stages import (
    APPEAL,
    APPLICATION,
    LIVE_MEMBERSHIP_STATES,
    MEMBERSHIP,
    OPEN_APPEAL_STATES,
    OPEN_APPLICATION_STATES,
    POLICY,
    IllegalStep,
    Table,
    may_follow,
    policy_state,
    require,
)

ALLOWED = {
    "awaiting_source": {"eligible", "referred", "ineligible", "withdrawn", "lapsed"},
    "eligible": {"issued", "ineligible", "referred", "withdrawn", "lapsed"},
    "referred": {"cleared", "rejected", "asked", "eligible", "ineligible", "withdrawn", "lapsed"},
    "asked": {"referred", "cleared", "eligible", "ineligible", "withdrawn", "lapsed"},
    "ineligible": {"eligible", "referred"},
    "rejected": {"eligible", "referred"},
    "issued": {"withdrawn", "annulled"},
    "cleared": {"issued", "ineligible", "referred", "withdrawn", "lapsed"},
}


@pytest.mark.parametrize(("old", "new"), list(product(APPLICATION, APPLICATION)))
def test_an_application_takes_only_the_steps_of_the_scheme(old: str, new: str) -> None:
    assert may_follow(APPLICATION, old, new) == (new in ALLOWED.get(old, set()))


def test_an_ineligible_application_is_never_issued() -> None:
    with pytest.raises(IllegalStep, match="issued may not follow ineligible"):
        require(APPLICATION, "ineligible", "issued")
    require(APPLICATION, "cleared", "issued")


def test_an_application_is_open_while_it_waits_for_a_source_a_reviewer_the_firm_or_its_policy() -> None:
    assert {"awaiting_source", "eligible", "referred", "asked", "cleared"} == OPEN_APPLICATION_STATES


def test_whoever_left_a_firm_or_was_refused_never_acts_for_it_by_the_same_membership() -> None:
    assert MEMBERSHIP["left"] == MEMBERSHIP["refused"] == frozenset()
    assert {"unconfirmed", "waiting", "asked", "confirmed"} == LIVE_MEMBERSHIP_STATES


def test_an_appeal_is_upheld_once_a_correction_is_proposed_or_at_once_against_a_persons_decision() -> None:
    assert [state for state, after in APPEAL.items() if "upheld" in after] == ["open", "proposed"]
    assert {"open", "asked", "proposed"} == OPEN_APPEAL_STATES


@pytest.mark.parametrize("table", [APPLICATION, POLICY, MEMBERSHIP, APPEAL])
def test_tables_lead_only_to_states_they_have(table: Table) -> None:
    assert set().union(*table.values()) <= table.keys()


def test_an_unknown_state_is_an_error_not_a_no() -> None:
    with pytest.raises(ValueError, match="is no state"):
        may_follow(APPLICATION, "eligible", "happy")
    with pytest.raises(ValueError, match="is no state"):
        may_follow(POLICY, "issued", "ended")


@pytest.mark.parametrize(
    ("on", "withdrawn_on", "state"),
    [
        (date(2022, 12, 31), None, "in_force"),
        (date(2023, 1, 1), None, "ended"),
        (date(2022, 6, 1), date(2022, 6, 2), "in_force"),
        (date(2022, 6, 2), date(2022, 6, 2), "withdrawn"),
        (date(2023, 6, 1), date(2022, 6, 2), "withdrawn"),
        (date(2023, 6, 1), date(2023, 2, 1), "ended"),
    ],
)
def test_a_policys_state_follows_from_its_dates(on: date, withdrawn_on: date | None, state: str) -> None:
    assert policy_state(on, ends_on=date(2022, 12, 31), withdrawn_on=withdrawn_on) == state
