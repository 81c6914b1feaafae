"""Invitations to act for a firm: by a link that goes to one mobile or e-mail address, works once, for seven days.

Only the hash of the token is kept. Whoever accepts must be signed in with the very mobile or e-mail address that
was invited, so a link that was passed on lets nobody else in.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.actions import BadEmail, email_index, normal_email
from portal.accounts.codes import BadMobile, account_by_mobile, masked_mobile, normal_mobile
from portal.accounts.persons import sealer_for
from portal.accounts.records import Account
from portal.common import audit, clock, outbox, rate, roles
from portal.common.cells import clean
from portal.common.instance import Instance
from portal.common.people import People, Sealer
from portal.common.roles import Actor
from portal.members.queries import members_of, membership, require_member
from portal.members.records import Invitation as Invitation
from portal.members.records import Membership
from portal.scheme import stages

LASTS = timedelta(days=7)
MEMBER, FILE = "member", "file"  # who stands behind an invitation: a confirmed member, or an authority's file
OPERATOR = "operator"
MOST, WINDOW = 20, 86_400  # invitations of one account in a day of seconds
SAME_AGAIN = timedelta(minutes=1)  # the same invitation sent twice by a second press
UNKNOWN, USED, EXPIRED, REVOKED, FOR_ANOTHER = "unknown", "used", "expired", "revoked", "for_another"
LONGEST_NAME = 60  # characters of a person's name


class BadAddress(ValueError):
    """This is neither a mobile number of the mainland nor an e-mail address."""


class AlreadyActs(Exception):
    """Whoever has this address is confirmed to act for the firm already."""


class TooManyInvitations(Exception):
    """This account has invited very many people today."""


class InvitationInvalid(Exception):
    """The invitation cannot be accepted; `why` is one of the codes above."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the invitation is {why}")
        self.why = why


def invite(
    instance: Instance, who: Actor, uscc: str, name: str, address: str, position: str, language: str = "zh"
) -> Invitation:
    """Invite somebody to act for a firm, as a confirmed member of it; the link leaves by text or mail.

    An open invitation to the same address ends. Raises `BadAddress`, `AlreadyActs`, `TooManyInvitations`.
    """
    roles.require(who, roles.APPLIES, "invite somebody")
    channel, normal = address_of(address)
    if not rate.count(instance.database, f"members.invite {who.id}", MOST, WINDOW).allowed:
        raise TooManyInvitations(who.id)
    with instance.database.locked() as session:
        inviter = require_member(session, who, uscc, "invite somebody", confirmed=True)
        account = _account_of(session, instance, channel, normal)
        theirs = membership(session, account.id, uscc) if account else None
        if theirs is not None and theirs.state == stages.CONFIRMED:
            raise AlreadyActs(theirs.number)
        sealer = _sealer(session, instance, channel, normal)
        for earlier in session.execute(_open(uscc, sealer.person_id)).scalars():
            if earlier.invited_by == who.id and earlier.invited_at > clock.now() - SAME_AGAIN:
                return earlier
        with audit.audited(session, who, "members.invite") as entry:
            made = _make(
                session, who, MEMBER, inviter.firm_name, uscc, position, sealer, name, channel, normal, language
            )
            entry.subject = f"invitation {made.id}"
            entry.details["membership"] = inviter.number
        return made


def invite_enrolled_by_file(
    session: Session,
    instance: Instance,
    who: Actor,
    uscc: str,
    firm_name: str,
    contact: Mapping[str, str],
    language: str = "zh",
) -> Invitation | None:
    """Invite the contact of a firm that was enrolled by file, inside an audited block; its policy waits for it.

    `contact` has what the authority's file says: name, mobile, email. None where neither can be written to, where
    somebody is confirmed to act for the firm already, or where such an invitation is open.
    """
    if members_of(session, uscc, confirmed=True):
        return None
    reached = _first_address(contact)
    if reached is None:
        return None
    sealer = _sealer(session, instance, *reached)
    if any(one.origin == FILE for one in session.execute(_open(uscc, sealer.person_id)).scalars()):
        return None
    name = contact.get("name", "")
    return _make(session, who, FILE, firm_name, uscc, OPERATOR, sealer, name, *reached, language)


def revoke(instance: Instance, who: Actor, uscc: str, invitation_id: str) -> None:
    """Take an invitation back, as a confirmed member of the firm; one that is not open stays as it is."""
    roles.require(who, roles.APPLIES, "take an invitation back")
    with audit.write(instance.database, who, "members.revoke", f"invitation {invitation_id}") as session:
        require_member(session, who, uscc, "take an invitation back", confirmed=True)
        found = session.get(Invitation, invitation_id)
        if found is not None and found.uscc == uscc and found.used_at is None and found.revoked_at is None:
            found.revoked_at = clock.now()


def revoke_all_of(session: Session, account_id: str, uscc: str) -> None:
    """End the open invitations that somebody made for a firm, inside an audited block."""
    for found in session.execute(_open(uscc)).scalars():
        if found.invited_by == account_id:
            found.revoked_at = clock.now()


