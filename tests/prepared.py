"""Instances as tests start from them: initialised, with the cast's accounts."""

from datetime import UTC, datetime
from pathlib import Path

from portal.accounts.actions import add_staff, set_password
from portal.common import clock
from portal.common.config import Settings
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.setup import initialise
from tests.people import STAFF

# Every test lives at this moment unless it sets another: a Wednesday morning in Xiamen.
A_MORNING = datetime(2022, 3, 2, 1, 30, tzinfo=UTC)


def settings_in(folder: Path, url: str | None = None) -> Settings:
    """Settings of an instance that keeps everything in this folder."""
    return Settings(instance=folder, database_url=url or f"sqlite:///{folder / 'portal.db'}")


def prepare(folder: Path, url: str | None = None) -> None:
    """Initialise an instance in this folder and give the cast their accounts."""
    with clock.fixed(A_MORNING):
        instance = Instance(settings_in(folder, url))
        initialise(instance)
        for person in STAFF:
            link = add_staff(instance, COMMAND, person.email, person.role, person.name)
            set_password(instance, link.token, person.password)
        instance.database.engine.dispose()
