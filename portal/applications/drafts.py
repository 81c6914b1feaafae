"""Reading drafts: what is in one, what is known beforehand, which step comes next, and what stands in its way."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.records import Account
from portal.applications import consents
from portal.applications.corrections import Overlay, approved
from portal.applications.entries import YES, Entries, EntryProblem, bounded, read
from portal.applications.facts import exports_of, newest_versions
from portal.applications.reading import known_of
from portal.applications.records import Application, Consent, Draft
from portal.applications.seen import CHECKING
from portal.common.people import People, PersonErased
from portal.members.records import Membership
from portal.programme.current import current_scheme
from portal.reference.records import RegistryRow
from portal.scheme import stages
from portal.scheme.facts import Exports
from portal.scheme.names import person_key
from portal.scheme.terms import TermsOnDate

FIRM, REPRESENTATIVE, DECLARATIONS, CHECK = "firm", "representative", "declarations", "check"
STEPS = (FIRM, REPRESENTATIVE, DECLARATIONS, CHECK)
"""The pages of an application, in their order; the last one only shows what the others hold."""

STEP_ENTRIES: Mapping[str, tuple[str, ...]] = {
    FIRM: ("firm_name", "address", "contact", "mobile", "email"),
    REPRESENTATIVE: ("own", "representative", "other_document", "number"),
    DECLARATIONS: (),
}
OPEN, SENT, DROPPED = "open", "sent", "dropped"
OF_THE_PERSON = ("representative", "number")
"""Entries that speak of the legal representative: in a draft too they are sealed under that person's key."""


class Carried(NamedTuple):
    """The representative of the firm's application of an earlier year, for a confirmed member to keep."""

    name: str
    number: str


@dataclass(frozen=True)
class Opened:
    """A draft as far as it goes, or the beginning of one. `saved` names the steps that were saved, and as which
    version of the draft; what no step was saved of is what is known beforehand.
    """

    membership: Membership
    on_date: TermsOnDate
    draft: Draft | None
    entries: Entries
    saved: Mapping[str, int]
    agreed: tuple[Consent, ...]
    registry: RegistryRow | None
    carried: Carried | None
    licence_id: str | None  # one's own, or for a confirmed member the newest that a confirmed one handed in

    @property
    def version(self) -> int:
        """Which save of the draft this is; 0 before the first."""
        return self.draft.version if self.draft else 0

    @property
    def saved_at(self) -> datetime | None:
        """When the draft was saved last."""
        return self.draft.saved_at if self.draft else None

    @property
    def firm_name(self) -> str:
        """The firm's name: the registry's where it knows the firm."""
        return self.registry.name if self.registry else self.entries.firm_name

    @property
    def declared(self) -> tuple[str, ...]:
        """The declarations ticked that the terms ask for, in their order."""
        ticked = self.draft.declarations.split() if self.draft else []
        return tuple(code for code in self.on_date.declarations if code in ticked)

    def agreed_to(self, kind: str) -> Consent | None:
        """The consent to what is shown now, if it was given."""
        wanted = consents.current(kind).version
        found = [one for one in self.agreed if one.kind == kind and one.text_version.startswith(f"{wanted}.")]
        return found[-1] if found else None

    def faults(self, today: date) -> dict[str, EntryProblem]:
        """What is wrong with the entries, by name."""
        return read(self.entries, today, self.registry is not None)[1]

    def is_done(self, step: str, today: date) -> bool:
        """Whether nothing is left to do on a step; the read-back is done by sending."""
        if step == CHECK or step not in self.saved:
            return False
        if step == DECLARATIONS:
            return self.declared == self.on_date.declarations and all(map(self.agreed_to, self.declared))
        if set(self.faults(today)) & set(STEP_ENTRIES[step]):
            return False
        if step == REPRESENTATIVE:
            return self.licence_id is not None and all(map(self.agreed_to, consents.CONSENTS))
        return True

    def next_step(self, today: date) -> str:
        """The first step that is not done: where to go on."""
        return next(step for step in STEPS if step == CHECK or not self.is_done(step, today))


