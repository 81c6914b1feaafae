"""Requests for consent at the claims desk: what waits for an answer, and what was answered."""

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from portal.claims.claim_names import CONSENT_KINDS, CONSENT_STATES, CONSENT_TAGS
from portal.claims.records import ConsentRequest, Notice
from portal.common import clock, roles
from portal.common.web import open_to, reading
from portal.desk.blueprint import desk
from portal.obligors.records import Obligor
from portal.scheme import stages

PER_PAGE = 50
TO_ANSWER, ANSWERED = "open", "answered"


def to_answer() -> int:
    """How many requests wait for an answer."""
    query = select(func.count()).select_from(ConsentRequest).where(ConsentRequest.state == stages.OPEN)
    return reading().execute(query).scalar_one()


@desk.get("/consents")
@open_to(*roles.SEES_CLAIMS)
def consents() -> str:
    """The requests that wait for an answer, the first due first, or those that have one, the newest first."""
    view = ANSWERED if request.args.get("view") == ANSWERED else TO_ANSWER
    waits = ConsentRequest.state == stages.OPEN
    counted = select(waits, func.count()).group_by(waits)
    counts = {bool(is_open): number for is_open, number in reading().execute(counted)}
    total = counts.get(view == TO_ANSWER, 0)
    page = max(1, min(request.args.get("page", 1, type=int), -(-total // PER_PAGE)))
    query = (
        select(ConsentRequest, Notice.number, Obligor.name)
        .join(Notice, Notice.id == ConsentRequest.notice_id)
        .outerjoin(Obligor, Obligor.id == Notice.obligor_id)
    )
    if view == TO_ANSWER:
        query = query.where(waits).order_by(ConsentRequest.due_on, ConsentRequest.number)
    else:
        query = query.where(~waits).order_by(ConsentRequest.asked_at.desc(), ConsentRequest.id.desc())
    rows = reading().execute(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all()
    return render_template(
        "desk/consents.html",
        view=view,
        tabs=[
            {
                "label": label,
                "count": counts.get(one == TO_ANSWER, 0),
                "url": url_for("desk.consents", view=one if one == ANSWERED else None),
                "active": one == view,
            }
            for one, label in ((TO_ANSWER, _("To answer")), (ANSWERED, _("Answered")))
        ],
        rows=rows,
        total=total,
        page=page,
        per_page=PER_PAGE,
        kinds=CONSENT_KINDS,
        states={state: (CONSENT_TAGS.get(state, "others"), words) for state, words in CONSENT_STATES.items()},
        today=clock.today(),
    )
