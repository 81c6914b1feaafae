"""The policies: listing, issuing what waits, one policy, and what comes in on signed paper afterwards."""

from datetime import date

from flask import (
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.applications.names import STATE_KINDS, STATE_NAMES
from portal.applications.sentences import sentence, short_reason
from portal.common import audit, clock, formats, roles
from portal.common.table_sheet import Column, Value, send_workbook, workbook_file, write_table
from portal.common.web import actor, instance, open_to, reading
from portal.policies import actions, forms, names, queries, shown
from portal.policies.annulment_actions import stranger
from portal.policies.blueprint import policies
from portal.policies.certificate_actions import newest_certificate
from portal.policies.links import case_url
from portal.policies.queries import FIRST_SORT, PER_PAGE, SORTS, PolicyFilter
from portal.scheme import stages
from portal.scheme.terms import load_terms

# The command line issues too, but opens no pages.
ISSUERS = tuple(role for role in roles.ISSUES_POLICIES if role in roles.STAFF_ROLES)


@policies.get("/desk/policies")
@open_to(*roles.SEES_POLICIES)
def listing() -> str:
    """Every policy, by part of name, code or number, state today, acknowledgement and policy year."""
    wanted = _wanted()
    found = queries.policy_page(reading(), wanted, request.args.get("page", 1, type=int))
    waiting = queries.waiting_for_policies(reading())
    return render_template(
        "policies/listing.html",
        found=found,
        wanted=wanted,
        per_page=PER_PAGE,
        waiting=sum(group.number for group in waiting),
        cleared=sum(group.cleared for group in waiting),
        may_issue=actor().role in ISSUERS,
        narrowed=bool(wanted.q or wanted.state or wanted.acknowledged or wanted.year),
        states=names.POLICY_STATES,
        tags=names.POLICY_TAGS,
        decided_by=names.DECIDED_BY,
    )


@policies.get("/desk/policies/export")
@open_to(*roles.SEES_POLICIES)
def export() -> Response:
    """The policies that the same address without /export lists, all of them, in the same order, as Excel."""
    wanted = _wanted()
    rows = (_exported(one) for one in queries.every_policy(reading(), wanted))
    file, number = workbook_file(lambda out: write_table(out, _("Policies"), _columns(), rows))
    # What was typed to search by may be anything, a person's name too, so the trail only says that it was.
    audit.note(
        instance().database,
        actor(),
        "policies.export",
        "policies",
        audit.DOWNLOADED,
        rows=number,
        searched=bool(wanted.q),
        state=wanted.state,
        acknowledged=wanted.acknowledged,
        year=wanted.year,
    )
    return send_workbook(file, _("policies_%(day)s.xlsx", day=wanted.today.isoformat()))


@policies.route("/desk/policies/issue", methods=["GET", "POST"])
@open_to(*ISSUERS)
def issue() -> BaseResponse:
    """Issue a policy for all that wait, on one day, after showing who they are; then say what came of it."""
    waiting = queries.waiting_for_policies(reading())
    form = forms.IssueForm(on=clock.today())
    form.earliest = min((group.first_applied for group in waiting), default=None)
    if form.validate_on_submit():
        return make_response(_issued(form.on.data, waiting))
    page = render_template(
        "policies/issue.html",
        form=form,
        waiting=[(group, names.scheme_title(load_terms(group.scheme))) for group in waiting],
        number=sum(group.number for group in waiting),
        today=clock.today(),
    )
    return make_response(page, 422 if form.is_submitted() else 200)


@policies.get("/desk/policies/<number>")
@open_to(*roles.SEES_POLICIES)
def policy(number: str) -> str:
    """One policy: firm, cover and gap, terms, what it was issued on, acknowledgement."""
    return _policy_page(number, _acknowledgement_form())


@policies.post("/desk/policies/<number>/acknowledge")
@open_to(*roles.RECORDS_PAPER)
def acknowledge(number: str) -> BaseResponse:
    """Record a signed acknowledgement; sent twice, it is recorded once."""
    form = forms.AcknowledgementForm()
    if form.validate_on_submit():
        try:
            actions.record_acknowledgement(instance(), actor(), number, form.on.data, form.name.data)
        except actions.NotPossible as error:
            if error.code != "day_impossible":
                return _told(error)
            form.on.errors = [_outside(number, until=clock.today())]
        else:
            flash(_("Acknowledgement recorded."), "success")
            return redirect(url_for("policies.policy", number=number))
    return make_response(_policy_page(number, form), 422)


@policies.route("/desk/policies/<number>/withdraw", methods=["GET", "POST"])
@open_to(*roles.RECORDS_PAPER)
def withdraw(number: str) -> BaseResponse:
    """Ask before recording a withdrawal, then do it; sent twice, it is recorded once."""
    case = queries.policy_case(reading(), number)
    if case is None:
        abort(404)
    last_day = min(clock.today(), case.policy.ends_on)
    form = forms.WithdrawalForm(on=last_day)
    try:
        if case.policy.withdrawn_on is not None:
            raise actions.NotPossible("not_in_force", number)
        if form.validate_on_submit():
            actions.record_withdrawal(instance(), actor(), number, form.on.data)
            flash(_("Withdrawal recorded: no cover from %(day)s.", day=formats.day(form.on.data)), "success")
            return redirect(url_for("policies.policy", number=number))
    except actions.NotPossible as error:
        if error.code != "day_impossible":
            return _told(error)
        form.on.errors = [_outside(number, until=last_day)]
    page = render_template(
        "policies/withdraw.html",
        policy=case.policy,
        application=case.application,
        form=form,
        last_day=last_day,
    )
    return make_response(page, 422 if form.is_submitted() else 200)


def _policy_page(number: str, form: forms.AcknowledgementForm) -> str:
    case = queries.policy_case(reading(), number)
    if case is None:
        abort(404)
    may_record = actor().role in roles.RECORDS_PAPER and case.policy.withdrawn_on is None
    certificate = newest_certificate(reading(), case.policy.id)
    annuls = actor().role in roles.ANNULS_POLICIES and case.policy.state == stages.IN_FORCE
    return render_template(
        "policies/policy.html",
        shown=shown.shown_policy(case, clock.today()),
        certificate=certificate,
        replace_form=forms.ReplaceForm(formdata=None) if may_record and certificate else None,
        may_annul=annuls and stranger(reading(), case.policy) is not None,
        form=form,
        may_record=may_record,
        may_withdraw=may_record and queries.listed(case.policy, clock.today()).state == stages.IN_FORCE,
    )


def _acknowledgement_form() -> forms.AcknowledgementForm:
    return forms.AcknowledgementForm(on=clock.today())


def _told(error: actions.NotPossible) -> BaseResponse:
    """The policy's page with a sentence on why nothing was recorded."""
    if error.code == "unknown":
        abort(404)
    if error.code == "already_acknowledged":
        flash(_("The acknowledgement was recorded before; nothing was changed."))
    else:
        flash(_("This policy is withdrawn; nothing was changed."))
    return redirect(url_for("policies.policy", number=error.number))


def _outside(number: str, until: date) -> str:
    case = queries.policy_case(reading(), number)
    assert case is not None  # the action has just looked at it
    return _(
        "Enter a day from %(first)s, when the policy was issued, to %(last)s",
        first=formats.day(case.policy.issued_on),
        last=formats.day(until),
    )


def _issued(on: date, waiting: list[queries.Waiting]) -> str:
    """Issue scheme by scheme, and show what came of it."""
    refused: list[str] = []
    issued = 0
    due = {group.scheme: True for group in waiting if group.first_applied <= on}
    for scheme in due:
        result = actions.issue_policies(instance(), actor(), scheme, on)
        issued += result.issued
        refused += [number for number, _state in result.refused]
    # The request's own read session still sees what stood before.
    with instance().database.reading() as session:
        found = queries.refused_applications(session, refused)
        left = sum(group.number for group in queries.waiting_for_policies(session))
    return render_template(
        "policies/issue_result.html",
        on=on,
        issued=issued,
        left=left,
        refused=[
            (
                one.application,
                case_url(one.application.number),
                [short_reason(finding) for finding in one.findings],
                [sentence(finding) for finding in one.findings] or [_lapsed(one, on)],
            )
            for one in found
        ],
        states=STATE_NAMES,
        tags=STATE_KINDS,
    )


def _lapsed(one: queries.Refused, on: date) -> str:
    terms = load_terms(one.application.scheme).on(one.application.applied_on)
    return _(
        "Its policy year ended on %(end)s, before the day of issue, %(day)s.",
        end=formats.day(terms.period_end),
        day=formats.day(on),
    )


def _wanted() -> PolicyFilter:
    """What the address asks for; what it cannot mean is left out."""
    args = request.args
    state, acknowledged, sort = args.get("state", ""), args.get("acknowledged", ""), args.get("sort", "")
    year = args.get("year", type=int)
    return PolicyFilter(
        today=clock.today(),
        q="".join(letter for letter in args.get("q", "") if letter.isprintable()).strip()[:100],
        state=state if state in names.POLICY_STATES else "",
        acknowledged=acknowledged if acknowledged in ("yes", "no") else "",
        year=year if year is not None and date.min.year <= year <= date.max.year else None,
        sort=sort if sort.removeprefix("-") in SORTS else FIRST_SORT,
    )


def _columns() -> list[Column]:
    return [
        Column(_("Policy"), width=16),
        Column(_("Firm"), width=36),
        Column(_("Unified social credit code"), width=22),
        Column(_("Place of registration")),
        Column(_("Policy year"), width=10),
        Column(_("Covered from"), "date", 13),
        Column(_("Covered to"), "date", 13),
        Column(_("No cover from"), "date", 13),
        Column(_("No cover to"), "date", 13),
        Column(_("Days without cover"), "count", 12),
        Column(_("Applied"), "date", 13),
        Column(_("Issued"), "date", 13),
        Column(_("Decided"), width=12),
        Column(_("Acknowledged"), "date", 13),
        Column(_("State on %(day)s", day=clock.today().isoformat()), width=18),
        Column(_("Withdrawn from"), "date", 13),
    ]


def _exported(one: queries.ListedPolicy) -> list[Value]:
    policy = one.policy
    return [
        *(policy.number, policy.firm_name, policy.uscc, policy.place, str(policy.policy_year)),
        *(policy.starts_on, policy.ends_on, policy.gap_from, policy.gap_to, one.gap_days),
        *(policy.applied_on, policy.issued_on, str(names.DECIDED_BY[policy.decided_by])),
        *(policy.acknowledged_on, str(names.POLICY_STATES[one.state]), policy.withdrawn_on),
    ]
