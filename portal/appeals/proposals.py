"""What a correction would change: which facts of a case can be corrected, whether a proposal holds, and a try.

Trying runs the very rules that decide, over the facts with the correction laid over them, and stores nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.applications import corrections
from portal.applications.corrections import NUMBER_FIELD, number_index
from portal.applications.deciding import case_of
from portal.applications.facts import gather
from portal.applications.records import Application, Correction
from portal.common.cells import clean
from portal.common.people import People
from portal.scheme import corrected as mended
from portal.scheme import eligibility
from portal.scheme.facts import Facts, ListEntry
from portal.scheme.findings import FIRM_NOT_LISTED
from portal.scheme.id_numbers import is_valid_identity_number, normal_number
from portal.scheme.terms import load_terms

# A wrong name in the registry is also why a list entry may seem to be of the firm.
ANSWERS = {**mended.CONCERNS, mended.NAME: (*mended.CONCERNS[mended.NAME], FIRM_NOT_LISTED)}
"""The rules that a correction of each fact can answer."""

LONGEST_VALUE = 100  # characters of a place, a status, a type
LONGEST_NAME = 200
LARGEST_TOTAL = 10**15  # cents


@dataclass(frozen=True)
class Proposal:
    """A correction as a reviewer proposes it.

    ``value`` is what holds: the total in cents as digits, an ISO date, the text, or the whole identity number.
    ``which`` is the row of a list entry; the year of exports follows from the case.
    """

    what: str
    which: str | None
    value: str
    holds_from: date
    evidence_id: str


class BadProposal(ValueError):
    """A proposal that corrects nothing; `code` says why in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Standing:
    """One application as it stands on a day: what the sources say, and what holds with approved corrections."""

    application: Application
    on: date
    said: Facts
    holds: Facts
    base_year: int

    @property
    def entries(self) -> tuple[ListEntry, ...]:
        """Every list entry that could concern the case, as the lists have it."""
        found = {entry.entry_id: entry for entry in self.holds.list_entries}
        return tuple((found | {entry.entry_id: entry for entry in self.said.list_entries}).values())


@dataclass(frozen=True)
class Tried:
    """The rules as they come out now, and as they would with the correction."""

    before: eligibility.Decision
    after: eligibility.Decision


def standing(session: Session, people: People, application: Application, on: date) -> Standing:
    """How an application stands; raises `PersonErased`."""
    case = case_of(application, people)
    return Standing(
        application,
        on,
        said=gather(session, people, [case], on, corrections={})[0],
        holds=gather(session, people, [case], on)[0],
        base_year=case.base_year,
    )


def correctable(stands: Standing, codes: Sequence[str]) -> list[str]:
    """The facts whose correction could answer one of these rules, in their order."""
    return [
        fact
        for fact in mended.FACTS
        if set(ANSWERS[fact]) & set(codes)
        and (fact not in mended.OF_REGISTRY or stands.said.registry is not None)
        and (fact != mended.ENTRY_REMOVED or stands.entries)
        and (fact != mended.REPRESENTATIVE_NUMBER or stands.said.representative.id_number)
    ]


def what_stands(stands: Standing, people: People, what: str, which: str | None) -> str | None:
    """What the source says of a fact now, as a correction keeps it; raises `BadProposal` for no such fact."""
    if what == mended.EXPORTS:
        return str(stands.said.exports.total.minor) if stands.said.exports else None
    if what in mended.OF_REGISTRY and stands.said.registry is not None:
        value: str | None = getattr(stands.said.registry, what)
        return value
    if what == mended.ENTRY_REMOVED:
        entry = next((one for one in stands.entries if one.entry_id == which), None)
        if entry is None:
            raise BadProposal("no_such_entry")
        return entry.removed_on.isoformat() if entry.removed_on else None
    if what == mended.REPRESENTATIVE_NUMBER:
        return number_index(people.keys, stands.said.representative.id_number)
    raise BadProposal("no_such_fact")


def correction_of(
    stands: Standing, people: People, proposal: Proposal, codes: Sequence[str], appeal_id: str, number: int
) -> Correction:
    """The correction that a proposal makes, not stored; reason, proposer and moment are the caller's to fill in.

    Raises `BadProposal`: the fact is not in question, the value is none or is what holds already, or a day is
    wrong; and `PersonErased`.
    """
    if proposal.what not in correctable(stands, codes):
        raise BadProposal("no_such_fact")
    if not date(stands.base_year, 1, 1) <= proposal.holds_from <= stands.on:
        raise BadProposal("holds_from")
    which = str(stands.base_year) if proposal.what == mended.EXPORTS else proposal.which
    if proposal.what not in (mended.EXPORTS, mended.ENTRY_REMOVED):
        which = None
    instead_of = what_stands(stands, people, proposal.what, which)
    value = _value(stands, proposal)
    same = number_index(people.keys, value) if proposal.what == mended.REPRESENTATIVE_NUMBER else value
    if same == instead_of:
        raise BadProposal("same_value")
    person_id = stands.application.representative_id
    if proposal.what == mended.REPRESENTATIVE_NUMBER:
        value = people.sealer(person_id).seal(NUMBER_FIELD, value)
    return Correction(
        number=number,
        uscc=stands.application.uscc,
        appeal_id=appeal_id,
        what=proposal.what,
        which=which,
        instead_of=instead_of,
        value=value,
        person_id=person_id,
        holds_from=proposal.holds_from,
        evidence_id=proposal.evidence_id,
        state=corrections.PROPOSED,
    )


def try_out(session: Session, people: People, stands: Standing, correction: Correction) -> Tried:
    """Run the rules with a correction that does not count yet beside those that do; nothing is stored.

    Raises :class:`portal.scheme.eligibility.SourceMissing`.
    """
    uscc = stands.application.uscc
    counting = {uscc: [*corrections.approved(session, [uscc]).get(uscc, ()), correction]}
    case = case_of(stands.application, people)
    facts = gather(session, people, [case], stands.on, corrections=counting)[0]
    terms = load_terms(stands.application.scheme)
    return Tried(eligibility.decide(stands.holds, terms), eligibility.decide(facts, terms))


def still_stands(stands: Standing, people: People, correction: Correction) -> bool:
    """Whether the source still says what a correction would correct."""
    try:
        return what_stands(stands, people, correction.what, correction.which) == correction.instead_of
    except BadProposal:
        return False  # the entry is another one now


def _value(stands: Standing, proposal: Proposal) -> str:
    text = clean(proposal.value)
    if proposal.what == mended.EXPORTS:
        if not (text.isascii() and text.isdigit()) or int(text) > LARGEST_TOTAL:
            raise BadProposal("value")
        return str(int(text))
    if proposal.what == mended.ENTRY_REMOVED:
        return _removal(stands, proposal, text).isoformat()
    if proposal.what == mended.REPRESENTATIVE_NUMBER:
        if not is_valid_identity_number(text):
            raise BadProposal("identity_number")
        return normal_number(text)
    if not text or len(text) > (LONGEST_NAME if proposal.what == mended.NAME else LONGEST_VALUE):
        raise BadProposal("value")
    return text


def _removal(stands: Standing, proposal: Proposal, text: str) -> date:
    entry = next((one for one in stands.entries if one.entry_id == proposal.which), None)
    if entry is None:
        raise BadProposal("no_such_entry")
    try:
        removed_on = date.fromisoformat(text)
    except ValueError as error:
        raise BadProposal("value") from error
    if not entry.listed_on <= removed_on <= stands.on:
        raise BadProposal("removed_on")
    return removed_on
