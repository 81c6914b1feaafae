"""Loading the demonstration through the same actions that staff use, day by day as it would have happened."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from portal.accounts.actions import Link, add_staff, email_index, new_link, set_password
from portal.accounts.records import Account
from portal.applications.actions import import_applications
from portal.applications.records import Application
from portal.applications.reviews import (
    APPROVE,
    REJECT,
    SET_ASIDE,
    StaleCase,
    latest_decision,
    open_matches,
    review,
)
from portal.common import audit, clock
from portal.common.audit import AuditEntry
from portal.common.bank_accounts import AccountInput
from portal.common.instance import Instance
from portal.common.roles import COMMAND, STAFF_ROLES, Actor, Role
from portal.demo import sample
from portal.demo.claims import claim_keys, load_claims, load_members
from portal.demo.exporters import Staff, email_of, load_exporters, web_firms
from portal.policies.actions import NotPossible, issue_policies, record_acknowledgement, record_withdrawal
from portal.policies.records import Policy
from portal.programme.underwriter_accounts import account_of, confirm_account, set_account
from portal.reference.actions import import_source
from portal.reference.records import SourceVersion
from portal.scheme import stages
from portal.scheme.terms import load_terms

SCHEME = "xiamen-continued"
NAMES = {
    Role.REVIEWER: "林知遥",
    Role.CLAIMS_OFFICER: "钱培",
    Role.APPROVER: "石平",
    Role.UNDERWRITER: "许岚",
    Role.SPONSOR_COMMERCE: "苏明德",
    Role.SPONSOR_FINANCE: "周禾",
    Role.AUDITOR: "方慎",
    Role.ADMINISTRATOR: "关理",
}
ACKNOWLEDGED = ("yunji", "luming", "qingjiao", "tingtao", "atcap", "mulan", "lastyear1")
APPROVED = {
    "cleared1": "营业执照副本载明为集体所有制企业，具有法人资格。",
    "cleared3": "章程与登记机关回函确认为独立法人。",
}
FIRST_EXPORTER = "web_insured"
STARTED, LOADED = "demo.start", "demo.loaded"


class HoldsOtherData(Exception):
    """The instance holds data that the demonstration did not put there."""


class Login(NamedTuple):
    """One made-up person's way in; the password is made for this instance."""

    role: str
    email: str
    password: str


def load_demo(instance: Instance) -> bool:
    """Load the demonstration and write `demo-logins.txt`; gives False when it was there already.

    Raises `HoldsOtherData`, and changes nothing, on an instance with data of its own.
    """
    day = _start(instance)
    loaded = _has(instance, LOADED)
    if not loaded:
        _load(instance, day)
        audit.note(instance.database, COMMAND, LOADED, "demonstration", audit.DONE)
    if not logins_file(instance).exists():
        _make_logins(instance)
    return not loaded


def logins_file(instance: Instance) -> Path:
    """Where the logins of this instance's demonstration stand, mode 0600."""
    return instance.settings.instance / "demo-logins.txt"


def _has(instance: Instance, action: str) -> bool:
    with instance.database.reading() as session:
        return session.execute(select(AuditEntry.seq).where(AuditEntry.action == action)).first() is not None


def _start(instance: Instance) -> date:
    """The demonstration's day: today, or the day on which an interrupted loading began."""
    with instance.database.reading() as session:
        started = session.execute(select(AuditEntry.at).where(AuditEntry.action == STARTED)).scalar()
        if started is not None:
            return clock.day_of(started)
        kept = [
            session.execute(select(func.count()).select_from(t)).scalar_one() for t in (Application, SourceVersion)
        ]
    if any(kept):
        raise HoldsOtherData("this instance holds other data; the demonstration needs a fresh one")
    load_terms(SCHEME).on(date(clock.today().year - 1, 3, 10))
    audit.note(instance.database, COMMAND, STARTED, "demonstration", audit.DONE)
    return clock.today()


