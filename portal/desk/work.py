"""How much of the desk's work somebody has, by kind: whoever disables an account is told what stays behind."""

from flask_babel import gettext as _
from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.claims.records import Assessment
from portal.desk.holding import CLAIM, KINDS, LOOKALIKE
from portal.desk.names import KIND_NAMES
from portal.scheme import stages

TO_APPROVE = "to_approve"


def work_of(session: Session, account_id: str) -> list[tuple[str, int]]:
    """The words of each kind of which an account has open cases, and how many, in one query."""
    counted = [
        select(literal(name).label("kind"), func.count().label("cases"))
        .select_from(kind.model)
        .where(kind.model.assigned_to == account_id, kind.model.state.in_(kind.states))
        for name, kind in KINDS.items()
    ]
    given = select(literal(TO_APPROVE).label("kind"), func.count().label("cases")).where(
        Assessment.approver == account_id, Assessment.state == stages.SUBMITTED
    )
    found = {row.kind: int(row.cases) for row in session.execute(union_all(*counted, given))}
    words = {
        **{name: str(words) for name, words in KIND_NAMES.items()},
        LOOKALIKE: _("Buyers that may be one"),
        CLAIM: _("Claim"),
        TO_APPROVE: _("Proposal to approve"),
    }
    return [(words[kind], found[kind]) for kind in words if found[kind]]
