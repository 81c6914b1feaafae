"""Finding the obligors that a name, a number or a code may mean: exact keys first, then every name."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
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
SWEPT = 60  # names of each sweep that are compared word by word
_SURE = Decimal(1)
_BIC6_ALONE = Decimal("0.80")


@dataclass(frozen=True)
class Candidate:
    """An obligor that may be meant, how alike it is (0 to 1), and the codes of why."""

    obligor: Obligor
    score: Decimal
    why: tuple[str, ...]


@dataclass
class _Names:
    """All names of obligors, made ready for sweeping; names are only ever added."""

    last: str = ""
    obligors: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    cores: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)


_SWEPT_NAMES: "WeakKeyDictionary[Engine, _Names]" = WeakKeyDictionary()


def candidates(
    session: Session,
    name: str,
    country: str | None = None,
    registration_number: str | None = None,
    lei: str | None = None,
    bic: str | None = None,
    beside: Iterable[str] = (),
) -> list[Candidate]:
    """The obligors that look like this one, best first, at most `MOST`; merged ones stand for what they became.

    Codes must have been cleaned (`identifiers`). `beside` are ids that are not wanted. A pair counts when
    `compare` calls its names alike, when they are the same but for the legal form in the same country, or when a
    code is shared.
    """
    found: dict[str, tuple[Decimal, set[str]]] = {}

    def add(obligor_id: str, score: Decimal, why: str) -> None:
        best, reasons = found.get(obligor_id, (Decimal(0), set[str]()))
        found[obligor_id] = (max(best, score), reasons | {why})

    for obligor_id, why, score in _by_codes(session, country, registration_number, lei, bic):
        add(obligor_id, score, why)
    for obligor_id, score in _by_name(session, name, country):
        add(obligor_id, score, NAME)
    result: dict[str, Candidate] = {}
    unwanted = set(beside)
    for obligor_id, (score, reasons) in found.items():
        root = root_of(session, obligor_id)
        if root.id in unwanted:
            continue
        other = result.get(root.id)
        if other is not None:
            score, reasons = max(score, other.score), reasons | set(other.why)
        result[root.id] = Candidate(root, score, tuple(sorted(reasons)))
    return sorted(result.values(), key=_best_first)[:MOST]


def _best_first(one: Candidate) -> tuple[Decimal, str]:
    return (-one.score, one.obligor.number)


def _by_codes(
    session: Session, country: str | None, registration_number: str | None, lei: str | None, bic: str | None
) -> list[tuple[str, str, Decimal]]:
    found: list[tuple[str, str, Decimal]] = []

    def look(query: Select[str], why: str, score: Decimal) -> None:
        found.extend((one, why, score) for one in session.execute(query.limit(MOST)).scalars())

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


def _by_name(session: Session, name: str, country: str | None) -> list[tuple[str, Decimal]]:
    key = name_key(name)
    if not key:
        return []
    names = _all_names(session)
    own, joined = _swept(key)
    hits: set[int] = set()
    for wanted, choices in ((own, names.own), (joined, names.joined)):
        swept = process.extract(wanted, choices, scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH, limit=SWEPT)
        hits.update(at for _text, _how_well, at in swept)
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
    query = select(ObligorName.id, ObligorName.obligor_id, ObligorName.name, ObligorName.name_key)
    rows = session.execute(query.where(ObligorName.id > before.last).order_by(ObligorName.id)).all()
    ready = [_swept(row.name_key) for row in rows]
    return _Names(
        last=rows[-1].id if rows else before.last,
        obligors=[*before.obligors, *(row.obligor_id for row in rows)],
        names=[*before.names, *(row.name for row in rows)],
        cores=[*before.cores, *(_core(row.name_key) for row in rows)],
        own=[*before.own, *(own for own, _joined in ready)],
        joined=[*before.joined, *(joined for _own, joined in ready)],
    )
