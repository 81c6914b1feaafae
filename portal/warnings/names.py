"""Events and concerns in the reader's words: kinds, measures, states, and the coded sentence that firms read."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.scheme import stages
from portal.scheme.claim_words import Risk

POLITICAL, INSOLVENCY = "political", "insolvency"
KIND_NAMES: Mapping[str, LazyString] = {
    POLITICAL: _l("Measure or unrest in a country"),
    INSOLVENCY: _l("Insolvency of a buyer or bank"),
}
RISK_OF: Mapping[str, Risk] = {POLITICAL: Risk.POLITICAL, INSOLVENCY: Risk.BANKRUPTCY}
"""The risk that an event fills into a notice beforehand."""

MEASURES: Mapping[str, Mapping[str, LazyString]] = {
    POLITICAL: {
        "transfer": _l("Money cannot be transferred out of the country."),
        "entry": _l("Goods may not enter the country."),
        "moratorium": _l("By a measure of the government, debts need not be paid for the time being."),
        "unrest": _l("War or unrest keeps buyers from paying or taking goods."),
    },
    INSOLVENCY: {
        "opened": _l("Insolvency proceedings were opened."),
        "wound_up": _l("It is being wound up."),
        "stopped": _l("It has stopped paying everybody."),
    },
}
"""What may have happened, by kind of event: the sentence that firms read."""

STATE_NAMES: Mapping[str, LazyString] = {
    stages.ENTERED: _l("To be confirmed by another person"),
    stages.CONFIRMED: _l("Firms are warned"),
    stages.ENDED: _l("Warning over"),
}
STATE_TAGS: Mapping[str, str] = {stages.ENTERED: "refer", stages.CONFIRMED: "fail", stages.ENDED: "ended"}


def measure_name(kind: str, measure: str) -> str:
    """What happened, as firms read it."""
    return str(MEASURES[kind][measure])


def concern_sentence() -> str:
    """What a firm reads of a confirmed concern: no firm, day, count or amount."""
    return _("The desk has confirmed trouble with it. Ship only against payment.")
