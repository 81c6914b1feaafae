"""New versions of the sources, as the tests of screening and of issuing bring them in."""

from sqlalchemy import select

from portal.applications.records import Decision
from portal.common.instance import Instance
from portal.common.roles import Actor
from tests.people import LIN_ZHIYAO
from tests.policies.stories import (
    acting,
    application_of,
)
from tests.samples import (
    DEBTOR,
    FIRMS,
    ISLET,
    STRANGER,
    Firm,
    Line,
    list_line,
    lists_book,
    masked_number,
    registry_book,
    registry_line,
)

REASON = "已核对，与名单不符"


def lists_with(*more: Line) -> bytes:
    """The usual lists and some entries more."""
    usual = [
        list_line(DEBTOR.name, DEBTOR.uscc),
        list_line(person=ISLET.representative, number=masked_number(ISLET.number), listed_on="2021-09-14"),
    ]
    return lists_book([*usual, *more])


def listed(firm: Firm) -> Line:
    """An entry by which a firm stands on the list under its own code."""
    return list_line(firm.name, firm.uscc)


def namesake(firm: Firm, removed_on: str | None = None, source: str = "示例人民法院") -> Line:
    """An entry of a person with the representative's name, whose masked number fits."""
    number = masked_number(firm.number)
    return list_line(person=firm.representative, number=number, removed_on=removed_on, source=source)


def registry(**changed: dict[str, str]) -> list[Line]:
    """The usual registry; `changed` gives other values of a firm by its code."""
    return [
        registry_line(
            firm.uscc,
            firm.name,
            **{"place": "泉州市" if firm is STRANGER else "厦门市", **changed.get(firm.uscc, {})},
        )
        for firm in FIRMS
    ]


def without(firm: Firm) -> bytes:
    """The registry as it is without a firm."""
    return registry_book([line for line in registry() if line[1] != firm.uscc])


def decisions_of(instance: Instance, firm: Firm) -> list[Decision]:
    """What was decided on the application of a firm, in the order in which it was."""
    with instance.database.reading() as session:
        query = select(Decision).where(Decision.application_id == application_of(instance, firm).id)
        return list(session.execute(query.order_by(Decision.sequence)).scalars())


def reviewer_of(instance: Instance) -> Actor:
    """Lin Zhiyao, as actions know her."""
    return acting(instance, LIN_ZHIYAO)
