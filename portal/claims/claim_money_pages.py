"""To which account a claim is paid, and the assignment of its proceeds to a bank."""

from flask import flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.claims import assignments, payees
from portal.claims.blueprint import claims
from portal.claims.claim_access import first_confirmed, keep_for_next_try, kept_files, my_own
from portal.claims.claim_forms import AccountForm, AssignmentForm, ReleaseForm
from portal.claims.claim_names import ASSIGNMENT_REFUSALS, RELEASE_REFUSALS
from portal.claims.mine import Mine, events_of
from portal.claims.moves import StaleClaim
from portal.claims.records import Assignment, Payee
from portal.common import roles
from portal.common.kept_form import show_kept
from portal.common.uploads import takes_documents
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.documents.queries import documents
from portal.scheme import stages


@claims.get("/my/claims/<number>/payee")
@open_to(*roles.APPLIES)
def claim_payee(number: str) -> BaseResponse:
    """The account of the firm, masked, and the form for another one."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Account to which we pay"))
    names = payees.firm_names(reading(), mine)
    form = AccountForm(formdata=None, holder=names[0] if names else "")
    show_kept(form)
    return make_response(_payee_page(mine, form))


@claims.post("/my/claims/<number>/payee")
@open_to(*roles.APPLIES)
def set_claim_payee(number: str) -> BaseResponse:
    """Record the account; everybody who is confirmed for the firm is told."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Account to which we pay"))
    form = AccountForm()
    form.validate()
    try:
        payees.set_payee(instance(), actor(), number, form.given())
    except payees.BadAccount as bad:
        form.mark(bad.wrong)
        return make_response(_payee_page(mine, form), 422)
    except payees.PayeeHeld:
        close_reading()
        return make_response(_payee_page(my_own(number), form), 409)
    flash(_("The account is recorded. Everybody who acts for the firm is told."), "success")
    return redirect(url_for("claims.my_claim", number=number), 303)


@claims.get("/my/claims/<number>/assignment")
@open_to(*roles.APPLIES)
def claim_assignment(number: str) -> BaseResponse:
    """The assignment that stands, or the form to tell of one."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Assignment to a bank"))
    form = AssignmentForm(formdata=None)
    show_kept(form)
    return make_response(_assignment_page(mine, form, ReleaseForm(formdata=None)))


@claims.post("/my/claims/<number>/assignment")
@open_to(*roles.APPLIES)
@takes_documents
def assign_claim(number: str) -> BaseResponse:
    """Tell of an assignment, with the bank's account and the deed."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Assignment to a bank"))
    form = AssignmentForm()
    right = form.validate()
    anew = _account_gone(mine)
    if not anew and form.deed.checked is None and not form.kept_ids() and not form.deed.errors:
        form.deed.errors = [_("Add the deed of assignment")]
        right = False
    wrong = payees.faults(form.given(), None)
    form.mark(wrong)
    if wrong or not right:
        keep_for_next_try(form, mine.claim.uscc, [form.deed.checked] if form.deed.checked else [])
        return make_response(_assignment_page(my_own(number), form, ReleaseForm(formdata=None)), 422)
    try:
        assignments.tell_assignment(instance(), actor(), number, form.given(), form.deed.checked, form.kept_ids())
    except (assignments.AlreadyAssigned, StaleClaim):
        close_reading()
        if anew:
            form.mark({"account": assignments.UNLIKE_BEFORE})
        page = _assignment_page(my_own(number), form, ReleaseForm(formdata=None), moved_on=not anew)
        return make_response(page, 409)
    if anew:
        flash(_("The account is on record again."), "success")
    else:
        flash(_("We look at the deed. Until then nothing is paid on this claim."), "success")
    return redirect(url_for("claims.claim_assignment", number=number), 303)


@claims.post("/my/claims/<number>/release")
@open_to(*roles.APPLIES)
@takes_documents
def release_claim(number: str) -> BaseResponse:
    """Hand in the bank's paper that releases the proceeds."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Assignment to a bank"))
    form = ReleaseForm()
    if not form.validate() or form.paper.checked is None:
        return make_response(_assignment_page(mine, AssignmentForm(formdata=None), form), 422)
    try:
        assignments.hand_in_release(instance(), actor(), number, form.paper.checked)
    except assignments.NoAssignment:
        flash(_("There is no assignment to release any more. Below is how it stands."), "warning")
    else:
        flash(_("The bank’s release is with us. Once we have looked, your own account counts again."), "success")
    return redirect(url_for("claims.claim_assignment", number=number), 303)


def _account_gone(mine: Mine) -> bool:
    """Whether the account of the assignment that stands has to be given anew."""
    return assignments.account_gone(reading(), payees.assignment_of(reading(), mine.claim.id))


def _payee_page(mine: Mine, form: AccountForm) -> str:
    session, claim = reading(), mine.claim
    held = payees.assignment_of(session, claim.id)
    own = payees.payee_of_firm(session, claim.uscc)
    return render_template(
        "claims/claim_payee.html",
        claim=claim,
        form=form,
        payee=payees.shown_payee(people(), own) if own else None,
        recorded_at=own.recorded_at if own else None,
        held=held,
        gone=_account_gone(mine),
        bank=payees.shown_payee(people(), session.get_one(Payee, held.payee_id)) if held else None,
        names=payees.firm_names(session, mine),
    )


def _assignment_page(mine: Mine, form: AssignmentForm, release: ReleaseForm, moved_on: bool = False) -> str:
    session, claim = reading(), mine.claim
    latest = assignments.latest_assignment(session, claim.id)
    live = latest is not None and latest.state in (stages.TOLD, stages.RECORDED)
    return render_template(
        "claims/claim_assignment.html",
        claim=claim,
        form=form,
        release=release,
        kept=kept_files(form),
        latest=latest,
        live=live,
        gone=live and _account_gone(mine),
        bank=payees.shown_payee(people(), session.get_one(Payee, latest.payee_id)) if latest else None,
        refused=_refusal(mine, latest),
        turned_back=RELEASE_REFUSALS.get(assignments.release_turned_back(session, claim.id) or ""),
        papers=_papers(latest),
        moved_on=moved_on,
        may_assign=claim.state in assignments.TAKES_ASSIGNMENT,
    )


def _refusal(mine: Mine, latest: Assignment | None) -> object:
    """Why the last assignment was not recorded, in the firm's words."""
    if latest is None or latest.state != stages.REFUSED:
        return None
    codes = [one.code for one in events_of(reading(), mine.claim.id, "assignment_refused") if one.code]
    return ASSIGNMENT_REFUSALS.get(codes[-1]) if codes else None


def _papers(latest: Assignment | None) -> dict[str, object]:
    if latest is None:
        return {}
    ids = {"deed": latest.document_id, "release": latest.release_document_id or ""}
    found = documents(reading(), ids.values(), people())
    return {name: found[one] for name, one in ids.items() if one in found}
