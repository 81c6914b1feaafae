"""Finding the obligors that a name, a number or a code may mean: exact keys first, then every name.

However many records look alike, the one with the same number, name or country stands before those without it, so
that nobody can crowd it out by entering others.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from weakref import WeakKeyDictionary

from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, Engine, Select, func, select
from sqlalchemy.orm import Session

from portal.obligors.folding import name_key
from portal.obligors.letters import latin
from portal.obligors.matching import compare
from portal.obligors.records import Obligor, ObligorName
from portal.obligors.roots import root_of
from portal.obligors.words_known import known

NAME, REGISTRATION_NUMBER, LEI, BIC8, BIC6 = "name", "registration_number", "lei", "bic8", "bic6"
MOST = 20  # candidates that are given back
LIKE_ENOUGH = 62  # of 100, for the first sweep over all names; what it finds is compared word by word
SWEPT = 60  # names of each sweep that are compared word by word, and as many again of the same country
_SURE = Decimal(1)
_BIC6_ALONE = Decimal("0.80")


@dataclass(frozen=True)
class Candidate:
    """An obligor that may be meant, how alike it is (0 to 1), and the codes of why."""

    obligor: Obligor
    score: Decimal
    why: tuple[str, ...]


class Found(NamedTuple):
    """The best candidates, and how many more there are."""

    best: list[Candidate]
    more: int


@dataclass
class _Names:
    """All names of obligors, made ready for sweeping; names are only ever added."""

    last: str = ""
    obligors: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    cores: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)


_SWEPT_NAMES: "WeakKeyDictionary[Engine, _Names]" = WeakKeyDictionary()


def search(
    session: Session,
    name: str,
    country: str | None = None,
    registration_number: str | None = None,
    lei: str | None = None,
    bic: str | None = None,
    beside: Iterable[str] = (),
    among: Collection[str] | None = None,
) -> Found:
    """The obligors that look like this one, best first, at most `MOST`; merged ones stand for what they became.

    Codes must have been cleaned (`identifiers`). `beside` are not wanted; with `among` nothing else is.
    A pair counts when `compare` calls its names alike, when they are the same but for the legal form in the same
    country, or when a code is shared. A shared code goes before the same country, that before the very same name,
    that before how alike the names are.
    """
    found: dict[str, tuple[Decimal, set[str]]] = {}

    def add(obligor_id: str, score: Decimal, why: str) -> None:
        best, reasons = found.get(obligor_id, (Decimal(0), set[str]()))
        found[obligor_id] = (max(best, score), reasons | {why})

    for obligor_id, why, score in _by_codes(session, country, registration_number, lei, bic):
        add(obligor_id, score, why)
    exact = _by_key(session, name)
    for obligor_id in exact:
        add(obligor_id, _SURE, NAME)
    for obligor_id, score in _by_name(session, name, country):
        add(obligor_id, score, NAME)
    result: dict[str, Candidate] = {}
    ranks: dict[str, int] = {}
    unwanted = set(beside)
    for obligor_id, (score, reasons) in found.items():
        root = root_of(session, obligor_id)
        if root.id in unwanted or (among is not None and root.id not in among):
            continue
        other = result.get(root.id)
        if other is not None:
            score, reasons = max(score, other.score), reasons | set(other.why)
        result[root.id] = Candidate(root, score, tuple(sorted(reasons)))
        rank = _rank(reasons, root.country == country, obligor_id in exact)
        ranks[root.id] = max(rank, ranks.get(root.id, 0))
    best = sorted(result.values(), key=lambda one: (-ranks[one.obligor.id], -one.score, one.obligor.number))
    return Found(best[:MOST], max(0, len(best) - MOST))


def candidates(
    session: Session,
    name: str,
    country: str | None = None,
    registration_number: str | None = None,
    lei: str | None = None,
    bic: str | None = None,
    beside: Iterable[str] = (),
) -> list[Candidate]:
    """The best of what `search` finds."""
    return search(session, name, country, registration_number, lei, bic, beside).best


def _rank(reasons: Collection[str], same_country: bool, same_name: bool) -> int:
    shared = any(one in reasons for one in (REGISTRATION_NUMBER, LEI, BIC8))
    return 4 * shared + 2 * same_country + same_name


def _by_codes(
    session: Session, country: str | None, registration_number: str | None, lei: str | None, bic: str | None
) -> list[tuple[str, str, Decimal]]:
    found: list[tuple[str, str, Decimal]] = []

    def look(query: Select[str], why: str, score: Decimal) -> None:
        found.extend((one, why, score) for one in session.execute(query).scalars())

    if registration_number:
        query = select(Obligor.id).where(Obligor.registration_number == registration_number)
        look(query.where(Obligor.country == country) if country else query, REGISTRATION_NUMBER, _SURE)
    if lei:
        look(select(Obligor.id).where(Obligor.lei == lei), LEI, _SURE)
    if bic:
        look(select(Obligor.id).where(*_begins(bic[:8])), BIC8, _SURE)
        look(select(Obligor.id).where(*_begins(bic[:6])), BIC6, _BIC6_ALONE)
    return found


def _begins(code: str) -> tuple[ColumnElement[bool], ...]:
    """Codes that begin so, as a range: the index serves it on either database."""
    return (Obligor.bic >= code, Obligor.bic < code[:-1] + chr(ord(code[-1]) + 1))


def _by_key(session: Session, name: str) -> set[str]:
    """The obligors of which one name has the very same key."""
    key = name_key(name)
    query = select(ObligorName.obligor_id).where(ObligorName.name_key == key)
    return set(session.execute(query).scalars()) if key else set()


def _by_name(session: Session, name: str, country: str | None) -> list[tuple[str, Decimal]]:
    key = name_key(name)
    if not key:
        return []
    names = _all_names(session)
    own, joined = _swept(key)
    hits: set[int] = set()
    here = [at for at, code in enumerate(names.countries) if code == country]
    for wanted, choices in ((own, names.own), (joined, names.joined)):
        hits.update(_sweep(wanted, choices))
        hits.update(here[at] for at in _sweep(wanted, [choices[at] for at in here]))
    found = []
    core = _core(key)
    for at in sorted(hits):
        match = compare(name, names.names[at])
        if match.lookalike:
            found.append((names.obligors[at], match.score))
        elif country and core == names.cores[at]:
            other = session.get(Obligor, names.obligors[at])
            if other is not None and other.country == country:
                found.append((names.obligors[at], match.score))
    return found


def _sweep(wanted: str, choices: Sequence[str]) -> list[int]:
    """The places of the choices that are most like what is wanted."""
    swept = process.extract(wanted, choices, scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH, limit=SWEPT)
    return [at for _text, _how_well, at in swept]


def _core(key: str) -> str:
    """A name's key without its legal forms."""
    return key.partition(" #")[0]


