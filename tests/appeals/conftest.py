"""An instance whose invented firms are decided, and which issues at once what may be issued."""

import pytest

from portal.common.instance import Instance
from portal.policies.actions import issue_one
from tests.samples import apply_all, import_all


@pytest.fixture
def decided(instance: Instance) -> Instance:
    """The three sources and one application of every invented firm, decided on 2 March 2022."""
    import_all(instance)
    apply_all(instance)
    instance.issue_at_once = lambda number: issue_one(instance, number)
    return instance
