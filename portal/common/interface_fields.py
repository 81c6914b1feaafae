"""From the body of a request to typed fields, every bad one named at once: what all questions share.

Nothing here shows a value that is not text: one nested deeply enough cannot even be printed.
"""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NoReturn

from flask import Request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_smorest import abort
from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema
from webargs.flaskparser import FlaskParser

from portal.common.cells import is_blank, show
from portal.scheme.terms import BeforeFirstTerms, available_terms, load_terms

_FULL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MISSING = {"required": _l("Missing: fill it in."), "null": _l("Empty: fill it in.")}


class TextField(fields.String):
    """A text that is there and holds something one can see."""

    def __init__(self, *, required: bool = True, **metadata: object) -> None:
        super().__init__(required=required, error_messages=MISSING, metadata=metadata)  # type: ignore[arg-type]

    def make_error(self, key: str, **more: Any) -> ValidationError:
        """The sentence of the present language; left lazy, it would be taken for a list of letters."""
        return ValidationError(str(self.error_messages[key]))

    def _deserialize(self, value: object, attr: str | None, data: object, **_more: Any) -> Any:
        return self.text_of(value)

    def text_of(self, value: object) -> str:
        """The value as it is, if it is a text that holds something."""
        if not isinstance(value, str):
            raise ValidationError(_("Write it as text, in quotation marks."))
        if is_blank(value):
            raise self.make_error("null")
        return value


class SchemeField(TextField):
    """The key of a scheme whose terms the portal has."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_more: Any) -> str:
        key = self.text_of(value)
        if key not in available_terms():
            raise ValidationError(
                _(
                    "There is no scheme “%(value)s”. The schemes are %(known)s.",
                    value=show(key),
                    known=", ".join(available_terms()),
                )
            )
        return key


class DayField(TextField):
    """A calendar day as in 2022-03-01, and in no other of the forms that ISO 8601 knows."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_more: Any) -> date:  # type: ignore[override]
        text = self.text_of(value)
        try:
            if _FULL_DATE.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            raise ValidationError(_("There is no day %(value)s.", value=text)) from None
        raise ValidationError(_("“%(value)s” is no date. Write it as in 2022-03-01.", value=show(text)))


class BodySchema(Schema):
    """A body with a scheme and a day of it; an unknown field is an error, as it may be a misspelt one."""

    class Meta:
        """Refuse what is not known; documented as such."""

        unknown = RAISE

    error_messages = {"unknown": _l("Unknown field: take it out, or correct its name.")}  # type: ignore[dict-item]  # noqa: RUF012

    @validates_schema(skip_on_field_errors=False)
    def _not_before_the_terms(self, data: Mapping[str, Any], **_more: Any) -> None:
        if "scheme" not in data or "on" not in data:
            return
        try:
            load_terms(data["scheme"]).on(data["on"])
        except BeforeFirstTerms as error:
            raise ValidationError(
                _(
                    "%(asked)s is before the first terms of %(scheme)s, which are of %(first)s.",
                    asked=error.asked.isoformat(),
                    scheme=error.key,
                    first=error.first_date.isoformat(),
                ),
                "on",
            ) from None


class BodyParser(FlaskParser):
    """Reads the one JSON object of a body: 400 what is no JSON, 415 what says so, 422 with every bad field."""

    most_sent = 4096
    """Bytes of a request's body; a longer one is answered 413, unread."""
    no_object: LazyString = _l("The body must be one JSON object.")
    """What is said of JSON that is no object: it names the fields."""

    def load_json(self, req: Request, schema: Schema) -> dict[str, Any]:
        """The body's object, without the numbers that JSON does not know."""
        if req.mimetype and not req.is_json:
            abort(415, message=_("Send the body as JSON, with the content type application/json."))
        req.max_content_length = self.most_sent
        try:
            # No field is a number, so none is read exactly; an integer of thousands of digits is one too.
            text = req.get_data().decode("utf-8-sig")
            body = json.loads(text, parse_constant=_no_number, parse_int=float)
        except (ValueError, RecursionError):
            abort(400, message=_("The body is no JSON in UTF-8, or is nested too deeply."))
        if not isinstance(body, dict):
            abort(400, message=str(self.no_object))
        return dict(body)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Answer 422 with the sentences of each field that is wrong."""
        found: Mapping[object, list[object]] = error.messages_dict["json"]
        errors = {show(str(name)): [str(said) for said in sentences] for name, sentences in found.items()}
        abort(422, message=_("Correct the fields named here and ask again."), errors=errors)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
