"""What the reviewer's desk reads: the queue as it is filtered, sorted and paged, and what surrounds one case."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from portal.applications.deciding import findings_of
from portal.applications.facts import newest_versions
from portal.applications.records import Application, Decision, Review
from portal.common import clock
from portal.common.people import CHUNK
from portal.reference.records import RegistryRow
from portal.scheme import findings as codes
from portal.scheme import stages
from portal.scheme.eligibility import missing_sources
from portal.scheme.findings import RULE_CODES, Finding, Source, Verdict
from portal.scheme.terms import load_terms

PER_PAGE = 20
WAITING, MINE, SOURCE, TODAY, ALL = "waiting", "mine", "source", "today", "all"
VIEWS = (WAITING, MINE, SOURCE, TODAY, ALL)
NOBODY, FREE_OR_MINE = "nobody", "free_or_mine"
SORTS = ("number", "name", "exports", "submitted", "waited")
# What may be left to a person: a rule's code, and what the registry has of the firm where that makes the tag.
QUESTIONS = (
    f"{codes.REGISTERED_IN_MUNICIPALITY}:none",
    f"{codes.REGISTERED_IN_MUNICIPALITY}:absent",
    f"{codes.REGISTERED_IN_MUNICIPALITY}:found",
    codes.REGISTRATION_ACTIVE,
    codes.INDEPENDENT_LEGAL_PERSON,
    codes.EXPORTS_ABOVE_ZERO,
    codes.FIRM_NOT_LISTED,
    codes.REPRESENTATIVE_NOT_LISTED,
)
LONGEST_WAIT = 3660  # days one may ask for
ADDRESS_READ = 40  # characters of an address in which its district stands

# 福建省厦门市思明区…, 厦门市思明区…, 思明区…; a free-trade zone or an industrial estate names no district.
_DISTRICT = re.compile(
    r"(?:[^省市区县]{2,6}省|[^省市区县]{2,8}自治区)?(?:[^省市区县]{2,5}市)?"
    r"((?!保税|工业|开发|高新)[^省市区县]{2,3})[区县]"
)
_PLACE = func.substr(func.coalesce(RegistryRow.address, RegistryRow.place), 1, ADDRESS_READ)
_CURRENT_REGISTRY = and_(RegistryRow.uscc == Application.uscc, RegistryRow.replaced_version.is_(None))


def district_of(address: str | None) -> str | None:
    """The district an address begins with, without 区 or 县; None where it cannot be told."""
    found = _DISTRICT.match((address or "")[:ADDRESS_READ])
    return found[1] if found else None


@dataclass(frozen=True)
class QueueFilter:
    """What of the applications is asked for, and in which order; empty means all.

    ``waited`` counts days since the application date of those still open. ``holder`` is an account id, `NOBODY`
    or `FREE_OR_MINE`. ``sort`` is one of `SORTS`, with a leading "-" when descending.
    """

    view: str = WAITING
    q: str = ""
    rule: str = ""
    district: str = ""
    waited: str = ""
    holder: str = ""
    state: str = ""
    sort: str = "submitted"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """What an address asks for; values that mean nothing are passed over."""
        view, sort, waited = asked.get("view", ""), asked.get("sort", ""), asked.get("waited", "")
        days = int(waited) if waited.isascii() and waited.isdigit() and len(waited) < 5 else 0
        rule, state = asked.get("rule", ""), asked.get("state", "")
        view = view if view in VIEWS else WAITING
        return cls(
            view=view,
            q=asked.get("q", "").replace("\x00", "").strip()[:100],
            rule=rule if rule in (*RULE_CODES, *QUESTIONS) else "",
            district=asked.get("district", "").replace("\x00", "")[:10],
            waited=str(min(days, LONGEST_WAIT)) if days else "",
            holder=asked.get("holder", "").replace("\x00", "")[:40],
            state=state if view == ALL and state in stages.APPLICATION else "",
            sort=sort if sort.removeprefix("-") in SORTS else cls.sort,
        )

    def args(self) -> dict[str, Any]:
        """The values an address needs to ask for this again."""
        plain = asdict(type(self)())
        return {name: value for name, value in asdict(self).items() if value != plain[name]}

    @property
    def narrowed(self) -> bool:
        """Whether anything but view and order is asked for."""
        return bool(set(self.args()) - {"view", "sort"})


@dataclass(frozen=True)
class QueueRow:
    """One application as the queue shows it.

    ``exports_minor`` is in cents of USD, ``waited`` in days and None once closed.
    """

    number: str
    firm_name: str
    uscc: str
    state: str
    base_year: int
    applied_on: date
    waited: int | None
    holder: str | None
    exports_minor: int | None
    district: str | None
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]


class Queue:
    """The applications that one person asks for on one day. Each method is a fixed number of queries."""

    def __init__(self, session: Session, wanted: QueueFilter, me: str, today: date) -> None:
        self.session = session
        self.wanted = wanted
        self.me = me
        self.today = today

    def counts(self) -> dict[str, int]:
        """How many applications each view holds, whatever else is asked for (three queries)."""
        by_state = select(Application.state, func.count()).group_by(Application.state)
        found: dict[str, int] = dict(self.session.execute(by_state).all())
        counts = {
            WAITING: found.get(stages.REFERRED, 0),
            SOURCE: found.get(stages.AWAITING_SOURCE, 0),
            ALL: sum(found.values()),
        }
        for view in (MINE, TODAY):
            query = select(func.count()).select_from(Application).where(self._in_view(view))
            counts[view] = self.session.execute(query).scalar_one()
        return counts

    def total(self) -> int:
        """How many applications are asked for."""
        return self.session.execute(select(func.count()).select_from(self._asked().subquery())).scalar_one()

    def numbers(self) -> list[str]:
        """The numbers of all that are asked for, in order."""
        return list(self.session.execute(self._ordered()).scalars())

    def page(self, page: int) -> list[QueueRow]:
        """One page, in order; 1 is the first."""
        query = self._ordered().limit(PER_PAGE).offset((page - 1) * PER_PAGE)
        return self._rows(list(self.session.execute(query).scalars()))

    def rows(self) -> Iterator[QueueRow]:
        """All that are asked for, in order, read in parts."""
        numbers = self.numbers()
        for start in range(0, len(numbers), CHUNK):
            yield from self._rows(numbers[start : start + CHUNK])

    def holders(self) -> list[str]:
        """The accounts that have cases of this view."""
        query = select(Application.assigned_to).where(
            self._in_view(self.wanted.view), Application.assigned_to.is_not(None)
        )
        return [holder for holder in self.session.execute(query.distinct()).scalars() if holder]

    def districts(self) -> list[str]:
        """The districts in which this view has firms, in alphabetical order."""
        return sorted(self._districts)

    @property
    def _districts(self) -> dict[str, set[str]]:
        """District → the beginnings of addresses that name it, as far as this view has any."""
        query = select(_PLACE).join(Application, _CURRENT_REGISTRY).where(self._in_view(self.wanted.view))
        found: dict[str, set[str]] = defaultdict(set)
        for address in self.session.execute(query.distinct()).scalars():
            if match := _DISTRICT.match(address or ""):
                found[match[1]].add(match[0])
        return found

    def _in_view(self, view: str) -> ColumnElement[bool]:
        referred = Application.state == stages.REFERRED
        if view == WAITING:
            return referred
        if view == MINE:
            return and_(referred, Application.assigned_to == self.me)
        if view == SOURCE:
            return Application.state == stages.AWAITING_SOURCE
        if view == TODAY:
            midnight = datetime(self.today.year, self.today.month, self.today.day, tzinfo=clock.SHANGHAI)
            reviewed = select(Review.application_id).where(
                Review.reviewed_at >= midnight, Review.reviewed_at < midnight + timedelta(days=1)
            )
            return and_(~referred, Application.id.in_(reviewed))
        return Application.id.is_not(None)

    def _asked(self) -> Select[str]:
        wanted = self.wanted
        query = select(Application.number).where(self._in_view(wanted.view))
        if wanted.rule or wanted.sort.removeprefix("-") == "exports":
            query = query.outerjoin(Decision, and_(Decision.application_id == Application.id, _is_latest()))
        if wanted.q:
            query = query.where(
                or_(
                    Application.firm_name.icontains(wanted.q, autoescape=True),
                    Application.uscc.icontains(wanted.q, autoescape=True),
                    Application.number.icontains(wanted.q, autoescape=True),
                )
            )
        if wanted.rule:
            query = query.where(_raised(wanted.rule))
        if wanted.district:
            beginnings = self._districts.get(wanted.district, set())
            query = query.join(RegistryRow, _CURRENT_REGISTRY).where(
                or_(false(), *(_PLACE.startswith(begin, autoescape=True) for begin in sorted(beginnings)))
            )
        if wanted.waited:
            query = query.where(
                Application.applied_on <= self.today - timedelta(days=int(wanted.waited)),
                Application.state.in_(stages.OPEN_APPLICATION_STATES),
            )
        if wanted.state:
            query = query.where(Application.state == wanted.state)
        return self._held(query)

    def _held(self, query: Select[str]) -> Select[str]:
        holder = self.wanted.holder
        if holder == NOBODY:
            return query.where(Application.assigned_to.is_(None))
        if holder == FREE_OR_MINE:
            return query.where(or_(Application.assigned_to.is_(None), Application.assigned_to == self.me))
        return query.where(Application.assigned_to == holder) if holder else query

    def _ordered(self) -> Select[str]:
        key, down = self.wanted.sort.removeprefix("-"), self.wanted.sort.startswith("-")
        if key == "waited":  # whoever applied first has waited longest
            key, down = "submitted", not down
        columns: dict[str, tuple[Any, ...]] = {
            "number": (Application.policy_year, Application.serial),
            "name": (Application.firm_name,),
            "exports": (Decision.exports_minor,),
            "submitted": (Application.applied_on,),
        }
        chosen = [(c.desc() if down else c.asc()).nulls_last() for c in columns[key]]
        return self._asked().order_by(*chosen, Application.number)

    def _rows(self, numbers: Sequence[str]) -> list[QueueRow]:
        found = self.session.execute(select(Application).where(Application.number.in_(numbers))).scalars()
        by_number = {application.number: application for application in found}
        applications = [by_number[number] for number in numbers]
        decisions = _latest_decisions(self.session, [application.id for application in applications])
        places = _places(self.session, [application.uscc for application in applications])
        missing = _missing_by_year(self.session, applications)
        rows = []
        for application in applications:
            decision = decisions.get(application.id)
            base_year = base_year_of(application)
            awaits = application.state == stages.AWAITING_SOURCE
            rows.append(
                QueueRow(
                    number=application.number,
                    firm_name=application.firm_name,
                    uscc=application.uscc,
                    state=application.state,
                    base_year=base_year,
                    applied_on=application.applied_on,
                    waited=waited_days(application, self.today),
                    holder=application.assigned_to,
                    exports_minor=decision.exports_minor if decision else None,
                    district=district_of(places.get(application.uscc)),
                    findings=tuple(f for f in findings(decision) if f.verdict is not Verdict.PASS),
                    missing=missing[base_year] if awaits else (),
                )
            )
        return rows


def findings(decision: Decision | None) -> tuple[Finding, ...]:
    """The findings of a stored decision as the rulebook gave them; none where nothing was decided."""
    if decision is None:
        return ()
    return tuple(
        Finding(
            code=raw["code"],
            verdict=Verdict(raw["verdict"]),
            value=raw["value"],
            source=Source(raw["source"]["kind"], raw["source"]["version"]),
            article=raw["article"],
        )
        for raw in findings_of(decision)
    )


def base_year_of(application: Application) -> int:
    """The base year of an application, which follows from its date."""
    return load_terms(application.scheme).on(application.applied_on).base_year


def waited_days(application: Application, today: date) -> int | None:
    """Days since the application date, 0 for one dated ahead; None once it waits for nothing any more."""
    if application.state not in stages.OPEN_APPLICATION_STATES:
        return None
    return max(0, (today - application.applied_on).days)


def find_application(session: Session, number: str) -> Application | None:
    """The application of this number, if there is one."""
    return session.execute(select(Application).where(Application.number == number)).scalar()


def decisions_of(session: Session, application: Application) -> list[Decision]:
    """Every decision on an application, oldest first."""
    query = select(Decision).where(Decision.application_id == application.id).order_by(Decision.sequence)
    return list(session.execute(query).scalars())


def reviews_of(session: Session, application: Application) -> list[Review]:
    """Everything reviewers resolved on an application, oldest first."""
    query = select(Review).where(Review.application_id == application.id)
    return list(session.execute(query.order_by(Review.reviewed_at, Review.id)).scalars())


def others_of_firm(session: Session, application: Application) -> list[Application]:
    """The firm's other applications, newest first."""
    query = select(Application).where(Application.uscc == application.uscc, Application.id != application.id)
    order = (Application.applied_on.desc(), Application.number.desc())
    return list(session.execute(query.order_by(*order)).scalars())


