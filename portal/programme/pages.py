"""The terms with their sources and confirmations, and the audit trail."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.names import ROLE_NAMES
from portal.accounts.queries import names_of
from portal.common import clock, roles
from portal.common.audit import AuditEntry, AuditRow
from portal.common.audit_check import verify_audit
from portal.common.preferences import locale_name
from portal.common.roles import Role
from portal.common.web import actor, instance, open_to, people, reading
from portal.programme import actions, claim_names, forms, names, queries
from portal.programme.current import current_scheme
from portal.programme.records import TermsConfirmation
from portal.programme.subjects import account_ids, shown_subject
from portal.scheme.claim_terms import ClaimTerms, load_claim_terms
from portal.scheme.terms import Terms, TermValue, UnknownTerms, available_terms, load_terms

programme = Blueprint("programme", __name__)


@dataclass(frozen=True)
class ShownValue:
    """One dated value of the terms as the page shows it."""

    path: str
    name: str
    starts_on: date
    value: str
    article: str
    reason: str | None
    confirmation: TermsConfirmation | None


@dataclass(frozen=True)
class ShownScheme:
    """One scheme's terms of enrolment, or of claims, as the page shows them; ``anchor`` is their place on it."""

    key: str
    anchor: str
    title: str
    claims: bool
    fingerprint: str
    values: list[ShownValue]
    open: int


@programme.get("/desk/terms")
@open_to(*roles.SEES_TERMS)
def terms() -> str:
    """Every scheme's values by date, with article, reason where provisional, and who confirmed them."""
    current = current_scheme(clock.today()).key
    order = sorted(available_terms(), key=lambda key: (key == current, load_terms(key).first_date), reverse=True)
    confirmed = queries.confirmations(reading())
    schemes = [
        shown
        for key in order
        for shown in (
            _shown_scheme(load_terms(key), load_terms(key), confirmed),
            _shown_scheme(load_terms(key), load_claim_terms(key), confirmed),
        )
    ]
    who = names_of(reading(), people(), {c.confirmed_by for c in confirmed.values()})
    may_confirm = actor().role in roles.MANAGES_TERMS
    return render_template(
        "programme/terms.html", schemes=schemes, current=current, names=who, may_confirm=may_confirm
    )


@programme.route("/desk/terms/<scheme>/<path>", methods=["GET", "POST"])
@open_to(Role.ADMINISTRATOR)
def confirm_value(scheme: str, path: str) -> BaseResponse:
    """Confirm a provisional value, with the notice or letter that says that it holds."""
    try:
        terms = load_terms(scheme)
    except UnknownTerms:
        abort(404)
    found = load_claim_terms(scheme) if path in claim_names.CLAIM_PARAMETER_NAMES else terms
    shown = _shown_scheme(terms, found, queries.confirmations(reading()))
    values = [value for value in shown.values if value.path == path and value.reason]
    if not values:
        abort(404)
    form = forms.ConfirmValueForm()
    if values[0].confirmation is None and form.validate_on_submit():
        try:
            actions.confirm_value(instance(), actor(), scheme, path, form.reference.data)
        except actions.NothingToConfirm:
            flash(_("This value was confirmed before; nothing was changed."))
        else:
            flash(_("Confirmed: %(name)s.", name=values[0].name), "success")
        return redirect(url_for("programme.terms", _anchor=f"{scheme}-{path}"))
    if values[0].confirmation is not None:
        flash(_("This value was confirmed before; nothing was changed."))
        return redirect(url_for("programme.terms", _anchor=f"{scheme}-{path}"))
    page = render_template("programme/confirm_value.html", scheme=shown, values=values, form=form)
    return make_response(page, 422 if form.is_submitted() else 200)


