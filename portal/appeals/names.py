"""Appeals in the reader's words: their states, why one was declined, and what is said of a correction."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.appeals.desk_actions import DECLINE_CODES
from portal.scheme import stages

STATE_NAMES: dict[str, LazyString] = {
    stages.OPEN: _l("A person looks at it"),
    stages.ASKED: _l("The firm is asked for more"),
    stages.PROPOSED: _l("A second person must approve"),
    stages.UPHELD: _l("Appeal upheld"),
    stages.DECLINED: _l("Appeal declined"),
    stages.WITHDRAWN: _l("Appeal withdrawn"),
}
"""Every state of an appeal."""

FIRMS_STATE_NAMES: dict[str, LazyString] = {
    **STATE_NAMES,
    stages.ASKED: _l("Your turn"),
    stages.PROPOSED: _l("A second person decides on it"),
}
"""Every state as the firm reads it."""

STATE_KINDS: dict[str, str] = {
    stages.OPEN: "refer",
    stages.ASKED: "others",
    stages.PROPOSED: "refer",
    stages.UPHELD: "pass",
    stages.DECLINED: "fail",
    stages.WITHDRAWN: "ended",
}
"""The look of each state's tag at the desk."""

DECLINE_NAMES: dict[str, LazyString] = {
    "not_shown": _l("The evidence does not show it"),
    "source_confirmed": _l("The authority confirms its figure or record"),
    "no_such_fact": _l("The rule rests on nothing that can be corrected"),
    "other_firm": _l("The evidence is about another firm or person"),
    "decision_stands": _l("The person's decision stands"),
}
"""The reasons to decline, as the desk offers them."""

assert DECLINE_NAMES.keys() == set(DECLINE_CODES)


def decline_sentence(code: str) -> str:
    """What the firm reads of a declined appeal, and what it can do; `KeyError` for no such code."""
    return {
        "not_shown": _(
            "What you handed in does not show that the fact is wrong. You can appeal again, with a paper of the "
            "authority that does."
        ),
        "source_confirmed": _(
            "The authority that reported the fact confirms it. Ask that authority to mend it first: once it "
            "reports another figure or record, the rules run again on that."
        ),
        "no_such_fact": _(
            "The rule that is not met rests on a date or on your own statement, and there is nothing in it to "
            "correct. The answer to your application says what would change it."
        ),
        "other_firm": _(
            "What you handed in is about another firm or person. You can appeal again, with papers that name "
            "yours."
        ),
        "decision_stands": _(
            "Another person looked at your case again, with what you wrote and handed in, and the decision stands."
        ),
    }[code]
