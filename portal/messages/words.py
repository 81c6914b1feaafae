"""What the portal tells people outside of its pages, in the language of whoever reads it."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from flask_babel import gettext as _
from markupsafe import Markup

from portal.common import formats
from portal.messages.claim_words import CLAIMS
from portal.messages.enrolment_words import ENROLMENT
from portal.messages.kinds import Words

UNBROKEN = "\N{NO-BREAK SPACE}"

KINDS: dict[str, Words] = {**ENROLMENT, **CLAIMS}
"""Every kind of message."""


class Said(NamedTuple):
    """A message in one language, for a page."""

    title: str
    text: str


class UnknownWords(Exception):
    """There is no such kind of message, or it needs a parameter that was not given."""


def words_of(kind: str, parameters: Mapping[str, str]) -> Words:
    """The words of a kind, once all they need is there; raises `UnknownWords`."""
    words = KINDS.get(kind)
    if words is None:
        raise UnknownWords(f"there are no words for {kind!r}: put them beside those of its like")
    missing = [name for name in words.parameters if not parameters.get(name)]
    if missing:
        raise UnknownWords(f"the words of {kind!r} need {', '.join(missing)}")
    return words


def said(kind: str, parameters: Mapping[str, str]) -> Said:
    """A message in the language of whoever reads it now; raises `UnknownWords`."""
    words = words_of(kind, parameters)
    shown = _shown(parameters)
    return Said(str(words.title) % shown, str(words.text) % shown)


def said_on_page(kind: str, parameters: Mapping[str, str]) -> Said:
    """The same as markup, in which no number and no day is broken at the end of a line."""
    words = words_of(kind, parameters)
    whole = Markup('<span class="tb-nowrap">%s</span>')
    shown = {name: value if name == "firm" else whole % value for name, value in _shown(parameters).items()}
    return Said(Markup(str(words.title)) % shown, Markup(str(words.text)) % shown)  # noqa: S704 - our own words


def text_message(kind: str, parameters: Mapping[str, str], portal_url: str) -> str:
    """The text message in the language that is set, its address at its end; raises `UnknownWords`."""
    words = words_of(kind, parameters)
    line = str(words.sms or words.title) % _shown(parameters)
    # Carriers want the sender's name in these brackets, in front.
    text = _("[Tongbao] %(text)s", text=line)
    text = text.replace(UNBROKEN, " ")  # it alone would halve what one message holds
    return f"{text} {portal_url}{parameters['path']}" if parameters.get("path") else text


def mail(kind: str, parameters: Mapping[str, str], portal_url: str) -> tuple[str, str]:
    """Subject and plain text of the mail in the language that is set; raises `UnknownWords`."""
    title, text = said(kind, parameters)
    lines = [text, ""]
    if parameters.get("path"):
        lines += [f"{portal_url}{parameters['path']}", ""]
    lines += ["—", _("This mail was written by the portal. Nobody reads answers to it.")]
    return _("Tongbao: %(title)s", title=title), "\n".join(lines).replace(UNBROKEN, " ") + "\n"


def _shown(parameters: Mapping[str, str]) -> dict[str, str]:
    return {
        name: formats.day(date.fromisoformat(value)) if name.endswith("_on") and value else value
        for name, value in parameters.items()
    }
