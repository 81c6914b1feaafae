"""Making obligors, and firms' own lists of them. Nothing is linked by itself: what looks alike is proposed."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.members.queries import require_member
from portal.obligors.identifiers import clean_bic, clean_country, clean_lei, clean_registration_number
from portal.obligors.matching import compare, name_key
from portal.obligors.records import FirmBuyer, Lookalike, Obligor, ObligorName
from portal.obligors.roots import LIVE, group_of, root_of
from portal.obligors.searching import Candidate, candidates, search
from portal.programme import service_levels
from portal.programme.working_days import due
from portal.scheme import stages

BUYER, BANK = "buyer", "bank"
LONGEST_NAME = 200  # characters


class BadObligor(ValueError):
    """A buyer or bank that cannot be made; `field` says what is wrong: name, country, lei, bic, kind, chosen."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is missing or wrong")
        self.field = field


def find_or_make(
    session: Session,
    instance: Instance,
    who: Actor,
    kind: str,
    name: str,
    country: str,
    registration_number: str | None = None,
    lei: str | None = None,
    bic: str | None = None,
    chosen: str | None = None,
) -> Obligor:
    """The obligor that is meant, made if there is none yet; inside an audited block.

    `chosen` is the id of the candidate that the person picked: it is taken, and nothing is made. Else the same
    record is one of the same kind with the same LEI, the same first eight characters of the BIC, or the same name
    key, country and registration number (both without one counts as the same). Anything else that looks alike
    becomes an open look-alike beside the new record. Raises `BadObligor`, and `identifiers.BadIdentifier` for a
    code that cannot be.
    """
    wanted = _cleaned(kind, name, country, registration_number, lei, bic)
    if chosen is not None:
        found = search(session, *wanted[1:], among=(chosen,)).best
        picked = found[0].obligor if found else None
        if picked is None or picked.kind != kind:
            raise BadObligor("chosen")
        _add_name(session, who, picked, wanted.name)
        return picked
    same = _same_record(session, wanted)
    if same is not None:
        _add_name(session, who, same, wanted.name)
        return same
    today = clock.today()
    number, serial = _next_number(session, "O", today)
    made = Obligor(
        id=str(ULID()),
        number=number,
        serial=serial,
        **wanted._asdict(),
        name_key=name_key(wanted.name),
        state=LIVE,
        made_by=who.id,
        made_at=clock.now(),
    )
    session.add(made)
    session.flush()
    _add_name(session, who, made, wanted.name)
    for candidate in candidates(session, *wanted[1:], beside=(made.id,)):
        propose(session, made, candidate)
    return made


def in_question(
    session: Session,
    kind: str,
    name: str,
    country: str,
    registration_number: str | None = None,
    lei: str | None = None,
    bic: str | None = None,
    *,
    known: Collection[str],
) -> list[Candidate]:
    """Which of the obligors that somebody knows (ids of what merges led to) this may be, before one is added.

    Nothing where it certainly is one of them. What others know never shows, neither by being asked nor by not
    being asked: staff are asked about that. Raises `BadObligor` and `identifiers.BadIdentifier` as `find_or_make`
    does.
    """
    wanted = _cleaned(kind, name, country, registration_number, lei, bic)
    same = _same_record(session, wanted)
    if same is not None and same.id in known:
        return []
    return [one for one in search(session, *wanted[1:], among=known).best if one.obligor.kind == kind]


def propose(session: Session, obligor: Obligor, candidate: Candidate) -> Lookalike | None:
    """Ask staff whether two obligors are one; a pair that was asked about before is not asked about again."""
    first, second = sorted((obligor.id, candidate.obligor.id))
    query = select(Lookalike).where(Lookalike.first_id == first, Lookalike.second_id == second)
    if first == second or session.execute(query).scalar() is not None:
        return None
    today = clock.today()
    number, serial = _next_number(session, "L", today)
    asked = Lookalike(
        id=str(ULID()),
        number=number,
        serial=serial,
        first_id=first,
        second_id=second,
        score=int(candidate.score * 1000),
        why=" ".join(candidate.why),
        state=stages.OPEN,
        found_on=today,
        due_on=due(session, today, service_levels.days(session, service_levels.REVIEW_DAYS, today)).day,
    )
    session.add(asked)
    session.flush()
    return asked


def put_on_list(session: Session, who: Actor, uscc: str, obligor: Obligor, name: str) -> FirmBuyer:
    """Put an obligor on a firm's own list under the name that the firm uses; inside an audited block.

    One that is there already stays; one that was taken off comes back.
    """
    query = select(FirmBuyer).where(
        FirmBuyer.uscc == uscc, FirmBuyer.obligor_id.in_(group_of(session, obligor.id))
    )
    known = session.execute(query.order_by(FirmBuyer.removed_at.is_(None).desc(), FirmBuyer.id)).scalars().first()
    if known is not None:
        if known.removed_at is not None:
            known.removed_at, known.name = None, visible(name)
        return known
    added = FirmBuyer(
        id=str(ULID()),
        uscc=uscc,
        obligor_id=obligor.id,
        name=visible(name),
        added_by=who.id,
        added_at=clock.now(),
    )
    session.add(added)
    session.flush()
    return added


