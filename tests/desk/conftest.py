"""Fixtures of the reviewer's desk: those of its cases, and the auditor, who only looks."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.pages import in_english
from tests.applications.conftest import decided, reviewer, second_reviewer
from tests.conftest import signed_in
from tests.people import FANG_SHEN

__all__ = ["decided", "reviewer", "second_reviewer"]


@pytest.fixture
def auditor(app: Flask) -> FlaskClient:
    """Fang Shen, auditor, reading English."""
    return in_english(signed_in(app, FANG_SHEN))
