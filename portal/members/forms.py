"""The forms of binding a firm, its licence, its people."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import Field, HiddenField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from portal.common.cells import clean
from portal.common.codes import normalise_uscc
from portal.common.problems import CellProblem
from portal.documents.forms import DocumentField
from portal.members.actions import LONGEST_NAME, POSITIONS
from portal.members.invitations import LONGEST_NAME as LONGEST_PERSON
from portal.members.invitations import BadAddress, address_of
from portal.members.names import POSITION_NAMES
from portal.members.shown import near_firms


def _tidy(text: str | None) -> str | None:
    return clean(text) if text else text


def _positions() -> list[SelectChoice]:
    return [SelectChoice(one, POSITION_NAMES[one]) for one in POSITIONS]


class FindFirmForm(FlaskForm):
    """A unified social credit code; `code` is it in its one form once the form is valid."""

    class Meta:
        """It only looks, so it needs no token."""

        csrf = False

    uscc = StringField(_l("Unified social credit code"), [InputRequired(_l("Enter the code of the firm"))])
    code: str = ""

    def __init__(self, session: Session, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.session = session

    def validate_uscc(self, field: Field) -> None:
        """Say what is wrong with the code and, where one registered firm is meant, in which place."""
        try:
            self.code = normalise_uscc(field.data)
        except CellProblem as error:
            said = error.problem.text()
            if error.problem.code == "uscc_check":
                said = f"{error.problem.wrong(_)} {self._near(error.problem.params['value'])}".strip()
            raise ValidationError(said) from error

    def _near(self, code: str) -> str:
        near = near_firms(self.session, code)
        if len(near) != 1:
            return _("Copy the code from the business licence.")
        found = near[0]
        if len(found.places) == 2:
            return _(
                "Perhaps you mean %(name)s, %(right)s: places %(first)s and %(second)s have changed places.",
                name=found.name,
                right=found.code,
                first=found.places[0],
                second=found.places[1],
            )
        place = found.places[0]
        return _(
            "Perhaps you mean %(name)s, %(right)s: in place %(place)s it has “%(there)s” and not “%(typed)s”.",
            name=found.name,
            right=found.code,
            place=place,
            there=found.code[place - 1],
            typed=code[place - 1],
        )


class ClaimForm(FlaskForm):
    """For which firm one acts, and in which position; the name is asked where the registry has none."""

    uscc = HiddenField()
    firm_name = StringField(
        _l("Name of the firm"),
        [Length(max=LONGEST_NAME, message=_l("Use at most %(max)d characters"))],
        filters=[_tidy],
    )
    position = RadioField(
        _l("Your position"), [InputRequired(_l("Choose what you are to the firm"))], choices=_positions()
    )

    def require_name(self) -> bool:
        """Say that the name is missing; whether it is there."""
        if self.firm_name.data:
            return True
        self.firm_name.errors = [*self.firm_name.errors, _("Enter the name as it stands on the business licence")]
        return False


class LicenceForm(FlaskForm):
    """The business licence."""

    licence = DocumentField(_l("Business licence"), missing=_l("Take a photo of the licence or choose a file"))


class InviteForm(FlaskForm):
    """Whom one invites, and to which mobile or e-mail address the link goes."""

    name = StringField(
        _l("Name"),
        [
            InputRequired(_l("Enter the name")),
            Length(max=LONGEST_PERSON, message=_l("Use at most %(max)d characters")),
        ],
        filters=[_tidy],
    )
    address = StringField(
        _l("Mobile number or e-mail"), [InputRequired(_l("Enter a mobile number or an e-mail address"))]
    )
    position = RadioField(_l("Position"), [InputRequired(_l("Choose a position"))], choices=_positions())

    def validate_address(self, field: Field) -> None:
        """Say that it is neither."""
        try:
            address_of(field.data)
        except BadAddress as error:
            raise ValidationError(
                _("This is neither a mobile number of 11 digits nor an e-mail address. Check it")
            ) from error


class AskForm(FlaskForm):
    """Only the token: for buttons that change something."""
