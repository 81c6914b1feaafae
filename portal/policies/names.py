"""The states of policies, and schemes, in the reader's words."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.common.preferences import locale_name
from portal.policies.certificate_actions import MISTAKE, NAME_CHANGED, WRONG_HANDS
from portal.policies.certificate_status import REPLACED
from portal.scheme import stages
from portal.scheme.terms import Terms

POLICY_STATES: dict[str, LazyString] = {
    stages.IN_FORCE: _l("In force"),
    stages.ENDED: _l("Ended"),
    stages.WITHDRAWN: _l("Policy withdrawn"),
    stages.ANNULLED: _l("Policy annulled"),
}
"""A policy's state on a day."""

POLICY_TAGS = {stages.IN_FORCE: "pass", stages.ENDED: "ended", stages.WITHDRAWN: "ended", stages.ANNULLED: "ended"}
"""The kind of tag that goes with each state of a policy."""

DECIDED_BY: dict[str, LazyString] = {"auto": _l("Automatic"), "person": _l("By a person")}
"""Whether the rules alone led to a policy, or a reviewer had to clear something."""


REPLACING: dict[str, LazyString] = {
    NAME_CHANGED: _l("The firm has another name in the registry now"),
    WRONG_HANDS: _l("The certificate or its address came into wrong hands"),
    MISTAKE: _l("The certificate had a mistake"),
}
"""Why a certificate is made anew."""

CERTIFICATE_STATES: dict[str, LazyString] = {
    stages.IN_FORCE: _l("In force"),
    stages.ENDED: _l("Ended"),
    REPLACED: _l("Replaced by a newer certificate"),
}
"""What a certificate's public page says, and nothing else."""

CERTIFICATE_TAGS = {stages.IN_FORCE: "pass", stages.ENDED: "others", REPLACED: "refer"}
"""The kind of panel that goes with each of them."""


def scheme_title(terms: Terms) -> str:
    """A scheme's title in the reader's language."""
    return terms.title if locale_name() == "zh" else terms.title_en
