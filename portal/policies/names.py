"""The states of policies, and schemes, in the reader's words."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.common.preferences import locale_name
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


def scheme_title(terms: Terms) -> str:
    """A scheme's title in the reader's language."""
    return terms.title if locale_name() == "zh" else terms.title_en
