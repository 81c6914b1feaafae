"""Taking in exchange rates: the good rows in, the bad ones reported; the same file again changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.rejected import RejectedRow
from portal.common.roles import Actor
from portal.ledger.rate_files import RateInput, read_rates
from portal.ledger.records import ExchangeRate, RateVersion
from portal.programme.current import current_scheme
from portal.reference.actions import rejected_workbook
from portal.reference.files import Reading

Key = tuple[str, str, date]


@dataclass(frozen=True)
class RatesImported:
    """What an import of rates did, or in a dry run would do; `version` is None where nothing was to change."""

    version: int | None
    read: int
    added: int
    changed: int
    unchanged: int
    rejected: Sequence[RejectedRow]
    headings: Sequence[str]

    def rejected_sheet(self) -> bytes:
        """The workbook that repeats the rejected rows with their reasons, in both languages."""
        return rejected_workbook(self.headings, self.rejected)


def preview_rates(instance: Instance, data: bytes) -> RatesImported:
    """What importing this file would do now. Reads only. Raises `WorkbookRefused` for an unreadable file."""
    reading = _read(data)
    with instance.database.reading() as session:
        added, changed, unchanged = _compare(session, reading)
    return _result(reading, None, added, changed, unchanged)


def import_rates(instance: Instance, who: Actor, data: bytes, file_name: str) -> RatesImported:
    """Import a file of rates in one transaction; if none is new or other than it was, nothing is written.

    A changed rate replaces the one that stood; the old one stays, marked with the version that replaced it.
    Raises `NotAllowed`, and `WorkbookRefused` for an unreadable file.
    """
    roles.require(who, roles.IMPORTS_CLAIM_FILES, "import exchange rates")
    reading = _read(data)
    with instance.database.locked() as session:
        added, changed, unchanged = _compare(session, reading)
        if not (added or changed):
            return _result(reading, None, added, changed, unchanged)
        with audit.audited(session, who, "ledger.import_rates") as entry:
            version = RateVersion(
                id=(session.execute(select(func.max(RateVersion.id))).scalar() or 0) + 1,
                file_name=file_name[:200],
                file_sha256=sha256(data).hexdigest(),
                imported_at=clock.now(),
                imported_by=who.id,
                read=reading.read,
                added=len(added),
                changed=len(changed),
                unchanged=unchanged,
                rejected=len(reading.rejected),
            )
            session.add(version)
            session.flush()  # the rates refer to it
            entry.subject = f"rates {version.id}"
            for old, _new in changed:
                old.replaced_version = version.id
            _put(session, version.id, [*added, *(new for _old, new in changed)])
        return _result(reading, version.id, added, changed, unchanged)


def _read(data: bytes) -> Reading[RateInput]:
    today = clock.today()
    return read_rates(data, current_scheme(today).on(today).obligor_cap.currency, today)


def _compare(
    session: Session, reading: Reading[RateInput]
) -> tuple[list[RateInput], list[tuple[ExchangeRate, RateInput]], int]:
    """The rates that are new, those that differ from the one that stands, and how many are as they were."""
    wanted = {(one.currency, one.into, one.day): one for one in reading.accepted}
    standing = _standing(session, wanted)
    added = [one for key, one in wanted.items() if key not in standing]
    changed = [
        (standing[key], one) for key, one in wanted.items() if key in standing and standing[key].rate != one.rate
    ]
    return added, changed, len(reading.accepted) - len(added) - len(changed)


def _standing(session: Session, wanted: dict[Key, RateInput]) -> dict[Key, ExchangeRate]:
    if not wanted:
        return {}
    days = [day for _currency, _into, day in wanted]
    query = select(ExchangeRate).where(
        ExchangeRate.replaced_version.is_(None), ExchangeRate.day >= min(days), ExchangeRate.day <= max(days)
    )
    found = {(one.currency, one.into, one.day): one for one in session.execute(query).scalars()}
    return {key: one for key, one in found.items() if key in wanted}


def _put(session: Session, version: int, rates: Sequence[RateInput]) -> None:
    last = session.execute(select(func.max(ExchangeRate.id))).scalar() or 0
    values = [
        {**one._asdict(), "id": last + place, "version_id": version, "replaced_version": None}
        for place, one in enumerate(rates, 1)
    ]
    audit.insert_many(session, ExchangeRate, values)


def _result(
    reading: Reading[RateInput],
    version: int | None,
    added: Sequence[RateInput],
    changed: Sequence[tuple[ExchangeRate, RateInput]],
    unchanged: int,
) -> RatesImported:
    return RatesImported(
        version, reading.read, len(added), len(changed), unchanged, reading.rejected, reading.headings
    )
