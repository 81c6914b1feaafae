"""Payments as staff see them: what can be ordered, the batches, and the bank's results."""

from collections.abc import Collection, Iterable, Mapping
from io import BytesIO

from flask import abort, flash, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.common import audit, clock, roles
from portal.common.file_import import shown_rejected
from portal.common.formats import count_text, money
from portal.common.problems import WorkbookRefused
from portal.common.table_sheet import XLSX, send_workbook, workbook_file
from portal.common.web import actor, instance, open_to, people, reading
from portal.members.queries import TiedToFirm
from portal.payments import forms, names, ordering, queries, results, settling
from portal.payments.blueprint import payments
from portal.payments.order_sheet import PayeeUnreadable, write_order
from portal.payments.records import Batch
from portal.payments.result_files import RESULT_HEADINGS, RESULT_LIMITS
from portal.payments.shown import ShownReady, shown_lines, shown_ready
from portal.policies.names import scheme_title
from portal.programme.current import current_scheme
from portal.scheme import stages
from portal.scheme.terms import load_terms

MOST_REJECTED = 200  # rows on the page; the sheet has them all


@payments.get("/desk/payments")
@open_to(*roles.SEES_CLAIMS)
def listing() -> str:
    """The batches, newest first, with what the bank says otherwise, and how much waits to be ordered."""
    state = request.args.get("state", "")
    found = queries.batches_page(
        reading(), state if state in names.BATCH_STATES else "", request.args.get("page", 1, type=int)
    )
    waiting = _waiting()
    return render_template(
        "payments/listing.html",
        found=found,
        per_page=queries.PER_PAGE,
        state=state,
        states=names.BATCH_STATES,
        kinds=names.BATCH_KINDS,
        who=_who(one.made_by for one in found.rows)
        | _who(one.released_by for one in found.rows if one.released_by),
        ready=sum(not one.in_the_way for one in waiting),
        waiting=len(waiting),
        differences=shown_lines(reading(), people(), queries.open_differences(reading())),
        results=queries.results_of(reading()),
        may_order=actor().role in roles.ORDERS_PAYMENTS,
    )


@payments.route("/desk/payments/new", methods=["GET", "POST"])
@open_to(*roles.ORDERS_PAYMENTS)
def new_batch() -> BaseResponse:
    """Choose agreed claims and order them in one batch, for somebody else to release."""
    form = forms.OrderForm()
    refused: dict[str, tuple[str, ...]] = {}
    tied = False
    if form.validate_on_submit():
        scheme = request.form.get("scheme", "")
        try:
            number = ordering.make_batch(instance(), actor(), scheme, form.claims.data)
        except ordering.NotReady as error:
            refused = error.claims
        except TiedToFirm:
            tied = True
        else:
            if number is None:
                flash(_("All was set off against what the firms owe; there is nothing to order."), "success")
                return redirect(url_for("payments.listing"))
            flash(_("Batch %(number)s waits for its release by somebody else.", number=number), "success")
            return redirect(url_for("payments.batch", number=number))
    waiting = _waiting()
    groups = _by_scheme(waiting)
    chosen = form.claims.data if form.is_submitted() else [one.number for one in waiting if one.offered]
    page = render_template(
        "payments/new_batch.html",
        form=form,
        groups=groups,
        titles={key: scheme_title(load_terms(key)) for key in groups},
        chosen=chosen,
        refused={number: [str(names.IN_THE_WAY[code]) for code in codes] for number, codes in refused.items()},
        tied=tied,
        in_the_way=names.IN_THE_WAY,
    )
    return make_response(page, 409 if refused or tied else 422 if form.is_submitted() else 200)


@payments.get("/desk/payments/<number>")
@open_to(*roles.SEES_CLAIMS)
def batch(number: str) -> str:
    """One batch: its lines, who ordered and who released it, and what the bank said."""
    return _batch_page(_batch(number))


