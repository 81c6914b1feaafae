"""What the demonstration's losses have in common: who acts, which day it is, and what each loss came to."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal.claims.assessment_inputs import shipments_of_claim
from portal.claims.moves import claim_of
from portal.claims.proposing import newest_assessment
from portal.claims.records import Shipment
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.demo.exporters import Person
from portal.demo.losses import LOSSES


class Book:
    """Who acts, and the numbers that notices, claims and the rest got, by the name of the loss.

    `day` is the demonstration's day, from which all days count back.
    """

    def __init__(
        self,
        instance: Instance,
        officer: Actor,
        approver: Actor,
        scheme: str,
        day: date,
        people: Mapping[str, Person],
    ) -> None:
        self.instance, self.scheme, self.day = instance, scheme, day
        self.officer, self.approver, self.people = officer, approver, people
        self.notices: dict[str, str] = {}
        self.claims: dict[str, str] = {}
        self.consents: dict[str, str] = {}
        self.recoveries: dict[str, str] = {}
        self.batches: dict[str, str] = {}
        self.obligors: dict[str, str] = {}  # numbers, by the key of the buyer

    def before(self, days: int | str) -> date:
        """The day so many days before the demonstration's, or after it for a negative number."""
        return self.day - timedelta(days=int(days))

    def person(self, loss: str) -> Person:
        """Whose loss it is."""
        return self.people[LOSSES[loss].firm]

    def reading(self) -> AbstractContextManager[Session]:
        """A session that reads."""
        return self.instance.database.reading()

    def shipments(self, loss: str) -> list[Shipment]:
        """The shipments of a loss that was claimed."""
        with self.reading() as session:
            return shipments_of_claim(session, claim_of(session, self.claims[loss]))

    def sheet(self, loss: str) -> str:
        """The hash of the newest frozen sheet of a claim."""
        with self.reading() as session:
            found = newest_assessment(session, claim_of(session, self.claims[loss]).id)
        assert found is not None  # it was assessed
        return found.canonical_sha256 or ""
