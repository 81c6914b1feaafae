"""All money received for a loss, at the desk: what recording more would do, and what a firm paid back."""

from dataclasses import dataclass

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.claims.moves import UnknownClaim, claim_of
from portal.claims.records import Claim, Notice
from portal.claims.repaying import repayment_of
from portal.common import clock, roles
from portal.common.cells import amount
from portal.common.formats import money
from portal.common.web import actor, close_reading, instance, open_to, reading
from portal.ledger.accounts import Held
from portal.ledger.queries import owed_on_claim
from portal.ledger.rates import NoRate
from portal.programme.underwriter_accounts import account_of
from portal.recoveries import forms, names, queries, receiving, settling
from portal.recoveries.blueprint import recoveries
from portal.recoveries.desk_view import cannot_share, offered
from portal.recoveries.sharing import NoInvoice
from portal.recoveries.shown import shown_payments, shown_recoveries, shown_shares
from portal.scheme.money import Money

Looked = tuple[list[object], list[object]]


@dataclass(frozen=True)
class Sent:
    """A form that came in and was not taken: which, what recording it would do, or why nothing was recorded."""

    money: forms.RecordForm | None = None
    looked: Looked | None = None
    problem: str | None = None
    repaid: forms.RepaidForm | None = None
    owes_other: bool = False

    @property
    def wrong(self) -> forms.RecordForm | forms.RepaidForm | None:
        """The form whose faults stand on top of the page."""
        return next((one for one in (self.money, self.repaid) if one is not None and one.errors), None)

    @property
    def status(self) -> int:
        """409 where something else was recorded meanwhile, 422 where something is to be put right."""
        if self.problem or self.owes_other:
            return 409
        return 422 if self.wrong is not None else 200


@recoveries.get("/desk/claims/<number>/money")
@open_to(*roles.SEES_CLAIMS)
def money_of_claim(number: str) -> BaseResponse:
    """All money received for a loss."""
    return _page(number, Sent())


@recoveries.post("/desk/claims/<number>/money")
@open_to(*roles.RECORDS_RECOVERIES)
def record_money(number: str) -> BaseResponse:
    """Look at what recording money would do, then record it."""
    _claim_found, notice = _claim(number)
    form = _offering(forms.RecordForm(), notice)
    if not form.validate_on_submit():
        return _page(number, Sent(money=form))
    told = form.told(Held(form.held.data))
    try:
        if request.form.get("step") == "record":
            done = receiving.record(instance(), actor(), number, told)
            flash(_("Recorded."), "success")
            if done.recovery:
                return redirect(url_for("recoveries.recovery", number=done.recovery))
            return redirect(url_for("recoveries.money_of_claim", number=number))
        return _page(number, Sent(money=form, looked=_looked(number, told)))
    except receiving.MoneyKnown as error:
        problem = (
            _("This money is recorded already as %(number)s.", number=error.number)
            if error.number
            else _("This money is recorded already as a payment.")
        )
    except (NoRate, NoInvoice) as error:
        problem = cannot_share(error)
    except ValueError:
        form.costs.errors = [_("The costs of a payment cannot be above it")]
        return _page(number, Sent(money=form))
    return _page(number, Sent(money=form, problem=problem))


@recoveries.post("/desk/claims/<number>/repaid")
@open_to(*roles.RECORDS_RECOVERIES)
def repaid(number: str) -> BaseResponse:
    """Record that the firm paid back what it owed on a claim; else what was typed stays."""
    claim, _notice = _claim(number)
    form = forms.RepaidForm()
    if not form.validate_on_submit():
        return _page(number, Sent(repaid=form))
    sum_ = Money.from_minor(amount(form.amount.data, claim.currency), claim.currency)
    try:
        owed_then = form.owed_then(claim.currency)
        settling.record_repayment(
            instance(), actor(), number, form.on.data, form.reference.data or "", sum_, owed_then
        )
    except settling.OwesOther:
        close_reading()
        return _page(number, Sent(repaid=form, owes_other=True))
    except settling.TooMuch as error:
        form.amount.errors = [_("The firm owes only %(owed)s on this claim", owed=money(error.owed))]
    except settling.ReferenceTaken:
        form.reference.errors = [_("The bank’s number stands for another payment already")]
    else:
        flash(_("Recorded."), "success")
        return redirect(url_for("recoveries.money_of_claim", number=number))
    return _page(number, Sent(repaid=form))


def _claim(number: str) -> tuple[Claim, Notice]:
    try:
        claim = claim_of(reading(), number)
    except UnknownClaim:
        abort(404)
    return claim, reading().get_one(Notice, claim.notice_id)


def _offering(form: forms.RecordForm, notice: Notice) -> forms.RecordForm:
    form.offer(*offered(reading(), notice.id))
    return form


def _looked(number: str, told: receiving.Told) -> Looked:
    """What recording it would do: how it is shared, and what of it is a payment."""
    basis, shared = receiving.look_at(reading(), number, told)
    if shared is None:
        return [], []
    known = basis.claims | basis.waiting
    return list(shown_shares(shared, known)), list(shown_payments(shared, known))


def _page(number: str, sent: Sent) -> BaseResponse:
    claim, notice = _claim(number)
    may_record = actor().role in roles.RECORDS_RECOVERIES
    today = clock.today()
    owed = owed_on_claim(reading(), claim.id, claim.currency)
    back = repayment_of(reading(), claim, owed)
    repaid_form = sent.repaid or (forms.RepaidForm(formdata=None) if may_record and back else None)
    if repaid_form is not None:
        repaid_form.seen.data = str(owed.minor)
    shown = shown_recoveries(reading(), queries.recoveries_of_notice(reading(), notice.id), today)
    page = render_template(
        "recoveries/money_of_claim.html",
        claim=claim,
        form=(sent.money or _offering(forms.RecordForm(formdata=None), notice)) if may_record else None,
        sent=sent,
        today=today,
        owed=money(owed),
        back=back,
        remits=any(one.remits for one in shown),
        pay_to=account_of(reading(), claim.scheme, today),
        repaid=repaid_form,
        recoveries=shown,
        payments=queries.payments_of_notice(reading(), notice.id),
        receipt_states=names.RECEIPT_STATES,
        receipt_kinds=names.RECEIPT_KINDS,
    )
    return make_response(page, sent.status)
