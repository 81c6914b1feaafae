"""The documents of a claim: handing in, better versions, taking away, a word with them; and filing the claim."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from portal.claims import claim_view as view
from portal.claims import filing, papers
from portal.claims.blueprint import claims
from portal.claims.claim_access import my_own
from portal.claims.claim_forms import FileForm, PapersForm, RemarkForm, ReplaceForm
from portal.claims.claim_names import item_name
from portal.claims.claim_turns import waits_for_disposal, waits_until
from portal.claims.mine import Mine, TooManyFiles
from portal.claims.moves import StaleClaim
from portal.claims.remarks import leave_remark
from portal.common import clock, roles
from portal.common.kept_form import show_kept
from portal.common.uploads import takes_documents
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.scheme import stages


@claims.get("/my/claims/<number>/documents")
@open_to(*roles.APPLIES)
def claim_documents(number: str) -> BaseResponse:
    """The checklist with what is there, and filing the claim once one is ready."""
    mine = my_own(number)
    remark, filing_form = RemarkForm(formdata=None), _filing_form(mine)
    show_kept(remark, filing_form)
    filing_form.missing.data = " ".join(papers.missing_items(reading(), mine.claim))  # as it is now
    return make_response(_page(mine, remark=remark, filing_form=filing_form))


@claims.post("/my/claims/<number>/documents")
@open_to(*roles.APPLIES)
@takes_documents
def add_claim_papers(number: str) -> BaseResponse:
    """Hand in files for one item; those that can be taken are taken, whatever is wrong with another."""
    my_own(number)
    form = PapersForm()
    right = form.validate()
    taken = 0
    try:
        if form.files.checked:
            item = form.item.data or ""
            taken = len(papers.add_papers(instance(), actor(), number, item, form.files.checked))
    except papers.UnknownItem:
        abort(404)
    except StaleClaim:
        return _moved_on(number)
    except TooManyFiles:
        form.files.errors = [_("These are too many files. Send at most 10 at once, and 40 for one document")]
        right = False
    if right:
        flash(ngettext("%(num)s file received.", "%(num)s files received.", taken), "success")
        return redirect(url_for("claims.claim_documents", number=number, _anchor=form.item.data), 303)
    close_reading()
    return make_response(_page(my_own(number), wrong=form), 422)


@claims.get("/my/claims/<number>/documents/<paper_id>")
@open_to(*roles.APPLIES)
def claim_paper(number: str, paper_id: str) -> BaseResponse:
    """One paper: looking at it, handing in a better version, taking it away."""
    return make_response(_paper_page(my_own(number), paper_id, ReplaceForm(formdata=None)))


@claims.post("/my/claims/<number>/documents/<paper_id>")
@open_to(*roles.APPLIES)
@takes_documents
def replace_claim_paper(number: str, paper_id: str) -> BaseResponse:
    """Put a better version in its place; the one before stays on record."""
    mine = my_own(number)
    form = ReplaceForm()
    if not form.validate() or form.file.checked is None:
        return make_response(_paper_page(mine, paper_id, form), 422)
    try:
        papers.replace_paper(instance(), actor(), number, paper_id, form.file.checked)
    except StaleClaim:
        return _moved_on(number)
    except papers.UnknownPaper:
        flash(_("This paper was replaced or taken away meanwhile. Below is what is there."), "warning")
    else:
        flash(_("The better version is in its place. The one before stays on record."), "success")
    return redirect(url_for("claims.claim_documents", number=number), 303)


@claims.post("/my/claims/<number>/documents/<paper_id>/remove")
@open_to(*roles.APPLIES)
def remove_claim_paper(number: str, paper_id: str) -> BaseResponse:
    """Take a paper away, as long as the claim is not filed."""
    my_own(number)
    try:
        papers.remove_paper(instance(), actor(), number, paper_id)
    except papers.UnknownPaper:
        abort(404)
    except papers.PaperHeld:
        flash(
            _("It was handed in with the claim, so it stays. Put a better version in its place."),
            "warning",
        )
    except StaleClaim:
        return _moved_on(number)
    else:
        flash(_("The paper is taken away."), "success")
    return redirect(url_for("claims.claim_documents", number=number), 303)


@claims.post("/my/claims/<number>/file")
@open_to(*roles.APPLIES)
def file_claim(number: str) -> BaseResponse:
    """File the claim, with what is missing said and the reason if it is late."""
    mine = my_own(number)
    missing = papers.missing_items(reading(), mine.claim)
    form = FileForm()
    form.shape(missing, _late(mine))
    shown = (form.missing.data or "").split()
    if mine.claim.state != stages.PREPARING:
        return redirect(url_for("claims.my_claim", number=number), 303)
    if form.validate() and shown == missing:
        reason = form.late_reason.data if _late(mine) else ""
        try:
            filing.file_claim(instance(), actor(), number, shown, reason or "")
        except filing.Missing:
            close_reading()
        except StaleClaim:
            return _moved_on(number)
        else:
            flash(_("Claim %(number)s is filed. You need do nothing now.", number=number), "success")
            return redirect(url_for("claims.my_claim", number=number), 303)
    if shown != missing:
        form.form_errors = [_("What is missing has changed meanwhile. Read it again, then file")]
        form.missing.data = " ".join(missing)
        return make_response(_page(my_own(number), filing_form=form), 409)
    return make_response(_page(mine, filing_form=form), 422)


@claims.post("/my/claims/<number>/remark")
@open_to(*roles.APPLIES)
def claim_remark(number: str) -> BaseResponse:
    """Leave a word for whoever assesses."""
    mine = my_own(number)
    form = RemarkForm()
    if not form.validate():
        return make_response(_page(mine, remark=form), 422)
    try:
        leave_remark(instance(), actor(), number, form.words.data or "")
    except StaleClaim:
        return _moved_on(number)
    flash(_("Your word is with the claim."), "success")
    return redirect(url_for("claims.claim_documents", number=number), 303)


def _moved_on(number: str) -> BaseResponse:
    flash(_("The claim moved on meanwhile, so nothing can be handed in now. Below is how it stands."), "warning")
    return redirect(url_for("claims.my_claim", number=number), 303)


def _late(mine: Mine) -> bool:
    return clock.today() > mine.claim.claim_due_on


def _page(
    mine: Mine,
    wrong: PapersForm | None = None,
    remark: RemarkForm | None = None,
    filing_form: FileForm | None = None,
) -> str:
    session, claim, today = reading(), mine.claim, clock.today()
    found = papers.papers_of(session, claim)
    missing = [one.item.code for one in found if one.missing]
    preparing = claim.state == stages.PREPARING
    if preparing and filing_form is None:
        filing_form = _filing_form(mine)
    items = view.items_shown(session, people(), mine, found)
    return render_template(
        "claims/claim_documents.html",
        claim=claim,
        items=items,
        forms={one.code: _item_form(one.code, wrong) for one in items},
        wrong=wrong,
        missing=[item_name(code) for code in missing],
        takes=claim.state in papers.TAKES_PAPERS,
        filing=filing_form if preparing else None,
        late=_late(mine),
        left=(claim.claim_due_on - today).days,
        waiting=waits_until(claim, today),
        waits_for_goods=waits_for_disposal(claim),
        waiting_provisional=view.provisional_waiting(reading(), claim),
        remark=remark or RemarkForm(formdata=None),
    )


def _filing_form(mine: Mine) -> FileForm:
    """Filing as it is asked for now."""
    missing = papers.missing_items(reading(), mine.claim)
    form = FileForm(formdata=None, missing=" ".join(missing))
    form.shape(missing, _late(mine))
    return form


def _item_form(code: str, wrong: PapersForm | None) -> PapersForm:
    if wrong is not None and wrong.item.data == code:
        return wrong
    form = PapersForm(formdata=None, item=code)
    form.files.label.text = item_name(code)
    return form


def _paper_page(mine: Mine, paper_id: str, form: ReplaceForm) -> str:
    items = view.items_shown(reading(), people(), mine, papers.papers_of(reading(), mine.claim))
    for item in items:
        for paper in item.now:
            if paper.id == paper_id:
                return render_template(
                    "claims/claim_paper.html",
                    claim=mine.claim,
                    item=item,
                    paper=paper,
                    form=form,
                    takes=mine.claim.state in papers.TAKES_PAPERS,
                )
    abort(404)
