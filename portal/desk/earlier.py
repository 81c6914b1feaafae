"""What was decided on a firm before: its other applications, its policies, who acts for it, its appeals."""

from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appeals import names as appeal_names
from portal.appeals.records import Appeal
from portal.applications.names import STATE_KINDS, STATE_NAMES
from portal.applications.records import Application
from portal.desk.holding import APPEAL, APPLICATION, MEMBERSHIP
from portal.desk.places import ENDPOINTS
from portal.members.names import MEMBERSHIP_KINDS, MEMBERSHIP_STATES
from portal.members.records import Membership
from portal.policies.names import POLICY_STATES, POLICY_TAGS
from portal.policies.records import Policy
from portal.scheme import stages


@dataclass(frozen=True)
class Earlier:
    """One thing that was decided, or is open, on a firm: what, which, since when, and how it stands."""

    what: str
    number: str
    url: str
    on: date
    tag: tuple[str, str]
    """Kind of tag, words."""


def earlier_of(session: Session, uscc: str, number: str, today: date) -> list[Earlier]:
    """Everything on this firm but the case of this number, newest first; four queries."""
    found = [
        Earlier(
            _("Application for %(year)s", year=one.policy_year),
            one.number,
            url_for(ENDPOINTS[APPLICATION], number=one.number),
            one.applied_on,
            (STATE_KINDS[one.state], str(STATE_NAMES[one.state])),
        )
        for one in session.execute(select(Application).where(Application.uscc == uscc)).scalars()
    ]
    for policy in session.execute(select(Policy).where(Policy.uscc == uscc)).scalars():
        state = policy.state
        if state != stages.ANNULLED:
            state = stages.policy_state(today, policy.ends_on, policy.withdrawn_on)
        found.append(
            Earlier(
                _("Policy for %(year)s", year=policy.policy_year),
                policy.number,
                url_for("policies.policy", number=policy.number),
                policy.issued_on,
                (POLICY_TAGS[state], str(POLICY_STATES[state])),
            )
        )
    for member in session.execute(select(Membership).where(Membership.uscc == uscc)).scalars():
        found.append(
            Earlier(
                _("Acting for the firm"),
                member.number,
                url_for(ENDPOINTS[MEMBERSHIP], number=member.number),
                member.claimed_on,
                (MEMBERSHIP_KINDS[member.state], str(MEMBERSHIP_STATES[member.state])),
            )
        )
    for appeal in session.execute(select(Appeal).where(Appeal.uscc == uscc)).scalars():
        found.append(
            Earlier(
                _("Appeal"),
                appeal.number,
                url_for(ENDPOINTS[APPEAL], number=appeal.number),
                appeal.filed_on,
                (appeal_names.STATE_KINDS[appeal.state], str(appeal_names.STATE_NAMES[appeal.state])),
            )
        )
    others = [one for one in found if one.number != number]
    return sorted(others, key=lambda one: (one.on, one.number), reverse=True)
