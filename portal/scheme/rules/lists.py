"""Does the firm, or its legal representative, stand on a list? (condition 3 of enrolment)

What a reviewer set aside no longer refers anyone. It never takes back a fail: an entry with the same code
or the same full identity number is about this firm or person, whatever was recorded before.
"""

from collections.abc import Iterator

from portal.scheme.facts import Facts, ListEntry, Person
from portal.scheme.findings import (
    FIRM_NOT_LISTED,
    REPRESENTATIVE_NOT_LISTED,
    Finding,
    JsonValue,
    Source,
    Verdict,
)
from portal.scheme.id_numbers import Likeness, is_valid_identity_number, likeness, normal_number
from portal.scheme.names import name_key, person_key, uscc_key
from portal.scheme.terms import TermsOnDate

_VERDICTS = {
    "same_uscc": Verdict.FAIL,
    "same_id_number": Verdict.FAIL,
    "same_name_key": Verdict.REFER,
    "masked_number_fits": Verdict.REFER,
    "no_number_on_list": Verdict.REFER,
    "no_valid_number_declared": Verdict.REFER,
    "same_document_number": Verdict.REFER,
    "set_aside": Verdict.PASS,
    "different_uscc": Verdict.PASS,
    "different_number": Verdict.PASS,
}
"""What each kind of match means. Where several are found, the first in this order names the finding."""
_RANK = {match: rank for rank, match in enumerate(_VERDICTS)}


def firm_not_listed(facts: Facts, terms: TermsOnDate) -> Finding:
    """Fail on an entry in force with the firm's USCC; refer on one without any and with its name key.

    The registry's name and the declared one are both tested. An entry with another USCC is another firm.
    """
    found = [(match, entry.entry_id) for match, entry in _firm_matches(facts)] if facts.list_entries else []
    match, verdict, entries = _strongest(found)
    return Finding(
        FIRM_NOT_LISTED,
        verdict,
        {"match": match, "entries": entries},
        Source("lists", facts.sources.lists),
        terms.article(FIRM_NOT_LISTED),
    )


def representative_not_listed(facts: Facts, terms: TermsOnDate) -> Finding:
    """Fail on an entry in force with the same full identity number; refer on one that may be the same person.

    The declared representative is tested. Where the registry names a different one, that person is tested as
    well, and a fail or refer of either counts; ``whose`` says of whom. The registry's is the same person when
    the name is and its number, if it gives one, can be the declared one.
    """
    found: list[tuple[str, str]] = []
    whose: dict[tuple[str, str], set[str]] = {}
    if facts.list_entries:
        for said_by, person in _representatives(facts):
            for kind, entry in _person_matches(facts, person):
                found.append((kind, entry.entry_id))
                whose.setdefault((kind, entry.entry_id), set()).add(said_by)
    match, verdict, entries = _strongest(found)
    counted: set[str] = set()
    for (kind, entry_id), names in whose.items():
        if _VERDICTS[kind] is verdict and entry_id in entries:
            counted |= names
    return Finding(
        REPRESENTATIVE_NOT_LISTED,
        verdict,
        {"match": match, "entries": entries, "whose": sorted(counted)},
        Source("lists", facts.sources.lists),
        terms.article(REPRESENTATIVE_NOT_LISTED),
    )


def _strongest(found: list[tuple[str, str]]) -> tuple[str | None, Verdict, list[JsonValue]]:
    """The match that names the finding, its verdict, and every entry that led to that verdict, sorted."""
    if not found:
        return None, Verdict.PASS, []
    match = min((kind for kind, _entry in found), key=_RANK.__getitem__)
    verdict = _VERDICTS[match]
    return match, verdict, [*sorted({entry for kind, entry in found if _VERDICTS[kind] is verdict})]


def _firm_matches(facts: Facts) -> Iterator[tuple[str, ListEntry]]:
    ours = uscc_key(facts.uscc)
    names = {name_key(facts.declared_name), name_key(facts.registry.name) if facts.registry else ""} - {""}
    for entry in facts.list_entries:
        if not entry.in_force_on(facts.judged_on):
            continue
        listed = uscc_key(entry.uscc)
        if listed and listed == ours:
            yield "same_uscc", entry
        elif entry.name and name_key(entry.name) in names:
            if listed:
                yield "different_uscc", entry
            else:
                yield "set_aside" if entry.set_aside else "same_name_key", entry


def _representatives(facts: Facts) -> Iterator[tuple[str, Person]]:
    declared = facts.representative
    yield "declared", declared
    registered = facts.registry.representative if facts.registry else None
    if registered is not None and not _same_person(declared, registered):
        yield "registry", registered


def _same_person(declared: Person, registered: Person) -> bool:
    if person_key(declared.name) != person_key(registered.name):
        return False
    theirs = normal_number(registered.id_number)
    if not theirs or theirs == normal_number(declared.id_number):
        return True
    if not is_valid_identity_number(declared.id_number):
        return False
    return likeness(theirs, normal_number(declared.id_number)) is Likeness.FITS


def _person_matches(facts: Facts, person: Person) -> Iterator[tuple[str, ListEntry]]:
    key, number = person_key(person.name), normal_number(person.id_number)
    valid = is_valid_identity_number(number)
    for entry in facts.list_entries:
        if entry.person is None or not entry.in_force_on(facts.judged_on):
            continue
        listed = normal_number(entry.person.id_number)
        match = None
        if number and listed == number:
            match = "same_id_number" if valid else "same_document_number"
        elif key and person_key(entry.person.name) == key:
            match = _namesake(listed, number) if valid else "no_valid_number_declared"
        if match is not None:
            aside = entry.set_aside and _VERDICTS[match] is Verdict.REFER
            yield "set_aside" if aside else match, entry


def _namesake(listed: str, number: str) -> str:
    """How an entry with the same name relates to a person with a valid number."""
    match likeness(listed, number):
        case Likeness.DIFFERS:
            return "different_number"
        case Likeness.NO_IDENTITY_NUMBER:
            return "no_number_on_list"
        case _:
            return "masked_number_fits"
