"""Bringing in the offline desk's applications: the file, what came of it, and the rows it did not take."""

from io import BytesIO

from flask import Response, abort, make_response, render_template
from werkzeug.wrappers import Response as BaseResponse

from portal.applications import forms
from portal.applications.actions import ApplicationsResult, import_applications
from portal.applications.blueprint import applications
from portal.applications.files import APPLICATION_HEADINGS
from portal.applications.names import STATE_KINDS, STATE_NAMES
from portal.common import audit, clock
from portal.common.problems import WorkbookRefused
from portal.common.rejected import RejectedRow
from portal.common.roles import Role
from portal.common.table_sheet import send_workbook
from portal.common.web import actor, instance, open_to
from portal.programme.current import current_scheme
from portal.reference.actions import NoSuchUpload, rejected_workbook, upload_source, uploaded
from portal.reference.names import SOURCE_NAMES

REJECTED = "rejected"  # what an upload is of that only waits to be taken home again
FIRST_REJECTED = 20  # rows shown on the page; the sheet has them all


@applications.route("/desk/applications/import", methods=["GET", "POST"])
@open_to(Role.REVIEWER)
def import_file() -> BaseResponse:
    """Enter and decide every application of a file. The same file again changes nothing."""
    today = clock.today()
    form = forms.ImportForm(data={"scheme": current_scheme(today).key, "applied_on": today})
    if form.validate_on_submit():
        try:
            result = import_applications(
                instance(), actor(), form.file.data.read(), form.scheme.data, form.applied_on.data
            )
        except WorkbookRefused as refused:
            form.file.errors = [refused.problem.text()]
        else:
            return make_response(_result_page(form, result))
    page = render_template("applications/import_file.html", form=form, headings=APPLICATION_HEADINGS, today=today)
    return make_response(page, 422 if form.is_submitted() else 200)


@applications.get("/desk/applications/import/<upload_id>/rejected.xlsx")
@open_to(Role.REVIEWER)
def rejected(upload_id: str) -> Response:
    """The rows that one's own file had and that were not taken; kept for a day, the download is on record."""
    try:
        _rejected, file_name, data = uploaded(instance(), actor(), upload_id, of=(REJECTED,))
    except NoSuchUpload:
        abort(404)
    subject = f"applications upload {upload_id}"
    audit.note(instance().database, actor(), "applications.rejected_rows", subject, audit.DOWNLOADED)
    return send_workbook(BytesIO(data), file_name)


def _result_page(form: forms.ImportForm, result: ApplicationsResult) -> str:
    upload_id = None
    if result.rejected:
        sheet = rejected_workbook(result.headings, result.rejected)
        upload_id = upload_source(instance(), actor(), REJECTED, sheet, "applications-rejected.xlsx")
    return render_template(
        "applications/imported.html",
        file_name=form.file.data.filename,
        scheme=dict(form.scheme.choices)[form.scheme.data],
        applied_on=form.applied_on.data,
        result=result,
        outcomes=[
            (str(STATE_NAMES[state]), STATE_KINDS[state], result.outcomes[state])
            for state in STATE_NAMES
            if result.outcomes[state]
        ],
        missing=[str(SOURCE_NAMES[source]) for source in result.missing_sources],
        upload_id=upload_id,
        rejected=[_shown(one) for one in result.rejected[:FIRST_REJECTED]],
    )


def _shown(one: RejectedRow) -> tuple[int, list[tuple[str, str]]]:
    """A rejected row's number, and of each problem the cell and what is wrong and how to mend it."""
    problems = [(one.row.address(heading) if heading else "", problem.text()) for heading, problem in one.problems]
    return one.row.number, problems
