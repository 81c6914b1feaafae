"""What the desk's page of a claim to act for a firm shows: the licence, what was said, what came before."""

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from portal.accounts.queries import names_of
from portal.accounts.records import Account
from portal.applications import confirming, ending, requests
from portal.applications.history import who_is
from portal.applications.names import REQUEST_ITEMS
from portal.applications.records import Application, Request
from portal.common import clock, roles
from portal.common.formats import day, mark_differences, moment
from portal.common.web import actor, people, reading
from portal.desk.earlier import earlier_of
from portal.desk.holder import held_by
from portal.desk.holding import MEMBERSHIP, able_to_hold
from portal.desk.membership_forms import MembershipForm
from portal.desk.places import asked, back_from
from portal.desk.queue_queries import Place
from portal.documents.queries import documents
from portal.members.names import (
    ENDINGS,
    HOW_CONFIRMED,
    MEMBERSHIP_KINDS,
    MEMBERSHIP_STATES,
    POSITION_NAMES,
    REFUSALS,
    WHY_WAITING_NAMES,
)
from portal.members.queries import never_acted, reviews_of, tied_to
from portal.members.records import Membership, MembershipReview
from portal.members.shown import is_certain, name_of
from portal.members.waiting import registered_representative
from portal.policies.records import Policy
from portal.reference.records import RegistryRow
from portal.scheme import stages
from portal.scheme.names import name_key, person_key


def membership_context(
    found: Membership, form: MembershipForm | None = None, changed: list[str] | None = None
) -> dict[str, Any]:
    """Everything the page needs; with a form that was turned back, or what changed while it was filled in."""
    return {**_View(found).all(form), "changed": changed}