def steps_saved(draft: Draft) -> dict[str, int]:
    """Which steps were saved, and as which version of the draft each was last."""
    pairs = (one.partition(":") for one in draft.steps_done.split())
    return {step: int(version) for step, _colon, version in pairs}


def open_draft_of(session: Session, membership_id: str, on_date: TermsOnDate) -> Draft | None:
    """The one open draft of a membership for a scheme and policy year."""
    query = select(Draft).where(
        Draft.membership_id == membership_id,
        Draft.scheme == on_date.key,
        Draft.policy_year == on_date.policy_year,
        Draft.state == OPEN,
    )
    return session.execute(query).scalar_one_or_none()


def older_draft_of(session: Session, membership_id: str, on_date: TermsOnDate) -> Draft | None:
    """The newest open draft of an earlier year: begun in December and gone on with in January."""
    query = select(Draft).where(
        Draft.membership_id == membership_id, Draft.state == OPEN, Draft.policy_year < on_date.policy_year
    )
    return session.execute(query.order_by(Draft.saved_at.desc()).limit(1)).scalar()


def opened(session: Session, people: People, membership: Membership, today: date) -> Opened:
    """What this membership has entered for the scheme of today, over what is known beforehand.

    Raises `BeforeFirstTerms` on a day before any scheme.
    """
    on_date = current_scheme(today).on(today)
    draft = open_draft_of(session, membership.id, on_date)
    registry = registry_row(session, membership.uscc)
    carried = _carried(session, people, membership, on_date)
    entries = _known_beforehand(session, people, membership, registry, carried)
    source = draft or older_draft_of(session, membership.id, on_date)
    saved: dict[str, int] = {}
    if source is not None:
        saved = steps_saved(source)
        kept = entries_kept(people, source)
        names = [name for step in saved for name in STEP_ENTRIES[step]]
        entries = replace(entries, **{name: kept.get(name, "") for name in names})
    agreed: tuple[Consent, ...] = ()
    if draft is not None:
        query = select(Consent).where(Consent.draft_id == draft.id).order_by(Consent.id)
        agreed = tuple(session.execute(query).scalars())
    return Opened(
        membership=membership,
        on_date=on_date,
        draft=draft,
        entries=entries,
        saved=saved if draft else {},
        agreed=agreed,
        registry=registry,
        carried=carried,
        licence_id=_licence(session, membership),
    )


def entries_kept(people: People, draft: Draft) -> dict[str, str]:
    """The values saved in a draft; those of a person who is erased are gone."""
    kept = people.read(draft.person_id, draft.sealed)
    person, sealed = kept.pop("person", ""), kept.pop("person_sealed", "")
    return {**kept, **(people.read(person, sealed) if person else {})}


def registry_row(session: Session, uscc: str) -> RegistryRow | None:
    """The registry's record of a firm, as it stands now."""
    query = select(RegistryRow).where(RegistryRow.uscc == uscc, RegistryRow.replaced_version.is_(None))
    return session.execute(query).scalar_one_or_none()


def in_the_way(session: Session, membership: Membership, on_date: TermsOnDate, today: date) -> Application | None:
    """The application of this firm beside which no other can be made today.

    One that is open or insured; and one of today that was decided against: a new one needs a later day (what was
    annulled never counted). For a member who is not confirmed, every one of their own that is "being checked":
    that another can be made would tell that it was decided.
    """
    query = (
        select(Application)
        .where(
            Application.scheme == on_date.key,
            Application.policy_year == on_date.policy_year,
            Application.uscc == membership.uscc,
            Application.state != stages.ANNULLED,
        )
        .order_by(Application.serial.desc())
    )
    for application in session.execute(query).scalars():
        state = application.state
        ends = application.cover_withdrawn_on
        insured = application.policy_number is not None and (ends is None or ends > today)
        if state in stages.OPEN_APPLICATION_STATES or insured or application.applied_on >= today:
            return application
        own = application.membership_id == membership.id and membership.state != stages.CONFIRMED
        if own and known_of(session, application, confirmed=False).view.state == CHECKING:
            return application
    return None


def enrolment_is_open(on_date: TermsOnDate, today: date) -> bool:
    """Whether today lies in the window of enrolment, and the programme has not ended."""
    ended = on_date.programme_end is not None and today > on_date.programme_end
    return not ended and on_date.window_start <= today <= on_date.window_end


