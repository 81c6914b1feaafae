"""Who pays, and an agreed claim to be paid."""

import pytest

from portal.common.instance import Instance
from portal.common.roles import Actor
from tests.appeals.stories import staff
from tests.claims.stories import claimed, insured
from tests.ledger.stories import agreed, approved
from tests.people import QIAN_PEI, SHI_PING


@pytest.fixture
def officer(instance: Instance) -> Actor:
    """The claims officer."""
    return staff(instance, QIAN_PEI)


@pytest.fixture
def approver(instance: Instance) -> Actor:
    """The approver."""
    return staff(instance, SHI_PING)


@pytest.fixture
def claim(instance: Instance) -> str:
    """The number of an agreed claim whose firm gave its account."""
    who = insured(instance)
    return agreed(instance, approved(instance, claimed(instance, who)), who)
