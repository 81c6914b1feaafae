"""Confirming who acts for a firm: by a code, by invitation, or by staff from the licence; and refusing it.

Whatever way it is confirmed, the rules run again at once on every open application of that membership, and what
is eligible is issued. A firm that is insured already is screened: what no longer passes is a task for a person.
"""

from contextlib import suppress
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts import signing
from portal.accounts.codes import CONFIRM_FIRM, BadMobile, check_code, normal_mobile, send_code
from portal.accounts.records import Account
from portal.applications import drafts, requests
from portal.applications.applying import FIRM_FIRST
from portal.applications.consequences import (
    IS_OPEN,
    applications_where,
    issue_all,
    open_or_insured,
    run_again,
    withdraw_open,
)
from portal.applications.deciding import AT_CONFIRMATION
from portal.applications.records import Application, Draft
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.members import invitations, waiting
from portal.members.actions import make_membership
from portal.members.queries import find_membership, members_of, require_member, require_untied, taken_off
from portal.members.records import Membership, MembershipReview
from portal.messages.actions import tell
from portal.scheme import stages
from portal.scheme.names import person_key

PHONE, LICENCE, INVITATION = "phone", "licence", "invitation"
CONFIRM, REFUSE = "confirm", "refuse"
TO_DECIDE = (stages.UNCONFIRMED, stages.WAITING, stages.ASKED)
SHORTEST_REASON, LONGEST_REASON = 4, 2000  # characters


class NoFilePhone(Exception):
    """No authority's file has a mobile for this firm, so no code can confirm anybody."""


class UnknownMembership(LookupError):
    """There is no membership of this number."""