@contextmanager
def _on(day: date, hour: int) -> Iterator[None]:
    """Work as on a day gone by; never later than now."""
    moment = datetime.combine(day, time(hour, 30), clock.SHANGHAI)
    with clock.fixed(min(moment, clock.now().astimezone(clock.SHANGHAI))):
        yield


def _load(instance: Instance, day: date) -> None:
    reviewer = _account(instance, Role.REVIEWER)
    start = date(day.year, 1, 1)
    last_march = date(day.year - 1, 3, 1)
    _sources(
        instance, last_march, sample.registry_file(False), sample.customs_file(day.year - 2, True), day, False
    )
    with _on(last_march, 10):
        archive = [firm for firm in sample.firms() if firm.batch == sample.ARCHIVE]
        data = sample.applications_file(archive)
        import_applications(instance, COMMAND, data, sample.ARCHIVE_SCHEME, sample.ARCHIVE_DAY)
    groups = sample.applying(day)
    _apply(instance, groups, sample.LAST_YEAR)
    members = load_members(instance, reviewer, date(day.year - 1, 3, 11), _on)
    _issue(instance, date(day.year - 1, 3, 12))
    _sources(instance, start, sample.registry_file(True), sample.customs_file(day.year - 1, False), day, True)
    _issue(instance, _apply(instance, groups, sample.CLAIMS))
    _issue(instance, _apply(instance, groups, sample.SPRING))
    summer = _apply(instance, groups, sample.SUMMER)
    _resolve(instance, reviewer, summer)
    _issue(instance, summer)
    _apply(instance, groups, sample.AUTUMN)
    _apply(instance, groups, sample.TODAY)
    _resolve(instance, reviewer, day)
    _afterwards(instance, reviewer, day)
    approver = _account(instance, Role.APPROVER)
    _account_to_pay_to(instance, approver, start)
    load_exporters(instance, Staff(reviewer, approver), day, _on)
    load_claims(instance, _account(instance, Role.CLAIMS_OFFICER), approver, SCHEME, members, day, _on)
    with _on(day, 8):
        listed = sample.lists_file(day, True, web_firms()["web_screened"])
        import_source(instance, COMMAND, "lists", listed, f"lists-{day.isoformat()}.xlsx", instance.after_import)


def _account_to_pay_to(instance: Instance, approver: Actor, day: date) -> None:
    """Where firms remit and pay back: set by an administrator, confirmed by the approver."""
    given = AccountInput("示例承保人厦门分公司", "示例银行厦门分行", "102393000014", "41000210040009998")
    with instance.database.reading() as session:
        if account_of(session, SCHEME, day) is not None:  # set before the loading was interrupted
            return
    with _on(day, 9):
        administrator = _account(instance, Role.ADMINISTRATOR)
        waits = set_account(instance, administrator, SCHEME, given, day, "承保人来函（虚构）")
        confirm_account(instance, approver, SCHEME, waits)


def _sources(instance: Instance, day: date, registry: bytes, customs: bytes, today: date, newest: bool) -> None:
    files = (
        ("registry", registry, f"registry-{day.isoformat()}.xlsx"),
        ("customs", customs, f"customs-{day.year - 1}.xlsx"),
        ("lists", sample.lists_file(today, newest), f"lists-{day.isoformat()}.xlsx"),
    )
    with _on(day, 9):
        for source, data, name in files:
            import_source(instance, COMMAND, source, data, name, instance.after_import)


def _apply(instance: Instance, groups: list[sample.Applying], batch: str) -> date:
    """Enter the applications of one batch, each on its day; gives the last of these days."""
    wanted = [group for group in groups if group.batch == batch]
    for group in wanted:
        with _on(group.day, 11):
            import_applications(instance, COMMAND, sample.applications_file(group.firms), SCHEME, group.day)
    return max(group.day for group in wanted)


def _issue(instance: Instance, day: date) -> None:
    with _on(day, 16):
        issue_policies(instance, COMMAND, SCHEME, day)


