"""What of the claims desk's work is asked for, as it stands in an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from portal.desk.asked import Asked
from portal.desk.queue_filter import DUE
from portal.scheme import stages
from portal.scheme.claim_words import Risk

ASSESS, APPROVE, MINE, ASKED, SUSPENDED, ANSWER, PAY, PREPARING, ALL = (
    "assess",
    "approve",
    "mine",
    "asked",
    "suspended",
    "answer",
    "pay",
    "preparing",
    "all",
)
VIEWS = (ASSESS, APPROVE, MINE, ASKED, SUSPENDED, ANSWER, PAY, PREPARING, ALL)
STATES_OF: Mapping[str, tuple[str, ...]] = {
    ASSESS: (stages.ASSESSING,),
    APPROVE: (stages.PROPOSED, stages.OBJECTED),
    ASKED: (stages.ASKED,),
    SUSPENDED: (stages.SUSPENDED,),
    ANSWER: (stages.APPROVED,),
    PAY: (stages.AGREED, stages.PAYING),
    PREPARING: (stages.PREPARING,),
    ALL: tuple(stages.CLAIM),
}
"""The states that each view but one's own shows."""
SORTS = ("number", "firm", "buyer", "amount", "filed", "due")


@dataclass(frozen=True)
class ClaimFilter(Asked):
    """What is asked for, and in which order; empty means all.

    ``due`` is one of `queue_filter.DUE`, ``holder`` an account id or `queue_filter.NOBODY`, ``country`` an ISO
    code. ``sort`` is one of `SORTS`, with a leading "-" when descending.
    """

    view: str = ASSESS
    q: str = ""
    risk: str = ""
    country: str = ""
    state: str = ""
    due: str = ""
    holder: str = ""
    sort: str = "due"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """What an address asks for; values that mean nothing are passed over."""
        view, sort = asked.get("view", ""), asked.get("sort", "")
        view = view if view in VIEWS else ASSESS
        risk, country, state = asked.get("risk", ""), asked.get("country", ""), asked.get("state", "")
        return cls(
            view=view,
            q="".join(one for one in asked.get("q", "") if one.isprintable()).strip()[:100],
            risk=risk if risk in list(Risk) else "",
            country=country if len(country) == 2 and country.isascii() and country.isalpha() else "",
            state=state if view == ALL and state in stages.CLAIM else "",
            due=asked.get("due", "") if asked.get("due", "") in DUE else "",
            holder=asked.get("holder", "").replace("\x00", "")[:40],
            sort=sort if sort.removeprefix("-") in SORTS else cls.sort,
        )