def invitation_of(session: Session, token: str) -> Invitation:
    """The invitation of a token that can still be accepted by somebody; raises `InvitationInvalid`."""
    query = select(Invitation).where(Invitation.token_hash == token_hash(token))
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise InvitationInvalid(UNKNOWN)
    if found.used_at is not None:
        raise InvitationInvalid(USED)
    if found.revoked_at is not None:
        raise InvitationInvalid(REVOKED)
    if found.expires_at <= clock.now():
        raise InvitationInvalid(EXPIRED)
    return found


def accepted_by(session: Session, token: str, account_id: str) -> Membership | None:
    """What this account accepted with this token before, while it still acts for the firm."""
    query = select(Invitation.uscc).where(
        Invitation.token_hash == token_hash(token), Invitation.used_by == account_id
    )
    uscc = session.execute(query).scalar_one_or_none()
    return membership(session, account_id, uscc) if uscc else None


def is_for(people: People, invitation: Invitation, account: Account) -> bool:
    """Whether this account has the mobile or e-mail address that was invited."""
    invited = people.read(invitation.person_id, invitation.sealed)
    own = people.read(account.person_id, account.sealed)
    return any(invited.get(kind) and invited.get(kind) == own.get(kind) for kind in ("mobile", "email"))


def masked_address(people: People, invitation: Invitation) -> str:
    """Where an invitation went to, as only its receiver can tell; empty once the person is erased."""
    fields = people.read(invitation.person_id, invitation.sealed)
    if fields.get("mobile"):
        return masked_mobile(fields["mobile"])
    name, _at, host = fields.get("email", "").partition("@")
    return f"{name[:1]}***@{host}" if host else ""


def accept_invitation(
    session: Session, instance: Instance, who: Actor, token: str
) -> tuple[Invitation, Membership | None]:
    """Use an invitation up for the signed-in account, inside an audited block.

    Gives it with the membership that the account has of the firm already, if any; the caller makes or confirms
    one. Raises `InvitationInvalid`.
    """
    roles.require(who, roles.APPLIES, "accept an invitation")
    found = invitation_of(session, token)
    if not is_for(People(session, instance.keys), found, session.get_one(Account, who.id)):
        raise InvitationInvalid(FOR_ANOTHER)
    found.used_at = clock.now()
    found.used_by = who.id
    return found, membership(session, who.id, found.uscc)


def token_hash(token: str) -> str:
    """What is kept of an invitation's token."""
    return sha256(token.encode()).hexdigest()


def address_of(text: str) -> tuple[str, str]:
    """The channel and the normal form of a mobile or an e-mail address as typed; raises `BadAddress`."""
    try:
        return (
            (outbox.EMAIL, normal_email(text))
            if "@" in text or "＠" in text
            else (outbox.SMS, normal_mobile(text))
        )
    except (BadEmail, BadMobile) as error:
        raise BadAddress(str(error)) from error


def _first_address(contact: Mapping[str, str]) -> tuple[str, str] | None:
    for kind in ("mobile", "email"):
        try:
            if contact.get(kind):
                return address_of(contact[kind])
        except BadAddress:
            continue  # a landline, or a slip of the file: the other one may do
    return None


def _account_of(session: Session, instance: Instance, channel: str, address: str) -> Account | None:
    if channel == outbox.SMS:
        return account_by_mobile(session, instance.keys, address)
    query = select(Account).where(Account.email_index == email_index(instance.keys, address))
    return session.execute(query).scalar_one_or_none()


def _sealer(session: Session, instance: Instance, channel: str, address: str) -> Sealer:
    """Under whose key the invitation is: the account's of this address, else that of whoever holds it."""
    people = People(session, instance.keys)
    account = _account_of(session, instance, channel, address)
    if account is not None:
        return people.sealer(account.person_id)
    return sealer_for(people, "mobile" if channel == outbox.SMS else "email", address)


def _open(uscc: str, person_id: str | None = None) -> Select[Invitation]:
    query = select(Invitation).where(
        Invitation.uscc == uscc,
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > clock.now(),
    )
    return query if person_id is None else query.where(Invitation.person_id == person_id)


def _make(
    session: Session,
    who: Actor,
    origin: str,
    firm_name: str,
    uscc: str,
    position: str,
    sealer: Sealer,
    name: str,
    channel: str,
    address: str,
    language: str,
) -> Invitation:
    for earlier in session.execute(_open(uscc, sealer.person_id)).scalars():
        earlier.revoked_at = clock.now()
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    kind = "mobile" if channel == outbox.SMS else "email"
    made = Invitation(
        id=str(ULID()),
        uscc=uscc,
        firm_name=firm_name,
        position=position,
        origin=origin,
        token_hash=token_hash(token),
        person_id=sealer.person_id,
        sealed=sealer.seal_fields({"name": clean(name)[:LONGEST_NAME], kind: address}),
        invited_by=who.id,
        invited_at=moment,
        expires_at=moment + LASTS,
        used_at=None,
        used_by=None,
        revoked_at=None,
    )
    session.add(made)
    session.flush()
    words = {"firm": firm_name, "path": f"/invitation/{token}"}
    outbox.queue(session, sealer, channel, address, "invitation", words, language, once=f"invitation:{made.id}")
    return made
