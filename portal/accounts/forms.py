"""The forms of signing in, passwords and staff accounts."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, ValidationError

from portal.accounts.actions import BadEmail, normal_email
from portal.accounts.codes import BadMobile, normal_mobile
from portal.accounts.names import ROLE_NAMES
from portal.accounts.passwords import DIFFERENT, LONGEST, SHORTEST, PasswordRefused, different
from portal.common.roles import STAFF_ROLES


class SignInForm(FlaskForm):
    """E-mail and password."""

    email = StringField(_l("E-mail"), [InputRequired(_l("Enter your e-mail address"))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password"))])


class MobileForm(FlaskForm):
    """A mobile that a code is sent to."""

    mobile = StringField(_l("Mobile number"), [InputRequired(_l("Enter your mobile number"))])

    def validate_mobile(self, field: Field) -> None:
        """Say what is wrong with the number, in our words."""
        try:
            normal_mobile(field.data)
        except BadMobile as error:
            raise ValidationError(
                _("This is no mobile number of the mainland. Enter its 11 digits, as in 138 0000 0001")
            ) from error


class CodeForm(FlaskForm):
    """The code that was sent."""

    code = StringField(_l("Code from the text message"), [InputRequired(_l("Enter the 6 digits of the code"))])


class NewPasswordForm(FlaskForm):
    """A new password, typed twice."""

    password = PasswordField(_l("New password"), [InputRequired(_l("Enter the new password"))])
    again = PasswordField(
        _l("The same once more"),
        [
            InputRequired(_l("Enter the new password a second time")),
            EqualTo("password", _l("The two passwords differ. Enter the same one twice")),
        ],
    )


class ChangePasswordForm(NewPasswordForm):
    """The password that holds now, and a new one, typed twice."""

    old = PasswordField(_l("Password until now"), [InputRequired(_l("Enter the password you have now"))])


class EmailForm(FlaskForm):
    """An e-mail address that a link is sent to."""

    email = StringField(_l("E-mail"), [InputRequired(_l("Enter your e-mail address"))])

    def validate_email(self, field: Field) -> None:
        """Say what is wrong with the address, in our words."""
        _check_email(field)


class DetailsForm(FlaskForm):
    """What others see of an exporter, and the language of messages."""

    name = StringField(
        _l("Name"),
        [DataRequired(_l("Enter the name")), Length(max=60, message=_l("Use at most 60 characters"))],
    )
    language = RadioField(
        _l("Language of texts and mails"),
        [InputRequired(_l("Choose a language"))],
        choices=[SelectChoice("zh", "中文"), SelectChoice("en", "English")],
    )


class AddStaffForm(FlaskForm):
    """Who gets an account, and in which role."""

    name = StringField(
        _l("Name"),
        [DataRequired(_l("Enter the name")), Length(max=60, message=_l("Use at most 60 characters"))],
    )
    email = StringField(_l("E-mail"), [InputRequired(_l("Enter the e-mail address"))])
    role = RadioField(
        _l("Role"),
        [InputRequired(_l("Choose a role"))],
        choices=[SelectChoice(str(role), ROLE_NAMES[role]) for role in STAFF_ROLES],
    )

    def validate_email(self, field: Field) -> None:
        """Say what is wrong with the address, in our words."""
        _check_email(field)


class AskForm(FlaskForm):
    """Only the token: for buttons that change something."""


def _check_email(field: Field) -> None:
    try:
        normal_email(field.data)
    except BadEmail as error:
        raise ValidationError(_("This is no e-mail address. Enter one as in name@example.com")) from error


def refusal_of(error: PasswordRefused, password: str) -> str:
    """Why a new password is not taken, and how to mend it."""
    length = len(password)
    if error.code == "too_short":
        return _(
            "The password has %(length)s characters. Use at least %(least)s; a sentence is good",
            length=length,
            least=SHORTEST,
        )
    if error.code == "too_long":
        return _("The password has %(length)s characters. Use at most %(most)s", length=length, most=LONGEST)
    if error.code == "too_alike":
        return _(
            "The password has only %(number)s different characters. Use at least %(least)s; a sentence is good",
            number=different(password),
            least=DIFFERENT,
        )
    return _("Do not use your e-mail address as the password. Choose another one")
