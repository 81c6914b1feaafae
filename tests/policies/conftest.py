"""Firms with applications, with a policy, and with somebody who acts for them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.common.instance import Instance
from tests.policies.firms import member_of
from tests.policies.stories import issue
from tests.samples import apply_all, import_all


@pytest.fixture
def applied(instance: Instance) -> Instance:
    """Sources imported, and an application of every invented firm decided."""
    import_all(instance)
    apply_all(instance)
    return instance


@pytest.fixture
def insured(applied: Instance) -> Instance:
    """The same, with a policy of whoever is eligible."""
    issue(applied)
    return applied


@pytest.fixture
def member(insured: Instance, app: Flask) -> FlaskClient:
    """A confirmed member of the insured firm, reading English."""
    return member_of(app)
