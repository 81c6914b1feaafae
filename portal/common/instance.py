"""One running instance: its settings, its database and its keys, handed to every action."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
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


class FirmTurn(NamedTuple):
    """Whose turn it is with something of a firm's, for its first page, in the reader's words.

    `yours` is whether the firm is to do something; `name` is what the link among the further ones is called.
    """

    yours: bool
    title: str
    text: str
    url: str
    action: str
    name: str


ClaimsOf = Callable[[Session, str, Mapping[str, bool], date], Mapping[str, Sequence[FirmTurn]]]


class EventOffer(NamedTuple):
    """What an event fills into a firm's notice beforehand: the risk, and the day on which it happened."""

    risk: str
    on: date


class BuyerWarning(NamedTuple):
    """What a firm is warned of about one of its buyers, in its words; `event` is the id of the event behind it."""

    text: str
    event: str | None


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
        # What is the turn with the notices and claims of an account's firms, asked by its first page: account id,
        # by credit code whether the account is confirmed, today; gives by credit code the turns, the first first.
        self.claims_of: (
            Callable[[Session, str, Mapping[str, bool], date], Mapping[str, Sequence[FirmTurn]]] | None
        ) = None
        # What an event (its id) fills into a notice beforehand, None once it has ended: events come after claims.
        self.event_offer: Callable[[Session, str], EventOffer | None] | None = None
        # What must happen in the transaction in which a notice (its id) is sent.
        self.after_notice: Callable[[Session, str], None] | None = None
        # What must happen in the transaction in which a firm (its USCC) put an obligor (its id) on its list.
        self.after_buyer: Callable[[Session, str, str], None] | None = None
        # What a firm (its USCC) is warned of today, by the id of the obligor that its buyer became.
        self.warnings_of: Callable[[Session, str], Mapping[str, Sequence[BuyerWarning]]] | None = None
        # What must happen in the transaction in which what is excluded changed: indemnities that wait to be paid
        # come later than the obligors that exclusions are about.
        self.after_exclusions: Callable[[Session, Actor], None] | None = None
        # How many open cases of the desk an account has (its id), by the words of their kind: asked before the
        # account is disabled, by an area that comes before the desk.
        self.work_of: Callable[[Session, str], Sequence[tuple[str, int]]] | None = None
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