@payments.post("/desk/payments/<number>/release")
@open_to(*roles.APPROVES_CLAIMS)
def release(number: str) -> BaseResponse:
    """Release a batch that somebody else put together."""
    found = _batch(number)
    form = forms.ReleaseForm()
    if not form.validate_on_submit():
        return make_response(_batch_page(found), 422)
    try:
        ordering.release_batch(instance(), actor(), number, form.seen.data or "")
    except ordering.StaleBatch as stale:
        changed = stale.claims
        if changed:
            flash(
                _(
                    "Not released: sum or account of %(claims)s changed since it was ordered. Drop the batch and "
                    "order it anew.",
                    claims=_(", ").join(changed),
                ),
                "error",
            )
        else:
            flash(_("Nothing was changed: the batch has moved on. Below is how it stands now."), "warning")
        return redirect(url_for("payments.batch", number=number))
    except ordering.SamePerson:
        flash(_("You put this batch together. Somebody else releases it."), "error")
        return redirect(url_for("payments.batch", number=number))
    except ordering.Barred as barred:
        flash(
            _(
                "Not released: %(claims)s may not be paid today: %(why)s. Drop the batch and order the others; "
                "these stand out at the claims desk until a person has looked.",
                claims=_(", ").join(barred.claims),
                why=_why(barred.claims),
            ),
            "error",
        )
        return redirect(url_for("payments.batch", number=number))
    except ordering.Hindered as hindered:
        flash(
            _(
                "Not released: since it was ordered, something is in the way of %(claims)s: %(why)s. Drop the "
                "batch, and order these once it is settled.",
                claims=_(", ").join(hindered.claims),
                why=_why(hindered.claims),
            ),
            "error",
        )
        return redirect(url_for("payments.batch", number=number))
    except TiedToFirm:
        flash(_("Not released: you are tied to a firm in this batch. Another approver releases it."), "error")
        return redirect(url_for("payments.batch", number=number))
    flash(_("Released. Take the order for the bank below."), "success")
    return redirect(url_for("payments.batch", number=number))


@payments.post("/desk/payments/<number>/drop")
@open_to(*roles.ORDERS_PAYMENTS, *roles.APPROVES_CLAIMS)
def drop(number: str) -> BaseResponse:
    """Drop a batch that was not released; its claims can be ordered anew."""
    _batch(number)
    try:
        ordering.drop_batch(instance(), actor(), number)
    except ordering.StaleBatch:
        flash(_("Nothing was changed: the batch has moved on. Below is how it stands now."), "warning")
    except TiedToFirm:
        flash(_("Not dropped: you are tied to a firm in this batch. Somebody else drops it."), "error")
    else:
        flash(_("Dropped. Its claims can be ordered anew."), "success")
    return redirect(url_for("payments.batch", number=number))


@payments.get("/desk/payments/<number>/order.xlsx")
@open_to(*roles.ORDERS_PAYMENTS, *roles.APPROVES_CLAIMS)
def order(number: str) -> BaseResponse:
    """The order for the paying bank, once it is released; the download is on record."""
    found = _batch(number)
    if found.state not in (stages.RELEASED, stages.DONE):
        abort(404)
    lines = queries.lines_of(reading(), found.id)
    try:
        file, _rows = workbook_file(lambda out: write_order(out, found, lines, people()))
    except PayeeUnreadable as error:
        flash(
            _("The account of payment %(reference)s cannot be read any more.", reference=error.reference), "error"
        )
        return redirect(url_for("payments.batch", number=number))
    audit.note(instance().database, actor(), "payments.export", f"batch {number}", audit.DOWNLOADED)
    return send_workbook(file, f"{number}.xlsx")


@payments.route("/desk/payments/results", methods=["GET", "POST"])
@open_to(*roles.ORDERS_PAYMENTS)
def import_results() -> BaseResponse:
    """Take in the bank's result file: what it paid is paid; what differs, or is rejected, is told with reasons."""
    form = forms.ResultsForm()
    done: results.Imported | None = None
    tied = False
    if form.validate_on_submit():
        data, name = form.file.data.read(), form.file.data.filename or "?.xlsx"
        try:
            done = results.import_results(instance(), actor(), data, name)
        except WorkbookRefused as refused:
            form.file.errors = [refused.problem.text()]
        except TiedToFirm:
            tied = True
        else:
            if request.form.get("step") == "rejected" and done.rejected:
                audit.note(instance().database, actor(), "payments.rejected_results", name, audit.DOWNLOADED)
                sheet = BytesIO(done.rejected_sheet())
                return send_file(sheet, mimetype=XLSX, as_attachment=True, download_name="results-rejected.xlsx")
    page = render_template(
        "payments/import_results.html",
        form=form,
        done=done,
        tied=tied,
        codes=names.RESULT_CODES,
        agrees=results.AGREES,
        headings=RESULT_HEADINGS,
        limit=RESULT_LIMITS.size,
        rejected=shown_rejected(done.rejected[:MOST_REJECTED]) if done else [],
    )
    return make_response(page, 409 if tied else 422 if form.is_submitted() and done is None else 200)


