"""Fixtures of backups: a filled instance, its backup, and an empty place to restore to."""

import shutil
from pathlib import Path

import pytest

from portal.common import clock
from portal.common.backup import make_backup
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from tests.common.backups import fill
from tests.prepared import A_MORNING, settings_in


@pytest.fixture(scope="module")
def filled_once(prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a filled instance on SQLite and its backup, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copytree(prepared_folder, folder / "instance")
    made = Instance(settings_in(folder / "instance"))
    with clock.fixed(A_MORNING):
        fill(made)
        make_backup(made, COMMAND, folder / "backup.zip")
    made.database.engine.dispose()
    return folder


@pytest.fixture
def backup(instance: Instance, filled_once: Path, tmp_path: Path) -> Path:
    """A backup of the test's instance, which is filled."""
    shutil.copy(filled_once / "instance" / "portal.db", instance.settings.instance / "portal.db")
    return Path(shutil.copy(filled_once / "backup.zip", tmp_path / "backup.zip"))


@pytest.fixture
def elsewhere(instance: Instance, tmp_path: Path) -> Instance:
    """Another, empty place for the same instance: its keys are there, its database is not."""
    settings = settings_in(tmp_path / "elsewhere")
    settings.keys_file.parent.mkdir(parents=True)
    settings.keys_file.write_bytes(instance.settings.keys_file.read_bytes())
    return Instance(settings)
