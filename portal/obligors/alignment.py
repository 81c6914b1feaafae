"""Which words of one name answer to which words of another, and how well."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from portal.obligors.folding import NUMBER, OWN, Folded, Word

SAME_SOUND = 0.95  # different letters that are said alike: Schwarz, Schwartz
SAME_HAN_SOUND = 0.8  # other characters of the same sound: 华兴, 华星
ABBREVIATED = 0.9
INITIALS = 0.9
MOST_LONGER = 4  # letters by which spellings of one word differ in length
LONG_WORD = 9  # letters
FIRST_LETTER = 0.5  # edits
NEARLY_SHORT = 0.6  # one letter of three differs
_SOUNDS = (
    ("sch", "sh"), ("tsch", "ch"), ("tch", "ch"), ("ck", "k"), ("ph", "f"), ("kh", "h"), ("tz", "z"), ("ts", "z"),
    ("ae", "a"), ("oe", "o"), ("ue", "u"), ("ou", "u"), ("yu", "u"), ("iu", "u"), ("ya", "a"), ("ia", "a"),
    ("ks", "x"), ("qu", "kv"), ("q", "k"), ("c", "k"), ("w", "v"), ("j", "i"), ("y", "i"), ("z", "s"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """Words of either name that answer to each other, and how well (0 to 1)."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    likeness: float


@lru_cache(maxsize=50_000)
def sound(text: str) -> str:
    """A word as it is roughly said: spellings and transliterations of one word share it."""
    for written, said in _SOUNDS:
        text = text.replace(written, said)
    return "".join(sign for n, sign in enumerate(text) if n == 0 or sign != text[n - 1])


def skeleton(text: str) -> str:
    """The consonants of a word, for scripts that write nothing else."""
    said = sound(text)
    return "".join(sign for sign in said if sign not in "aeiou") or said


def edits_allowed(length: int) -> int:
    """How many letters of a word so long may differ and leave it a slip of the pen."""
    if length < 4:
        return 0
    if length < 6:
        return 1
    return 2 if length < 13 else 3


def likeness(first: str, second: str) -> float:
    """How alike two words are written, 0 unless they may be one word: 1 for equal ones."""
    if first == second:
        return 1.0
    longer, shorter = max(len(first), len(second)), min(len(first), len(second))
    if longer > shorter + MOST_LONGER:
        return 0.0
    edits = OSA.distance(first, second)
    if longer == shorter == 3 and edits == 1:
        return NEARLY_SHORT
    result = 0.0
    if edits <= edits_allowed(shorter):
        # Two slips in a short word, or one in its first letter, more likely make another word.
        far = edits + (FIRST_LETTER if first[0] != second[0] else 0)
        result = 1 - (far if edits > 1 and longer < LONG_WORD else far / 2) / longer
    if shorter > 3 and sound(first) == sound(second):
        result = max(result, SAME_SOUND)
    return result


def word_likeness(first: Word, second: Word, skeletons: bool) -> float:
    """How well one word answers to another; numbers and countries only to themselves."""
    if first.text == second.text:
        return 1.0
    if first.sort != OWN or second.sort != OWN:
        return 0.0
    if first.sound and second.sound:
        if first.sound == second.sound:
            return SAME_HAN_SOUND
        if min(len(first.text), len(second.text)) < 4:
            return 0.0
        return likeness(first.text, second.text)
    if _singular(first.text) == _singular(second.text):
        return SAME_SOUND
    result = likeness(first.sound or first.text, second.sound or second.text)
    if skeletons and not result:
        one, other = skeleton(first.text), skeleton(second.text)
        if len(one) > 1 and one == other:
            return ABBREVIATED
    return max(result, _abbreviation(first, second))


def _singular(text: str) -> str:
    if len(text) < 4 or text.endswith("ss"):
        return text
    return text[:-3] + "y" if text.endswith("ies") else text.removesuffix("s")


