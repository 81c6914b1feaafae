"""Finding the obligors that a name, a number or a code may mean: exact keys first, then every name."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from weakref import WeakKeyDictionary

from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, Engine, Select, func, select
from sqlalchemy.orm import Session

from portal.obligors.folding import COUNTRY, NUMBER, fold, name_key
from portal.obligors.letters import letters
from portal.obligors.matching import compare
from portal.obligors.records import Obligor, ObligorName
from portal.obligors.roots import root_of

NAME, REGISTRATION_NUMBER, LEI, BIC8, BIC6 = "name", "registration_number", "lei", "bic8", "bic6"
MOST = 20  # candidates that are given back
LIKE_ENOUGH = 62  # of 100, for the first sweep over all names; what it finds is compared word by word
SWEPT = 150  # names that are compared word by word
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
        known = result.get(root.id)
        if known is not None:
            score, reasons = max(score, known.score), reasons | set(known.why)
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
    own, joined = _own(name), _joined(name)
    hits: dict[int, float] = {}
    for wanted, choices, scorer in (
        (own, names.own, fuzz.token_sort_ratio),
        (own, names.own, fuzz.token_set_ratio),
        (joined, names.joined, fuzz.ratio),
    ):
        swept = process.extract(wanted, choices, scorer=scorer, score_cutoff=LIKE_ENOUGH, limit=SWEPT)
        for _text, how_well, at in swept:
            hits[at] = max(hits.get(at, 0), how_well)
    found = []
    core = key.split(" #")[0]
    for at in hits:
        match = compare(name, names.names[at])
        if match.lookalike:
            found.append((names.obligors[at], match.score))
        elif core == name_key(names.names[at]).split(" #")[0] and country:
            other = session.get(Obligor, names.obligors[at])
            if other is not None and other.country == country:
                found.append((names.obligors[at], match.score))
    return found


def _own(name: str) -> str:
    """A name's own words in Latin letters, for sweeping; its ordinary words where it has no other."""
    words = [word for word in fold(name).words if not word.small and word.sort not in (NUMBER, COUNTRY)]
    own = [word for word in words if word.weight > 0.5] or words
    return " ".join(word.sound or word.text for word in own) or letters(name)


def _joined(name: str) -> str:
    return fold(name).joined


def _all_names(session: Session) -> _Names:
    """All names, read once per process and then only the new ones; a state that cannot follow is read anew."""
    engine = session.get_bind().engine
    known = _SWEPT_NAMES.get(engine) or _Names()
    count, last = session.execute(select(func.count(), func.max(ObligorName.id))).one()
    if (count, last or "") == (len(known.obligors), known.last):
        return known
    fresh = _read(session, known)
    if len(fresh.obligors) != count:
        fresh = _read(session, _Names())
    _SWEPT_NAMES[engine] = fresh
    return fresh


def _read(session: Session, known: _Names) -> _Names:
    query = select(ObligorName.id, ObligorName.obligor_id, ObligorName.name).where(ObligorName.id > known.last)
    rows = session.execute(query.order_by(ObligorName.id)).all()
    return _Names(
        last=rows[-1].id if rows else known.last,
        obligors=[*known.obligors, *(row.obligor_id for row in rows)],
        names=[*known.names, *(row.name for row in rows)],
        own=[*known.own, *(_own(row.name) for row in rows)],
        joined=[*known.joined, *(_joined(row.name) for row in rows)],
    )
