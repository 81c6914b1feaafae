"""The exchange rates as staff see and import them."""

from io import BytesIO

from flask import flash, make_response, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.common import audit, clock, roles
from portal.common.formats import count_text
from portal.common.problems import WorkbookRefused
from portal.common.roles import Role
from portal.common.table_sheet import XLSX
from portal.common.web import actor, instance, open_to, people, reading
from portal.ledger import rate_queries
from portal.ledger.blueprint import ledger
from portal.ledger.forms import RatesForm
from portal.ledger.rate_files import RATE_HEADINGS, RATE_LIMITS
from portal.ledger.rate_import import RatesImported, import_rates, preview_rates
from portal.ledger.shown import shown_rejected

MOST_SHOWN = 200  # rejected rows on the page; the sheet has them all


@ledger.get("/desk/rates")
@open_to(*roles.SEES_CLAIMS)
def rates() -> str:
    """The rates that stand, or that were replaced, and the latest imports."""
    currency = request.args.get("currency", "")[:3]
    replaced = request.args.get("show") == "replaced"
    sort = request.args.get("sort", "-day")
    imports = rate_queries.newest_imports(reading())
    held = rate_queries.currencies(reading())
    return render_template(
        "ledger/rates.html",
        found=rate_queries.rates_page(reading(), currency, replaced, sort, request.args.get("page", 1, type=int)),
        per_page=rate_queries.PER_PAGE,
        currency=currency,
        currencies=held,
        choices=[(one, one) for one in held],
        replaced=replaced,
        sort=sort,
        imports=imports,
        who=names_of(reading(), people(), {one.imported_by for one in imports}),
        command=str(Role.COMMAND),
        may_import=actor().role in roles.IMPORTS_CLAIM_FILES,
    )


@ledger.route("/desk/rates/import", methods=["GET", "POST"])
@open_to(Role.CLAIMS_OFFICER)
def import_rates_file() -> BaseResponse:
    """Import a file of rates, or first look at what it would change; the rejected rows are told with reasons."""
    form = RatesForm()
    result: RatesImported | None = None
    step = request.form.get("step", "look")
    if form.validate_on_submit():
        data = form.file.data.read()
        name = form.file.data.filename or "?.xlsx"
        try:
            if step == "import":
                result = import_rates(instance(), actor(), data, name)
            else:
                result = preview_rates(instance(), data)
        except WorkbookRefused as refused:
            form.file.errors = [refused.problem.text()]
        else:
            if step == "rejected" and result.rejected:
                return _rejected(result, name)
            if step == "import" and not result.rejected:
                _tell(result)
                return redirect(url_for("ledger.rates"))
    page = render_template(
        "ledger/import_rates.html",
        form=form,
        result=result,
        imported=step == "import",
        headings=RATE_HEADINGS,
        limit=RATE_LIMITS.size,
        today=clock.today(),
        rejected=shown_rejected(result.rejected[:MOST_SHOWN]) if result else [],
    )
    return make_response(page, 422 if form.is_submitted() and result is None else 200)


def _tell(result: RatesImported) -> None:
    if result.version is None:
        flash(_("No rate is new or other than it was; nothing was changed."))
    else:
        flash(
            _(
                "Imported: %(added)s added, %(changed)s changed, %(unchanged)s unchanged.",
                added=count_text(result.added),
                changed=count_text(result.changed),
                unchanged=count_text(result.unchanged),
            ),
            "success",
        )


def _rejected(result: RatesImported, name: str) -> BaseResponse:
    audit.note(instance().database, actor(), "ledger.rejected_rates", name, audit.DOWNLOADED)
    sheet = BytesIO(result.rejected_sheet())
    return send_file(sheet, mimetype=XLSX, as_attachment=True, download_name="rates-rejected.xlsx")
