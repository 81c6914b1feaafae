"""Taking in exclusions: each scheme that a file names gets a new, complete version; again it changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.rejected import RejectedRow
from portal.common.roles import Actor
from portal.obligors.exclusion_files import ExclusionInput, read_exclusions
from portal.obligors.exclusions import newest_version
from portal.obligors.matching import name_key
from portal.obligors.records import Exclusion, ExclusionVersion
from portal.reference.actions import rejected_workbook
from portal.reference.files import Reading


@dataclass(frozen=True)
class SchemeChange:
    """What a file changes for one scheme; `version` is the number of the one made, None where none was."""

    scheme: str
    version: int | None
    added: int
    gone: int
    unchanged: int


@dataclass(frozen=True)
class ExclusionsImported:
    """What an import of exclusions did, or in a dry run would do."""

    schemes: Sequence[SchemeChange]
    read: int
    rejected: Sequence[RejectedRow]
    headings: Sequence[str]

    @property
    def changed(self) -> bool:
        """Whether any scheme got a new version."""
        return any(one.version is not None for one in self.schemes)

    def total(self, what: str) -> int:
        """How many entries were added, gone or unchanged, over all schemes."""
        return sum(int(getattr(one, what)) for one in self.schemes)

    def rejected_sheet(self) -> bytes:
        """The workbook that repeats the rejected rows with their reasons, in both languages."""
        return rejected_workbook(self.headings, self.rejected)


def preview_exclusions(instance: Instance, data: bytes) -> ExclusionsImported:
    """What importing this file would do now. Reads only. Raises `WorkbookRefused` for an unreadable file."""
    reading = read_exclusions(data)
    with instance.database.reading() as session:
        changes = [_change(session, *one) for one in _by_scheme(session, reading).items()]
    return ExclusionsImported(changes, reading.read, reading.rejected, reading.headings)


def import_exclusions(instance: Instance, who: Actor, data: bytes, file_name: str) -> ExclusionsImported:
    """Import a file in one transaction. What stood for a scheme it names and is not in it no longer holds.

    A scheme that it does not name stays as it is. While a row is rejected nothing may be taken away for a mere
    slip: what stood then stays, and the file only adds. Raises `NotAllowed`, `WorkbookRefused`.
    """
    roles.require(who, roles.IMPORTS_CLAIM_FILES, "import exclusions")
    reading = read_exclusions(data)
    with instance.database.locked() as session:
        wanted = _by_scheme(session, reading)
        planned = {scheme: _change(session, scheme, entries) for scheme, entries in wanted.items()}
        if not any(one.added or one.gone for one in planned.values()):
            return ExclusionsImported(list(planned.values()), reading.read, reading.rejected, reading.headings)
        made = []
        with audit.audited(session, who, "obligors.import_exclusions", file_name[:100]):
            for scheme, change in planned.items():
                if not (change.added or change.gone):
                    made.append(change)
                    continue
                number = _put(session, who, scheme, wanted[scheme], data, file_name, reading)
                made.append(SchemeChange(scheme, number, change.added, change.gone, change.unchanged))
            if instance.after_exclusions is not None:
                instance.after_exclusions(session, who)
        return ExclusionsImported(made, reading.read, reading.rejected, reading.headings)


def _by_scheme(session: Session, reading: Reading[ExclusionInput]) -> dict[str, list[ExclusionInput]]:
    """What is to hold for each scheme: its rows of the file, and beside a rejected row also what stood before."""
    found: dict[str, list[ExclusionInput]] = {}
    for one in dict.fromkeys(reading.accepted):
        found.setdefault(one.scheme, []).append(one)
    if reading.rejected:
        for scheme, entries in found.items():
            stood = sorted(_standing(session, scheme) - set(entries), key=str)
            entries.extend(stood)
    return dict(sorted(found.items()))


def _change(session: Session, scheme: str, entries: Sequence[ExclusionInput]) -> SchemeChange:
    stood, wanted = _standing(session, scheme), set(entries)
    return SchemeChange(scheme, None, len(wanted - stood), len(stood - wanted), len(wanted & stood))


def _standing(session: Session, scheme: str) -> set[ExclusionInput]:
    version = newest_version(session, scheme)
    if version is None:
        return set()
    query = select(Exclusion).where(Exclusion.version_id == version.id)
    return {
        ExclusionInput(**{name: getattr(one, name) for name in ExclusionInput._fields})
        for one in session.execute(query).scalars()
    }


def _put(
    session: Session,
    who: Actor,
    scheme: str,
    entries: Sequence[ExclusionInput],
    data: bytes,
    file_name: str,
    reading: Reading[ExclusionInput],
) -> int:
    before = newest_version(session, scheme)
    version = ExclusionVersion(
        id=(session.execute(select(func.max(ExclusionVersion.id))).scalar() or 0) + 1,
        scheme=scheme,
        number=(before.number if before else 0) + 1,
        file_name=file_name[:200],
        file_sha256=sha256(data).hexdigest(),
        imported_at=clock.now(),
        imported_by=who.id,
        read=reading.read,
        rejected=len(reading.rejected),
    )
    session.add(version)
    session.flush()  # the entries refer to it
    last = session.execute(select(func.max(Exclusion.id))).scalar() or 0
    values = [
        {
            **one._asdict(),
            "id": last + place,
            "version_id": version.id,
            "name_key": name_key(one.name) if one.name else None,
        }
        for place, one in enumerate(entries, 1)
    ]
    audit.insert_many(session, Exclusion, values)
    return version.number
