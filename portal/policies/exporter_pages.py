"""What a firm reads and does about its policies: its own first page, the policy, acknowledging, withdrawing."""

from flask import Response, abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.common import clock, formats, roles
from portal.common.preferences import locale_name
from portal.common.web import actor, instance, open_to, reading, whole_address
from portal.members.names import MEMBERSHIP_STATES
from portal.policies import certificate_actions, firm_actions, forms, names, wording
from portal.policies.actions import NotPossible
from portal.policies.blueprint import policies
from portal.policies.certificate import certificate_pdf
from portal.policies.document import document_of
from portal.policies.home import standings
from portal.policies.my_shown import known_name, shown_to_firm
from portal.policies.queries import policy_case
from portal.policies.readers import MyPolicy, my_policy
from portal.policies.turns import YOURS, shown_firm
from portal.programme.actions import terms_by_fingerprint
from portal.scheme import stages

# The look of each state of a membership, as its member sees it.
MEMBERSHIP_TAGS = {
    stages.UNCONFIRMED: "refer",
    stages.WAITING: "others",
    stages.ASKED: "yours",
    stages.CONFIRMED: "pass",
}


@policies.get("/my")
@open_to(*roles.APPLIES)
def my_home() -> str:
    """Every firm of this account: whose turn it is, what comes next, and its policy."""
    today = clock.today()
    found = standings(reading(), actor().id, today, instance().claims_of)
    firms = [shown_firm(one, today) for one in found]
    return render_template(
        "policies/my_home.html",
        firms=sorted(firms, key=lambda firm: firm.turn.kind != YOURS),
        bind_url=url_for("members.bind"),
        member_states=MEMBERSHIP_STATES,
        member_tags=MEMBERSHIP_TAGS,
        policy_states=names.POLICY_STATES,
        policy_tags=names.POLICY_TAGS,
    )


@policies.get("/my/policies/<number>", endpoint="my_policy")
@open_to(*roles.APPLIES)
def policy_of_firm(number: str) -> str:
    """One policy as its firm reads it, with the acknowledgement at its end."""
    return _page(_mine(number))


@policies.post("/my/policies/<number>/acknowledge", endpoint="acknowledge_mine")
@open_to(*roles.APPLIES)
def acknowledge_policy(number: str) -> BaseResponse:
    """Acknowledge a policy; sent twice, or by two people at once, it is acknowledged once."""
    mine = _mine(number)
    form = forms.ReadForm()
    form.known_name = known_name(actor().id, mine)
    if not form.validate_on_submit():
        return make_response(_page(mine, form), 422)
    try:
        first = firm_actions.acknowledge(
            instance(), actor(), number, form.known_name or form.name.data, form.fingerprint.data or ""
        )
    except NotPossible as error:
        if error.code == "changed":
            flash(_("The policy has changed since you opened it. Read it again, then acknowledge it."), "warning")
        else:
            flash(_("This policy is no longer in force; nothing was changed."))
    else:
        if first:
            flash(_("Acknowledged. There is nothing more to do."), "success")
        else:
            flash(_("It was acknowledged before; nothing was changed."))
    return redirect(url_for("policies.my_policy", number=number))


@policies.route("/my/policies/<number>/withdraw", methods=["GET", "POST"], endpoint="withdraw_mine")
@open_to(*roles.APPLIES)
def withdraw_policy(number: str) -> BaseResponse:
    """Ask a confirmed member, with what ends and what stays, then withdraw; sent twice, it is done once."""
    mine = _mine(number)
    if not mine.confirmed:
        abort(404)
    form = forms.ConfirmForm()
    try:
        if form.validate_on_submit():
            day = firm_actions.withdraw(instance(), actor(), number)
            flash(_("The policy is withdrawn: no cover from %(day)s.", day=formats.day(day)), "success")
            return redirect(url_for("policies.my_policy", number=number))
    except NotPossible:
        flash(_("This policy is no longer in force; nothing was changed."))
        return redirect(url_for("policies.my_policy", number=number))
    shown = shown_to_firm(mine, clock.today())
    if not shown.may_withdraw:
        return redirect(url_for("policies.my_policy", number=number))
    return make_response(render_template("policies/withdraw_mine.html", shown=shown, today=clock.today()))


@policies.get("/my/policies/<number>/certificate.pdf")
@open_to(*roles.APPLIES)
def certificate(number: str) -> BaseResponse:
    """The certificate as a PDF of one page in both languages."""
    _mine(number)
    try:
        token = certificate_actions.my_certificate(instance(), actor(), number)
    except NotPossible:
        flash(_("There is no certificate of a policy that was withdrawn."))
        return redirect(url_for("policies.my_policy", number=number))
    case = policy_case(reading(), number)
    assert case is not None  # it has just been read
    terms = terms_by_fingerprint(reading(), case.decision.terms_fingerprint)
    pdf = certificate_pdf(document_of(case.policy, terms), terms, public_address(token))
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{number}.pdf")
    return answer


def public_address(token: str) -> str:
    """The whole address of a certificate's public page: what the operator set, else where this request came to."""
    return whole_address(url_for("policies.certificate_page", token=token))


def _mine(number: str) -> MyPolicy:
    """The policy, if the reader may read it; for anybody else there is no such page."""
    found = my_policy(reading(), actor().id, number)
    if found is None:
        abort(404)
    return found


def _page(mine: MyPolicy, form: forms.ReadForm | None = None) -> str:
    shown = shown_to_firm(mine, clock.today())
    if form is None:
        form = forms.ReadForm(formdata=None, fingerprint=shown.document.fingerprint)
        form.known_name = known_name(actor().id, mine)
    said = wording.ACKNOWLEDGEMENT if form.known_name else wording.ACKNOWLEDGEMENT_UNNAMED
    text = said.zh if locale_name() == "zh" else said.en
    form.read.label.text = text.format(name=form.known_name)
    return render_template(
        "policies/my_policy.html",
        shown=shown,
        form=form,
        confirm_url=url_for("members.my_firm", uscc=shown.policy.uscc),
        waiting=mine.membership.state == stages.WAITING,
        renewal=_renewal(mine),
    )


def _renewal(mine: MyPolicy) -> dict[str, str] | None:
    """The prompt to renew, once the next period's enrolment is open and nothing stands in it."""
    of_firm = (
        one for one in standings(reading(), actor().id, clock.today()) if one.member.id == mine.membership.id
    )
    window = next(of_firm).window
    if window is None or window.policy_year <= mine.policy.policy_year:
        return None
    return {
        "year": str(window.policy_year),
        "until": formats.day(window.window_end),
        "url": url_for("applications.apply", uscc=mine.policy.uscc),
    }