def missing_for(session: Session, application: Application) -> tuple[str, ...]:
    """The sources without which an application cannot be decided, and which are not there now."""
    return missing_sources(newest_versions(session, base_year_of(application)).sources)


def _raised(rule: str) -> ColumnElement[bool]:
    """That a rule says no or leaves it to a person; as in `QUESTIONS`, with the registry's record."""
    code, _colon, record = rule.partition(":")
    raised = (" " + Decision.failed + " " + Decision.referred + " ").contains(f" {code} ")
    # The canonical bytes hold no spaces between their parts, and every quote inside of a text is escaped.
    no_record = Decision.canonical.contains('"record":"none"')
    if code == codes.REGISTRATION_ACTIVE:  # a firm without a record is found as that
        return and_(raised, ~no_record)
    return and_(raised, Decision.canonical.contains(f'"record":"{record}"')) if record else raised


def _is_latest() -> ColumnElement[bool]:
    """That a decision is the newest one on its application."""
    other = Decision.__table__.alias("other")
    newest = select(func.max(other.c.sequence)).where(other.c.application_id == Decision.application_id)
    return Decision.sequence == newest.correlate(Decision.__table__).scalar_subquery()


def _latest_decisions(session: Session, ids: Sequence[str]) -> dict[str, Decision]:
    query = select(Decision).where(Decision.application_id.in_(ids), _is_latest())
    return {decision.application_id: decision for decision in session.execute(query).scalars()}


def _places(session: Session, codes: Sequence[str]) -> dict[str, str | None]:
    query = select(RegistryRow.uscc, _PLACE).where(
        RegistryRow.uscc.in_(codes), RegistryRow.replaced_version.is_(None)
    )
    return dict(session.execute(query).all())


def _missing_by_year(session: Session, applications: Sequence[Application]) -> dict[int, tuple[str, ...]]:
    years = {base_year_of(one) for one in applications if one.state == stages.AWAITING_SOURCE}
    return {year: missing_sources(newest_versions(session, year).sources) for year in years}
