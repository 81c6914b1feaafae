"""The form by which a firm adds a buyer or an issuing bank, and picks one that the portal knows."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField, StringField, ValidationError

from portal.common.cells import visible
from portal.obligors.actions import BANK, BUYER, LONGEST_NAME
from portal.obligors.identifiers import (
    BadIdentifier,
    clean_bic,
    clean_lei,
    clean_registration_number,
    countries,
    country_codes,
    country_name,
)
from portal.obligors.matching import name_key
from portal.obligors.searching import Candidate

NONE_OF_THESE = "none"


class AddBuyerForm(FlaskForm):
    """A buyer or bank by name and country, a code where it is known, and `chosen` where some look like it."""

    kind = RadioField(_l("Who is it?"), default=BUYER, validate_choice=False)
    name = StringField(
        _l("Name, as it stands on contract and invoice"), filters=[lambda t: visible(t) if t else t]
    )
    country = SelectField(_l("Country"), validate_choice=False)
    registration_number = StringField(_l("Registration number"))
    lei = StringField(_l("LEI"))
    bic = StringField(_l("BIC of the bank"))
    chosen = RadioField(_l("Is it one of these?"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(BUYER, _("A buyer")), (BANK, _("A bank that issued a letter of credit"))]
        self.country.choices = [("", _("Choose the country")), *countries()]

    def offer(self, alike: list[Candidate], names: Mapping[str, str]) -> None:
        """Offer what looks like it, by the names that the firm itself uses, with the country."""
        self.chosen.choices = [
            (one.obligor.id, f"{names[one.obligor.id]}{_(', ')}{country_name(one.obligor.country)}")
            for one in alike
        ]
        self.chosen.choices.append((NONE_OF_THESE, _("No, none of these")))

    def values(self) -> dict[str, str]:
        """What the actions take, but for what was chosen."""
        bank = self.kind.data == BANK
        return {
            "kind": self.kind.data,
            "name": self.name.data,
            "country": self.country.data,
            "registration_number": "" if bank else self.registration_number.data or "",
            "lei": self.lei.data or "",
            "bic": (self.bic.data or "") if bank else "",
        }

    def validate_kind(self, field: Field) -> None:
        """A buyer or a bank."""
        if field.data not in (BUYER, BANK):
            raise ValidationError(_("Choose whether it is a buyer or a bank"))

    def validate_name(self, field: Field) -> None:
        """A name with letters, not too long."""
        if not name_key(field.data or ""):
            raise ValidationError(_("Enter the name of the buyer or bank"))
        if len(field.data) > LONGEST_NAME:
            raise ValidationError(_("The name is too long. Use at most %(most)s characters", most=LONGEST_NAME))

    def validate_country(self, field: Field) -> None:
        """One of the list."""
        if field.data not in country_codes():
            raise ValidationError(_("Choose the country"))

    def validate_registration_number(self, field: Field) -> None:
        """Not too long; there are as many forms of it as countries."""
        try:
            clean_registration_number(field.data)
        except BadIdentifier:
            raise ValidationError(_("This is too long for a registration number. Copy it once more")) from None

    def validate_lei(self, field: Field) -> None:
        """20 signs with right check digits."""
        try:
            clean_lei(field.data)
        except BadIdentifier:
            raise ValidationError(
                _("This is no LEI: 20 letters and digits. Copy it once more, or leave it empty")
            ) from None

    def validate_bic(self, field: Field) -> None:
        """Needed for a bank: 8 or 11 signs."""
        if self.kind.data != BANK:
            return
        try:
            code = clean_bic(field.data)
        except BadIdentifier:
            raise ValidationError(
                _("This is no BIC: 8 or 11 letters and digits. It stands in the letter of credit (SWIFT)")
            ) from None
        if code is None:
            raise ValidationError(_("Enter the BIC. It stands in the letter of credit (SWIFT)"))
