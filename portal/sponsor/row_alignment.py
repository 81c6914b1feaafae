"""Which row of a file is which row of the record, when rows may have been removed, inserted or moved."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from portal.sponsor.roster_record import row_cells

_POLICY_NUMBER = 6  # column G of the roster: the one value that is unique and does not shift with the rows


class RowPair(NamedTuple):
    """Indexes from 0. No `found`: the row was removed; no `expected`: it was inserted."""

    expected: int | None
    found: int | None
    moved: bool = False


def differing_rows(expected: Sequence[str], found: Sequence[str]) -> list[RowPair]:
    """The rows that differ in content or order, in the order of the file; rows are as `row_text` writes them.

    Rows are recognised by policy number, elsewhere by their whole text; those in their old order are anchors,
    the others were moved. What lies between the same anchors and is not recognised is paired from the top.
    """
    start, shortest = 0, min(len(expected), len(found))
    while start < shortest and expected[start] == found[start]:
        start += 1
    end = 0
    while end < shortest - start and expected[-1 - end] == found[-1 - end]:
        end += 1
    matched = _matched(expected[start : len(expected) - end], found[start : len(found) - end])
    pairs = _pairs(matched, len(expected) - end - start, len(found) - end - start)
    return [
        pair
        for pair in (
            RowPair(
                None if pair.expected is None else pair.expected + start,
                None if pair.found is None else pair.found + start,
                pair.moved,
            )
            for pair in pairs
        )
        if pair.moved
        or pair.expected is None
        or pair.found is None
        or expected[pair.expected] != found[pair.found]
    ]


def _key(row: str) -> str:
    cells = row_cells(row)
    number = cells[_POLICY_NUMBER] if len(cells) > _POLICY_NUMBER else None
    return row if number is None else number


def _matched(expected: Sequence[str], found: Sequence[str]) -> list[tuple[int, int]]:
    """(expected, found) for keys that occur once on each side, in the order of the file."""
    expected_keys, found_keys = [_key(row) for row in expected], [_key(row) for row in found]
    twice = {key for keys in (expected_keys, found_keys) for key, times in Counter(keys).items() if times > 1}
    places = {key: index for index, key in enumerate(expected_keys) if key not in twice}
    return [(places[key], index) for index, key in enumerate(found_keys) if key in places]


def _pairs(matched: list[tuple[int, int]], expected_count: int, found_count: int) -> list[RowPair]:
    anchors = _in_order(matched)
    anchored = {found for _, found in anchors}
    moved = {found: expected for expected, found in matched if found not in anchored}
    claimed = {expected for expected, _ in matched}
    pairs: list[RowPair] = []
    next_expected = next_found = 0
    for expected_at, found_at in [*anchors, (expected_count, found_count)]:
        between = range(next_found, found_at)
        pairs += [RowPair(moved[index], index, moved=True) for index in between if index in moved]
        unknown = [index for index in between if index not in moved]
        missing = [index for index in range(next_expected, expected_at) if index not in claimed]
        pairs += [RowPair(old, new) for old, new in zip_longest(missing, unknown)]
        if found_at < found_count:
            pairs.append(RowPair(expected_at, found_at))
        next_expected, next_found = expected_at + 1, found_at + 1
    return pairs


def _in_order(matched: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of `matched` whose expected indexes rise (patience sorting, n log n)."""
    tops: list[int] = []
    top_at: list[int] = []
    before: list[int] = []
    for index, (expected, _) in enumerate(matched):
        pile = bisect_left(tops, expected)
        before.append(top_at[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(expected)
            top_at.append(index)
        else:
            tops[pile], top_at[pile] = expected, index
    chain: list[tuple[int, int]] = []
    index = top_at[-1] if top_at else -1
    while index >= 0:
        chain.append(matched[index])
        index = before[index]
    return chain[::-1]
