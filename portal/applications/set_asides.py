"""The list matches that reviewers set aside, as they bear on one case: which, by whom, when and why.

A set-aside is remembered for the pair of entry and firm or person, also when it was made on another case; an
entry that has changed since is a new one, and asks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.facts import firm_subject, person_subject
from portal.applications.records import Application, Review, SetAside
from portal.applications.reviews import reasons_of
from portal.common.people import People
from portal.reference.records import RegistryRow
from portal.scheme.facts import ListEntry


@dataclass(frozen=True)
class ShownSetAside:
    """One entry that was set aside for this firm or a person of it; `reason` is empty once its person is erased.

    `place` is the entry's number in the evidence, `number` the application on which it was set aside.
    """

    place: int
    entry: ListEntry
    number: str
    reviewed_by: str
    reviewed_at: datetime
    reason: str


def set_asides_of(
    session: Session, people: People, application: Application, entries: Sequence[ListEntry]
) -> list[ShownSetAside]:
    """Which of these entries, in their order, were set aside for this firm or one of its representatives."""
    ids = [int(entry.entry_id) for entry in entries]
    if not ids:
        return []
    registered = select(RegistryRow.representative_id).where(
        RegistryRow.uscc == application.uscc, RegistryRow.replaced_version.is_(None)
    )
    persons = {application.representative_id, *session.execute(registered).scalars()} - {None}
    subjects = [
        firm_subject(application.uscc),
        *(person_subject(str(person)) for person in sorted(map(str, persons))),
    ]
    query = (
        select(SetAside.entry_id, Review, Application.number)
        .join(Review, Review.id == SetAside.review_id)
        .join(Application, Application.id == Review.application_id)
        .where(SetAside.entry_id.in_(ids), SetAside.subject.in_(subjects))
        .order_by(Review.reviewed_at, SetAside.id)
    )
    found = {entry_id: (review, number) for entry_id, review, number in session.execute(query)}
    reasons = reasons_of(people, [review for review, _number in found.values()])
    return [
        ShownSetAside(place, entry, number, review.reviewed_by, review.reviewed_at, reasons[review.id])
        for place, entry in enumerate(entries, 1)
        if int(entry.entry_id) in found
        for review, number in [found[int(entry.entry_id)]]
    ]
