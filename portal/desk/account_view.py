"""What staff see of exporters' accounts: masked values, the firms of each, when it last signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.accounts.actions import ACTIVE, BadEmail, email_index, normal_email
from portal.accounts.codes import BadMobile, account_by_mobile, masked_mobile, normal_mobile
from portal.accounts.records import Account
from portal.common import audit
from portal.common.audit import AuditEntry
from portal.common.keys import Keys
from portal.common.people import People
from portal.common.roles import Role
from portal.members.records import Membership
from portal.members.shown import masked_name

PER_PAGE = 20
MOST_PAGES = 1_000_000  # an address may ask for any number
SIGNED_IN = ("accounts.sign_in", "accounts.sign_up")  # actions of the trail


@dataclass(frozen=True)
class ShownAccount:
    """One exporter's account; name, mobile and e-mail are masked, and all empty once the person is erased."""

    id: str
    name: str
    mobile: str
    email: str
    active: bool
    erased: bool
    created_at: datetime
    signed_in_at: datetime | None
    memberships: Sequence[Membership]

    @property
    def called(self) -> str:
        """What the account is called: the masked name, else mobile, else e-mail; empty once erased."""
        return self.name or self.mobile or self.email


@dataclass(frozen=True)
class FoundAccounts:
    """One page of accounts, and how many there are in all."""

    accounts: list[ShownAccount]
    total: int
    page: int


def account_of_address(session: Session, keys: Keys, text: str) -> Account | None:
    """The exporter's account of exactly this mobile or e-mail address; None as well for what is neither."""
    try:
        if "@" in text or "＠" in text:
            query = select(Account).where(Account.email_index == email_index(keys, normal_email(text)))
            found = session.execute(query).scalar_one_or_none()
        else:
            found = account_by_mobile(session, keys, normal_mobile(text))
    except (BadEmail, BadMobile):
        return None
    return found if found is not None and found.role == Role.EXPORTER else None


def exporter_accounts(session: Session, people: People, uscc: str, state: str, page: int) -> FoundAccounts:
    """A page of exporters' accounts, the newest first: of all, or of a firm; in any state, or in one."""
    query = select(Account).where(Account.role == Role.EXPORTER)
    if uscc:
        query = query.where(Account.id.in_(select(Membership.account_id).where(Membership.uscc == uscc)))
    if state:
        query = query.where(Account.state == state)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = min(max(page, 1), MOST_PAGES)
    wanted = query.order_by(Account.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return FoundAccounts(_shown(session, people, wanted), total, page)


def exporter_account(session: Session, people: People, account_id: str) -> ShownAccount | None:
    """One exporter's account; None where there is none of this id."""
    query = select(Account).where(Account.role == Role.EXPORTER, Account.id == account_id)
    return next(iter(_shown(session, people, query)), None)


def masked_email(address: str) -> str:
    """An e-mail address of which only the first character and the host show."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}***@{host}" if host else ""


def _shown(session: Session, people: People, query: Select[Account]) -> list[ShownAccount]:
    accounts = list(session.execute(query).scalars())
    people.load(one.person_id for one in accounts)
    ids = [one.id for one in accounts]
    firms: dict[str, list[Membership]] = {one: [] for one in ids}
    claims = select(Membership).where(Membership.account_id.in_(ids)).order_by(Membership.id.desc())
    for member in session.execute(claims).scalars():
        firms[member.account_id].append(member)
    signed_in = _last_signed_in(session, ids)
    shown = []
    for one in accounts:
        fields = people.read(one.person_id, one.sealed)
        shown.append(
            ShownAccount(
                id=one.id,
                name=masked_name(fields["name"]) if fields.get("name") else "",
                mobile=masked_mobile(fields["mobile"]) if fields.get("mobile") else "",
                email=masked_email(fields.get("email", "")),
                active=one.state == ACTIVE,
                erased=not fields,
                created_at=one.created_at,
                signed_in_at=signed_in.get(one.id),
                memberships=firms[one.id],
            )
        )
    return shown


def _last_signed_in(session: Session, ids: Sequence[str]) -> dict[str, datetime]:
    """When each of these accounts last signed in, from the audit trail: open sessions go away, it does not."""
    query = (
        select(AuditEntry.subject, func.max(AuditEntry.at))
        .where(
            AuditEntry.subject.in_([f"account {one}" for one in ids]),
            AuditEntry.action.in_(SIGNED_IN),
            AuditEntry.outcome == audit.DONE,
        )
        .group_by(AuditEntry.subject)
    )
    return {subject.removeprefix("account "): at for subject, at in session.execute(query)}
