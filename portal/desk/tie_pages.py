"""Ties of staff to firms: each notes their own, an administrator anybody's."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, SelectField, StringField
from wtforms.validators import InputRequired, ValidationError

from portal.accounts.queries import names_of, staff_members
from portal.applications.history import who_is
from portal.common import roles
from portal.common.codes import normalise_uscc
from portal.common.problems import CellProblem
from portal.common.roles import Role
from portal.common.web import actor, instance, open_to, people, reading
from portal.desk.blueprint import desk
from portal.members import ties


class TieForm(FlaskForm):
    """A firm by its code, and whose tie it is; staff other than administrators note only their own."""

    uscc = StringField(_l("Unified social credit code"), [InputRequired(_l("Enter the firm's credit code"))])
    account = SelectField(_l("Who is tied to it"), validate_choice=False)

    def offer(self) -> None:
        """Offer every active member of staff to an administrator, and only oneself to everybody else."""
        if actor().role is Role.ADMINISTRATOR:
            staff = [one for one in staff_members(reading(), people()) if one.active]
            self.account.choices = [(one.id, one.name or one.email) for one in staff]
        else:
            self.account.choices = [(actor().id, _("Me"))]

    def validate_uscc(self, field: Field) -> None:
        """A code with its right check character."""
        try:
            field.data = normalise_uscc(field.data)
        except CellProblem as error:
            raise ValidationError(error.problem.text()) from error

    def validate_account(self, field: Field) -> None:
        """Somebody who is offered; nobody else's is taken for one's own."""
        offered = [value for value, _name in field.choices or []]
        if len(offered) == 1 and not field.data:
            field.data = offered[0]
        if field.data not in offered:
            raise ValidationError(_("Choose who is tied to the firm"))


@desk.route("/ties", methods=["GET", "POST"])
@open_to(*roles.NOTES_TIES)
def tie_list() -> BaseResponse:
    """The ties that hold: one's own, or everybody's for an administrator; and noting one."""
    form = TieForm()
    form.offer()
    if form.validate_on_submit():
        ties.note_tie(instance(), actor(), form.account.data, form.uscc.data)
        flash(_("Noted. Cases of this firm go to somebody else."), "success")
        return redirect(url_for("desk.tie_list"))
    everybody = actor().role is Role.ADMINISTRATOR
    found = ties.ties(reading(), None if everybody else actor().id)
    known = names_of(reading(), people(), {who for one in found for who in (one.account_id, one.noted_by)})
    page = render_template(
        "desk/tie_list.html",
        form=form,
        everybody=everybody,
        ties=[
            {
                "id": one.id,
                "who": who_is(one.account_id, known),
                "firm": one.firm_name,
                "uscc": one.uscc,
                "noted_by": who_is(one.noted_by, known),
                "noted_at": one.noted_at,
            }
            for one in found
        ],
    )
    return make_response(page, 422 if form.is_submitted() else 200)


@desk.post("/ties/<tie_id>/end")
@open_to(Role.ADMINISTRATOR)
def end_tie(tie_id: str) -> BaseResponse:
    """End a tie; its holder decides on the firm again."""
    try:
        ties.end_tie(instance(), actor(), tie_id)
    except ties.UnknownTie:
        abort(404)
    flash(_("The tie is ended."), "success")
    return redirect(url_for("desk.tie_list"))
