"""What the pages of one obligor and of two that look alike show."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from portal.accounts.queries import names_of
from portal.applications.history import who_is
from portal.claims.names import NOTICE_STATES, NOTICE_TAGS
from portal.claims.records import Claim, Notice
from portal.common import clock, formats, roles
from portal.common.formats import day, moment
from portal.common.web import actor, people, reading
from portal.desk import holding
from portal.desk.holder import held_by
from portal.desk.obligor_forms import DifferentForm, ReasonForm
from portal.desk.obligor_list import listed
from portal.members.queries import registered_name, tied_to
from portal.obligors import queries
from portal.obligors.exclusions import hits_for, in_force
from portal.obligors.identifiers import country_name
from portal.obligors.names import (
    DIFFERENT_NAMES,
    EXCESS_TAGS,
    EXCLUSION_KINDS,
    KIND_NAMES,
    LOOKALIKE_TAGS,
    REASON_NAMES,
    SAME_NAMES,
    STATE_TAGS,
    WHY_NAMES,
)
from portal.obligors.records import ExcessTask, ExclusionSetAside, ExclusionVersion, FirmBuyer, Lookalike, Obligor
from portal.obligors.roots import LIVE
from portal.scheme import stages
from portal.warnings.queries import SEVERAL, reports_of

MOST_SHOWN = 50  # firms, notices and claims on the page; the lists have them all


def obligor_context(found: Obligor) -> dict[str, Any]:
    """Everything that the page of one obligor draws; of a merged one its group is that of what it became."""
    session, today = reading(), clock.today()
    root = queries.root_of(session, found.id)
    group = queries.group_of(session, found.id)
    members = {one.id: one for one in session.execute(select(Obligor).where(Obligor.id.in_(group))).scalars()}
    (counted,) = listed(session, [root])
    given = queries.names_of(session, found.id)
    merges = queries.merges_of(session, found.id)
    notices = select(Notice).where(Notice.obligor_id.in_(group), Notice.number.is_not(None))
    claims = select(Claim).where(Claim.obligor_id.in_(group)).order_by(Claim.serial.desc()).limit(MOST_SHOWN)
    tasks = select(ExcessTask).where(ExcessTask.obligor_id.in_(group)).order_by(ExcessTask.serial.desc())
    schemes = session.execute(
        select(ExclusionVersion.scheme).distinct().order_by(ExclusionVersion.scheme)
    ).scalars()
    hits = [hit for key in schemes.all() for hit in hits_for(session, root, in_force(session, key, today))]
    accounts = {one.given_by for one in given} | {one.merged_by for one in merges}
    said = [one for hit in hits for one in (hit.aside, *hit.taken_back) if one is not None]
    accounts |= {by for one in said for by in (one.set_by, one.taken_back_by) if by is not None}
    names = names_of(session, people(), accounts)
    may_set_aside = actor().role in roles.SETS_EXCLUSIONS_ASIDE
    return {
        "found": found,
        "root": root,
        "members": members,
        "counted": counted,
        "facts": obligor_facts(found),
        "given": [
            (one.name, one.given_at, members[one.obligor_id].number, one.given_by, names.get(one.given_by))
            for one in given
        ],
        "firms": _dealers(queries.firms_with(session, found.id)),
        "notices": session.execute(notices.order_by(Notice.serial.desc()).limit(MOST_SHOWN)).scalars().all(),
        "notice_states": NOTICE_STATES,
        "notice_tags": NOTICE_TAGS,
        "claims": session.execute(claims).scalars().all(),
        "asked": [(one, *_pair(one)) for one in queries.lookalikes_of(session, found.id)],
        "states": LOOKALIKE_TAGS,
        "why": WHY_NAMES,
        "merges": [
            (
                one,
                session.get_one(Obligor, one.merged_id),
                session.get_one(Obligor, one.kept_id),
                who_is(one.merged_by, names),
            )
            for one in merges
        ],
        "tasks": session.execute(tasks).scalars().all(),
        "excess_tags": EXCESS_TAGS,
        "warned": [one.entry for one in hits if one.aside is None],
        "aside": [(one.entry, one.aside, who_is(one.aside.set_by, names)) for one in hits if one.aside],
        "taken_back": {
            hit.entry.id: [(one, who_is(one.set_by, names), _who_took_back(one, names)) for one in hit.taken_back]
            for hit in hits
        },
        "aside_forms": {
            one.entry.id: aside_form(one.entry.id)
            for one in hits
            if one.names and one.aside is None and may_set_aside
        },
        "again_forms": {
            one.entry.id: aside_form(one.entry.id, "again") for one in hits if one.aside and may_set_aside
        },
        "reasons": REASON_NAMES,
        "exclusion_kinds": EXCLUSION_KINDS,
        "state_tags": STATE_TAGS,
        "country_name": country_name,
        "may_mind": actor().role in roles.MINDS_OBLIGORS,
        "may_enter": actor().role in roles.ENTERS_EVENTS and root.state == LIVE,
        "reported_by_several": len({one.uscc for one in reports_of(session, root.id)}) >= SEVERAL,
    }


def aside_form(entry_id: int, name: str = "aside", sent: bool = False) -> ReasonForm:
    """The form that sets one entry aside, or lets it count `again`; there may be several on a page."""
    form = ReasonForm() if sent else ReasonForm(formdata=None)
    form.reason.id = f"{name}-{entry_id}"
    return form


def _who_took_back(one: ExclusionSetAside, names: dict[str, str]) -> str:
    return who_is(one.taken_back_by or "", names)


def obligor_facts(found: Obligor) -> list[dict[str, Any]]:
    """What is recorded of an obligor itself."""
    facts: list[dict[str, Any]] = [
        {"label": _("Kind"), "value": str(KIND_NAMES[found.kind])},
        {"label": _("Country"), "value": country_name(found.country)},
        {"label": _("Registration number"), "value": found.registration_number or "—", "code": True},
        {"label": _("LEI"), "value": found.lei or "—", "code": True},
    ]
    if found.kind == "bank":
        facts.append({"label": _("BIC"), "value": found.bic or "—", "code": True})
    return [*facts, {"label": _("On record since"), "value": day(found.made_at)}]


def _dealers(found: Sequence[FirmBuyer]) -> list[tuple[FirmBuyer, str]]:
    return [(one, registered_name(reading(), one.uscc) or one.uscc) for one in found[:MOST_SHOWN]]


def _pair(asked: Lookalike) -> tuple[Obligor, Obligor]:
    session = reading()
    return session.get_one(Obligor, asked.first_id), session.get_one(Obligor, asked.second_id)


def lookalike_context(
    asked: Lookalike, form: DifferentForm | None, again: ReasonForm | None = None
) -> dict[str, Any]:
    """Everything that the page of two look-alikes draws."""
    first, second = _pair(asked)
    session, today = reading(), clock.today()
    may_mind = actor().role in roles.MINDS_OBLIGORS
    firms = holding.firms_of(session, asked)
    tied = may_mind and bool(tied_to(session, actor().id, firms))
    able = holding.able_to_hold(session, holding.LOOKALIKE, *firms) if may_mind else []
    accounts = {one for one in (asked.assigned_to, asked.answered_by, *able) if one}
    names = names_of(session, people(), accounts)
    roots = (queries.root_of(session, first.id), queries.root_of(session, second.id))
    reasons = {**DIFFERENT_NAMES, **SAME_NAMES}
    return {
        "asked": asked,
        "first": first,
        "second": second,
        "roots": roots,
        "one_already": roots[0].id == roots[1].id,
        "rows": _compared(first, second),
        "why": [str(WHY_NAMES[one]) for one in asked.why.split()],
        "score": likeness(asked),
        "state_tag": LOOKALIKE_TAGS[asked.state],
        "is_open": asked.state == stages.OPEN,
        "days_left": (asked.due_on - today).days,
        "answered": {
            "who": who_is(asked.answered_by, names) if asked.answered_by else None,
            "at": asked.answered_at,
            "code": str(reasons[asked.reason_code]) if asked.reason_code in reasons else None,
            "reason": asked.reason,
        },
        "form": form or DifferentForm(formdata=None),
        "again": again or ReasonForm(formdata=None),
        "sent_again": again is not None,
        "may_mind": may_mind,
        "decidable": may_mind and not tied,
        "tied": tied,
        "held": held_by(asked.assigned_to, able, names, may_mind, tied),
    }


def likeness(asked: Lookalike) -> str:
    """How alike two names are, in per cent."""
    return formats.percent(Decimal(asked.score) / 1000, 0)


def _compared(first: Obligor, second: Obligor) -> list[dict[str, Any]]:
    """What is known of either side by side, differing characters marked; what only one has is no difference."""
    session = reading()
    counted = {one.obligor.id: one for one in listed(session, [first, second])}

    def row(label: str, one: str | None, other: str | None, code: bool = False) -> dict[str, Any]:
        differs = bool(one and other and one != other)
        shown = formats.mark_differences(one, other) if differs else other or "—"
        return {
            "label": label,
            "disputed": differs,
            "cells": [{"text": one or "—", "code": code}, {"text": shown, "code": code}],
        }

    def other_names(obligor: Obligor) -> str | None:
        query = [one.name for one in queries.names_of(session, obligor.id) if one.name != obligor.name]
        return _("; ").join(dict.fromkeys(query)) or None

    def used(obligor: Obligor) -> str:
        here = counted[obligor.id]
        return _(", ").join(
            (
                ngettext("%(num)s firm", "%(num)s firms", here.firms),
                ngettext("%(num)s notice", "%(num)s notices", here.notices),
                ngettext("%(num)s claim", "%(num)s claims", here.claims),
            )
        )

    return [
        row(_("Called"), first.name, second.name),
        {
            "label": _("Also written"),
            "cells": [{"text": other_names(first) or "—"}, {"text": other_names(second) or "—"}],
        },
        row(_("Kind"), str(KIND_NAMES[first.kind]), str(KIND_NAMES[second.kind])),
        row(_("Country"), country_name(first.country), country_name(second.country)),
        row(_("Registration number"), first.registration_number, second.registration_number, True),
        row(_("LEI"), first.lei, second.lei, True),
        row(_("BIC"), first.bic, second.bic, True),
        {"label": _("In use by"), "cells": [{"text": used(first)}, {"text": used(second)}]},
        {
            "label": _("On record since"),
            "cells": [{"text": moment(first.made_at)}, {"text": moment(second.made_at)}],
        },
    ]
