"""Applying on the web: a draft that is saved step by step, and the application that it becomes when it is sent.

Everything is kept for the person of the account that types it; what speaks of the legal representative is sealed
under the representative's own key, and only while that person's consent to it stands.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.records import Account
from portal.applications import consents, drafts
from portal.applications.drafts import CHECK, DECLARATIONS, REPRESENTATIVE, STEP_ENTRIES, Opened, opened
from portal.applications.entering import WEB, Entered, New, enter
from portal.applications.entries import Entries, read
from portal.applications.files import ApplicationInput
from portal.applications.reading import open_to_member
from portal.applications.records import Application, Consent, Draft
from portal.applications.representatives import representative_match
from portal.applications.telling import tell_state
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.people import People, Sealer
from portal.common.roles import Actor, NotAllowed
from portal.members import waiting
from portal.members.queries import require_member
from portal.members.records import Membership
from portal.programme.current import current_scheme
from portal.scheme import stages
from portal.scheme.terms import TermsOnDate

FIRM_FIRST = "firm_first"  # Application.hold: staff confirm first who acts for the firm


class UnknownDraft(LookupError):
    """There is no such draft, or it was given up; the page begins again with what is there."""


class StaleDraft(Exception):
    """It was saved in another window since this page was opened, and what stands saved is something else."""


class DraftSent(Exception):
    """The draft has become application `number` meanwhile."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class NotComplete(Exception):
    """Something is left to do on `step` before the application can be sent."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class EnrolmentClosed(Exception):
    """Today lies outside the window of enrolment; drafts stay."""


class AlreadyApplied(Exception):
    """The firm has application `number` already; whoever asks may know of it."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class StaffFirst(Exception):
    """Nothing can be sent until staff have confirmed who acts for the firm; what was entered is kept."""


def open_draft(instance: Instance, who: Actor, uscc: str) -> Draft:
    """The open draft of whoever acts for this firm, begun now if there is none.

    What was begun for an earlier policy year is gone on with. Raises `NotAllowed`, `BeforeFirstTerms`.
    """
    roles.require(who, roles.APPLIES, "apply")
    today = clock.today()
    on_date = current_scheme(today).on(today)
    with instance.database.reading() as session:  # mostly it is there, and then nobody has to wait for a writer
        known = drafts.open_draft_of(session, require_member(session, who, uscc, "apply").id, on_date)
    if known is not None:
        return known
    with instance.database.locked() as session:
        membership = require_member(session, who, uscc, "apply")
        known = drafts.open_draft_of(session, membership.id, on_date)
        if known is not None:
            return known
        people = People(session, instance.keys)
        with audit.audited(session, who, "applications.begin", f"membership {membership.number}"):
            return _begin(session, people, membership, on_date)


def save_step(
    instance: Instance,
    who: Actor,
    draft_id: str,
    seen_version: int,
    step: str,
    values: Mapping[str, str],
    ticked: Collection[str] = (),
    language: str = "zh",
) -> Draft:
    """Save one step of a draft as it was typed, right or not, so that nothing is lost; gives the draft.

    `ticked` are the consents or declarations ticked on it, in the `language` their text was shown in. Of the
    representative only what there is a consent to is kept. `seen_version` is the draft's when the page was opened:
    if the same step was saved since with something else, `StaleDraft`. The same again changes nothing. Raises
    `DraftSent`, `UnknownDraft`, `NotAllowed`.
    """
    roles.require(who, roles.APPLIES, "apply")
    if step not in STEP_ENTRIES:
        raise ValueError(f"{step!r} is no step that is saved")
    today = clock.today()
    with instance.database.locked() as session:
        draft, membership = _own_draft(session, who, draft_id)
        people = People(session, instance.keys)
        before = opened(session, people, membership, today)
        if before.draft is None or before.draft.id != draft.id:
            raise UnknownDraft(draft_id)  # of a policy year that is over
        entries = _typed(before, step, values, ticked, today)
        wanted = consents.CONSENTS if step == REPRESENTATIVE else before.on_date.declarations
        given = [kind for kind in wanted if kind in ticked]
        if step in before.saved and _same(before, step, entries, given):
            return draft
        if before.saved.get(step, 0) > seen_version:
            raise StaleDraft(f"version {draft.version}, seen {seen_version}")
        with audit.audited(session, who, "applications.save", f"membership {membership.number}", step=step):
            _keep_agreements(session, who, before, draft, entries, step, given, language)
            draft.version += 1
            steps = {**before.saved, step: draft.version}
            draft.steps_done = " ".join(f"{one}:{steps[one]}" for one in drafts.STEPS if one in steps)
            draft.licence_id = before.licence_id
            _seal(people, session.get_one(Account, who.id), membership.uscc, draft, entries, steps)
            draft.saved_at = clock.now()
        return draft


