"""The forms of a claim's page at the desk: a coded reason, and what the firm is asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, SelectMultipleField, TextAreaField, ValidationError
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from portal.appeals.forms import PapersField
from portal.applications.requests import LONGEST_NOTE
from portal.claims.approving import LONGEST_REASON, SHORTEST_REASON
from portal.claims.claim_names import END_SENTENCES
from portal.claims.disputes import JUDGMENT
from portal.claims.mine import MOST_FILES
from portal.common.cells import visible
from portal.desk.claim_names import ALIKE_ANSWERS


def _tidy(value: str | None) -> str:
    return visible(value or "")


class CodedForm(FlaskForm):
    """A reason from a list, which the firm reads, and one in words for staff; `words` whether words are needed."""

    seen = HiddenField()
    code = RadioField(_l("Why"), [InputRequired(_l("Choose why"))], choices=[])
    reason = TextAreaField(_l("In words, for staff"), filters=[_tidy])

    def __init__(self, known: Mapping[str, LazyString], name: str, words: bool = True, **named: Any) -> None:
        super().__init__(prefix=name, **named)
        self.code.choices = [(code, str(sentence)) for code, sentence in known.items()]
        self.needs_words = words

    def validate_reason(self, field: Field) -> None:
        """In words, where they are needed, and not too many."""
        if self.needs_words and len(field.data or "") < SHORTEST_REASON:
            raise ValidationError(_("Write down why"))
        if len(field.data or "") > LONGEST_REASON:
            raise ValidationError(
                _("The reason is too long. Use at most %(most)s characters", most=LONGEST_REASON)
            )


class AlikeForm(CodedForm):
    """What two invoices that look alike are, and what was looked at."""

    code = RadioField(_l("What are they?"), [InputRequired(_l("Choose what they are"))], choices=[])

    def __init__(self, **named: Any) -> None:
        super().__init__(ALIKE_ANSWERS, "alike", **named)


class ReopenForm(CodedForm):
    """How a dispute ended, with the judgment where it came to the desk; without one, why the claim goes on.

    `kept` are the ids of papers that came with an earlier try.
    """

    kept = HiddenField()
    files = PapersField(_l("Judgment, award or settlement that came to the desk"))

    def __init__(self, **named: Any) -> None:
        super().__init__(END_SENTENCES, "reopen", words=False, **named)

    def kept_ids(self) -> list[str]:
        """The ids of the papers of an earlier try."""
        return (self.kept.data or "").split()[:MOST_FILES]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether a reason is chosen and, unless it is a judgment, written down."""
        self.needs_words = self.code.data in END_SENTENCES and self.code.data != JUDGMENT
        return bool(super().validate(extra_validators))


class AskForm(FlaskForm):
    """What the firm is asked for, once and together."""

    items = SelectMultipleField(
        _l("What is missing?"),
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    note = TextAreaField(_l("Note for staff"), filters=[_tidy])

    def __init__(self, items: Sequence[tuple[str, str]], **named: Any) -> None:
        super().__init__(prefix="ask", **named)
        self.items.choices = list(items)

    def validate_items(self, field: Field) -> None:
        """At least one."""
        if not field.data:
            raise ValidationError(_("Tick what the firm is asked for"))

    def validate_note(self, field: Field) -> None:
        """Not too long."""
        if len(field.data or "") > LONGEST_NOTE:
            raise ValidationError(_("The note is too long. Use at most %(most)s characters", most=LONGEST_NOTE))
