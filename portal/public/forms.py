"""The forms that anybody can fill in: the check of a firm, and whether cover is needed at all."""

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.validators import InputRequired, ValidationError

from portal.common.codes import normalise_uscc
from portal.common.problems import CellProblem

MOST_EXPORTS = Decimal(10) ** 12
MOST_COUNTRIES = 200


class CheckForm(FlaskForm):
    """A firm's credit code."""

    uscc = StringField(
        _l("Unified social credit code"), [InputRequired(_l("Enter the 18 characters of the code"))]
    )

    def validate_uscc(self, field: Field) -> None:
        """A code that agrees with its check character."""
        try:
            field.data = normalise_uscc(field.data)
        except CellProblem as wrong:
            raise ValidationError(wrong.problem.text()) from wrong


class NumberField(StringField):
    """A number as people write it: separators, full-width digits and a percent sign are read too."""

    number: Decimal | None = None

    def read(self, least: Decimal, most: Decimal, mend: str) -> None:
        """Read the number, or say how to mend it."""
        text = (self.data or "").strip().translate(str.maketrans("０１２３４５６７８９．，％", "0123456789.,%"))
        text = text.replace(",", "").replace(" ", "").removesuffix("%").upper().removeprefix("USD")
        plain = text.replace(".", "", 1)
        if not plain.isascii() or not plain.isdigit() or len(plain) > len(str(MOST_EXPORTS)):
            raise ValidationError(mend)
        self.number = Decimal(text)
        if not least <= self.number <= most:
            raise ValidationError(mend)


class NeedForm(FlaskForm):
    """How the firm sells: nothing of it is kept."""

    exports = NumberField(
        _l("Exports in a year, in US dollars"), [InputRequired(_l("Enter a year's exports, as in 850,000"))]
    )
    open_account = NumberField(
        _l("Share that buyers pay after shipment, in percent"), [InputRequired(_l("Enter a share from 0 to 100"))]
    )
    bad_debt = NumberField(
        _l("Share of that which is never paid, in percent"), [InputRequired(_l("Enter a share from 0 to 100"))]
    )
    countries = NumberField(
        _l("In how many countries your buyers are"), [InputRequired(_l("Enter the number of countries"))]
    )

    def validate_exports(self, field: NumberField) -> None:
        """An amount of money above 0."""
        field.read(Decimal(1), MOST_EXPORTS, _("Enter a year's exports, as in 850,000"))

    def validate_open_account(self, field: NumberField) -> None:
        """A percentage."""
        field.read(Decimal(0), Decimal(100), _("Enter a share from 0 to 100"))

    def validate_bad_debt(self, field: NumberField) -> None:
        """A percentage."""
        field.read(Decimal(0), Decimal(100), _("Enter a share from 0 to 100"))

    def validate_countries(self, field: NumberField) -> None:
        """A whole number."""
        field.read(Decimal(1), Decimal(MOST_COUNTRIES), _("Enter a whole number from 1 to 200"))
        if field.number is not None and field.number != int(field.number):
            raise ValidationError(_("Enter a whole number from 1 to 200"))
