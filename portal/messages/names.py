"""Texts and mails in the administrator's words."""

from collections import defaultdict

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.common.outbox import EMAIL, FAILED, SENDING, SENT, SMS, UNSURE, WAITING
from portal.messages.words import KINDS

CHANNEL_NAMES: dict[str, LazyString] = {SMS: _l("Text message"), EMAIL: _l("Mail")}

DELIVERY_STATE_NAMES: dict[str, LazyString] = {
    UNSURE: _l("Perhaps sent"),
    FAILED: _l("Given up"),
    WAITING: _l("Waiting"),
    SENDING: _l("Being sent"),
    SENT: _l("Sent"),
}


def kind_name(kind: str) -> str:
    """What a text or mail is about, with dots where its own values stand; an unknown kind as it is."""
    words = KINDS.get(kind)
    if words is None:
        return kind
    blanks: defaultdict[str, str] = defaultdict(lambda: "…")
    return str(words.title) % blanks
