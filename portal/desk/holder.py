"""Who has a case, as the card of its page shows it and lets it be taken, put back and handed over."""

from collections.abc import Iterable, Mapping
from typing import Any

from portal.applications.history import who_is
from portal.common.web import actor


def held_by(
    holder: str | None, able: Iterable[str], names: Mapping[str, str], may_take: bool, tied: bool
) -> dict[str, Any]:
    """What `holder_card` shows: `able` are whoever can have the case, `names` theirs and the holder's."""
    me = actor().id
    return {
        "holder": who_is(holder, names) if holder else None,
        "mine": holder == me,
        "had": holder or "",
        "may_take": may_take,
        "tied": tied,
        "others": [(one, who_is(one, names)) for one in able if one not in (me, holder)],
    }