def send(instance: Instance, who: Actor, draft_id: str, seen_version: int) -> str:
    """Send a draft: it becomes an application, decided at once where every source is there; gives its number.

    Sending it again gives the same number. `seen_version` is the draft's that was read back: another one is not
    what the person has read (`StaleDraft`). The policy of an eligible one is issued by `issue_at_once` of the
    instance, which the caller runs once this stands. Raises `NotComplete`, `EnrolmentClosed`, `AlreadyApplied`,
    `StaffFirst`, `UnknownDraft`, `NotAllowed`.
    """
    roles.require(who, roles.APPLIES, "apply")
    today = clock.today()
    with instance.database.locked() as session:
        try:
            draft, membership = _own_draft(session, who, draft_id)
        except DraftSent as sent:
            return sent.number
        people = People(session, instance.keys)
        found = opened(session, people, membership, today)
        if found.draft is None or found.draft.id != draft.id:
            raise UnknownDraft(draft_id)
        if draft.version != seen_version:
            raise StaleDraft(f"version {draft.version}, seen {seen_version}")
        if not drafts.enrolment_is_open(found.on_date, today):
            raise EnrolmentClosed
        left = found.next_step(today)
        if left != CHECK:
            raise NotComplete(left)
        other = drafts.in_the_way(session, membership, found.on_date, today)
        if other is not None and open_to_member(membership, other):
            raise AlreadyApplied(other.number)
        number = None
        if other is None:
            number = _send(session, instance, who, found, draft, today)
        elif waiting.SECOND_CLAIM not in membership.why_waiting.split():
            with audit.audited(session, who, "applications.wait", f"membership {membership.number}"):
                waiting.staff_come_first(session, instance, membership, waiting.SECOND_CLAIM)
    if number is None:
        raise StaffFirst
    return number


def _send(session: Session, instance: Instance, who: Actor, found: Opened, draft: Draft, today: date) -> str:
    membership = found.membership
    entries = read(found.entries, today, found.registry is not None)[0]
    unconfirmed = membership.state != stages.CONFIRMED
    people = People(session, instance.keys)
    if unconfirmed and waiting.names_another(session, people, membership.uscc, entries.representative):
        with audit.audited(session, who, "applications.wait", f"membership {membership.number}"):
            waiting.staff_come_first(session, instance, membership, waiting.OTHER_REPRESENTATIVE)
    held = unconfirmed and (membership.state == stages.WAITING or bool(membership.why_waiting))
    row = ApplicationInput(
        firm_name=found.firm_name,
        uscc=membership.uscc,
        representative=entries.representative,
        representative_number=entries.number,
        contact=entries.contact,
        mobile=entries.mobile or None,
        email=entries.email or None,
        address=entries.address or None,
    )
    new = New(
        row,
        channel=WEB,
        declarations=found.declared,
        contact_id=draft.person_id,
        membership_id=membership.id,
        hold=FIRM_FIRST if held else None,
    )
    entered = enter(session, instance, who, [new], found.on_date.key, today)[0]
    with audit.audited(session, who, "applications.send", f"application {entered.number}"):
        _hand_over(session, instance, found, draft, entered)
        tell_state(session, instance, session.get_one(Application, entered.id))
    return entered.number


def _hand_over(session: Session, instance: Instance, found: Opened, draft: Draft, entered: Entered) -> None:
    """The draft is done: what was agreed to goes with the application, and what was typed stands there."""
    for kind in (*consents.CONSENTS, *found.declared):
        agreed = found.agreed_to(kind)
        assert agreed is not None  # the steps are done
        agreed.application_id = entered.id
    draft.state = drafts.SENT
    draft.application_id = entered.id
    draft.licence_id = found.licence_id
    draft.sealed = People(session, instance.keys).sealer(draft.person_id).seal_fields({})
    draft.saved_at = clock.now()


def _own_draft(session: Session, who: Actor, draft_id: str) -> tuple[Draft, Membership]:
    draft = session.get(Draft, draft_id)
    if draft is None:
        raise UnknownDraft(draft_id)
    begun = session.get_one(Membership, draft.membership_id)
    membership = require_member(session, who, begun.uscc, "apply")
    if membership.id != begun.id:
        raise NotAllowed(who, "apply")
    if draft.application_id is not None:
        raise DraftSent(session.get_one(Application, draft.application_id).number)
    if draft.state != drafts.OPEN:
        raise UnknownDraft(draft_id)
    return draft, membership