@programme.get("/desk/audit")
@open_to(*roles.SEES_AUDIT)
def audit_trail() -> str:
    """The trail, newest entry first, by what, on which subject, by whom, when, and with which outcome."""
    first_day, bad_first = _day_asked("from")
    last_day, bad_last = _day_asked("to")
    wanted = queries.TrailFilter(
        action=request.args.get("action", ""),
        subject=request.args.get("subject", "").strip(),
        actor=request.args.get("actor", ""),
        outcome=request.args.get("outcome", ""),
        first_day=first_day,
        last_day=last_day,
    )
    found = queries.trail_page(reading(), wanted, request.args.get("page", 1, type=int))
    known = names_of(reading(), people(), {*found.actor_ids, *account_ids(one.subject for one in found.entries)})
    return render_template(
        "programme/audit_trail.html",
        found=found,
        wanted=wanted,
        bad_days=[text for text in (bad_first, bad_last) if text],
        actors=sorted(((one, _actor_name(one, known)) for one in found.actor_ids), key=lambda pair: pair[1]),
        names={one: _actor_name(one, known) for one in found.actor_ids},
        role_names=ROLE_NAMES,
        outcomes=names.OUTCOME_NAMES,
        per_page=queries.PER_PAGE,
        action_names={action: names.action_name(action) for action in found.actions},
        action_options=sorted(
            ((action, names.action_name(action)) for action in found.actions), key=lambda pair: pair[1]
        ),
        subjects={one.seq: shown_subject(one.subject, known) for one in found.entries},
    )


@programme.get("/desk/audit/<int(max=2147483647):seq>")
@open_to(*roles.SEES_AUDIT)
def audit_entry(seq: int) -> str:
    """One entry with the rows it touched, before and after."""
    entry = reading().get(AuditEntry, seq)
    if entry is None:
        abort(404)
    rows, page = queries.rows_of_entry(reading(), entry, request.args.get("page", 1, type=int))
    known = names_of(reading(), people(), {entry.actor_id, *account_ids([entry.subject])})
    return render_template(
        "programme/audit_entry.html",
        entry=entry,
        action=names.action_name(entry.action),
        subject=shown_subject(entry.subject, known),
        who=_actor_name(entry.actor_id, known),
        role_names=ROLE_NAMES,
        outcomes=names.OUTCOME_NAMES,
        changes=names.CHANGE_NAMES,
        details=json.loads(entry.details),
        rows=[(row, _columns(row)) for row in rows],
        page=page,
        per_page=queries.PER_PAGE,
    )


@programme.post("/desk/audit/verify")
@open_to(*roles.SEES_AUDIT)
def verify_trail() -> str:
    """Walk the whole chain and compare every row with its last recorded state."""
    return render_template("programme/verify_trail.html", report=verify_audit(reading()))


def _shown_scheme(
    scheme: Terms, found: Terms | ClaimTerms, confirmed: dict[tuple[str, str, str], TermsConfirmation]
) -> ShownScheme:
    """The scheme's terms ``found``: those of enrolment, or those of claims."""
    claims = isinstance(found, ClaimTerms)
    values = [
        _shown_value(value, scheme, confirmed.get((found.key, value.path, found.fingerprint)), claims)
        for value in found.values()
    ]
    title = scheme.title if locale_name() == "zh" else scheme.title_en
    return ShownScheme(
        key=found.key,
        anchor=f"{found.key}-claims" if claims else found.key,
        title=_("Claims: %(scheme)s", scheme=title) if claims else title,
        claims=claims,
        fingerprint=found.fingerprint,
        values=values,
        open=len({value.path for value in values if value.reason and value.confirmation is None}),
    )


def _shown_value(
    value: TermValue, scheme: Terms, confirmation: TermsConfirmation | None, claims: bool
) -> ShownValue:
    reason = None
    if value.provisional is not None:
        reason = value.provisional.zh if locale_name() == "zh" else value.provisional.en
    named = claim_names.CLAIM_PARAMETER_NAMES if claims else names.PARAMETER_NAMES
    return ShownValue(
        path=value.path,
        name=str(named[value.path]),
        starts_on=value.starts_on,
        value=claim_names.shown_claim_value(value) if claims else names.shown_value(value, scheme.currency),
        article=value.article,
        reason=reason,
        confirmation=confirmation if reason else None,
    )


def _actor_name(actor_id: str, known: dict[str, str]) -> str:
    if actor_id in (Role.COMMAND, Role.ANONYMOUS):
        return str(ROLE_NAMES[actor_id])
    return known.get(actor_id, actor_id)


def _day_asked(name: str) -> tuple[date | None, str]:
    """The day in the address, and the text that is none."""
    text = request.args.get(name, "").strip()
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None, text
    if day is not None and not 1900 <= day.year <= 2200:
        return None, text
    return day, ""


def _columns(row: AuditRow) -> list[tuple[str, Any, Any]]:
    """Column by column what stood before and after; personal values stay as they are stored, sealed."""
    before = json.loads(row.before) if row.before else {}
    after = json.loads(row.after) if row.after else {}
    return [(column, before.get(column), after.get(column)) for column in sorted({*before, *after})]
