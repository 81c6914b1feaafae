"""What pages read of applications and their decisions."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portal.applications.deciding import findings_of
from portal.applications.facts import newest_versions
from portal.applications.records import Application, Consent, Decision, Draft, Review
from portal.scheme import stages
from portal.scheme.eligibility import missing_sources
from portal.scheme.findings import Finding, Source, Verdict
from portal.scheme.terms import load_terms


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


def year_is_over(application: Application, today: date) -> bool:
    """Whether the policy year that an application is for has ended: nothing can be issued any more, it lapses."""
    return load_terms(application.scheme).on(application.applied_on).period_end < today


def missing_for(session: Session, application: Application) -> tuple[str, ...]:
    """The sources without which an application cannot be decided, and which are not there now."""
    return missing_sources(newest_versions(session, base_year_of(application)).sources)


def is_latest() -> ColumnElement[bool]:
    """That a decision is the newest one on its application."""
    other = Decision.__table__.alias("other")
    newest = select(func.max(other.c.sequence)).where(other.c.application_id == Decision.application_id)
    return Decision.sequence == newest.correlate(Decision.__table__).scalar_subquery()


def latest_decisions(session: Session, ids: Sequence[str]) -> dict[str, Decision]:
    """The newest decision on each of these applications that has one."""
    query = select(Decision).where(Decision.application_id.in_(ids), is_latest())
    return {decision.application_id: decision for decision in session.execute(query).scalars()}


def missing_by_year(session: Session, applications: Sequence[Application]) -> dict[int, tuple[str, ...]]:
    """What is missing of the sources for those that wait for one, by base year."""
    years = {base_year_of(one) for one in applications if one.state == stages.AWAITING_SOURCE}
    return {year: missing_sources(newest_versions(session, year).sources) for year in years}


def consents_of(session: Session, application: Application) -> Sequence[Consent]:
    """What was agreed to for an application, with its draft or later, in the order in which it was."""
    sent = select(Draft.id).where(Draft.application_id == application.id)
    query = select(Consent).where(or_(Consent.application_id == application.id, Consent.draft_id.in_(sent)))
    return session.execute(query.order_by(Consent.given_at, Consent.id)).scalars().all()