def _begin(session: Session, people: People, membership: Membership, on_date: TermsOnDate) -> Draft:
    """A new draft; one of an earlier year ends with it, and what was entered there is known beforehand."""
    account = session.get_one(Account, membership.account_id)
    sealer = people.sealer(account.person_id)
    moment = clock.now()
    older = drafts.older_draft_of(session, membership.id, on_date)
    draft = Draft(
        id=str(ULID()),
        membership_id=membership.id,
        scheme=on_date.key,
        policy_year=on_date.policy_year,
        person_id=sealer.person_id,
        sealed=older.sealed if older else sealer.seal_fields({}),
        licence_id=membership.licence_id,
        declarations="",
        steps_done=" ".join(f"{step}:0" for step in drafts.steps_saved(older)) if older else "",
        version=0,
        state=drafts.OPEN,
        application_id=None,
        begun_at=moment,
        saved_at=moment,
    )
    if older is not None:
        older.state = drafts.DROPPED
    session.add(draft)
    session.flush()
    if older is not None:
        query = select(Consent).where(Consent.draft_id == older.id, Consent.kind.in_(consents.CONSENTS))
        for agreed in session.execute(query).scalars():
            agreed.draft_id = draft.id  # it goes with what it was given for
    return draft


def _typed(before: Opened, step: str, values: Mapping[str, str], ticked: Collection[str], today: date) -> Entries:
    """The entries with this step as typed: in the form that is kept where they are right."""
    entries = drafts.typed_over(before, step, values)
    if step == REPRESENTATIVE and consents.REPRESENTATIVE_NAME not in ticked:
        entries = replace(entries, representative="", own="")
    if step == REPRESENTATIVE and consents.REPRESENTATIVE_NUMBER not in ticked:
        entries = replace(entries, number="", other_document="")
    return read(entries, today, before.registry is not None)[0]


def _same(before: Opened, step: str, entries: Entries, given: list[str]) -> bool:
    """Whether what is to be saved stands there already."""
    names = STEP_ENTRIES[step]
    if entries.part(names) != before.entries.part(names):
        return False
    if step == REPRESENTATIVE:
        return given == [kind for kind in consents.CONSENTS if before.agreed_to(kind)]
    return step != DECLARATIONS or tuple(given) == before.declared


def _keep_agreements(
    session: Session,
    who: Actor,
    before: Opened,
    draft: Draft,
    entries: Entries,
    step: str,
    given: list[str],
    language: str,
) -> None:
    """Keep to which text each box was ticked; an agreement to another person's values is a new one."""
    if step not in (REPRESENTATIVE, DECLARATIONS):
        return
    wanted = consents.CONSENTS if step == REPRESENTATIVE else before.on_date.declarations
    changed = {
        consents.REPRESENTATIVE_NAME: entries.representative != before.entries.representative,
        consents.REPRESENTATIVE_NUMBER: entries.number != before.entries.number,
    }
    for kind in wanted:
        stands = before.agreed_to(kind)
        if kind not in given or changed.get(kind):
            for one in before.agreed:
                if one.kind == kind:
                    session.delete(one)
            stands = None
        if kind in given and stands is None:
            text = consents.current(kind)
            session.add(
                Consent(
                    id=str(ULID()),
                    draft_id=draft.id,
                    application_id=None,
                    kind=kind,
                    text_version=text.version_in(language),
                    text_sha256=text.fingerprint(language),
                    given_by=who.id,
                    given_at=clock.now(),
                )
            )
    if step == DECLARATIONS:
        draft.declarations = " ".join(given)


def _seal(
    people: People, account: Account, uscc: str, draft: Draft, entries: Entries, steps: Collection[str]
) -> None:
    """Seal what the saved steps hold: under the account's person, the representative's under their own key."""
    names = [name for step in steps for name in STEP_ENTRIES.get(step, ())]
    kept = entries.part(tuple(names))
    of_person = {name: kept.pop(name, "") for name in drafts.OF_THE_PERSON}
    sealer: Sealer = people.sealer(account.person_id)
    if any(of_person.values()):
        match = representative_match(people, uscc, of_person["representative"], of_person["number"])
        person = people.get_or_make([match])[match]
        kept |= {"person": person.person_id, "person_sealed": person.seal_fields(of_person)}
    draft.person_id = sealer.person_id
    draft.sealed = sealer.seal_fields(kept)
