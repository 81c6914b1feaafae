"""What schemes do not cover, and what is under sanctions: the lists, importing them, and their template."""

from io import BytesIO

from flask import Response, flash, render_template, request, send_file, url_for
from flask_babel import gettext as _
from openpyxl import Workbook
from sqlalchemy import func, select
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.common import audit, clock, roles
from portal.common.file_import import FileImport
from portal.common.roles import Role
from portal.common.safe_cells import put_text
from portal.common.table_sheet import XLSX
from portal.common.web import actor, instance, open_to, people, reading
from portal.desk.blueprint import desk
from portal.obligors.exclusion_files import EXCLUSION_HEADINGS, EXCLUSION_LIMITS
from portal.obligors.exclusion_import import ExclusionsImported, import_exclusions, preview_exclusions
from portal.obligors.exclusions import newest_version
from portal.obligors.identifiers import country_name
from portal.obligors.names import EXCLUSION_KINDS, REASON_NAMES
from portal.obligors.records import Exclusion, ExclusionVersion
from portal.policies.names import scheme_title
from portal.scheme.terms import available_terms, load_terms

PER_PAGE = 50
LATEST = 10  # imports that are listed
EXAMPLES = (
    ("xiamen-2022", "国家", "XX", "", "", "不承保", "2022-01-01", "", ""),
    ("xiamen-2022", "当事方", "", "Example Trading Ltd", "", "制裁", "2022-01-01", "", ""),
)


@desk.get("/exclusions")
@open_to(*roles.SEES_CLAIMS)
def exclusions() -> str:
    """The entries of a scheme's newest version, those that hold and those that do not, and the latest imports."""
    schemes = [(key, scheme_title(load_terms(key))) for key in available_terms()]
    scheme = request.args.get("scheme", "")
    if scheme not in available_terms():
        scheme = _with_entries() or schemes[0][0]
    version = newest_version(reading(), scheme)
    entries = select(Exclusion).where(Exclusion.version_id == (version.id if version else None))
    total = reading().execute(select(func.count()).select_from(entries.subquery())).scalar_one()
    page = max(1, min(request.args.get("page", 1, type=int), -(-total // PER_PAGE)))
    part = entries.order_by(Exclusion.kind, Exclusion.country, Exclusion.name, Exclusion.id)
    rows = reading().execute(part.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).scalars().all()
    imports = select(ExclusionVersion).order_by(ExclusionVersion.id.desc()).limit(LATEST)
    latest = reading().execute(imports).scalars().all()
    return render_template(
        "desk/exclusions.html",
        scheme=scheme,
        schemes=schemes,
        version=version,
        rows=rows,
        total=total,
        page=page,
        per_page=PER_PAGE,
        today=clock.today(),
        kinds=EXCLUSION_KINDS,
        reasons=REASON_NAMES,
        country_name=country_name,
        latest=latest,
        who=names_of(reading(), people(), {one.imported_by for one in latest}),
        command=str(Role.COMMAND),
        may_import=actor().role in roles.IMPORTS_CLAIM_FILES,
    )


@desk.route("/exclusions/import", methods=["GET", "POST"])
@open_to(Role.CLAIMS_OFFICER)
def import_exclusions_file() -> BaseResponse:
    """Import a file, or first look at what it would change; the rejected rows are told with reasons."""
    return FileImport(
        "desk/import_exclusions.html",
        look=lambda data: preview_exclusions(instance(), data),
        take=lambda data, name: import_exclusions(instance(), actor(), data, name),
        tell=_tell,
        done=url_for("desk.exclusions"),
        taken_home=_taken_home,
        sheet_name="exclusions-rejected.xlsx",
        shown={
            "headings": EXCLUSION_HEADINGS,
            "limit": EXCLUSION_LIMITS.size,
            "schemes": sorted(available_terms()),
        },
    ).page()


@desk.get("/exclusions/template.xlsx")
@open_to(*roles.SEES_CLAIMS)
def exclusions_template() -> Response:
    """An empty workbook with the headings and two rows of example."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # a new workbook has one
    for column, heading in enumerate(EXCLUSION_HEADINGS, 1):
        put_text(sheet.cell(1, column), heading.name)
    for row, example in enumerate(EXAMPLES, 2):
        for column, value in enumerate(example, 1):
            put_text(sheet.cell(row, column), value)
    out = BytesIO()
    book.save(out)
    out.seek(0)
    return send_file(out, mimetype=XLSX, as_attachment=True, download_name="exclusions-template.xlsx")


def _with_entries() -> str | None:
    """The scheme whose exclusions were imported last."""
    query = select(ExclusionVersion.scheme).order_by(ExclusionVersion.id.desc()).limit(1)
    return reading().execute(query).scalar()


def _tell(result: ExclusionsImported) -> None:
    if result.changed:
        flash(_("Imported. From now on these entries warn and block."), "success")
    else:
        flash(_("No entry is new or gone; nothing was changed."))


def _taken_home(name: str) -> None:
    audit.note(instance().database, actor(), "obligors.rejected_exclusions", name, audit.DOWNLOADED)
