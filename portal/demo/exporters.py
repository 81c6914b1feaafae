"""The demonstration's exporters, each in another state of enrolling, through the same actions as anybody."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from ulid import ULID

from portal.accounts.exporters import make_account
from portal.appeals import actions as appeals
from portal.appeals import desk_actions
from portal.appeals.proposals import Proposal
from portal.appeals.queries import documents_of, find_appeal
from portal.applications import consents, drafts
from portal.applications.applying import open_draft, save_step, send
from portal.applications.asking import ask_firm
from portal.applications.confirming import confirm_by_licence, seen_of
from portal.applications.records import Application, Draft
from portal.applications.reviews import latest_decision
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor, Role
from portal.demo.papers import paper_of
from portal.demo.sample import WEB, DemoFirm, firms
from portal.members.actions import add_licence, claim
from portal.members.records import Membership
from portal.policies.annulment_actions import annul
from portal.policies.document import document_of
from portal.policies.firm_actions import acknowledge, withdraw
from portal.policies.records import Policy
from portal.programme.current import current_scheme
from portal.scheme.terms import load_terms

DAYS = 12  # before the demonstration's day the first of them signs up
CONFIRMED = ("web_insured", "web_asked", "web_appeal", "web_proposed", "web_won", "web_left", "web_screened")
APPEALING = ("web_appeal", "web_proposed", "web_won")
RIGHT_CENTS = "541200000"  # what customs should have counted for those who appeal
WORDS = "海关把代理出口的三票货算在我们名下，附报关单和代理协议。"
On = Callable[[int, int], AbstractContextManager[None]]  # so many days before, at that hour


class Person(NamedTuple):
    """One exporter of the demonstration and the firm they act for."""

    firm: DemoFirm
    who: Actor


class Staff(NamedTuple):
    """Who of the staff acts: the reviewer, and the second person who approves."""

    reviewer: Actor
    second: Actor


def email_of(key: str) -> str:
    """The address with which the exporter of a firm signs in."""
    return f"{key.replace('_', '.')}@example.com"


def web_firms() -> dict[str, DemoFirm]:
    """The firms that apply on the web, by key."""
    return {firm.key: firm for firm in firms() if firm.batch == WEB}


def load_exporters(
    instance: Instance, staff: Staff, day: date, at: Callable[[date, int], AbstractContextManager[None]]
) -> dict[str, str]:
    """Let each firm of the web come as far as its note says; gives the account of each, by key of the firm.

    `at` works as on a day and hour gone by; all of it happens in the days before `day`, in its own year.
    """

    def on(before: int, hour: int) -> AbstractContextManager[None]:
        return at(max(day - timedelta(days=before), date(day.year, 1, 1)), hour)

    people = {}
    for key, firm in web_firms().items():
        if key == "web_held":
            _stranger(instance, firm, on, DAYS)
        with on(DAYS, 9):
            people[key] = person_of(instance, firm)
            claim(instance, people[key].who, firm.uscc, firm.name, "operator")
        with on(DAYS - 1, 10):
            add_licence(instance, people[key].who, firm.uscc, paper_of("营业执照", firm))
        with on(DAYS - 2, 11):
            _applies(instance, people[key], ("firm",) if key == "web_draft" else drafts.STEPS)
    for key in CONFIRMED:
        with on(DAYS - 4, 14):
            confirm(instance, staff.reviewer, people[key].firm)
    _stranger(instance, people["web_insured"].firm, on, 3)
    _policies(instance, staff, people, on)
    with on(DAYS - 6, 15):
        number, seen = _case(instance, people["web_asked"].firm)
        ask_firm(instance, staff.reviewer, number, seen, ["evidence_registration", "explain"], "类型一栏为空。")
    for key in APPEALING:
        _appeals(instance, staff, people[key], on, propose=key != "web_appeal", approve=key == "web_won")
    return {key: person.who.id for key, person in people.items()}


def person_of(instance: Instance, firm: DemoFirm) -> Person:
    """The exporter of a firm, as somebody who signed up by mobile and e-mail."""
    account_id = str(ULID())
    who = Actor(account_id, Role.EXPORTER)
    with audit.write(instance.database, who, "accounts.sign_up", f"account {account_id}") as session:
        address = email_of(firm.key)
        account = make_account(session, instance, account_id, "zh", mobile=firm.mobile, email=address)
        sealer = People(session, instance.keys).sealer(account.person_id)
        account.sealed = sealer.seal_fields({"name": firm.contact, "mobile": firm.mobile, "email": address})
    return Person(firm, who)


def _applies(instance: Instance, person: Person, steps: tuple[str, ...]) -> None:
    """Fill in these steps, and send if all of them are there."""
    firm, who = person
    draft = open_draft(instance, who, firm.uscc)
    values: Mapping[str, Mapping[str, str]] = {
        drafts.FIRM: {
            "firm_name": firm.name,
            "address": firm.address,
            "contact": firm.contact,
            "mobile": firm.mobile,
            "email": "",
        },
        drafts.REPRESENTATIVE: {"representative": firm.representative, "number": firm.id_number},
        drafts.DECLARATIONS: {},
    }
    today = clock.today()
    ticked = {
        drafts.REPRESENTATIVE: list(consents.CONSENTS),
        drafts.DECLARATIONS: list(current_scheme(today).on(today).declarations),
    }
    for step in steps:
        if step in values:
            draft = save_step(instance, who, draft.id, draft.version, step, values[step], ticked.get(step, ()))
    if drafts.CHECK in steps:
        _send(instance, who, draft)


def _send(instance: Instance, who: Actor, draft: Draft) -> None:
    number = send(instance, who, draft.id, draft.version)
    assert instance.issue_at_once is not None  # set by whoever put the portal together
    instance.issue_at_once(number)


def confirm(instance: Instance, reviewer: Actor, firm: DemoFirm) -> None:
    """Confirm from its licence the first who said to act for a firm."""
    with instance.database.reading() as session:
        query = select(Membership).where(Membership.uscc == firm.uscc).order_by(Membership.id)
        found = session.execute(query).scalars().first()
    assert found is not None  # it has just been claimed
    confirm_by_licence(instance, reviewer, found.number, seen_of(found), firm.representative)


def _stranger(instance: Instance, firm: DemoFirm, on: On, before: int) -> None:
    """Somebody else says to act for a firm: staff come first."""
    mobile = f"{firm.mobile[:-3]}9{firm.mobile[-2:]}"
    stranger = firm._replace(key=f"{firm.key}_stranger", contact="小莫（虚构）", mobile=mobile)
    with on(before, 8):
        person = person_of(instance, stranger)
        claim(instance, person.who, firm.uscc, firm.name, "operator")
        add_licence(instance, person.who, firm.uscc, paper_of("营业执照", firm))


def _policies(instance: Instance, staff: Staff, people: Mapping[str, Person], on: On) -> None:
    """One firm reads its policy, one leaves, one was enrolled by a stranger."""
    with on(DAYS - 3, 12):
        for key in ("web_insured", "web_screened", "web_left"):
            policy, fingerprint = _policy(instance, people[key].firm)
            acknowledge(instance, people[key].who, policy, people[key].firm.contact, fingerprint)
    with on(2, 10):
        withdraw(instance, people["web_left"].who, _policy(instance, people["web_left"].firm)[0])
        number = _policy(instance, people["web_annulled"].firm)[0]
        annul(instance, staff.reviewer, number, "企业来电：没有委托任何人申请。")


def _policy(instance: Instance, firm: DemoFirm) -> tuple[str, str]:
    """A firm's policy and the fingerprint of its document."""
    with instance.database.reading() as session:
        policy = session.execute(select(Policy).where(Policy.uscc == firm.uscc)).scalar_one()
    return policy.number, document_of(policy, load_terms(policy.scheme)).fingerprint


