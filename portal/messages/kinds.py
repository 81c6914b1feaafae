"""What a kind of message has. Its words stand with their like: `enrolment_words.py`, `claim_words.py`.

To add a kind: put it into one of those and translate its words. `tell` and the tests hold it to its parameters.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class Words:
    """The words of one kind: which parameters they need, and how long after queueing they are worth sending.

    `title` is the line in the inbox and the subject of a mail; `text` is the mail and what stands under the title;
    `sms` is the text message, by default the title. A text message says as little as it can: whoever sees the
    telephone's screen reads it too. Parameters hold no personal values; one whose name ends in `_on` is a day in
    ISO form and is shown as the reader writes days.
    """

    title: LazyString
    text: LazyString
    parameters: tuple[str, ...] = ()
    sms: LazyString | None = None
    lasts: timedelta | None = None