def _resolve(instance: Instance, reviewer: Actor, day: date) -> None:
    """The reviewer's work on the cases that the sample says are resolved by now."""
    numbers = _open_numbers(instance)
    by_key = {firm.key: firm for firm in sample.firms()}

    def decide(key: str, outcome: str, reason: str) -> None:
        found = numbers.get(by_key[key].uscc)
        if found is None:
            return
        number, decision_id, matched = found
        with suppress(StaleCase), _on(day, 15):
            review(
                instance,
                reviewer,
                number,
                decision_id,
                outcome,
                reason,
                matched if outcome == SET_ASIDE else (),
            )

    for key, reason in APPROVED.items():
        decide(key, APPROVE, reason)
    decide("cleared2", SET_ASIDE, "出生日期与法院回函不符，不是同一人。")
    decide("rejected", REJECT, "企业说明由关联公司报关，本企业没有自己的出口。")


def _open_numbers(instance: Instance) -> dict[str, tuple[str, str, list[int]]]:
    """Referred applications by USCC: number, newest decision, matched list entries."""
    found = {}
    with instance.database.reading() as session:
        query = select(Application).where(Application.state == stages.REFERRED, Application.scheme == SCHEME)
        for application in session.execute(query).scalars():
            decision = latest_decision(session, application.id)
            if decision is not None:
                matched = [entry for group in open_matches(decision).values() for entry in group]
                found[application.uscc] = (application.number, decision.id, matched)
    return found


def _afterwards(instance: Instance, reviewer: Actor, day: date) -> None:
    """Acknowledgements and one withdrawal, recorded from paper."""
    by_key = {firm.key: firm for firm in sample.firms()}
    with instance.database.reading() as session:
        policies = {p.uscc: p for p in session.execute(select(Policy)).scalars()}

    def record(key: str, act: Callable[[Policy], None]) -> None:
        policy = policies.get(by_key[key].uscc)
        if policy is not None:
            with suppress(NotPossible):
                act(policy)

    for key in ACKNOWLEDGED:
        name = by_key[key].representative

        def acknowledge(policy: Policy, name: str = name) -> None:
            record_acknowledgement(instance, reviewer, policy.number, policy.issued_on, name)

        record(key, acknowledge)
    record("zhouyang", lambda policy: record_withdrawal(instance, reviewer, policy.number, day))


def _account(instance: Instance, role: Role) -> Actor:
    link = add_staff(instance, COMMAND, _email(role), role, NAMES[role])
    return Actor(link.account_id, role)


def _email(role: Role) -> str:
    return f"{role.value.replace('_', '.')}@example.com"


def _make_logins(instance: Instance) -> None:
    """One login per role with a password of its own, written for the operator only."""
    logins = []
    for role in STAFF_ROLES:
        link = add_staff(instance, COMMAND, _email(role), role, NAMES[role])
        logins.append(Login(role, _email(role), _fresh_password(instance, link)))
    for key, account_id in _exporters(instance).items():
        # The first is the role's own; the others say after a colon in which state their firm is.
        name = str(Role.EXPORTER) if key == FIRST_EXPORTER else f"{Role.EXPORTER}:{key.removeprefix('web_')}"
        link = new_link(instance, COMMAND, account_id)
        logins.append(Login(name, email_of(key), _fresh_password(instance, link)))
    _write_logins(instance, logins)


def _fresh_password(instance: Instance, link: Link) -> str:
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    set_password(instance, link.token, password)
    return password


def _exporters(instance: Instance) -> dict[str, str]:
    """The accounts of the demonstration's exporters, by key of their firm, the role's own first."""
    keys = [*sorted(web_firms(), key=lambda key: key != FIRST_EXPORTER), *claim_keys()]
    by_index = {email_index(instance.keys, email_of(key)): key for key in keys}
    with instance.database.reading() as session:
        query = select(Account.email_index, Account.id).where(Account.email_index.in_(by_index))
        found = {by_index[index]: account_id for index, account_id in session.execute(query)}
    return {key: found[key] for key in keys}


def _write_logins(instance: Instance, logins: list[Login]) -> None:
    path = logins_file(instance)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{login.role}\t{login.email}\t{login.password}\n" for login in logins)
