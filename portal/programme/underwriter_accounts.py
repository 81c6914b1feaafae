"""To which account a firm remits the underwriter's share and pays back: set by one person, confirmed by another.

No notice names an account, so a portal begins without one; pages then say that the underwriter tells it.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.bank_accounts import AccountInput, is_account, is_bank_code
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed
from portal.programme.calendar_actions import InThePast
from portal.programme.records import UnderwriterAccount
from portal.scheme.terms import load_terms

LONGEST_NAME = 100  # characters


class BadAccount(ValueError):
    """An account that cannot be right; `wrong` names its fields."""

    def __init__(self, wrong: tuple[str, ...]) -> None:
        super().__init__(", ".join(wrong))
        self.wrong = wrong


class StaleAccount(Exception):
    """Another account was set for the scheme since, or this one is confirmed by somebody else already."""


class SamePerson(NotAllowed):
    """Whoever set an account never confirms it."""


def faults(given: AccountInput) -> tuple[str, ...]:
    """The fields that cannot be right."""
    right = {
        "holder": 2 <= len(given.holder) <= LONGEST_NAME,
        "bank": 2 <= len(given.bank) <= LONGEST_NAME,
        "bank_code": not given.bank_code or is_bank_code(given.bank_code),
        "account": is_account(given.account),
    }
    return tuple(name for name, holds in right.items() if not holds)


def account_of(session: Session, scheme: str, on: date) -> UnderwriterAccount | None:
    """The account to which a firm pays on a day under a scheme; None while none is confirmed."""
    query = select(UnderwriterAccount).where(
        UnderwriterAccount.scheme == scheme,
        UnderwriterAccount.starts_on <= on,
        UnderwriterAccount.confirmed_at.is_not(None),
    )
    newest = query.order_by(UnderwriterAccount.starts_on.desc(), UnderwriterAccount.id.desc())
    return session.execute(newest.limit(1)).scalar()


def accounts_of_scheme(session: Session, scheme: str) -> list[UnderwriterAccount]:
    """Every account ever set for a scheme, the newest first."""
    query = select(UnderwriterAccount).where(UnderwriterAccount.scheme == scheme)
    return list(session.execute(query.order_by(UnderwriterAccount.id.desc())).scalars())


def set_account(
    instance: Instance, who: Actor, scheme: str, given: AccountInput, starts_on: date, reference: str
) -> str:
    """Set the account of a scheme from a day on, for somebody else to confirm; gives its id.

    The very same again, while it waits, is the one that waits. Raises `UnknownTerms`, `BadAccount`, `InThePast`,
    ``ValueError`` for no reference.
    """
    roles.require(who, roles.SETS_UNDERWRITER_ACCOUNT, "set the underwriter's account")
    load_terms(scheme)
    reference = visible(reference)
    if wrong := faults(given):
        raise BadAccount(wrong)
    if not reference:
        raise ValueError("nothing says so")
    if starts_on < clock.today():
        raise InThePast(starts_on)
    with instance.database.locked() as session:
        newest = next(iter(accounts_of_scheme(session, scheme)), None)
        if newest is not None and newest.confirmed_at is None and newest.set_by == who.id:
            known = given_of(newest), newest.starts_on, newest.reference
            if known == (given, starts_on, reference):
                return newest.id
        with audit.audited(session, who, "programme.set_account", f"terms {scheme}"):
            account = UnderwriterAccount(
                id=str(ULID()),
                scheme=scheme,
                starts_on=starts_on,
                **given._asdict(),
                reference=reference,
                set_by=who.id,
                set_at=clock.now(),
            )
            session.add(account)
        return account.id


def confirm_account(instance: Instance, who: Actor, scheme: str, seen_id: str) -> None:
    """Confirm the account that waits, by another person than who set it. Twice is once.

    Raises `SamePerson`, and `StaleAccount` when it is not the newest of its scheme, or none that waits.
    """
    roles.require(who, roles.CONFIRMS_UNDERWRITER_ACCOUNT, "confirm the underwriter's account")
    with instance.database.locked() as session:
        newest = next(iter(accounts_of_scheme(session, scheme)), None)
        if newest is None or newest.id != seen_id:
            raise StaleAccount(seen_id)
        if newest.confirmed_at is not None:
            if newest.confirmed_by == who.id:
                return
            raise StaleAccount(seen_id)
        if newest.set_by == who.id:
            raise SamePerson(who, "confirm an account that they set")
        with audit.audited(session, who, "programme.confirm_account", f"terms {scheme}"):
            newest.confirmed_by, newest.confirmed_at = who.id, clock.now()


def given_of(account: UnderwriterAccount) -> AccountInput:
    """What was given of a recorded account."""
    return AccountInput(account.holder, account.bank, account.bank_code, account.account)
