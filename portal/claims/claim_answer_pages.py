"""What a firm says to a decision: reading how it comes about and its letter, agreeing to it, objecting to it."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.claims import answers, letters
from portal.claims import claim_view as view
from portal.claims.blueprint import claims
from portal.claims.claim_access import first_confirmed, keep_for_next_try, kept_files, my_own
from portal.claims.claim_forms import ObjectForm, SeenForm
from portal.claims.mine import Mine, NotConfirmed, TooManyFiles
from portal.claims.moves import StaleClaim
from portal.claims.payees import payee_for
from portal.common import clock, roles
from portal.common.kept_form import show_kept
from portal.common.uploads import takes_documents
from portal.common.web import actor, close_reading, instance, open_to, reading
from portal.scheme import stages


@claims.get("/my/claims/<number>/agree")
@open_to(*roles.APPLIES)
def agree_to_claim(number: str) -> BaseResponse:
    """The decision line by line, and the button to agree."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Agree to the amount"))
    decided = view.decided(reading(), mine)
    if decided is None or mine.claim.state != stages.APPROVED:
        return redirect(url_for("claims.my_claim", number=number))
    form = SeenForm(formdata=None, seen=decided.sha256)
    page = render_template("claims/agree_to_claim.html", claim=mine.claim, decided=decided, form=form)
    return make_response(page)


@claims.post("/my/claims/<number>/agree")
@open_to(*roles.APPLIES)
def agree_now(number: str) -> BaseResponse:
    """Agree to what was read."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Agree to the amount"))
    form = SeenForm()
    try:
        answers.agree(instance(), actor(), number, form.seen.data or "")
    except StaleClaim:
        flash(_("Nothing was agreed: the decision changed meanwhile. Read how it stands now."), "warning")
        return redirect(url_for("claims.my_claim", number=number), 303)
    close_reading()
    mine = my_own(number)
    if mine.claim.state == stages.AGREED and payee_for(reading(), mine.claim) is None:
        flash(_("You agreed. Tell us now to which account we pay."), "success")
        return redirect(url_for("claims.claim_payee", number=number), 303)
    flash(_("You agreed."), "success")
    return redirect(url_for("claims.my_claim", number=number), 303)


@claims.get("/my/claims/<number>/object")
@open_to(*roles.APPLIES)
def object_to_claim(number: str) -> BaseResponse:
    """The form of an objection, as long as there is time for one."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Object to the result"))
    decided = view.decided(reading(), mine)
    if decided is None or mine.claim.state != stages.APPROVED:
        return redirect(url_for("claims.my_claim", number=number))
    form = ObjectForm(formdata=None, seen=decided.sha256)
    show_kept(form)
    return make_response(_page(mine, decided, form))


@claims.post("/my/claims/<number>/object")
@open_to(*roles.APPLIES)
@takes_documents
def object_now(number: str) -> BaseResponse:
    """Object: a person looks at it again. What was typed stays whatever happens."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Object to the result"))
    form = ObjectForm()
    if not form.validate():
        keep_for_next_try(form, mine.claim.uscc, form.files.checked)
        return make_response(_page(my_own(number), view.decided(reading(), my_own(number)), form), 422)
    try:
        answers.object_to(
            instance(),
            actor(),
            number,
            form.seen.data or "",
            form.ground.data,
            form.words.data or "",
            form.files.checked,
            form.kept_ids(),
        )
    except (StaleClaim, answers.TooLate):
        close_reading()
        mine = my_own(number)
        return make_response(_page(mine, view.decided(reading(), mine), form, moved_on=True), 409)
    except TooManyFiles:
        form.files.errors = [_("These are too many files. Send at most 10")]
        return make_response(_page(mine, view.decided(reading(), mine), form), 422)
    flash(_("Your objection is with us. A person looks at it again."), "success")
    return redirect(url_for("claims.my_claim", number=number), 303)


@claims.get("/my/claims/<number>/letter.pdf", defaults={"serial": None})
@claims.get("/my/claims/<number>/letters/<int:serial>.pdf")
@open_to(*roles.APPLIES)
def my_letter(number: str, serial: int | None) -> BaseResponse:
    """The letter about the decision that stands, or an earlier one; with its calculation, in both languages."""
    my_own(number)
    try:
        answer = make_response(letters.letter_for_firm(instance(), actor(), number, serial))
    except (NotConfirmed, letters.UnknownLetter):
        abort(404)
    answer.mimetype = "application/pdf"
    name = number if serial is None else f"{number}-{serial}"
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.pdf")
    return answer


def _page(mine: Mine, decided: view.Decided | None, form: ObjectForm, moved_on: bool = False) -> str:
    today = clock.today()
    until = mine.claim.answer_due_on
    return render_template(
        "claims/object_to_claim.html",
        claim=mine.claim,
        decided=decided,
        form=form,
        kept=kept_files(form),
        moved_on=moved_on,
        until=until,
        left=(until - today).days if until else None,
        over=until is not None and today > until,
    )