class _View:
    """Reads once what several parts of the page need."""

    def __init__(self, found: Membership) -> None:
        self.found = found
        self.session = reading()
        self.today = clock.today()
        self.account = self.session.get_one(Account, found.account_id)
        self.reviews = reviews_of(self.session, [found.id])
        self.requests = requests.requests_of(self.session, requests.MEMBERSHIP, found.id)
        self.may_decide = actor().role in roles.DECIDES_MEMBERSHIPS
        self.tied = bool(tied_to(self.session, actor().id, [found.uscc]))
        self.able = able_to_hold(self.session, MEMBERSHIP, found.uscc) if self.may_decide else []
        accounts = {found.assigned_to, found.confirmed_by, *self.able, *(one.reviewed_by for one in self.reviews)}
        accounts |= {who for one in self.requests for who in (one.asked_by, one.answered_by)}
        self.names = names_of(self.session, people(), {one for one in accounts if one})

    def all(self, form: MembershipForm | None) -> dict[str, Any]:
        """The whole page."""
        found = self.found
        undecided = found.state in confirming.TO_DECIDE
        decidable = undecided and self.may_decide and not self.tied
        if decidable:
            form = form or MembershipForm(formdata=None)
            form.seen.data = confirming.seen_of(found)
        ids = [found.licence_id, *(one.licence_id for one in self.reviews)]
        ids += [one for request in self.requests for one in request.documents.split()]
        papers = documents(self.session, [one for one in ids if one], people())
        licence = papers.get(found.licence_id or "")
        fields = people().read(self.account.person_id, self.account.sealed)
        return {
            "found": found,
            "wanted": asked(),
            "back": back_from(Place(MEMBERSHIP, found.number)),
            "state": MEMBERSHIP_STATES[found.state],
            "state_kind": MEMBERSHIP_KINDS[found.state],
            "position": POSITION_NAMES[found.position],
            "why": [WHY_WAITING_NAMES[code] for code in found.why_waiting.split()],
            "undecided": undecided,
            "decidable": decidable,
            "tied": undecided and self.may_decide and self.tied,
            "form": form,
            "licence": licence,
            "pages": list(range(2, licence.pages + 1)) if licence and not licence.is_picture else [],
            "rows": self._compared(),
            "claimant": self._claimant(fields),
            "papers": [one for one in papers.values() if licence is None or one.id != licence.id],
            "answers": [self._request(one) for one in self.requests],
            "history": self._history(),
            "end_url": self._end_url(),
            "policies": self._policies(),
            "earlier": earlier_of(self.session, found.uscc, found.number, self.today),
            "days_left": (found.due_on - self.today).days if found.due_on else None,
            "due_certain": is_certain(self.session, found.due_on),
            "held": held_by(self.found.assigned_to, self.able, self.names, self.may_decide, self.tied),
            "longest_reason": confirming.LONGEST_REASON,
        }

    def _compared(self) -> list[dict[str, Any]]:
        """What the person said beside what the registry has; differing characters are marked."""
        found = self.found
        query = select(RegistryRow).where(RegistryRow.uscc == found.uscc, RegistryRow.replaced_version.is_(None))
        row = self.session.execute(query).scalar_one_or_none()
        declared = confirming.declared_representative(self.session, people(), found)
        registered = registered_representative(self.session, people(), found.uscc)
        none = {"text": _("no record"), "muted": True}
        other_name = row is not None and name_key(row.name) != name_key(found.firm_name)
        other_person = bool(declared and registered and person_key(declared) != person_key(registered))
        return [
            {
                "label": _("Firm name"),
                "disputed": other_name,
                "cells": [
                    {"text": found.firm_name},
                    {"text": mark_differences(found.firm_name, row.name)} if row else none,
                ],
            },
            {
                "label": _("Credit code"),
                "cells": [{"text": found.uscc, "code": True}, {"text": row.uscc, "code": True} if row else none],
            },
            {
                "label": _("Legal representative"),
                "disputed": other_person,
                "cells": [
                    {"text": declared} if declared else {"text": _("not said yet"), "muted": True},
                    {"text": mark_differences(declared, registered) if declared else registered}
                    if registered
                    else {"text": _("not named"), "muted": True},
                ],
            },
            {
                "label": _("Place, status"),
                "cells": [None, {"text": _(", ").join(x for x in (row.place, row.status) if x)} if row else none],
            },
            {"label": _("Address"), "cells": [None, {"text": row.address or "—"} if row else none]},
        ]

    def _claimant(self, fields: dict[str, str]) -> list[dict[str, Any]]:
        said: list[dict[str, Any]] = [
            {"label": _("Name"), "value": name_of(people(), self.account, True) or _("erased")},
            {"label": _("Says to be"), "value": POSITION_NAMES[self.found.position]},
        ]
        for label, field in ((_("Mobile"), "mobile"), (_("E-mail"), "email")):
            if fields.get(field):
                said.append({"label": label, "value": fields[field]})
        return said

    def _request(self, one: Request) -> dict[str, Any]:
        return {
            "names": [str(REQUEST_ITEMS[item]) for item in one.items.split()],
            "open": one.answered_at is None and one.closed_at is None,
            "asked_at": one.asked_at,
            "asked_by": who_is(one.asked_by, self.names),
            "due_on": one.due_on,
            "note": requests.note_of(people(), one),
            "answered_at": one.answered_at,
            "answer": requests.answer_fields(people(), one),
        }

    def _history(self) -> list[dict[str, Any]]:
        found = self.found
        steps: list[tuple[datetime, str, str | None]] = [(found.claimed_at, _("Said to act for the firm"), None)]
        steps += [(one.asked_at, self._asked(one), None) for one in self.requests]
        steps += [(one.answered_at, _("Answered"), None) for one in self.requests if one.answered_at]
        steps += [(one.reviewed_at, *self._reviewed(one)) for one in self.reviews]
        if found.confirmed_at is not None and found.confirmed_how != confirming.LICENCE:
            how = HOW_CONFIRMED[found.confirmed_how or ""]
            steps.append((found.confirmed_at, _("Confirmed %(how)s", how=how), None))
        if found.state == stages.LEFT:
            steps.append((found.state_changed_at, str(MEMBERSHIP_STATES[stages.LEFT]), None))
        ordered = sorted(steps, key=lambda step: step[0])
        done = [{"state": "done", "title": title, "when": moment(at), "note": note} for at, title, note in ordered]
        if found.state in confirming.TO_DECIDE:
            note = _("By %(date)s", date=day(found.due_on)) if found.due_on and not found.paused_on else None
            done.append({"state": "now", "title": str(MEMBERSHIP_STATES[found.state]), "when": None, "note": note})
        return done

    def _asked(self, one: Request) -> str:
        return _("%(who)s asked for more", who=who_is(one.asked_by, self.names))

    def _reviewed(self, one: MembershipReview) -> tuple[str, str | None]:
        who = who_is(one.reviewed_by, self.names)
        said = people().read(one.person_id, one.reason_sealed)
        if one.outcome == confirming.CONFIRM:
            title = _("%(who)s confirmed it from the licence", who=who)
            parts = [_("representative on the licence: %(name)s", name=said.get("representative") or _("erased"))]
        else:
            ended = one.outcome == ending.END
            title = _("%(who)s ended it", who=who) if ended else _("%(who)s refused it", who=who)
            parts = [str({**REFUSALS, **ENDINGS}.get(said.get("code", ""), _("erased")))]
        if said.get("reason"):
            parts.append(_("Reason: %(reason)s", reason=said["reason"]))
        return title, " ".join(parts)

    def _policies(self) -> list[dict[str, Any]]:
        """Policies in force that this claim enrolled: to be annulled if the person does not act for the firm."""
        query = (
            select(Policy)
            .join(Application, Application.id == Policy.application_id)
            .where(Application.membership_id == self.found.id, Policy.state == stages.IN_FORCE)
        )
        may = never_acted(self.found) and actor().role in roles.ANNULS_POLICIES and not self.tied
        return [
            {
                "number": one.number,
                "url": url_for("policies.policy", number=one.number),
                "annul_url": url_for("policies.annul", number=one.number) if may else None,
            }
            for one in self.session.execute(query.order_by(Policy.number)).scalars()
        ]

    def _end_url(self) -> str | None:
        """Where it is ended that a confirmed person acts for the firm, for whoever may."""
        may = self.found.state == stages.CONFIRMED and self.may_decide and not self.tied
        return url_for("desk.end_membership", number=self.found.number) if may else None
