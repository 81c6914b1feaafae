"""Entering applications, from a file or from the web: numbered, decided at once where every source is there."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.applications import clocks
from portal.applications.deciding import AT_APPLICATION, Decided, freeze
from portal.applications.facts import Case, gather, newest_versions
from portal.applications.files import ApplicationInput
from portal.applications.records import Application, Decision
from portal.applications.representatives import representative_match
from portal.common import audit, clock
from portal.common.audit import canonical_json
from portal.common.instance import Instance
from portal.common.keys import Keys
from portal.common.people import People, Sealer
from portal.common.roles import Actor
from portal.scheme import stages
from portal.scheme.eligibility import missing_sources
from portal.scheme.facts import Person
from portal.scheme.terms import TermsOnDate, load_terms

FILE, WEB = "file", "web"


class New(NamedTuple):
    """What becomes an application.

    One from a file is signed on paper, so it declares all that the terms ask for, by the contact (the
    representative where none is named). One from the web says what was ticked, and its contact is the person of
    the account that sent it.
    """

    row: ApplicationInput
    channel: str = FILE
    declarations: tuple[str, ...] | None = None  # None: all that the terms ask for
    contact_id: str | None = None  # the person of an account; None: found by what the row says of the contact
    membership_id: str | None = None
    hold: str | None = None


class Entered(NamedTuple):
    """An application that now exists, with the decision on it, if every source was there."""

    id: str
    number: str
    state: str
    decided: Decided | None


def content_index(keys: Keys, row: ApplicationInput) -> str:
    """The keyed index by which the same row is known again without its text being readable."""
    return keys.index_of("applications.content", canonical_json(row))


def enter(
    session: Session, instance: Instance, who: Actor, fresh: Sequence[New], scheme: str, applied_on: date
) -> list[Entered]:
    """Create these applications of one day and decide each; one audit entry an application.

    Where a source is missing nothing is decided and they wait for it. A constant number of queries, however many
    they are; the caller holds the lock.
    """
    terms = load_terms(scheme)
    on_date = terms.on(applied_on)
    people = People(session, instance.keys)
    people.load(new.contact_id for new in fresh if new.contact_id)
    sealers = people.get_or_make(match for new in fresh for match in _matches(people, new))
    serial = _next_serial(session, on_date.policy_year)
    rows: list[dict[str, object]] = []
    cases: list[Case] = []
    for place, new in enumerate(fresh):
        found = [sealers[match] for match in _matches(people, new)]
        representative = found[0]
        contact = people.sealer(new.contact_id) if new.contact_id else found[-1]
        application_id = str(ULID())
        declared = on_date.declarations if new.declarations is None else new.declarations
        rows.append(
            {
                "id": application_id,
                "number": f"A{on_date.policy_year}-{serial + place:05d}",
                "serial": serial + place,
                "scheme": scheme,
                "policy_year": on_date.policy_year,
                **_said(new, representative, contact),
                "declarations": " ".join(declared),
                "content_index": content_index(instance.keys, new.row),
                "channel": new.channel,
                "state": stages.AWAITING_SOURCE,
                "applied_on": applied_on,
                "entered_at": clock.now(),
                "entered_by": who.id,
                "policy_number": None,
                "cover_withdrawn_on": None,
                "assigned_to": None,
                "state_changed_at": clock.now(),
                "membership_id": new.membership_id,
                "hold": new.hold,
            }
        )
        cases.append(_case(application_id, on_date, new, declared, representative, contact, applied_on))
    decided: list[Decided | None] = [None] * len(fresh)
    if not missing_sources(newest_versions(session, on_date.base_year).sources):
        for place, facts in enumerate(gather(session, people, cases, None)):
            decided[place] = freeze(people, cases[place].application_id, facts, terms, AT_APPLICATION, sequence=1)
    entered = []
    for row, one in zip(rows, decided, strict=True):
        if one is not None:
            row["state"] = str(one.decision.outcome)
        row |= clocks.clock_columns(session, str(row["state"]), clock.today())
        with audit.audited(session, who, "applications.enter", f"application {row['number']}"):
            audit.insert_many(session, Application, [row])
            if one is not None:
                audit.insert_many(session, Decision, [one.columns])
        entered.append(Entered(str(row["id"]), str(row["number"]), str(row["state"]), one))
    return entered


def _matches(people: People, new: New) -> tuple[str, ...]:
    """Under which index the representative, and a contact who is no account's person, are known again."""
    row = new.row
    representative = representative_match(people, row.uscc, row.representative, row.representative_number)
    if new.contact_id or not row.contact:
        return (representative,)
    reached = row.mobile or row.email or ""
    return representative, people.match("contact", f"{row.uscc}\x1f{row.contact}\x1f{reached}")


def _said(new: New, representative: Sealer, contact: Sealer) -> dict[str, object]:
    row = new.row
    # The paper is signed by the contact; where none is named, by the representative.
    signer = row.contact or row.representative
    return {
        "uscc": row.uscc,
        "firm_name": row.firm_name,
        "address": row.address,
        "representative_id": representative.person_id,
        "representative_sealed": representative.seal_fields(
            {"name": row.representative, "id_number": row.representative_number}
        ),
        "contact_id": contact.person_id,
        "contact_sealed": contact.seal_fields({"name": signer, "mobile": row.mobile, "email": row.email}),
    }


def _case(
    application_id: str,
    on_date: TermsOnDate,
    new: New,
    declared: tuple[str, ...],
    representative: Sealer,
    contact: Sealer,
    applied_on: date,
) -> Case:
    row = new.row
    return Case(
        application_id=application_id,
        policy_year=on_date.policy_year,
        base_year=on_date.base_year,
        uscc=row.uscc,
        firm_name=row.firm_name,
        representative=Person(representative.person_id, row.representative, row.representative_number),
        declared_by=Person(contact.person_id, row.contact or row.representative, None),
        declarations=declared,
        applied_on=applied_on,
    )


def _next_serial(session: Session, policy_year: int) -> int:
    query = select(func.max(Application.serial)).where(Application.policy_year == policy_year)
    return (session.execute(query).scalar() or 0) + 1