def may_be_alike(first_key: str, second_key: str) -> bool:
    """Whether two names, by their keys, are worth comparing word by word."""
    (own1, joined1), (own2, joined2) = _swept(first_key), _swept(second_key)
    return max(fuzz.ratio(own1, own2), fuzz.ratio(joined1, joined2)) >= LIKE_ENOUGH


@lru_cache(maxsize=50_000)
def _swept(key: str) -> tuple[str, str]:
    """What the first sweep compares, from a name's key: its own words in order of the alphabet, and all in one.

    Words that many firms share, numbers and countries would bring too many others; where a name has no other
    words they stay. Reading only the key makes all names ready in the time that folding a few would take.
    """
    words = known()
    tokens = [
        latin(one) if not one.isascii() and one not in words.abbreviations else one for one in _core(key).split()
    ]
    own = [
        one
        for one in tokens
        if words.weights.get(one, 1.0) > 0.5
        and one not in words.abbreviations
        and not one.isdigit()
        and (one,) not in words.countries
    ]
    return " ".join(sorted(own or tokens)), "".join(tokens)


def _all_names(session: Session) -> _Names:
    """All names, read once per process and then only the new ones; a state that cannot follow is read anew."""
    engine = session.get_bind().engine
    before = _SWEPT_NAMES.get(engine) or _Names()
    count, last = session.execute(select(func.count(), func.max(ObligorName.id))).one()
    if (count, last or "") == (len(before.obligors), before.last):
        return before
    fresh = _read(session, before)
    if len(fresh.obligors) != count:
        fresh = _read(session, _Names())
    _SWEPT_NAMES[engine] = fresh
    return fresh


def _read(session: Session, before: _Names) -> _Names:
    query = select(
        ObligorName.id, ObligorName.obligor_id, ObligorName.name, ObligorName.name_key, Obligor.country
    ).join(Obligor, Obligor.id == ObligorName.obligor_id)
    rows = session.execute(query.where(ObligorName.id > before.last).order_by(ObligorName.id)).all()
    ready = [_swept(row.name_key) for row in rows]
    return _Names(
        last=rows[-1].id if rows else before.last,
        obligors=[*before.obligors, *(row.obligor_id for row in rows)],
        names=[*before.names, *(row.name for row in rows)],
        cores=[*before.cores, *(_core(row.name_key) for row in rows)],
        own=[*before.own, *(own for own, _joined in ready)],
        joined=[*before.joined, *(joined for _own, joined in ready)],
        countries=[*before.countries, *(row.country for row in rows)],
    )
