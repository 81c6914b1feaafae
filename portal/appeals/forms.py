"""What a firm fills in: an appeal, and the answer to what it is asked for."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import Field, HiddenField, MultipleFileField, SelectMultipleField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.appeals.actions import LONGEST_WORDS, MOST_PAPERS, SHORTEST_WORDS
from portal.common.cells import visible
from portal.documents.check import CheckedFile, DocumentRefused
from portal.documents.forms import ACCEPT, look_into


def tidy(text: str | None) -> str | None:
    """What was typed, without what cannot be seen."""
    return visible(text) if text else text


class BoxesField(SelectMultipleField):
    """Several boxes, any of which may be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PapersField(MultipleFileField):
    """Several files, each looked into. `checked` are those that may be kept, also where another was refused."""

    data: Any  # what browsers sent, empty fields left out
    render_kw: Any

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.checked: list[CheckedFile] = []
        self.render_kw = {"accept": ACCEPT, "multiple": True}

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take what was really sent: an empty field is sent too, without a name."""
        self.data = [one for one in valuelist if isinstance(one, FileStorage) and one.filename]

    def pre_validate(self, form: BaseForm) -> None:
        """Look into each file; each refusal is an error of its own."""
        sent = self.data or []
        if len(sent) > MOST_PAPERS:
            raise ValidationError(
                _("You chose %(count)s files. Send at most %(most)s", count=len(sent), most=MOST_PAPERS)
            )
        refused = []
        for one in sent:
            try:
                self.checked.append(look_into(one))
            except DocumentRefused as error:
                refused.append(error.problem.text())
        if refused:
            raise ValidationError(" ".join(refused))


class AppealForm(FlaskForm):
    """Which fact is wrong, what is right, and the papers that show it. `offer` says what can be wrong."""

    codes = BoxesField(_l("Which fact is wrong?"), choices=[], validate_choice=False)
    words = TextAreaField(_l("What is right?"), filters=[tidy])
    papers = PapersField(_l("Papers that show it"))
    kept = HiddenField()  # ids of papers that were taken when the form was turned back

    def offer(self, choices: Sequence[tuple[str, str]], papers_needed: bool) -> None:
        """What can be ticked, and whether it takes a paper."""
        self.codes.choices = list(choices)
        self.papers_needed = papers_needed

    def validate_codes(self, field: Field) -> None:
        """At least one, each of those that are offered."""
        offered = {value for value, _words in field.choices or []}
        if not field.data:
            raise ValidationError(_("Tick each fact that is wrong"))
        if not set(field.data) <= offered:
            raise ValidationError(_("One of the facts is not in question any more. Tick those that are listed"))

    def validate_words(self, field: Field) -> None:
        """A few words at least."""
        check_words(field)

    def validate_papers(self, field: Field) -> None:
        """A paper, where the rules decided."""
        count = len(field.data or []) + len((self.kept.data or "").split())
        if self.papers_needed and not count:
            raise ValidationError(_("Add at least one paper that shows what is right"))
        if count > MOST_PAPERS:
            raise ValidationError(
                _(
                    "With those received there are %(count)s files. Send at most %(most)s",
                    count=count,
                    most=MOST_PAPERS,
                )
            )


class AnswerForm(FlaskForm):
    """The answer to what was asked: words, papers, or both, as the request says."""

    request = HiddenField()
    words = TextAreaField(_l("Your answer"), filters=[tidy])
    papers = PapersField(_l("Papers"))

    def require(self, papers: bool, words: bool) -> None:
        """What the request wants."""
        self.papers_needed, self.words_needed = papers, words

    def validate_words(self, field: Field) -> None:
        """Words, where they were asked for."""
        if self.words_needed or field.data:
            check_words(field)

    def validate_papers(self, field: Field) -> None:
        """A paper, where one was asked for."""
        if self.papers_needed and not field.data:
            raise ValidationError(_("Add the papers that you were asked for"))


def check_words(field: Field) -> None:
    """Raise `ValidationError` for no words, too few or too many."""
    length = len(field.data or "")
    if not length:
        raise ValidationError(_("Write in one or two sentences what is right"))
    if length < SHORTEST_WORDS:
        raise ValidationError(
            ngettext(
                "This is %(num)s character. Write at least %(least)s",
                "These are %(num)s characters. Write at least %(least)s",
                length,
                least=SHORTEST_WORDS,
            )
        )
    if length > LONGEST_WORDS:
        raise ValidationError(
            _("These are %(length)s characters. Use at most %(most)s", length=length, most=LONGEST_WORDS)
        )
