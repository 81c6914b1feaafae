"""What a roster is made of: its lines, what stands above them, its totals, and the proof that is kept."""

from collections import Counter
from datetime import date, datetime
from typing import NamedTuple

from portal.sponsor.roster_words import DecidedBy, PolicyState


class RosterLine(NamedTuple):
    """One policy. `exports_minor` are base-year exports in minor units of the roster's currency, None if the
    customs data has no record; `state` is the state on the roster's as-of date."""

    firm_name: str
    uscc: str
    place: str
    base_year: int
    exports_minor: int | None
    policy_number: str
    starts_on: date
    ends_on: date
    applied_on: date
    decided_by: DecidedBy
    acknowledged_on: date | None
    state: PolicyState


class RosterTitle(NamedTuple):
    """What stands above the roster. `terms_summary` holds (label, value) pairs in Chinese, each value with
    its 暂定 mark where provisional; `export_id` is a ULID; `made_at` is aware, shown in Asia/Shanghai."""

    scheme_key: str
    scheme_title: str
    city: str
    as_of: date
    currency: str
    terms_fingerprint: str
    terms_summary: tuple[tuple[str, str], ...]
    export_id: str
    made_at: datetime

    @property
    def heading(self) -> str:
        """The name of the document: the scheme's title with 投保名册."""
        return f"{self.scheme_title}投保名册"

    @property
    def as_of_words(self) -> str:
        """截至 and the as-of date."""
        return f"截至 {self.as_of.isoformat()}"


class RosterProof(NamedTuple):
    """What the portal keeps of a written roster: its fingerprint (SHA-256, hex), the number of policies, the
    sum of exports in minor units, and the compressed canonical record that `check_roster` takes."""

    fingerprint: str
    lines: int
    total_minor: int
    content: bytes


class RosterTotals:
    """Counts and the exact sum of the lines added so far."""

    def __init__(self) -> None:
        self.lines = 0
        self.total_minor = 0
        self.without_exports = 0
        self.acknowledged = 0
        self.states: Counter[PolicyState] = Counter()
        self.decided: Counter[DecidedBy] = Counter()

    def add(self, line: RosterLine) -> None:
        """Count one line in."""
        self.lines += 1
        if line.exports_minor is None:
            self.without_exports += 1
        else:
            self.total_minor += line.exports_minor
        if line.acknowledged_on is not None:
            self.acknowledged += 1
        self.states[line.state] += 1
        self.decided[line.decided_by] += 1
