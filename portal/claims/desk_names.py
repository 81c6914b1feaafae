"""The states of a claim as staff call them, on pages and in workbooks."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.scheme import stages

STATE_NAMES: Mapping[str, LazyString] = {
    stages.PREPARING: _l("Not filed yet"),
    stages.ASSESSING: _l("To assess"),
    stages.ASKED: _l("Firm asked"),
    stages.SUSPENDED: _l("Suspended"),
    stages.PROPOSED: _l("To approve"),
    stages.APPROVED: _l("Firm to agree"),
    stages.OBJECTED: _l("Firm objects"),
    stages.AGREED: _l("To be paid"),
    stages.PAYING: _l("Payment ordered"),
    stages.PAID: _l("Paid"),
    stages.CLOSED: _l("Closed"),
    stages.WITHDRAWN: _l("Withdrawn"),
}
"""Every state of a claim, as the desk calls it."""
STATE_KINDS: Mapping[str, str] = {
    stages.ASSESSING: "refer",
    stages.PROPOSED: "refer",
    stages.OBJECTED: "refer",
    stages.PAID: "pass",
    stages.CLOSED: "ended",
    stages.WITHDRAWN: "ended",
    stages.SUSPENDED: "ended",
}
