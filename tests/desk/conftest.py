"""Fixtures of the reviewer's desk: the invented firms with their applications decided, and who looks at them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.common.instance import Instance
from tests.accounts.pages import in_english
from tests.conftest import signed_in
from tests.people import FANG_SHEN, HE_YUNQING, LIN_ZHIYAO
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
