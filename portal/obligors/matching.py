"""Whether two names look so alike that a person should look at the pair; it proposes, and never links anything.

Both names are folded and their words aligned. What answers to each other counts for them by its weight: a name of
its own most, ordinary words little, small words nothing. A word that stands in place of another counts against
them twice, one that is merely left out once; legal forms that make different sorts of entity count against them.
Numbers weigh little here, so that a person sees sister funds, but they are never one record: see `name_key`.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from portal.obligors.alignment import align, edits_allowed
from portal.obligors.folding import COUNTRY, NUMBER, Folded, Word, fold, name_key

__all__ = ["THRESHOLD", "Match", "compare", "name_key"]

THRESHOLD = Decimal("0.78")
LONGEST = 500  # characters of a name that are read
OTHER_SORT = 0.75  # what stays of a score when the legal forms make different sorts of entity
OTHER_FORM = 0.97  # another country's form of the same sort
LIGHT = 0.2  # words up to this weight replace one another freely
INSTEAD = 1.0  # how much more a word in place of another says than one left out
_THOUSANDTH = Decimal("0.001")
_ALIASES = re.compile(
    r"(?<=\w{3})\s*/\s*(?=\w{3})|[(,;]?\s*\b(?:formerly(?: known as)?|f/?k/?a|a\.?k\.?a\.?|also known as|d/?b/?a"
    r"|doing business as|trading as|t/a|曾用名|又名)\b[:：]?\s*",
    re.IGNORECASE,
)


class Match(NamedTuple):
    """Whether the portal would show a pair of names to a person, and how alike they are, from 0 to 1."""

    lookalike: bool
    score: Decimal  # three decimals


def compare(name1: str, name2: str, threshold: Decimal = THRESHOLD) -> Match:
    """Compare two names of firms or banks, in any script; a name without letters or digits is like none."""
    best = max(
        (_score(fold(one), fold(other)) for one in _names(name1) for other in _names(name2)),
        default=0.0,
    )
    score = Decimal(str(best)).quantize(_THOUSANDTH)
    return Match(score >= threshold, score)


def _names(text: str) -> list[str]:
    """A name, and where it says that it has several, each of them."""
    text = text[:LONGEST]
    parts = [part for part in _ALIASES.split(text) if any(sign.isalnum() for sign in part)]
    return [text] if len(parts) < 2 else [text, *parts[:4]]


def _score(first: Folded, second: Folded) -> float:
    if not first.words or not second.words:
        return 0.0
    score = max(_by_words(first, second), _written_in_one(first, second))
    return score * _forms(first, second)


def _by_words(first: Folded, second: Folded) -> float:
    pairs = align(first, second)
    total = sum(word.weight for word in first.words) + sum(word.weight for word in second.words)
    shared = 0.0
    used1, used2 = set[int](), set[int]()
    for pair in pairs:
        weight = sum(first.words[n].weight for n in pair.first) + sum(second.words[n].weight for n in pair.second)
        shared += weight * pair.likeness
        used1.update(pair.first)
        used2.update(pair.second)
    left1 = [w for n, w in enumerate(first.words) if n not in used1 and w.sort != NUMBER]
    left2 = [w for n, w in enumerate(second.words) if n not in used2 and w.sort != NUMBER]
    return shared / (total + 2 * INSTEAD * _instead(left1, left2))


def _instead(left1: Sequence[Word], left2: Sequence[Word]) -> float:
    """The weight of what stands in place of something else; words like group replace one another freely."""
    if all(word.weight <= LIGHT for word in (*left1, *left2)):
        return 0.0
    return min(sum(word.weight for word in left1), sum(word.weight for word in left2))


def _written_in_one(first: Folded, second: Folded) -> float:
    """The names without spaces: words parted elsewhere. Numbers and countries must be the same."""
    if _fixed(first) != _fixed(second):
        return 0.0
    one, other = first.joined, second.joined
    shorter, longer = min(len(one), len(other)), max(len(one), len(other))
    allowed = edits_allowed(shorter) // 2 if len(first.words) != len(second.words) else 0
    if longer < 6:
        return 1.0 if one == other else 0.0
    edits = Levenshtein.distance(one, other, score_cutoff=allowed)
    return 1 - 0.5 * edits / longer if edits <= allowed else 0.0


def _fixed(folded: Folded) -> list[str]:
    return sorted(word.text for word in folded.words if word.sort in (NUMBER, COUNTRY))


def _forms(first: Folded, second: Folded) -> float:
    """What the legal forms leave of a score: all of it where either name has none."""
    if not first.forms or not second.forms or set(first.forms) & set(second.forms):
        return 1.0
    same_sort = _kinds(first) & _kinds(second)
    return OTHER_FORM if same_sort else OTHER_SORT


def _kinds(folded: Folded) -> set[str]:
    return {kind for form in folded.forms for kind in form.kinds}