class StaleMembership(Exception):
    """The claim moved on since the reviewer opened it; `state` is where it is now."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"{number} is {state} now")
        self.state = state


class LicenceNeeded(Exception):
    """Staff confirm from the licence only, and none is there."""


class RepresentativeDiffers(Exception):
    """The licence names another representative than the firm declared; `declared` is whom it did."""

    def __init__(self, declared: str) -> None:
        super().__init__("the representatives differ")
        self.declared = declared


class ReasonNeeded(ValueError):
    """A refusal always has a reason of a few words."""


def file_mobile(session: Session, people: People, uscc: str) -> str | None:
    """The mobile that the newest application from a file gives for a firm: a number that an authority wrote down.

    Never one of a web application: whoever applies could type a mobile of their own.
    """
    query = (
        select(Application)
        .where(Application.uscc == uscc, Application.channel == "file")
        .order_by(Application.entered_at.desc(), Application.id.desc())
        .limit(1)
    )
    newest = session.execute(query).scalar_one_or_none()
    if newest is None:
        return None
    with suppress(BadMobile):
        return normal_mobile(people.read(newest.contact_id, newest.contact_sealed).get("mobile", ""))
    return None


def code_mobile(session: Session, people: People, found: Membership) -> str | None:
    """The mobile to which a code for this membership goes, None where there is none.

    Whoever was taken off the firm before may well still hold the telephone that an authority wrote down: no code
    confirms them again, only staff or a colleague.
    """
    return None if taken_off(session, found.account_id, found.uscc) else file_mobile(session, people, found.uscc)


def masked_to_two(mobile: str) -> str:
    """A mobile of which only its holder knows more than the last two digits."""
    return f"{'*' * (len(mobile) - 2)}{mobile[-2:]}"


def send_confirmation_code(
    instance: Instance, who: Actor, uscc: str, address: str | None, language: str = "zh"
) -> str:
    """Send a code to the mobile of an authority's file, and give that mobile, masked.

    Raises `NoFilePhone`, and `codes.TooManyCodes` when the mobile or the network has had its share.
    """
    roles.require(who, roles.APPLIES, "ask for a code")
    with instance.database.reading() as session:
        found = require_member(session, who, uscc, "ask for a code")
        mobile = code_mobile(session, People(session, instance.keys), found)
    if mobile is None:
        raise NoFilePhone(uscc)
    send_code(instance, CONFIRM_FIRM, mobile, found.id, address, language, who)
    return masked_to_two(mobile)


def confirm_by_code(instance: Instance, who: Actor, uscc: str, code: str) -> bool:
    """Confirm whoever enters the code that went to an authority's mobile; False when it is wrong or too old.

    Confirmed already: True, and nothing changes. Raises `signing.TooManyAttempts`.
    """
    roles.require(who, roles.APPLIES, "confirm a firm")
    signing.count_code(instance, who)
    with instance.database.locked() as session:
        found = require_member(session, who, uscc, "confirm a firm")
        if found.state == stages.CONFIRMED:
            return True
        mobile = code_mobile(session, People(session, instance.keys), found)
        right = mobile is not None and check_code(session, instance.keys, CONFIRM_FIRM, mobile, found.id, code)
        with audit.audited(session, who, "members.confirm", _subject(found), how=PHONE) as entry:
            if not right:
                entry.outcome = audit.REFUSED
                return False
            ready = _confirm(session, instance, who, found, PHONE)
    signing.right_code(instance, who)
    issue_all(instance, ready)
    return True


def accept_invitation(instance: Instance, who: Actor, token: str) -> Membership:
    """Act for the firm of an invitation from now on, confirmed; a second time gives the same.

    Where a file, and no colleague, stands behind the invitation, it does not confirm whoever was taken off the
    firm before: staff look first. Raises `invitations.InvitationInvalid`.
    """
    roles.require(who, roles.APPLIES, "accept an invitation")
    with instance.database.locked() as session:
        before = invitations.accepted_by(session, token, who.id)
        if before is not None:
            return before
        with audit.audited(session, who, "members.accept") as entry:
            invitation, found = invitations.accept_invitation(session, instance, who, token)
            entry.details["invitation"] = invitation.id
            if found is None:
                found = make_membership(
                    session, who.id, invitation.uscc, invitation.firm_name, invitation.position
                )
            entry.subject = _subject(found)
            if invitation.origin == invitations.FILE and taken_off(session, who.id, invitation.uscc):
                waiting.staff_come_first(session, instance, found, waiting.ENDED_BEFORE)
                return found
            ready = _confirm(session, instance, who, found, INVITATION)
    issue_all(instance, ready)
    return found


def confirm_by_licence(
    instance: Instance, who: Actor, number: str, seen: str, representative: str, note: str = ""
) -> Membership:
    """Confirm a claim from its licence: the reviewer found name and code on it, and typed whom it names.

    `seen` is `seen_of` the claim the reviewer had before them. Raises `StaleMembership`, `LicenceNeeded`,
    `RepresentativeDiffers` (then one asks or refuses), and `PersonErased`.
    """
    roles.require(who, roles.DECIDES_MEMBERSHIPS, "confirm who acts for a firm")
    with audit.write(instance.database, who, "members.confirm", f"membership {number}", how=LICENCE) as session:
        found = _to_decide(session, who, number, seen)
        if found.licence_id is None:
            raise LicenceNeeded(number)
        declared = declared_representative(session, People(session, instance.keys), found)
        if declared is not None and person_key(declared) != person_key(representative):
            raise RepresentativeDiffers(declared)
        keep_review(session, instance, who, found, CONFIRM, {"representative": representative, "reason": note})
        ready = _confirm(session, instance, who, found, LICENCE)
    issue_all(instance, ready)
    return found


def refuse(instance: Instance, who: Actor, number: str, seen: str, code: str, reason: str) -> Membership:
    """Refuse a claim: the person reads the sentence of `code`, staff and auditors the reason too.

    What is open of that claim's applications is withdrawn, so that nothing stands in the true firm's way; an
    issued policy is another decision. Raises `StaleMembership`, `ReasonNeeded`, `PersonErased`.
    """
    roles.require(who, roles.DECIDES_MEMBERSHIPS, "refuse who acts for a firm")
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ReasonNeeded(f"{len(reason)} characters")
    with audit.write(instance.database, who, "members.refuse", f"membership {number}", code=code) as session:
        found = _to_decide(session, who, number, seen)
        keep_review(session, instance, who, found, REFUSE, {"code": code, "reason": reason})
        requests.close(session, requests.MEMBERSHIP, found.id)
        waiting.move(found, stages.REFUSED)
        found.assigned_to = None
        withdraw_open(session, instance, found)
        tell_member(session, instance, found, "membership_refused")
        return found


def ask(instance: Instance, who: Actor, number: str, seen: str, items: list[str], note: str) -> Membership:
    """Ask the person for more, once and together: it is their turn and the clock stands still.

    Raises `StaleMembership`, `requests.NothingAsked`, `requests.AlreadyAsked`, `PersonErased`.
    """
    roles.require(who, roles.DECIDES_MEMBERSHIPS, "ask for more")
    with audit.write(instance.database, who, "members.ask", f"membership {number}") as session:
        found = _to_decide(session, who, number, seen)
        person_id = session.get_one(Account, found.account_id).person_id
        made = requests.ask(session, instance, who, requests.MEMBERSHIP, found.id, person_id, items, note)
        waiting.move(found, stages.ASKED)
        waiting.pause(found)
        session.info["entry"].details["items"] = made.items
        parameters = {"due_on": made.due_on.isoformat()}
        tell_member(session, instance, found, "membership_asked", parameters, your_turn=True)
        return found


def seen_of(membership: Membership) -> str:
    """What a reviewer had before them, in a few characters: any change of state or licence changes it."""
    said = f"{membership.state}|{membership.licence_id}|{membership.state_changed_at.isoformat()}"
    return sha256(said.encode()).hexdigest()[:16]


def declared_representative(session: Session, people: People, membership: Membership) -> str | None:
    """The representative whom this person declared: in the newest application, else in the draft, if anywhere."""
    query = select(Application).where(Application.membership_id == membership.id)
    newest = (
        session.execute(query.order_by(Application.entered_at.desc(), Application.id.desc())).scalars().first()
    )
    if newest is not None:
        return people.read(newest.representative_id, newest.representative_sealed).get("name")
    begun = select(Draft).where(Draft.membership_id == membership.id, Draft.state == drafts.OPEN)
    draft = session.execute(begun.order_by(Draft.saved_at.desc())).scalars().first()
    return drafts.entries_kept(people, draft).get("representative") if draft is not None else None


def applied_by_another(session: Session, uscc: str, account_id: str) -> bool:
    """Whether another account applied for this firm on the web, with something open or insured."""
    query = (
        select(Application.id)
        .join(Membership, Membership.id == Application.membership_id)
        .where(
            Application.uscc == uscc,
            Application.state.in_({*stages.OPEN_APPLICATION_STATES, stages.ISSUED}),
            Membership.account_id != account_id,
        )
    )
    return session.execute(query.limit(1)).first() is not None


def _to_decide(session: Session, who: Actor, number: str, seen: str) -> Membership:
    found = find_membership(session, number)
    if found is None:
        raise UnknownMembership(number)
    require_untied(session, who, found.uscc, "decide who acts for a firm")
    if found.state not in TO_DECIDE or seen_of(found) != seen:
        raise StaleMembership(number, found.state)
    return found


def _confirm(session: Session, instance: Instance, who: Actor, found: Membership, how: str) -> list[str]:
    """Confirm a membership and run the rules again; gives the numbers of applications to be issued now."""
    if found.state != stages.CONFIRMED:
        requests.close(session, requests.MEMBERSHIP, found.id)
        waiting.move(found, stages.CONFIRMED)
        found.assigned_to = None
        found.confirmed_how = how
        found.confirmed_at = clock.now()
        found.confirmed_by = who.id
        tell_member(session, instance, found, "membership_confirmed")
        # Whoever says the same of the firm without anybody's word for it is looked at now, enrolment and all.
        # And nothing that they applied for before is issued meanwhile.
        for other in members_of(session, found.uscc):
            if other.state != stages.CONFIRMED:
                waiting.staff_come_first(session, instance, other, waiting.SECOND_CLAIM)
                for application in applications_where(session, Application.membership_id == other.id, IS_OPEN):
                    application.hold = FIRM_FIRST
    ready = []
    for application in applications_where(session, Application.membership_id == found.id, open_or_insured()):
        application.hold = None
        if run_again(session, instance, who, application, AT_CONFIRMATION):
            ready.append(application.number)
    return ready


def keep_review(
    session: Session, instance: Instance, who: Actor, found: Membership, outcome: str, said: dict[str, str]
) -> None:
    """Keep what somebody decided about a membership, and why, inside an audited block. Raises `PersonErased`."""
    sealer = People(session, instance.keys).sealer(session.get_one(Account, found.account_id).person_id)
    session.add(
        MembershipReview(
            id=str(ULID()),
            membership_id=found.id,
            outcome=outcome,
            licence_id=found.licence_id,
            person_id=sealer.person_id,
            reason_sealed=sealer.seal_fields({name: visible(text) for name, text in said.items()}),
            reviewed_by=who.id,
            reviewed_at=clock.now(),
        )
    )
    session.flush()


def _subject(membership: Membership) -> str:
    return f"membership {membership.number}"


def tell_member(
    session: Session,
    instance: Instance,
    found: Membership,
    kind: str,
    parameters: dict[str, str] | None = None,
    your_turn: bool = False,
) -> None:
    """Tell the person of a membership what became of it, inside an audited block."""
    tell(
        session,
        instance,
        [found.account_id],
        kind,
        _subject(found),
        f"/my/firms/{found.uscc}",
        {"firm": found.firm_name, **(parameters or {})},
        your_turn=your_turn,
    )
