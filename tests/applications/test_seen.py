"""Before it is confirmed who acts for a firm, nothing that is hidden can be told from what is shown."""

from collections.abc import Iterator
from itertools import product

import pytest

from portal.applications.seen import CHECKING, OWN_CODES, seen
from portal.scheme import stages
from portal.scheme.findings import (
    DECLARATIONS_COMPLETE,
    EXPORTS_WITHIN_CAP,
    FIRM_NOT_LISTED,
    NOT_ALREADY_ENROLLED,
    PUBLIC_CODES,
    REGISTRATION_ACTIVE,
    REPRESENTATIVE_NOT_LISTED,
    RULE_CODES,
    WITHIN_ENROLMENT_WINDOW,
    Finding,
    Source,
    Verdict,
)

HIDDEN = tuple(code for code in RULE_CODES if code not in OWN_CODES)
PASS, FAIL, REFER = Verdict.PASS, Verdict.FAIL, Verdict.REFER


def findings(**verdicts: Verdict) -> tuple[Finding, ...]:
    """Every rule's finding: passed, but for these; each with values that tell on it."""
    return tuple(
        Finding(code, verdict, {"secret": f"{code} {verdict}"}, Source("registry", 7), "二（一）")
        for code in RULE_CODES
        for verdict in [verdicts.get(code, PASS)]
    )


def outcome(found: tuple[Finding, ...]) -> str:
    """The state that the rules alone lead to."""
    verdicts = {finding.verdict for finding in found}
    if FAIL in verdicts:
        return stages.INELIGIBLE
    return stages.REFERRED if REFER in verdicts else stages.ELIGIBLE


def every(
    codes: tuple[str, ...], verdicts: tuple[Verdict, ...] = (PASS, FAIL, REFER)
) -> Iterator[dict[str, Verdict]]:
    """Every combination of verdicts of these rules."""
    for chosen in product(verdicts, repeat=len(codes)):
        yield dict(zip(codes, chosen, strict=True))


def test_whatever_the_hidden_rules_say_an_unconfirmed_reader_sees_the_same() -> None:
    looked_at = 0
    for own in every(OWN_CODES):
        shown = set()
        for hidden in every(HIDDEN):
            found = findings(**own, **hidden)
            shown.add(repr(seen(outcome(found), found, confirmed=False)))
            looked_at += 1
        assert len(shown) == 1, f"{own} lets something through: {shown}"
    assert looked_at == 3**10


def test_of_no_public_rule_an_unconfirmed_reader_sees_more_than_the_verdict() -> None:
    for own in every(OWN_CODES):
        found = findings(**own)
        for told in seen(outcome(found), found, confirmed=False).told:
            assert told.finding is None or told.code == DECLARATIONS_COMPLETE


@pytest.mark.parametrize("state", stages.APPLICATION)
def test_in_no_state_is_anything_told_of_a_hidden_rule(state: str) -> None:
    for hidden in every(HIDDEN):
        found = findings(**hidden)
        view = seen(state, found, confirmed=False, questioned=HIDDEN, asked=("evidence_list",))
        assert {told.code for told in view.told}.isdisjoint(HIDDEN)
        assert view.checking == HIDDEN


@pytest.mark.parametrize("code", [*PUBLIC_CODES, DECLARATIONS_COMPLETE])
def test_a_public_rule_that_fails_is_told_also_to_an_unconfirmed_reader(code: str) -> None:
    found = findings(**{code: FAIL, FIRM_NOT_LISTED: FAIL})
    view = seen(stages.INELIGIBLE, found, confirmed=False)
    assert view.state == stages.INELIGIBLE
    assert [told.code for told in view.of(FAIL)] == [code]


def test_outside_of_the_window_no_other_public_rule_is_told() -> None:
    found = findings(**{WITHIN_ENROLMENT_WINDOW: FAIL, EXPORTS_WITHIN_CAP: FAIL})
    view = seen(stages.INELIGIBLE, found, confirmed=False)
    assert {told.code for told in view.told} == {WITHIN_ENROLMENT_WINDOW, DECLARATIONS_COMPLETE}


@pytest.mark.parametrize("state", stages.APPLICATION)
def test_a_confirmed_reader_sees_the_state_and_every_finding(state: str) -> None:
    found = findings(**{FIRM_NOT_LISTED: REFER, NOT_ALREADY_ENROLLED: FAIL})
    view = seen(state, found, confirmed=True, questioned=HIDDEN, asked=("evidence_list",), year_is_over=True)
    assert view.state == state
    assert tuple(told.finding for told in view.told) == found
    assert view.checking == ()


@pytest.mark.parametrize(
    ("questioned", "state"),
    [
        ((REGISTRATION_ACTIVE,), stages.REJECTED),
        ((REGISTRATION_ACTIVE, FIRM_NOT_LISTED), stages.REJECTED),
        ((FIRM_NOT_LISTED,), CHECKING),
        ((REPRESENTATIVE_NOT_LISTED,), CHECKING),
    ],
)
def test_a_rejection_is_told_only_where_a_public_rule_was_in_question(
    questioned: tuple[str, ...], state: str
) -> None:
    found = findings(**dict.fromkeys(questioned, REFER))
    assert seen(stages.REJECTED, found, confirmed=False, questioned=questioned).state == state


def test_a_request_about_a_list_waits_until_it_is_confirmed_who_acts_for_the_firm() -> None:
    found = findings(**{FIRM_NOT_LISTED: REFER})
    asked = ("evidence_list", "licence")
    assert seen(stages.ASKED, found, confirmed=False, asked=asked).state == CHECKING
    assert seen(stages.ASKED, found, confirmed=False, asked=("licence",)).state == stages.ASKED


def test_once_the_year_is_over_what_was_being_checked_has_lapsed_whatever_it_was() -> None:
    for hidden in every(HIDDEN):
        found = findings(**hidden)
        assert seen(outcome(found), found, confirmed=False, year_is_over=True).state == stages.LAPSED
    assert seen(stages.LAPSED, findings(), confirmed=False).state == stages.LAPSED


@pytest.mark.parametrize("state", [stages.AWAITING_SOURCE, stages.ISSUED, stages.WITHDRAWN, stages.ANNULLED])
def test_a_state_that_says_nothing_hidden_is_told_as_it_is(state: str) -> None:
    assert seen(state, findings(), confirmed=False).state == state
