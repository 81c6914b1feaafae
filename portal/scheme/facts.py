"""What the rules look at: one firm's case, frozen."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from portal.scheme.money import Money


@dataclass(frozen=True, slots=True)
class Person:
    """A person as one source names them.

    ``ref`` is the opaque id of the person whose key seals these values. ``id_number`` is a full number, one
    masked with ``*``, another document's number, or ``None`` where the source has none.
    """

    ref: str
    name: str
    id_number: str | None


@dataclass(frozen=True, slots=True)
class RegistryRecord:
    """The registry's record found by USCC.

    ``place`` is 登记地, ``status`` 登记状态, ``company_type`` 企业类型, each as the registry writes it.
    ``absent`` says that the newest snapshot no longer has the firm: the rest is what was recorded last.
    """

    name: str
    uscc: str
    company_type: str | None
    place: str | None
    status: str | None
    representative: Person | None
    absent: bool


@dataclass(frozen=True, slots=True)
class Exports:
    """The sum of all accepted customs lines of a firm in ``year``, and how many there are.

    A negative total or a number of lines below one is a ``ValueError``: customs rows with a negative amount
    are never summed, and a firm without a line has no ``Exports`` at all.
    """

    year: int
    total: Money
    lines: int

    def __post_init__(self) -> None:
        """Refuse a sum that no accepted lines can give."""
        if self.total.amount < 0:
            raise ValueError(f"exports of {self.total} in {self.year} are below zero")
        if self.lines < 1:
            raise ValueError(f"exports in {self.year} come from {self.lines} lines")


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An entry of the dishonest (失信) or organised-crime (涉黑) lists.

    ``name`` is a firm's name, never a person's; a person stands in ``person``. ``set_aside`` says of whom a
    reviewer recorded, with a reason, that the entry is not about them: ``firm``, the ``declared``
    representative, the one that the ``registry`` names. One never speaks for another.
    """

    entry_id: str
    name: str | None
    uscc: str | None
    person: Person | None
    list_type: str
    listed_on: date
    removed_on: date | None
    set_aside: tuple[str, ...]

    def in_force_on(self, day: date) -> bool:
        """Whether the entry counts on ``day``: from the day of listing to the day before removal."""
        return self.listed_on <= day and (self.removed_on is None or day < self.removed_on)


@dataclass(frozen=True, slots=True)
class SourceVersions:
    """The version of each source that was looked at; ``None`` where there is none.

    ``customs`` is the version that contains the base year; a customs version without it counts as none.
    """

    registry: int | None
    customs: int | None
    lists: int | None


class CorrectedFact(NamedTuple):
    """That a fact here is not what its source says, but what an approved correction says.

    ``fact`` is one of those of :mod:`portal.scheme.corrected`; ``which`` the year of exports or the id of the
    list entry; ``approved_on`` the day on which the second person approved. ``was`` is what the source says:
    plain digits, ISO date or text, ``None`` where it says nothing or a personal value.
    """

    fact: str
    which: str | None
    number: int
    approved_on: date
    was: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the rules look at for one application.

    ``registry`` is ``None`` when no record has the USCC, ``exports`` when customs has no line of the firm
    in the base year. ``list_entries`` may hold any entries beyond those that could match, in any order.
    ``live_policy`` is the number of the firm's policy for this policy year, in force on ``judged_on``.
    ``declarations`` are the codes that ``declared_by`` ticked. ``applied_on`` decides policy year, base
    year and window; ``judged_on`` (the day of application, issue or renewal) is the day on which the rest
    is judged. ``corrected`` names each fact that a correction changed.
    """

    uscc: str
    declared_name: str
    representative: Person
    registry: RegistryRecord | None
    exports: Exports | None
    list_entries: tuple[ListEntry, ...]
    live_policy: str | None
    declared_by: Person | None
    declarations: tuple[str, ...]
    applied_on: date
    judged_on: date
    sources: SourceVersions
    corrected: tuple[CorrectedFact, ...] = ()
