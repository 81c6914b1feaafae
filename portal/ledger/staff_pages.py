"""The exchange rates as staff see and import them."""

from decimal import Decimal

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.common import audit, roles
from portal.common.file_import import FileImport
from portal.common.formats import count_text
from portal.common.roles import Role
from portal.common.web import actor, instance, open_to, people, reading
from portal.ledger import rate_queries
from portal.ledger.blueprint import ledger
from portal.ledger.rate_files import RATE_HEADINGS, RATE_LIMITS
from portal.ledger.rate_import import RatesImported, import_rates, preview_rates


@ledger.get("/desk/rates")
@open_to(*roles.SEES_CLAIMS)
def rates() -> str:
    """The rates that stand, or that were replaced, and the latest imports."""
    currency = request.args.get("currency", "")[:3]
    replaced = request.args.get("show") == "replaced"
    sort = request.args.get("sort", "-day")
    imports = rate_queries.newest_imports(reading())
    held = rate_queries.currencies(reading())
    found = rate_queries.rates_page(reading(), currency, replaced, sort, request.args.get("page", 1, type=int))
    places = max((len(one.rate.partition(".")[2]) for one in found.rows), default=0)
    return render_template(
        "ledger/rates.html",
        found=found,
        rate_text=lambda rate: f"{Decimal(rate):.{places}f}",  # the points of a column stand below each other
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
    return FileImport(
        "ledger/import_rates.html",
        look=lambda data: preview_rates(instance(), data),
        take=lambda data, name: import_rates(instance(), actor(), data, name),
        tell=_tell,
        done=url_for("ledger.rates"),
        taken_home=_taken_home,
        sheet_name="rates-rejected.xlsx",
        shown={"headings": RATE_HEADINGS, "limit": RATE_LIMITS.size},
    ).page()


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


def _taken_home(name: str) -> None:
    audit.note(instance().database, actor(), "ledger.rejected_rates", name, audit.DOWNLOADED)
