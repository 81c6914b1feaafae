"""The people of a firm as its pages and the desk name them; an unconfirmed reader sees no whole name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum.cn import uscc as credit_code

from portal.accounts.codes import masked_mobile
from portal.accounts.records import Account
from portal.common import clock
from portal.common.codes import USCC_ALPHABET
from portal.common.people import People
from portal.members.records import Invitation, Membership
from portal.programme.records import CalendarYear
from portal.reference.records import RegistryRow


@dataclass(frozen=True)
class ShownMember:
    """Somebody who acts for a firm. `name` is empty once the person is erased."""

    membership: Membership
    name: str
    own: bool  # it is the reader


@dataclass(frozen=True)
class ShownInvitation:
    """An invitation that is open: whom it went to, and until when it can be accepted."""

    id: str
    name: str
    address: str
    position: str
    expires_at: datetime


@dataclass(frozen=True)
class Near:
    """A registered firm whose code differs from a wrong one in a single place, or in two that changed places."""

    code: str
    name: str
    places: tuple[int, ...]  # 1 is the first


def shown_members(
    session: Session, people: People, found: Sequence[Membership], reader: str, whole: bool
) -> list[ShownMember]:
    """These memberships with the names of their people, whole or with only their first character."""
    query = select(Account).where(Account.id.in_([one.account_id for one in found]))
    accounts = {account.id: account for account in session.execute(query).scalars()}
    people.load(account.person_id for account in accounts.values())
    shown = []
    for one in found:
        own = one.account_id == reader
        shown.append(ShownMember(one, name_of(people, accounts[one.account_id], whole or own), own))
    return shown


def name_of(people: People, account: Account, whole: bool) -> str:
    """What somebody is called: the name, else the mobile or e-mail, masked unless `whole`; empty once erased.

    Of a masked mobile only the last two digits show: seven of eleven would nearly tell the number to a stranger.
    """
    fields = people.read(account.person_id, account.sealed)
    if fields.get("name"):
        return fields["name"] if whole else masked_name(fields["name"])
    if fields.get("mobile"):
        return fields["mobile"] if whole else "*" * 9 + fields["mobile"][-2:]
    address = fields.get("email", "")
    return address if whole or not address else f"{address[:1]}***@***"


def masked_name(name: str) -> str:
    """A person's name of which only the first character shows."""
    return name[:1] + "*" * max(1, min(len(name) - 1, 3))


def open_invitations(session: Session, people: People, uscc: str) -> list[ShownInvitation]:
    """The invitations to act for a firm that nobody accepted yet, newest first."""
    query = select(Invitation).where(
        Invitation.uscc == uscc,
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > clock.now(),
    )
    found = []
    for one in session.execute(query.order_by(Invitation.invited_at.desc(), Invitation.id.desc())).scalars():
        fields = people.read(one.person_id, one.sealed)
        reached = masked_mobile(fields["mobile"]) if fields.get("mobile") else fields.get("email", "")
        found.append(ShownInvitation(one.id, fields.get("name", ""), reached, one.position, one.expires_at))
    return found


def near_firms(session: Session, code: str) -> list[Near]:
    """Registered firms that a code with a wrong check character may have meant; `code` has 18 right characters."""
    candidates: dict[str, tuple[int, ...]] = {}
    for place in range(len(code)):
        for letter in USCC_ALPHABET - {code[place]}:
            candidates[code[:place] + letter + code[place + 1 :]] = (place + 1,)
    for left, right in combinations(range(len(code)), 2):
        if right == left + 1:
            swapped = code[:left] + code[right] + code[left] + code[right + 1 :]
            candidates[swapped] = (left + 1, right + 1)
    right_ones = [one for one in candidates if one[-1] == credit_code.calc_check_digit(one[:-1])]
    query = select(RegistryRow.uscc, RegistryRow.name).where(
        RegistryRow.uscc.in_(right_ones), RegistryRow.replaced_version.is_(None)
    )
    return [Near(found, name, candidates[found]) for found, name in session.execute(query)]


def is_certain(session: Session, day: date | None) -> bool:
    """Whether the working days up to this day are counted by a published calendar, and not assumed."""
    if day is None:
        return True
    years = set(range(min(clock.today(), day).year, day.year + 1))
    return years <= set(session.execute(select(CalendarYear.year)).scalars())
