"""The states of applications, and what happened to them, in the reader's words."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.applications.deciding import (
    AT_ANSWER,
    AT_APPEAL,
    AT_APPLICATION,
    AT_CONFIRMATION,
    AT_ISSUE,
    AT_REVIEW,
    AT_SCREENING,
)
from portal.applications.requests import (
    CONTACT,
    EVIDENCE_EXPORTS,
    EVIDENCE_LIST,
    EVIDENCE_REGISTRATION,
    EXPLAIN,
    LICENCE,
    REPRESENTATIVE,
)
from portal.applications.reviews import APPROVE, REJECT, SET_ASIDE
from portal.scheme import stages

STATE_NAMES: dict[str, LazyString] = {
    stages.AWAITING_SOURCE: _l("Waiting for a source"),
    stages.REFERRED: _l("A person must look"),
    stages.ASKED: _l("The firm is asked for more"),
    stages.ELIGIBLE: _l("Eligible"),
    stages.CLEARED: _l("Cleared by a reviewer"),
    stages.ISSUED: _l("Policy issued"),
    stages.INELIGIBLE: _l("Not eligible"),
    stages.REJECTED: _l("Rejected by a reviewer"),
    stages.LAPSED: _l("Lapsed"),
    stages.WITHDRAWN: _l("Withdrawn"),
    stages.ANNULLED: _l("Annulled"),
}
"""Every state of an application, in the order in which lists offer them."""

STATE_KINDS: dict[str, str] = {
    stages.AWAITING_SOURCE: "others",
    stages.REFERRED: "refer",
    stages.ASKED: "others",
    stages.ELIGIBLE: "pass",
    stages.CLEARED: "pass",
    stages.ISSUED: "pass",
    stages.INELIGIBLE: "fail",
    stages.REJECTED: "fail",
    stages.LAPSED: "ended",
    stages.WITHDRAWN: "ended",
    stages.ANNULLED: "ended",
}
"""The look of each state's tag and panel."""

OCCASION_NAMES: dict[str, LazyString] = {
    AT_APPLICATION: _l("The rules ran at the application"),
    AT_REVIEW: _l("The rules ran again after the review"),
    AT_ISSUE: _l("The rules ran again at issue"),
    AT_SCREENING: _l("The rules ran again for a new version of a source"),
    AT_CONFIRMATION: _l("The rules ran again once it was confirmed who acts for the firm"),
    AT_APPEAL: _l("The rules ran again after the appeal"),
    AT_ANSWER: _l("The rules ran again with the firm’s answer"),
}

REVIEW_NAMES: dict[str, LazyString] = {
    APPROVE: _l("cleared the case"),
    REJECT: _l("rejected the case"),
    SET_ASIDE: _l("set a list match aside"),
}
"""What a reviewer did, to stand after the reviewer's name."""

REQUEST_ITEMS: dict[str, LazyString] = {
    LICENCE: _l("The business licence, clear enough to read"),
    REPRESENTATIVE: _l("The legal representative’s full name and identity number"),
    EVIDENCE_EXPORTS: _l("Evidence of the base year’s exports, such as customs declarations"),
    EVIDENCE_REGISTRATION: _l("Evidence of the registration, from the registration authority"),
    EVIDENCE_LIST: _l("Evidence about the list entry, such as the court’s answer"),
    EXPLAIN: _l("An explanation in your own words"),
    CONTACT: _l("Whom we can reach, by name and telephone"),
}
"""What a firm may be asked for, in the order in which it is offered; the firm reads these words."""
