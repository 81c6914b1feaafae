"""The question whether a firm could enrol, from the body of a request."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError

from portal.common.codes import normalise_uscc
from portal.common.interface_fields import BodyParser, BodySchema, DayField, SchemeField, TextField
from portal.common.problems import N_, CellProblem
from portal.scheme.terms import available_terms

MOST_SENT = 4096
"""Bytes of a request's body; a question takes about a hundred."""


class CreditCodeField(TextField):
    """A unified social credit code; lower case, spaces and full width are put right."""

    def _deserialize(self, value: object, attr: str | None, data: object, **_more: Any) -> str:
        try:
            return normalise_uscc(self.text_of(value))
        except CellProblem as error:
            raise ValidationError(error.problem.text()) from None


class QuestionSchema(BodySchema):
    """The body of a check."""

    scheme = SchemeField(
        description=N_("The key of the scheme."), enum=list(available_terms()), example="xiamen-2022"
    )
    on = DayField(
        description=N_("The day on which the firm would apply, not before the first terms of the scheme."),
        format="date",
        example="2022-03-01",
    )
    uscc = CreditCodeField(
        description=N_("The unified social credit code of the firm, 18 characters."),
        example="91999999MA00000053",
    )


class QuestionParser(BodyParser):
    """Reads the question."""

    most_sent = MOST_SENT
    no_object = _l("The body must be one JSON object with the fields scheme, on and uscc.")
