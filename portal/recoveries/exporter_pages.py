"""Money received, as the firm of a claim tells it and sees it shared."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.claims.mine import Mine, find_mine
from portal.claims.repaying import repayment_of
from portal.common import clock, roles
from portal.common.kept_form import show_kept
from portal.common.uploads import takes_documents
from portal.common.web import actor, instance, open_to, reading
from portal.ledger.queries import owed_on_claim
from portal.programme.underwriter_accounts import account_of
from portal.recoveries import forms, names, queries, receiving
from portal.recoveries.blueprint import recoveries
from portal.recoveries.desk_view import offered
from portal.recoveries.shown import shown_recoveries
from portal.scheme import stages


@recoveries.route("/my/claims/<number>/recoveries", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
@takes_documents
def my_recoveries(number: str) -> BaseResponse:
    """All money received for this loss, and telling of more."""
    mine = _mine(number)
    form = forms.TellForm()
    form.offer(*offered(reading(), mine.notice.id))
    known = None
    if not form.is_submitted():
        show_kept(form)
    if form.validate_on_submit():
        try:
            done = receiving.tell_of(instance(), actor(), number, form.told(), form.paper.checked)
        except receiving.MoneyKnown as error:
            known = error
        else:
            if done.recovery:
                flash(_("Received as recovery %(number)s. A person looks at it.", number=done.recovery), "success")
            else:
                flash(_("Received as a payment. It lessens the loss; a person looks at it."), "success")
            return redirect(url_for("recoveries.my_recoveries", number=number))
    today = clock.today()
    shown = shown_recoveries(reading(), queries.recoveries_of_notice(reading(), mine.notice.id), today)
    back = repayment_of(reading(), mine.claim, owed_on_claim(reading(), mine.claim.id, mine.claim.currency))
    page = render_template(
        "recoveries/my_recoveries.html",
        claim=mine.claim,
        back=back if mine.claim.state in (stages.PAID, stages.CLOSED) else None,
        remits=any(one.remits for one in shown),
        pay_to=account_of(reading(), mine.claim.scheme, today),
        form=form,
        known=known,
        today=today,
        recoveries=shown,
        payments=queries.payments_of_notice(reading(), mine.notice.id),
        receipt_states=names.RECEIPT_STATES,
        receipt_kinds=names.RECEIPT_KINDS,
        may_tell=mine.claim.state != stages.WITHDRAWN,
    )
    return make_response(page, 409 if known else 422 if form.is_submitted() else 200)


def _mine(number: str) -> Mine:
    """A claim of a firm that the reader is confirmed to act for; for anybody else there is no such page."""
    mine = find_mine(reading(), actor().id, number)
    if mine is None or not mine.confirmed:
        abort(404)
    return mine
