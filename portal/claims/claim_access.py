"""What the pages of a claim have in common: reaching it, and saying why something needs to be confirmed first."""

from flask import abort, make_response, render_template
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from portal.claims.claim_forms import WithFiles
from portal.claims.mine import Mine, find_mine, keep_files
from portal.common.web import actor, close_reading, instance, people, reading
from portal.documents.check import CheckedFile
from portal.documents.queries import ShownDocument, documents


def my_own(number: str) -> Mine:
    """The claim, if whoever asks may reach it; for anybody else there is no such page."""
    found = find_mine(reading(), actor().id, number)
    if found is None:
        abort(404)
    return found


def first_confirmed(mine: Mine, heading: str) -> BaseResponse:
    """The page that says that first it is confirmed who acts for the firm, and how."""
    page = render_template("claims/first_confirmed.html", claim=mine.claim, heading=heading)
    return make_response(page, 403)


def kept_files(form: WithFiles) -> list[ShownDocument]:
    """The files that came with an earlier try, by name."""
    found = documents(reading(), form.kept_ids(), people())
    who = actor().id
    return [one for one in found.values() if one.handed_in_by == who]


def keep_for_next_try(form: WithFiles, uscc: str, files: list[CheckedFile]) -> None:
    """Keep the files of a form that was turned back, so that nobody has to choose them again."""
    if files:
        form.kept.data = " ".join(keep_files(instance(), actor(), uscc, files, form.kept_ids()))
        close_reading()


def refuse(form: FlaskForm, words: str) -> None:
    """Say something about the form as a whole."""
    form.form_errors = [words]
