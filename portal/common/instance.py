"""One running instance: its settings, its database and its keys, handed to every action."""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.common.config import Settings
from portal.common.database import Database
from portal.common.keys import Keys, load_keys
from portal.common.roles import Actor


class AfterImport(NamedTuple):
    """What followed on a new version of a source, in its transaction.

    `decided` applications had waited for the source; `waiting` ones, and `insured` firms, are concerned by what
    changed. `issue` are the numbers of applications whose policy follows once the transaction stands.
    """

    decided: int = 0
    waiting: int = 0
    insured: int = 0
    issue: tuple[str, ...] = ()


class Instance:
    """Made once per process; opens neither database nor key file until something needs them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # What must happen in the transaction of an import once its version (its id) stands. The areas that wait
        # for sources come later in a policy's life than the area that imports them, so they are put in here.
        self.after_import: Callable[[Session, Actor, int], AfterImport] | None = None
        # How many decisions were made with a version of a source (its name and number): asked before it is undone.
        self.decisions_on: Callable[[Session, str, int], int] | None = None
        # What must happen as soon as an application may be insured (its number), in a transaction of its own: the
        # policy is issued by an area that comes later than the one that decides.
        self.issue_at_once: Callable[[str], None] | None = None
        # Whether somebody else than this account has applied for a firm (its USCC) on the web, with something
        # still open or insured: who acts for a firm is asked before the area that knows of applications.
        self.applied_by_another: Callable[[Session, str, str], bool] | None = None
        # The number of the appeal that is open against an application (its id), if one is: its page leads there.
        self.open_appeal: Callable[[Session, str], str | None] | None = None
        # Whom to wake when a text or a mail waits to be sent; without anybody it waits for `messages send`.
        self.wake_post_office: Callable[[], None] | None = None

    @cached_property
    def database(self) -> Database:
        """The database named by the settings; its trail takes the key when an entry is written or checked."""
        return Database(self.settings.database_url, lambda: self.keys.audit, self._posted)

    def _posted(self) -> None:
        if self.wake_post_office is not None:
            self.wake_post_office()

    @cached_property
    def keys(self) -> Keys:
        """The keys of this instance; raises `NotInitialised` before `init`."""
        return load_keys(self.settings.keys_file)