def _case(instance: Instance, firm: DemoFirm) -> tuple[str, str]:
    """A firm's application and the decision that is before the reviewer."""
    with instance.database.reading() as session:
        found = session.execute(select(Application).where(Application.uscc == firm.uscc)).scalar_one()
        decision = latest_decision(session, found.id)
        assert decision is not None  # every source was there
        return found.number, decision.id


def _appeals(instance: Instance, staff: Staff, person: Person, on: On, propose: bool, approve: bool) -> None:
    """Appeal against the customs total, and let it come as far as it does."""
    with on(DAYS - 7, 9):
        number, _seen = _case(instance, person.firm)
        paper = paper_of("海关报关单（样本）", person.firm)
        appeal = appeals.file(instance, person.who, number, ["exports_within_cap"], WORDS, [paper])
    if not propose:
        return
    with instance.database.reading() as session:
        found = find_appeal(session, appeal)
        assert found is not None  # it has just been filed
        evidence = documents_of(session, found)[0]
        judged_on = clock.day_of(found.filed_at)
    with on(DAYS - 8, 10):
        right = Proposal("exports", None, RIGHT_CENTS, judged_on, evidence)
        made = desk_actions.propose(instance, staff.reviewer, appeal, right, "三票货属于代理出口，报关单相符。")
    if approve:
        with on(DAYS - 9, 11):
            desk_actions.approve(instance, staff.second, appeal, made)
