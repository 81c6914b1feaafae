"""Pages that import a workbook: it is looked at first or imported at once, and what was not taken is a sheet."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Generic, Protocol, TypeVar

from flask import make_response, render_template, request, send_file
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from portal.common.problems import WorkbookRefused
from portal.common.rejected import RejectedRow
from portal.common.table_sheet import XLSX

LOOK, IMPORT, REJECTED = "look", "import", "rejected"  # what the button pressed asks for
MOST_SHOWN = 200  # rejected rows on the page; the sheet has them all


class Taken(Protocol):
    """What an import did, or would do."""

    @property
    def rejected(self) -> Sequence[RejectedRow]:
        """The rows that cannot be taken."""

    def rejected_sheet(self) -> bytes:
        """The workbook that repeats them with their reasons."""


Result = TypeVar("Result", bound=Taken)


class WorkbookForm(FlaskForm):
    """A workbook; the button pressed says whether it is looked at or imported."""

    file = FileField(_l("Excel workbook (.xlsx)"), [FileRequired(_l("Choose the file first"))])


@dataclass(frozen=True)
class FileImport(Generic[Result]):
    """One kind of file: how it is looked at and imported (both raise `WorkbookRefused`), told and shown.

    `tell` says what a whole import did before the page `done` follows; `taken_home` enters into the trail that
    somebody took the rejected rows of a file with them, as a sheet of the name `sheet_name`. `shown` is what the
    template needs besides.
    """

    template: str
    look: Callable[[bytes], Result]
    take: Callable[[bytes, str], Result]
    tell: Callable[[Result], None]
    done: str
    taken_home: Callable[[str], None]
    sheet_name: str
    shown: dict[str, Any]

    def page(self) -> Response:
        """The page, what it makes of the file that was sent, or the sheet of the rejected rows."""
        form = WorkbookForm()
        result: Result | None = None
        step = request.form.get("step", LOOK)
        if form.validate_on_submit():
            data = form.file.data.read()
            name = form.file.data.filename or "?.xlsx"
            try:
                result = self.take(data, name) if step == IMPORT else self.look(data)
            except WorkbookRefused as refused:
                form.file.errors = [refused.problem.text()]
            else:
                if step == REJECTED and result.rejected:
                    self.taken_home(name)
                    sheet = BytesIO(result.rejected_sheet())
                    return send_file(sheet, mimetype=XLSX, as_attachment=True, download_name=self.sheet_name)
                if step == IMPORT and not result.rejected:
                    self.tell(result)
                    return redirect(self.done)
        page = render_template(
            self.template,
            form=form,
            result=result,
            imported=step == IMPORT,
            rejected=shown_rejected(result.rejected[:MOST_SHOWN]) if result else [],
            **self.shown,
        )
        return make_response(page, 422 if form.is_submitted() and result is None else 200)


def shown_rejected(rejected: Iterable[RejectedRow]) -> list[dict[str, object]]:
    """Rows that were not taken, as a page shows them: the number, and each problem with its cell."""
    return [
        {
            "number": one.row.number,
            "problems": [
                {
                    "cell": one.row.address(heading) if heading else "",
                    "heading": heading or "",
                    "wrong": problem.wrong(_),
                    "mend": problem.mend(_),
                }
                for heading, problem in one.problems
            ],
        }
        for one in rejected
    ]
