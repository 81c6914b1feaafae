"""Buyers and banks of invented firms, entered through the actions."""

from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.obligors import actions
from portal.obligors.records import Obligor
from tests.appeals.stories import member
from tests.people import CHEN_HAIXIA, OUYANG_MU, Exporter
from tests.samples import FIRMS, Firm

HENGDA, OTHER = FIRMS[0], FIRMS[1]


def somebody_of(instance: Instance, firm: Firm = HENGDA, person: Exporter = CHEN_HAIXIA) -> Actor:
    """A confirmed member of a firm."""
    return member(instance, person, firm)


def somebody_else(instance: Instance) -> Actor:
    """A confirmed member of another firm."""
    return member(instance, OUYANG_MU, OTHER)


def buyer(
    instance: Instance,
    who: Actor,
    name: str,
    country: str = "DE",
    firm: Firm = HENGDA,
    number: str | None = None,
    lei: str | None = None,
    chosen: str | None = None,
) -> Obligor:
    """A buyer on a firm's list."""
    return actions.add_buyer(instance, who, firm.uscc, actions.BUYER, name, country, number, lei, None, chosen)


def bank(instance: Instance, who: Actor, name: str, bic: str, country: str = "DE") -> Obligor:
    """An issuing bank on the first firm's list."""
    return actions.add_buyer(instance, who, HENGDA.uscc, actions.BANK, name, country, None, None, bic)