def _known_beforehand(
    session: Session,
    people: People,
    membership: Membership,
    registry: RegistryRow | None,
    carried: Carried | None,
) -> Entries:
    account = session.get_one(Account, membership.account_id)
    own = people.read(account.person_id, account.sealed)
    represents = membership.position == "representative"
    name = own.get("name", "")
    if membership.state == stages.CONFIRMED and not represents:
        registered = _registered_representative(people, registry)
        name = registered or (carried.name if carried else "")
    elif not represents:
        name = ""
    return Entries(
        firm_name="" if registry else membership.firm_name,
        address=(registry.address or "") if registry else "",
        contact=own.get("name", ""),
        mobile=own.get("mobile", ""),
        email=own.get("email", ""),
        own=YES if represents else "",
        representative=name,
    )


def _licence(session: Session, membership: Membership) -> str | None:
    if membership.licence_id is not None or membership.state != stages.CONFIRMED:
        return membership.licence_id
    query = select(Membership.licence_id).where(
        Membership.uscc == membership.uscc,
        Membership.state == stages.CONFIRMED,
        Membership.licence_id.is_not(None),
    )
    return session.execute(query.order_by(Membership.confirmed_at.desc()).limit(1)).scalar()


def _registered_representative(people: People, registry: RegistryRow | None) -> str:
    if registry is None or registry.representative_id is None or registry.representative_sealed is None:
        return ""
    return people.read(registry.representative_id, registry.representative_sealed).get("name", "")


def _carried(session: Session, people: People, membership: Membership, on_date: TermsOnDate) -> Carried | None:
    """From the newest application of an earlier policy year that was insured; only for a confirmed member."""
    if membership.state != stages.CONFIRMED:
        return None
    query = select(Application).where(
        Application.uscc == membership.uscc,
        Application.policy_year < on_date.policy_year,
        Application.policy_number.is_not(None),
        Application.state != stages.ANNULLED,
    )
    before = session.execute(query.order_by(Application.policy_year.desc()).limit(1)).scalar()
    if before is None:
        return None
    try:
        person: dict[str, Any] = people.sealer(before.representative_id).open_fields(before.representative_sealed)
    except PersonErased:
        return None
    return Carried(person["name"], person["id_number"]) if person.get("id_number") else None


def typed_over(before: Opened, step: str, values: Mapping[str, str]) -> Entries:
    """The entries with one step as it is typed now; what follows from others of them is filled in."""
    names = STEP_ENTRIES[step]
    typed = bounded(values)
    entries = replace(before.entries, **{name: typed.get(name, "") for name in names})
    if step == REPRESENTATIVE:
        if entries.own and not entries.representative:
            entries = replace(entries, representative=entries.contact)
        entries = replace(entries, number=_carried_number(before, entries))
    return entries


def shown_number(found: Opened) -> str:
    """The identity number as its field shows it: empty where last year's counts, of which only the masked form is
    shown; whoever acts for the firm this year need not be whoever typed it then."""
    number = found.entries.number
    return "" if number == _carried_number(found, replace(found.entries, number="")) else number


class CustomsTotal(NamedTuple):
    """What customs says of a firm's base year, with its version; ``exports`` is None where it has no line."""

    exports: Exports | None
    version: int | None


def customs_total(session: Session, found: Opened, today: date) -> CustomsTotal:
    """The base-year total as the rules would take it today, an approved correction in its place."""
    uscc, year = found.membership.uscc, found.on_date.base_year
    versions = newest_versions(session, year)
    said = exports_of(session, [uscc], year, versions.customs_id).get(uscc)
    overlay = Overlay(approved(session, [uscc]).get(uscc, ()), uscc, today)
    return CustomsTotal(overlay.exports(said, year), versions.sources.customs)


def _carried_number(before: Opened, entries: Entries) -> str:
    """Last year's number, where it is left empty and the person is the same; else what was typed."""
    carried = before.carried
    same = carried is not None and person_key(carried.name) == person_key(entries.representative)
    return carried.number if carried and same and not entries.number else entries.number
