"""What the pages of terms and audit trail read."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.common import clock
from portal.common.audit import AuditEntry, AuditRow
from portal.programme.records import TermsConfirmation

PER_PAGE = 50


@dataclass(frozen=True)
class TrailFilter:
    """What of the audit trail is asked for; empty means all. Days are Asia/Shanghai, both inclusive."""

    action: str = ""
    subject: str = ""
    actor: str = ""
    outcome: str = ""
    first_day: date | None = None
    last_day: date | None = None

    def apply(self, query: Select[AuditEntry]) -> Select[AuditEntry]:
        """The query narrowed down to what is asked for."""
        if self.action:
            query = query.where(AuditEntry.action == self.action)
        if self.subject:
            query = query.where(AuditEntry.subject.contains(self.subject, autoescape=True))
        if self.actor:
            query = query.where(AuditEntry.actor_id == self.actor)
        if self.outcome:
            query = query.where(AuditEntry.outcome == self.outcome)
        if self.first_day:
            query = query.where(AuditEntry.at >= _start_of(self.first_day))
        if self.last_day:
            query = query.where(AuditEntry.at < _start_of(self.last_day + timedelta(days=1)))
        return query


@dataclass(frozen=True)
class TrailPage:
    """One page of the trail, newest entry first, and what may be filtered by."""

    entries: list[AuditEntry]
    total: int
    page: int
    actions: list[str]
    actor_ids: list[str]


def trail_page(session: Session, wanted: TrailFilter, page: int) -> TrailPage:
    """One page of what is asked for; a page past the end is the last one. Always four queries."""
    query = wanted.apply(select(AuditEntry))
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = max(1, min(page, -(-total // PER_PAGE)))
    shown = query.order_by(AuditEntry.seq.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    actions = select(AuditEntry.action).distinct().order_by(AuditEntry.action)
    actors = select(AuditEntry.actor_id).distinct()
    return TrailPage(
        entries=list(session.execute(shown).scalars()),
        total=total,
        page=page,
        actions=list(session.execute(actions).scalars()),
        actor_ids=list(session.execute(actors).scalars()),
    )


def rows_of_entry(session: Session, entry: AuditEntry, page: int) -> tuple[list[AuditRow], int]:
    """One page of the rows that an entry touched, in their order, and which page it is."""
    page = max(1, min(page, -(-entry.rows // PER_PAGE)))
    query = (
        select(AuditRow)
        .where(AuditRow.entry_seq == entry.seq)
        .order_by(AuditRow.position)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return list(session.execute(query).scalars()), page


def confirmations(session: Session) -> dict[tuple[str, str, str], TermsConfirmation]:
    """Every confirmation by scheme, path and fingerprint."""
    found = session.execute(select(TermsConfirmation)).scalars()
    return {(one.scheme, one.path, one.fingerprint): one for one in found}


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.SHANGHAI)