def _abbreviation(first: Word, second: Word) -> float:
    """An ordinary word cut short, or with letters left out: constr, mgmt."""
    short, long = sorted((first, second), key=_length)
    if not (3 <= len(short.text) <= len(long.text) - 3) or long.weight > 0.5 or long.small:
        return 0.0
    if short.text[0] != long.text[0]:
        return 0.0
    rest = iter(long.text)
    return ABBREVIATED if all(sign in rest for sign in short.text) else 0.0


def _length(word: Word) -> int:
    return len(word.text)


def align(first: Folded, second: Folded) -> list[Pair]:
    """Pair the words of two names: equal ones, then what was parted or joined, alike, and initials."""
    one, other = first.words, second.words
    skeletons = first.consonants_only or second.consonants_only
    free1, free2, pairs = set(range(len(one))), set(range(len(other))), list[Pair]()

    def take(indices1: tuple[int, ...], indices2: tuple[int, ...], how_well: float) -> None:
        free1.difference_update(indices1)
        free2.difference_update(indices2)
        pairs.append(Pair(indices1, indices2, how_well))

    for n, word in enumerate(one):
        for m in sorted(free2):
            if word.text == other[m].text:
                take((n,), (m,), 1.0)
                break
    for run, single, how_well in _joined(one, other, free1, free2):
        if free1.issuperset(run) and single in free2:
            take(run, (single,), how_well)
    for run, single, how_well in _joined(other, one, free2, free1):
        if free2.issuperset(run) and single in free1:
            take((single,), run, how_well)
    alike = [(word_likeness(one[n], other[m], skeletons), n, m) for n in sorted(free1) for m in sorted(free2)]
    for how_well, n, m in sorted((found for found in alike if found[0]), key=_best_first):
        if n in free1 and m in free2:
            take((n,), (m,), how_well)
    for single, run in _initials(one, other, free1, free2):
        take((single,), run, INITIALS)
    for single, run in _initials(other, one, free2, free1):
        take(run, (single,), INITIALS)
    return pairs


def _best_first(found: tuple[float, int, int]) -> tuple[float, int, int]:
    return (-found[0], found[1], found[2])


def _joined(
    parted: Sequence[Word], whole: Sequence[Word], free_parted: set[int], free_whole: set[int]
) -> list[tuple[tuple[int, ...], int, float]]:
    """Two or three words that stand side by side, and the one word that they make elsewhere."""
    found = []
    for n in sorted(free_parted):
        for length in (2, 3):
            run = tuple(range(n, n + length))
            if not free_parted.issuperset(run) or any(parted[i].sort != OWN for i in run):
                continue
            text = "".join(parted[i].sound or parted[i].text for i in run)
            for m in sorted(free_whole):
                target = whole[m]
                if target.sort == OWN and len(text) > 3:
                    how_well = likeness(text, target.sound or target.text)
                    if how_well >= ABBREVIATED:
                        found.append((run, m, how_well))
    return sorted(found, key=_best_run_first)


def _best_run_first(found: tuple[tuple[int, ...], int, float]) -> tuple[float, tuple[int, ...], int]:
    return (-found[2], found[0], found[1])


def _initials(
    short: Sequence[Word], full: Sequence[Word], free_short: set[int], free_full: set[int]
) -> list[tuple[int, tuple[int, ...]]]:
    """A word that is the initials of several words in a row; small words may be left out of them."""
    found = []
    for n in sorted(free_short):
        text = short[n].text
        if short[n].sort != OWN or short[n].sound or not 2 <= len(text) <= 6:
            continue
        for whole in (True, False):
            row = [m for m in sorted(free_full) if full[m].sort != NUMBER and (whole or not full[m].small)]
            letters_of_row = "".join((full[m].sound or full[m].text)[0] for m in row)
            at = letters_of_row.find(text)
            run = tuple(row[at : at + len(text)])
            if at >= 0 and run[-1] - run[0] < len(text) + 3:
                found.append((n, run))
                break
    return found
