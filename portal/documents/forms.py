"""The form field of a document: what it holds is checked by content before the form counts as valid.

A route with such a field takes larger requests than others: put `@takes_documents` (portal/common/uploads.py) on
it.
"""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import FileStorage
from wtforms import FileField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal.common import rate
from portal.common.web import actor, instance
from portal.documents.check import CheckedFile, DocumentRefused, check_file, shown_name

ACCEPT = "image/jpeg,image/png,application/pdf,.jpg,.jpeg,.png,.pdf"  # what a browser offers; a phone its camera
MISSING = _l("Take a photo of it or choose a file")
MOST_FILES, WINDOW = 100, 86_400  # that one account may send in a day of seconds: each costs time and room


def look_into(upload: FileStorage) -> CheckedFile:
    """What may be kept of a file that the reader has sent; raises `DocumentRefused`, after very many a day too."""
    name = upload.filename or ""
    counted = rate.count(instance().database, f"documents.files {actor().id}", MOST_FILES, WINDOW)
    if not counted.allowed:
        raise DocumentRefused("too_many_documents", name=shown_name(name))
    return check_file(name, upload.read())


class DocumentField(FileField):
    """A file that is looked into. `checked` is what may be kept: None until validated, or where nothing came.

    With `required`, nothing at all is told with `missing`.
    """

    data: Any  # a FileStorage, or None
    checked: CheckedFile | None = None
    render_kw: Any

    def __init__(
        self,
        label: LazyString | str | None = None,
        validators: Sequence[Any] = (),
        required: bool = True,
        missing: LazyString | str = MISSING,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.required = required
        self.missing = missing
        self.render_kw = {"accept": ACCEPT, **(self.render_kw or {})}

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the first file that a browser really sent: an empty field is sent too, without a name."""
        sent = (one for one in valuelist if isinstance(one, FileStorage) and one.filename)
        self.data = next(sent, None)

    def pre_validate(self, form: BaseForm) -> None:
        """Look into the file; its refusal is the field's error."""
        if self.data is None:
            if self.required:
                raise StopValidation(str(self.missing))
            return
        try:
            self.checked = look_into(self.data)
        except DocumentRefused as refused:
            raise StopValidation(refused.problem.text()) from refused
