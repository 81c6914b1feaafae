"""The desk's kinds of work, their states and what is to look at, in the reader's words."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.appeals import names as appeals
from portal.applications.names import STATE_KINDS, STATE_NAMES
from portal.applications.sentences import rule_title
from portal.applications.shown import tags_of
from portal.desk.holding import APPEAL, APPLICATION, MEMBERSHIP, SCREENING
from portal.desk.queue_filter import LICENCE
from portal.desk.queue_queries import QueueRow
from portal.members.names import MEMBERSHIP_KINDS, MEMBERSHIP_STATES
from portal.members.waiting import OTHER_REPRESENTATIVE, REFUSED_BEFORE, SECOND_CLAIM
from portal.scheme import stages

KIND_NAMES: dict[str, LazyString] = {
    APPLICATION: _l("Application"),
    MEMBERSHIP: _l("Who acts for the firm"),
    APPEAL: _l("Appeal"),
    SCREENING: _l("Insured firm in question"),
}

FIRM_QUESTION_NAMES: dict[str, LazyString] = {
    SECOND_CLAIM: _l("Somebody else acts for it too"),
    OTHER_REPRESENTATIVE: _l("Registry names another representative"),
    REFUSED_BEFORE: _l("Refused before"),
    LICENCE: _l("Licence to compare"),
}

_STATES: dict[str, dict[str, tuple[str, LazyString]]] = {
    APPLICATION: {state: (STATE_KINDS[state], STATE_NAMES[state]) for state in STATE_NAMES},
    MEMBERSHIP: {state: (MEMBERSHIP_KINDS[state], MEMBERSHIP_STATES[state]) for state in MEMBERSHIP_STATES},
    APPEAL: {state: (appeals.STATE_KINDS[state], appeals.STATE_NAMES[state]) for state in appeals.STATE_NAMES},
    SCREENING: {"open": ("refer", _l("A person must look"))},
}


def state_tag(row: QueueRow) -> tuple[str, str]:
    """The state of a case: kind of tag, words."""
    kind, words = _STATES[row.kind][row.state]
    return kind, str(words)


def reason_tags(row: QueueRow) -> list[tuple[str, str]]:
    """Why somebody must look at a case, in a few words each: (kind of tag, words)."""
    if row.kind == APPLICATION:
        tags = tags_of(row.findings, STATE_KINDS[row.state])
        return [*tags, ("ended", _("Policy year over"))] if row.over else tags
    tags = [("source", str(KIND_NAMES[row.kind]))]
    if row.kind == MEMBERSHIP:
        codes = row.codes if row.state != stages.UNCONFIRMED else (LICENCE,)
        return tags + [("refer", str(FIRM_QUESTION_NAMES[code])) for code in codes or (LICENCE,)]
    if row.kind == APPEAL and row.state == stages.PROPOSED:
        tags.append(("refer", _("Correction to approve")))
    # The title says what ought to be; what the case is about is whether it is.
    return tags + [("refer", _("In question: %(rule)s", rule=rule_title(code))) for code in row.codes]
