"""Three insured firms that deal with buyers, and what befalls those, for tests of warnings."""

from typing import NamedTuple

from portal.common import clock
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.messages.records import Message
from portal.warnings import actions, queries
from portal.warnings.names import INSOLVENCY, POLITICAL
from tests.appeals.stories import member, staff, told
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO, OUYANG_MU, QIAN_PEI, SHI_PING, YE_XIAOTANG
from tests.policies.stories import approve, issue
from tests.samples import (
    DEBTOR,
    HARBOUR,
    ISLET,
    SILENT,
    apply_all,
    customs_book,
    import_one,
    list_line,
    lists_book,
    registry_book,
)

KINDS = ("warning_country", "warning_insolvency", "warning_concern")


class Firms(NamedTuple):
    """Somebody confirmed for each of three insured firms."""

    harbour: Actor
    silent: Actor
    islet: Actor


def three_firms(instance: Instance) -> Firms:
    """HARBOUR, SILENT and ISLET, each with a policy and somebody who acts for it."""
    import_one(instance, "registry", registry_book())
    import_one(instance, "customs", customs_book())
    import_one(instance, "lists", lists_book([list_line(DEBTOR.name, DEBTOR.uscc)]))
    apply_all(instance, [HARBOUR, SILENT, ISLET])
    approve(instance, LIN_ZHIYAO, SILENT)
    issue(instance)
    return Firms(
        member(instance, CHEN_HAIXIA, HARBOUR),
        member(instance, OUYANG_MU, SILENT),
        member(instance, YE_XIAOTANG, ISLET),
    )


def officer(instance: Instance) -> Actor:
    """Who enters events and confirms concerns."""
    return staff(instance, QIAN_PEI)


def approver(instance: Instance) -> Actor:
    """Who confirms what another entered."""
    return staff(instance, SHI_PING)


def enter(instance: Instance, country: str | None = "NO", obligor: str | None = None) -> str:
    """An event that the officer entered: in a country, or the insolvency of the obligor of this number."""
    kind, measure = (INSOLVENCY, "opened") if obligor else (POLITICAL, "transfer")
    source = "circular of the ministry"
    return actions.enter_event(instance, officer(instance), kind, country, obligor, clock.today(), measure, source)


def seen_of(instance: Instance, number: str) -> str:
    """The digest of the firms that an event would warn now."""
    with instance.database.reading() as session:
        event = queries.find_event(session, number)
        assert event is not None
        return queries.digest(queries.affected_by_event(session, event, clock.today()))


def confirm(instance: Instance, number: str) -> int:
    """Confirmed by the approver as it stands; how many firms were warned."""
    return actions.confirm_event(instance, approver(instance), number, seen_of(instance, number))


def warnings_told(instance: Instance) -> list[Message]:
    """Every warning that reached an inbox, in order."""
    return [one for kind in KINDS for one in told(instance, kind)]
