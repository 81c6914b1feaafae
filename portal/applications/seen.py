"""What somebody who acts for a firm may know of its application. Pages and messages ask here and nowhere else.

Whoever is confirmed knows the state and every finding. Before that a name proves nothing: a stranger who typed a
firm's code must not learn its exports, whether it stands on a list, whom the registry names, or that it is
enrolled already. So until then only the verdicts that anybody may read count (`PUBLIC_CODES`), and what the
person declared; whatever else decides is "being checked", and looks the same whatever it is.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from portal.scheme import stages
from portal.scheme.findings import (
    DECLARATIONS_COMPLETE,
    PUBLIC_CODES,
    RULE_CODES,
    WITHIN_ENROLMENT_WINDOW,
    Finding,
    Verdict,
)

CHECKING = "checking"
"""In place of a state: somebody looks, and first it is confirmed who acts for the firm."""

OWN_CODES: tuple[str, ...] = (*PUBLIC_CODES, DECLARATIONS_COMPLETE)
"""The rules whose verdict is told before it is confirmed who acts for the firm."""

REVEALING_ITEMS = frozenset({"evidence_list"})
"""What can be asked of a firm only once it is confirmed: the question alone says that there is a list entry."""

_AS_IT_IS = frozenset({stages.AWAITING_SOURCE, stages.ISSUED, stages.LAPSED, stages.WITHDRAWN, stages.ANNULLED})


class Told(NamedTuple):
    """One rule as it may be told. `finding` holds its values, and is None where only the verdict is told."""

    code: str
    verdict: Verdict
    article: str
    finding: Finding | None


class Seen(NamedTuple):
    """An application as its reader may know it: its state, what is told of the rules, what is being checked."""

    state: str
    told: tuple[Told, ...]
    checking: tuple[str, ...]

    def of(self, verdict: Verdict) -> tuple[Told, ...]:
        """What was told with this verdict."""
        return tuple(one for one in self.told if one.verdict is verdict)


def seen(
    state: str,
    findings: Sequence[Finding],
    confirmed: bool,
    *,
    questioned: Collection[str] = (),
    asked: Collection[str] = (),
    year_is_over: bool = False,
) -> Seen:
    """An application in `state`, decided with `findings`, as this reader may know it.

    `questioned` are the rules that a reviewer rejected it for, `asked` the items of the open request,
    `year_is_over` whether its policy year has ended, when whatever is still open lapses.
    """
    if confirmed:
        told = tuple(Told(one.code, one.verdict, one.article, one) for one in findings)
        return Seen(state, told, ())
    told = _told(findings)
    checking = tuple(code for code in RULE_CODES if code not in OWN_CODES)
    return Seen(_state(state, told, questioned, asked, year_is_over), told, checking)


def _told(findings: Sequence[Finding]) -> tuple[Told, ...]:
    """The verdicts told before confirming; outside of the window no other public one, as on the public page."""
    window_fails = any(one.code == WITHIN_ENROLMENT_WINDOW and one.verdict is not Verdict.PASS for one in findings)
    public = {WITHIN_ENROLMENT_WINDOW} if window_fails else set(PUBLIC_CODES)
    # What was declared is the person's own word, so its values are told too.
    return tuple(
        Told(one.code, one.verdict, one.article, one if one.code == DECLARATIONS_COMPLETE else None)
        for one in findings
        if one.code in {*public, DECLARATIONS_COMPLETE}
    )


def _state(
    state: str,
    told: Sequence[Told],
    questioned: Collection[str],
    asked: Collection[str],
    year_is_over: bool,
) -> str:
    if state in _AS_IT_IS:
        return state
    if state == stages.INELIGIBLE and any(one.verdict is Verdict.FAIL for one in told):
        return state
    if state == stages.REJECTED and any(one.code in questioned for one in told):
        return state
    if state == stages.ASKED and not REVEALING_ITEMS.intersection(asked):
        return state
    # Eligible but held, referred, or ineligible by a rule that is not told: nobody can tell them apart.
    return stages.LAPSED if year_is_over else CHECKING