@payments.route("/desk/payments/lines/<reference>", methods=["GET", "POST"])
@open_to(*roles.APPROVES_CLAIMS)
def settle(reference: str) -> BaseResponse:
    """Settle by hand what the bank's file left in question, once the bank was asked."""
    line = queries.line_of_reference(reading(), reference)
    if line is None:
        abort(404)
    held = reading().get_one(Batch, line.batch_id)
    if held.released_at is None:
        abort(404)
    form = forms.SettleForm()
    stale = tied = False
    if form.validate_on_submit():
        try:
            settling.settle_line(
                instance(),
                actor(),
                reference,
                form.seen.data or "",
                form.outcome.data,
                form.reason.data or "",
                form.paid_on.data,
                form.bank_reference.data,
            )
        except (settling.StaleLine, stages.IllegalStep):
            stale = True
        except settling.ReferenceTaken:
            form.bank_reference.errors = [_("The bank’s number stands for another payment already")]
        except TiedToFirm:
            tied = True
        else:
            flash(_("Settled."), "success")
            return redirect(url_for("payments.batch", number=held.number))
    form.seen.data = line.state
    page = render_template(
        "payments/settle.html",
        form=form,
        stale=stale,
        tied=tied,
        batch=held,
        today=clock.today(),
        line=shown_lines(
            reading(), people(), [one for one in queries.lines_of(reading(), held.id) if one.line.id == line.id]
        )[0],
    )
    return make_response(page, 409 if stale or tied else 422 if form.is_submitted() else 200)


def _why(claims: Mapping[str, Collection[str]]) -> str:
    """What is in the way of these claims, by number, each reason once."""
    return _("; ").join(dict.fromkeys(str(names.IN_THE_WAY[code]) for codes in claims.values() for code in codes))


def _batch(number: str) -> Batch:
    found = queries.find_batch(reading(), number)
    if found is None:
        abort(404)
    return found


def _batch_page(found: Batch) -> str:
    lines = queries.lines_of(reading(), found.id)
    shown = shown_lines(reading(), people(), lines)
    who = actor()
    return render_template(
        "payments/batch.html",
        batch=found,
        lines=shown,
        total=money(found.total_minor, found.currency),
        state=names.BATCH_STATES[found.state],
        kind=names.BATCH_KINDS[found.state],
        who=_who([one for one in (found.made_by, found.released_by) if one]),
        results=queries.results_of(reading(), found.id),
        may_release=who.role in roles.APPROVES_CLAIMS and found.state == stages.MADE,
        made_it=found.made_by == who.id,
        may_drop=who.role in (*roles.ORDERS_PAYMENTS, *roles.APPROVES_CLAIMS) and found.state == stages.MADE,
        may_take=who.role in (*roles.ORDERS_PAYMENTS, *roles.APPROVES_CLAIMS)
        and found.state in (stages.RELEASED, stages.DONE),
        may_settle=who.role in roles.APPROVES_CLAIMS and found.released_at is not None,
        form=forms.ReleaseForm(formdata=None, seen=found.content_sha256),
        count=ngettext("%(count)s payment", "%(count)s payments", found.lines, count=count_text(found.lines)),
    )


def _waiting() -> list[ShownReady]:
    schemes = queries.schemes_with_agreed(reading()) or [current_scheme(clock.today()).key]
    return [
        shown
        for scheme in schemes
        for shown in shown_ready(
            reading(), people(), queries.agreed_claims(reading(), people(), scheme, clock.today())
        )
    ]


def _by_scheme(waiting: Iterable[ShownReady]) -> dict[str, list[ShownReady]]:
    found: dict[str, list[ShownReady]] = {}
    for one in waiting:
        found.setdefault(one.scheme, []).append(one)
    return found


def _who(ids: Iterable[str]) -> dict[str, str]:
    return names_of(reading(), people(), set(ids))
