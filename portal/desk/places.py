"""Where a case stands in the queue somebody came from, and which one follows: the same for every kind of case."""

from typing import NamedTuple

from flask import request, url_for
from flask_babel import gettext as _

from portal.common import clock
from portal.common.web import actor, reading
from portal.desk.holding import APPEAL, APPLICATION, CLAIM, LOOKALIKE, MEMBERSHIP, SCREENING
from portal.desk.queue_filter import (
    AFFECTED,
    ALL,
    APPEALS,
    ASKED,
    FIRMS,
    MINE,
    SOURCE,
    TODAY,
    WAITING,
    QueueFilter,
)
from portal.desk.queue_queries import Place, Queue, next_place

# The page of each kind; every one of them takes the case's number.
ENDPOINTS = {
    APPLICATION: "applications.case",
    MEMBERSHIP: "desk.membership",
    APPEAL: "desk.appeal",
    SCREENING: "desk.screening",
    LOOKALIKE: "desk.lookalike",
    CLAIM: "desk.claim",
}


class Back(NamedTuple):
    """The way back to the queue one came from: its address, and which of how many the case is in it."""

    url: str
    words: str


def asked() -> QueueFilter:
    """The queue that the address of this page carries."""
    return QueueFilter.of(request.args)


def address_of(place: Place) -> str:
    """The page of a case, within the queue that this address carries."""
    return url_for(ENDPOINTS[place.kind], number=place.number, **asked().args())


def back_from(here: Place) -> Back:
    """The way back from a case; it tells the case's place where the queue still has it."""
    wanted = asked()
    title, url = title_of(wanted.view), url_for("desk.queue", **wanted.args())
    places = _queue(wanted).places()
    if here not in places:
        return Back(url, title)
    return Back(
        url,
        _("%(list)s, %(place)s of %(total)s", list=title, place=places.index(here) + 1, total=len(places)),
    )


def following(here: Place) -> str | None:
    """The page of the case that comes next in the queue one came from; None when there is none.

    To be asked before a case is decided: afterwards the queue may not have it any more. From a view of what is no
    longer to be done one goes on to what is.
    """
    wanted = asked()
    if wanted.view in (SOURCE, TODAY, ALL):
        wanted = QueueFilter(sort=wanted.sort)
    found = next_place(_queue(wanted).places(), here)
    return None if found is None else url_for(ENDPOINTS[found.kind], number=found.number, **wanted.args())


def title_of(view: str) -> str:
    """What a view of the queue is called."""
    return {
        WAITING: _("Cases to look at"),
        MINE: _("Cases I have taken"),
        ASKED: _("The firm’s turn"),
        FIRMS: _("Who acts for a firm"),
        APPEALS: _("Appeals"),
        AFFECTED: _("Insured firms in question"),
        SOURCE: _("Applications waiting for a source"),
        TODAY: _("Applications decided today"),
        ALL: _("All applications"),
    }[view]


def _queue(wanted: QueueFilter) -> Queue:
    return Queue(reading(), wanted, actor().id, clock.today())
