"""What of the desk's work is asked for, as it stands in an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from portal.desk.asked import Asked
from portal.desk.holding import KINDS
from portal.members.waiting import OTHER_REPRESENTATIVE, REFUSED_BEFORE, SECOND_CLAIM
from portal.scheme import findings as codes
from portal.scheme import stages
from portal.scheme.findings import RULE_CODES

WAITING, MINE, ASKED, FIRMS, APPEALS, AFFECTED = "waiting", "mine", "asked", "firms", "appeals", "affected"
SOURCE, TODAY, ALL = "source", "today", "all"
VIEWS = (WAITING, MINE, ASKED, FIRMS, APPEALS, AFFECTED, SOURCE, TODAY, ALL)
OF_SEVERAL_KINDS = (WAITING, MINE, ASKED)
NOBODY, FREE_OR_MINE = "nobody", "free_or_mine"
LATE, BY_TODAY, SOON = "late", "today", "soon"
DUE = (LATE, BY_TODAY, SOON)
SOON_DAYS = 3
SORTS = ("number", "name", "exports", "submitted", "waited", "due")
LONGEST_WAIT = 3660  # days one may ask for

# What may be left to a person: a rule's code, and what the registry has of the firm where that makes the tag.
QUESTIONS = (
    f"{codes.REGISTERED_IN_MUNICIPALITY}:none",
    f"{codes.REGISTERED_IN_MUNICIPALITY}:absent",
    f"{codes.REGISTERED_IN_MUNICIPALITY}:found",
    codes.REGISTRATION_ACTIVE,
    codes.INDEPENDENT_LEGAL_PERSON,
    codes.EXPORTS_ABOVE_ZERO,
    codes.FIRM_NOT_LISTED,
    codes.REPRESENTATIVE_NOT_LISTED,
)
LICENCE = "licence"
FIRM_QUESTIONS = (SECOND_CLAIM, OTHER_REPRESENTATIVE, REFUSED_BEFORE, LICENCE)
"""Why staff look at who acts for a firm: what came in its way, or only the licence that was handed in."""


@dataclass(frozen=True)
class QueueFilter(Asked):
    """What is asked for, and in which order; empty means all.

    ``waited`` counts days since the firm came with what is still open, ``due`` is one of `DUE`. ``holder`` is an
    account id, `NOBODY` or `FREE_OR_MINE`. ``sort`` is one of `SORTS`, with a leading "-" when descending.
    """

    view: str = WAITING
    q: str = ""
    kind: str = ""
    rule: str = ""
    district: str = ""
    waited: str = ""
    due: str = ""
    holder: str = ""
    state: str = ""
    sort: str = "submitted"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """What an address asks for; values that mean nothing are passed over."""
        view, sort, waited = asked.get("view", ""), asked.get("sort", ""), asked.get("waited", "")
        days = int(waited) if waited.isascii() and waited.isdigit() and len(waited) < 5 else 0
        rule, state, kind = asked.get("rule", ""), asked.get("state", ""), asked.get("kind", "")
        view = view if view in VIEWS else WAITING
        return cls(
            view=view,
            q=asked.get("q", "").replace("\x00", "").strip()[:100],
            kind=kind if view in OF_SEVERAL_KINDS and kind in KINDS else "",
            rule=rule if rule in (*RULE_CODES, *QUESTIONS, *FIRM_QUESTIONS) else "",
            district=asked.get("district", "").replace("\x00", "")[:10],
            waited=str(min(days, LONGEST_WAIT)) if days else "",
            due=asked.get("due", "") if asked.get("due", "") in DUE else "",
            holder=asked.get("holder", "").replace("\x00", "")[:40],
            state=state if view == ALL and state in stages.APPLICATION else "",
            sort=sort if sort.removeprefix("-") in SORTS else cls.sort,
        )
