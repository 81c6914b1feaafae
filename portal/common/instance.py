"""One running instance: its settings, its database and its keys, handed to every action."""

from functools import cached_property

from portal.common.config import Settings
from portal.common.database import Database
from portal.common.keys import Keys, load_keys


class Instance:
    """Made once per process; opens neither database nor key file until something needs them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def database(self) -> Database:
        """The database named by the settings."""
        return Database(self.settings.database_url)

    @cached_property
    def keys(self) -> Keys:
        """The keys of this instance; raises `NotInitialised` before `init`."""
        return load_keys(self.settings.keys_file)
