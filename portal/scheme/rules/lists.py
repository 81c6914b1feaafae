"""Does the firm, or its legal representative, stand on a list? (condition 3 of enrolment)

What a reviewer set aside no longer refers anyone. It never takes back a fail: an entry with the same code
or the same full identity number is about this firm or person, whatever was recorded before.
"""

from collections.abc import Iterator
from typing import NamedTuple

from portal.scheme.facts import Facts, Person
from portal.scheme.findings import (
    FIRM_NOT_LISTED,
    REPRESENTATIVE_NOT_LISTED,
    Finding,
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


class _Match(NamedTuple):
    """An entry that is, or may be, about the firm or one of its representatives."""

    kind: str
    entry_id: str
    whose: str


def firm_not_listed(facts: Facts, terms: TermsOnDate) -> Finding:
    """Fail on an entry in force with the firm's USCC; refer on one without any and with its name key.

    The registry's name and the declared one are both tested. An entry with another USCC is another firm.
    """
    match, verdict, counted = _strongest([*_firm_matches(facts)] if facts.list_entries else [])
    return Finding(
        FIRM_NOT_LISTED,
        verdict,
        {"match": match, "entries": _distinct([found.entry_id for found in counted])},
        Source("lists", facts.sources.lists),
        terms.article(FIRM_NOT_LISTED),
    )


def representative_not_listed(facts: Facts, terms: TermsOnDate) -> Finding:
    """Fail on an entry in force with the same full identity number; refer on one that may be the same person.

    The declared representative is tested. Where the registry names a different one, that person is tested as
    well, and a fail or refer of either counts; ``whose`` says of whom. The registry's is the same person when
    the name is and its number, if it gives one, can be the declared one.
    """
    match, verdict, counted = _strongest([*_person_matches(facts)] if facts.list_entries else [])
    return Finding(
        REPRESENTATIVE_NOT_LISTED,
        verdict,
        {
            "match": match,
            "entries": _distinct([found.entry_id for found in counted]),
            "whose": _distinct([found.whose for found in counted]),
        },
        Source("lists", facts.sources.lists),
        terms.article(REPRESENTATIVE_NOT_LISTED),
    )


def _distinct(texts: list[str]) -> list[str]:
    return sorted(set(texts)) if texts else texts


def _strongest(found: list[_Match]) -> tuple[str | None, Verdict, list[_Match]]:
    """The kind that names the finding, its verdict, and every match that led to that verdict."""
    if not found:
        return None, Verdict.PASS, found
    kind = min((match.kind for match in found), key=_RANK.__getitem__)
    verdict = _VERDICTS[kind]
    return kind, verdict, [match for match in found if _VERDICTS[match.kind] is verdict]


def _firm_matches(facts: Facts) -> Iterator[_Match]:
    ours = uscc_key(facts.uscc)
    names = {name_key(facts.declared_name), name_key(facts.registry.name) if facts.registry else ""} - {""}
    for entry in facts.list_entries:
        if not entry.in_force_on(facts.judged_on):
            continue
        listed = uscc_key(entry.uscc)
        if listed and listed == ours:
            yield _Match("same_uscc", entry.entry_id, "firm")
        elif entry.name and name_key(entry.name) in names:
            kind = "different_uscc" if listed else "set_aside" if "firm" in entry.set_aside else "same_name_key"
            yield _Match(kind, entry.entry_id, "firm")


def _person_matches(facts: Facts) -> Iterator[_Match]:
    for whose, person in _representatives(facts):
        key, number = person_key(person.name), normal_number(person.id_number)
        valid = is_valid_identity_number(number)
        for entry in facts.list_entries:
            if entry.person is None or not entry.in_force_on(facts.judged_on):
                continue
            listed = normal_number(entry.person.id_number)
            if number and listed == number:
                kind = "same_id_number" if valid else "same_document_number"
            elif key and person_key(entry.person.name) == key:
                kind = _namesake(listed, number) if valid else "no_valid_number_declared"
            else:
                continue
            aside = whose in entry.set_aside and _VERDICTS[kind] is Verdict.REFER
            yield _Match("set_aside" if aside else kind, entry.entry_id, whose)


def _representatives(facts: Facts) -> Iterator[tuple[str, Person]]:
    declared = facts.representative
    yield "declared", declared
    registered = facts.registry.representative if facts.registry else None
    if registered is not None and not _same_person(declared, registered):
        yield "registry", registered


def _same_person(declared: Person, registered: Person) -> bool:
    if person_key(declared.name) != person_key(registered.name):
        return False
    theirs, ours = normal_number(registered.id_number), normal_number(declared.id_number)
    if not theirs or theirs == ours:
        return True
    return is_valid_identity_number(ours) and likeness(theirs, ours) is Likeness.FITS


def _namesake(listed: str, number: str) -> str:
    """How an entry with the same name relates to a person with a valid number."""
    match likeness(listed, number):
        case Likeness.DIFFERS:
            return "different_number"
        case Likeness.NO_IDENTITY_NUMBER:
            return "no_number_on_list"
        case _:
            return "masked_number_fits"
