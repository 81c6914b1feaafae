"""What the staff pages read of accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actions import ACTIVE
from portal.accounts.codes import masked_mobile
from portal.accounts.records import Account, OneTimeLink
from portal.common import clock
from portal.common.people import People
from portal.common.roles import STAFF_ROLES


@dataclass(frozen=True)
class StaffMember:
    """One account as the administrator sees it; `link_until` is when its open one-time link ends."""

    id: str
    name: str
    email: str
    role: str
    active: bool
    has_password: bool
    created_at: datetime
    link_until: datetime | None
    erased: bool


def names_of(session: Session, people: People, account_ids: Iterable[str]) -> dict[str, str]:
    """The names (else e-mail addresses, else masked mobiles) of these accounts, in two queries; no erased ones."""
    query = select(Account).where(Account.id.in_(set(account_ids)))
    accounts = list(session.execute(query).scalars())
    people.load(account.person_id for account in accounts)
    fields = {account.id: people.read(account.person_id, account.sealed) for account in accounts}
    return {
        owner: known.get("name") or known.get("email") or masked_mobile(known["mobile"])
        for owner, known in fields.items()
        if known
    }


def staff_members(session: Session, people: People, account_id: str | None = None) -> list[StaffMember]:
    """Every account of staff, or just one, ordered by role and name, in three queries in all."""
    query = select(Account).where(Account.role.in_(STAFF_ROLES))
    if account_id is not None:
        query = query.where(Account.id == account_id)
    accounts = list(session.execute(query).scalars())
    people.load(account.person_id for account in accounts)
    open_links = select(OneTimeLink.account_id, OneTimeLink.expires_at).where(
        OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > clock.now()
    )
    until = {link.account_id: link.expires_at for link in session.execute(open_links)}
    members = []
    for account in accounts:
        fields = people.read(account.person_id, account.sealed)
        members.append(
            StaffMember(
                id=account.id,
                name=fields.get("name", ""),
                email=fields.get("email", ""),
                role=account.role,
                active=account.state == ACTIVE,
                has_password=account.password_hash is not None,
                created_at=account.created_at,
                link_until=until.get(account.id),
                erased=not fields,
            )
        )
    order = {str(role): place for place, role in enumerate(STAFF_ROLES)}
    return sorted(members, key=lambda m: (not m.active, order[m.role], m.name, m.email))
