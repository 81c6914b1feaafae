"""Fixtures of the reviewer's desk: the invented firms with their applications decided, and who looks at them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.common.instance import Instance
from tests.accounts.pages import in_english
from tests.conftest import signed_in
from tests.members.binding import bind, exporter
from tests.people import CHEN_HAIXIA, FANG_SHEN, HE_YUNQING, LIN_ZHIYAO
from tests.samples import apply_all, import_all


@pytest.fixture
def decided(instance: Instance) -> Instance:
    """The instance with the three sources and one application of every invented firm, decided."""
    import_all(instance)
    apply_all(instance)
    return instance


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    """Lin Zhiyao, reviewer, reading English."""
    return in_english(signed_in(app, LIN_ZHIYAO))


@pytest.fixture
def second_reviewer(app: Flask) -> FlaskClient:
    """He Yunqing, the other reviewer, reading English."""
    return in_english(signed_in(app, HE_YUNQING))


@pytest.fixture
def auditor(app: Flask) -> FlaskClient:
    """Fang Shen, auditor, reading English."""
    return in_english(signed_in(app, FANG_SHEN))


@pytest.fixture
def ready(instance: Instance) -> Instance:
    """The three sources are there."""
    import_all(instance)
    return instance


@pytest.fixture
def chen(app: Flask, ready: Instance) -> FlaskClient:
    """Chen Haixia, who has bound the harbour firm."""
    client = exporter(app, CHEN_HAIXIA)
    bind(client)
    return client
