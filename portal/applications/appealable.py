"""Whether a firm may still appeal against what its application came to, and about which facts."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.records import Application, Decision
from portal.common import clock
from portal.programme import service_levels
from portal.scheme import stages
from portal.scheme.findings import RULE_CODES

AGAINST = (stages.INELIGIBLE, stages.REJECTED)


def last_day(session: Session, application: Application) -> date | None:
    """The last day to appeal, that day included; none where there is nothing to appeal against.

    Days count from the day on which the application came to its end, or on which the rules last ran on it.
    """
    if application.state not in AGAINST:
        return None
    query = select(Decision.made_at).where(Decision.application_id == application.id)
    newest = session.execute(query.order_by(Decision.sequence.desc()).limit(1)).scalar()
    moments = [one for one in (application.state_changed_at, newest) if one is not None]
    decided_on = clock.day_of(max(moments))
    return decided_on + timedelta(days=service_levels.days(session, service_levels.APPEAL_DAYS, decided_on))


def codes_in_question(decision: Decision) -> tuple[str, ...]:
    """The rules that failed or were left to a person, in their order: what an appeal can be about."""
    open_ones = {*decision.failed.split(), *decision.referred.split()}
    return tuple(code for code in RULE_CODES if code in open_ones)
