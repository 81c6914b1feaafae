"""Erasing a person: the key is destroyed, and every sealed copy of the person's values with it.

The keys folder keeps a list of the erased, so that restoring an older backup can erase them again.
"""

import os
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.actions import ACTIVE, DISABLED, CannotDisable, end_links, other_administrators
from portal.accounts.records import Account
from portal.common import audit, roles
from portal.common.config import Settings
from portal.common.instance import Instance
from portal.common.people import ERASED, People, PersonKey
from portal.common.roles import COMMAND, Actor, Role

ASKED_FOR, RETENTION_OVER, BY_MISTAKE = "asked_for", "retention_over", "entered_by_mistake"
REASONS = (ASKED_FOR, RETENTION_OVER, BY_MISTAKE)
RESTORED = "erased_before_restore"


class UnknownPerson(LookupError):
    """No person has this id."""


class UnknownReason(ValueError):
    """Erasing wants one of the reasons that are on record."""


def erase_person(instance: Instance, who: Actor, person_id: str, reason_code: str) -> bool:
    """Destroy a person's key for good; False when that has been done before.

    An account of the person is disabled, its e-mail address and mobile freed. Raises `UnknownPerson`,
    `UnknownReason`, and `CannotDisable` for the last administrator who can sign in.
    """
    roles.require(who, roles.ERASES_PEOPLE, "erase a person")
    if reason_code not in REASONS:
        raise UnknownReason(f"unknown reason {reason_code!r}: choose {', '.join(REASONS)}")
    with instance.database.locked() as session:
        if session.get(PersonKey, person_id) is None:
            raise UnknownPerson(f"there is no person {person_id}")
        done = _erase(session, instance, who, person_id, reason_code)
        # Before the commit: an erasure that is on the list but not in the database is made good by asking
        # again, one that is in the database but not on the list would come back with an older backup.
        _keep_on_list(instance.settings, person_id)
    return done


def erased_ids(settings: Settings) -> frozenset[str]:
    """The ids of everybody whose erasure was begun on this instance, whatever the database holds."""
    try:
        lines = _list_of_erased(settings).read_text().split("\n")
    except FileNotFoundError:
        return frozenset()
    # A line cut short by a power cut belongs to an erasure that was never confirmed to anyone.
    return frozenset(line for line in lines if len(line) == 26)


def erase_again(session: Session, instance: Instance) -> int:
    """After a restore, in its transaction: erase again whoever had been erased; how many it were.

    Needs the write lock. Somebody unknown to this database is passed over.
    """
    wanted = sorted(erased_ids(instance.settings))
    known = [person_id for person_id in wanted if session.get(PersonKey, person_id) is not None]
    return sum(_erase(session, instance, COMMAND, person_id, RESTORED) for person_id in known)


def _erase(session: Session, instance: Instance, who: Actor, person_id: str, reason: str) -> bool:
    row = session.get_one(PersonKey, person_id)
    if row.erased_at is not None:
        return False
    accounts = list(session.execute(select(Account).where(Account.person_id == person_id)).scalars())
    for account in accounts:
        _refuse_last_administrator(session, account, reason)
    with audit.audited(session, who, ERASED, f"person {person_id}", reason=reason):
        People(session, instance.keys).destroy(person_id)
        for account in accounts:
            end_links(session, account.id)
            account.state = DISABLED
            account.session_version += 1
            account.email_index = f"erased {account.id}"
            account.mobile_index = None
    return True


def _refuse_last_administrator(session: Session, account: Account, reason: str) -> None:
    if reason == RESTORED or account.role != Role.ADMINISTRATOR or account.state != ACTIVE:
        return
    if not other_administrators(session, account.id):
        raise CannotDisable("the last administrator who can sign in cannot be erased: add another one first")


def _list_of_erased(settings: Settings) -> Path:
    return settings.keys_file.parent / "erased"


def _keep_on_list(settings: Settings, person_id: str) -> None:
    """Append one id, on disk before this returns. The caller holds the write lock, so lines never mix."""
    if str(ULID.from_str(person_id)) in erased_ids(settings):
        return
    path = _list_of_erased(settings)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        file.write((b"\n" if torn else b"") + person_id.encode() + b"\n")
        file.flush()
        os.fsync(descriptor)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