def add_buyer(
    instance: Instance,
    who: Actor,
    uscc: str,
    kind: str,
    name: str,
    country: str,
    registration_number: str | None = None,
    lei: str | None = None,
    bic: str | None = None,
    chosen: str | None = None,
) -> Obligor:
    """Add a buyer or bank to a firm's own list; the same twice is one. Raises as `find_or_make` does.

    Anybody who acts for the firm may, confirmed or not: nothing of anybody else is told by it.
    """
    roles.require(who, roles.APPLIES, "add a buyer")
    with audit.write(instance.database, who, "obligors.add_buyer", f"firm {uscc}") as session:
        require_member(session, who, uscc, "add a buyer")
        obligor = find_or_make(session, instance, who, kind, name, country, registration_number, lei, bic, chosen)
        added = put_on_list(session, who, uscc, obligor, name)
        if instance.after_buyer is not None:
            instance.after_buyer(session, uscc, added.obligor_id)
        session.info["entry"].details["obligor"] = obligor.number
    return obligor


def remove_buyer(instance: Instance, who: Actor, uscc: str, buyer_id: str) -> None:
    """Take a buyer off a firm's own list; notices and claims stay. Doing it twice changes nothing."""
    roles.require(who, roles.APPLIES, "remove a buyer")
    with audit.write(instance.database, who, "obligors.remove_buyer", f"firm {uscc}") as session:
        require_member(session, who, uscc, "remove a buyer")
        known = session.get(FirmBuyer, buyer_id)
        if known is not None and known.uscc == uscc and known.removed_at is None:
            known.removed_at = clock.now()


class _Wanted(NamedTuple):
    kind: str
    name: str
    country: str
    registration_number: str | None
    lei: str | None
    bic: str | None


def _cleaned(
    kind: str, name: str, country: str, registration_number: str | None, lei: str | None, bic: str | None
) -> _Wanted:
    name = visible(name)
    if kind not in (BUYER, BANK):
        raise BadObligor("kind")
    if not name_key(name) or len(name) > LONGEST_NAME:
        raise BadObligor("name")
    number = clean_registration_number(registration_number)
    return _Wanted(kind, name, clean_country(country), number, clean_lei(lei), clean_bic(bic))


def _same_record(session: Session, wanted: _Wanted) -> Obligor | None:
    """The record that is certainly the same; two that carry different codes never are."""
    kind, name, country, registration_number, lei, bic = wanted
    ways = []
    if lei:
        ways.append(select(Obligor).where(Obligor.lei == lei))
    if bic:
        ways.append(select(Obligor).where(Obligor.bic >= bic[:8], Obligor.bic < bic[:7] + chr(ord(bic[7]) + 1)))
    ways.append(
        select(Obligor)
        .join(ObligorName, ObligorName.obligor_id == Obligor.id)
        .where(ObligorName.name_key == name_key(name), Obligor.country == country)
        .where(Obligor.registration_number == registration_number)
    )
    for query in ways:
        for known in session.execute(query.where(Obligor.kind == kind).order_by(Obligor.id)).scalars():
            by_lei = bool(lei) and known.lei == lei
            if by_lei and not (known.country == country and compare(known.name, name).lookalike):
                continue  # a code may be mistyped or borrowed: what it does not go with is asked about, not linked
            if not (_differ(known.lei, lei) or _differ(known.bic and known.bic[:8], bic and bic[:8])):
                return root_of(session, known.id)
    return None


def _differ(known: str | None, given: str | None) -> bool:
    return bool(known and given and known != given)


def _add_name(session: Session, who: Actor, obligor: Obligor, name: str) -> None:
    query = select(ObligorName.id).where(ObligorName.obligor_id == obligor.id, ObligorName.name == name)
    if session.execute(query).first() is None:
        session.add(
            ObligorName(
                id=str(ULID()),
                obligor_id=obligor.id,
                name=name,
                name_key=name_key(name),
                given_by=who.id,
                given_at=clock.now(),
            )
        )
        session.flush()


_NUMBERED: dict[str, type[Obligor] | type[Lookalike]] = {"O": Obligor, "L": Lookalike}


def _next_number(session: Session, letter: str, today: date) -> tuple[str, int]:
    model = _NUMBERED[letter]
    query = select(func.max(model.serial)).where(model.number.startswith(f"{letter}{today.year}-"))
    serial = (session.execute(query).scalar() or 0) + 1
    return f"{letter}{today.year}-{serial:05d}", serial
