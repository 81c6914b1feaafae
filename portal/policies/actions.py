"""Issuing policies after the rules have run again, and what happens to a policy afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.applications import requests
from portal.applications.actions import move
from portal.applications.deciding import AT_ISSUE, Decided, freeze, open_cases
from portal.applications.facts import gather
from portal.applications.records import Application, Decision
from portal.applications.rerun import Approved, Settled, last_sequences, only_approved, settled_by_people
from portal.applications.screening import close_with_cover
from portal.applications.telling import tell_firm, told_of
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.members.queries import require_untied
from portal.messages.actions import tell
from portal.policies import wording
from portal.policies.readers import who_hears
from portal.policies.records import Policy
from portal.scheme import stages
from portal.scheme.cover import Cover, cover_period
from portal.scheme.facts import Facts
from portal.scheme.terms import Terms, load_terms

READY = (stages.ELIGIBLE, stages.CLEARED)
AT_ONCE = 200  # policies in one transaction: others may write in between
AUTO, PERSON = "auto", "person"
ERASED = "erased"  # told in place of a state: whose application it was, nobody can read any more


@dataclass
class IssueResult:
    """How many policies were issued, and which applications were refused, with the state they went to."""

    issued: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


class NotPossible(Exception):
    """The step cannot be taken on this policy; `code` says why in one word."""

    def __init__(self, code: str, number: str) -> None:
        super().__init__(f"{number}: {code}")
        self.code = code
        self.number = number


def issue_policies(instance: Instance, who: Actor, scheme: str, on: date, only: str | None = None) -> IssueResult:
    """Issue a policy for every eligible or cleared application without one, `only` one of them if named.

    The rules run again on the day of issue. What fails then becomes ineligible, what a person has not yet
    resolved is referred again, what comes after the policy year lapses. Repeating issues nothing twice.
    Raises `UnknownTerms`, `BeforeFirstTerms` for a date before the scheme's first terms, and `clock.InTheFuture`.
    """
    roles.require(who, roles.ISSUES_POLICIES, "issue policies")
    clock.refuse_future(on)  # a slip of the year would let every open application lapse for good
    terms = load_terms(scheme)
    terms.on(on)
    result = IssueResult()
    with instance.database.locked() as session:
        _lapse(session, instance, who, terms, on, only, result)
    after = ""
    while True:
        with instance.database.locked() as session:
            query = select(Application).where(
                Application.scheme == scheme,
                Application.state.in_(READY),
                Application.applied_on <= on,
                Application.hold.is_(None),
                Application.number > after,
            )
            if only is not None:
                query = query.where(Application.number == only)
            part = session.execute(query.order_by(Application.number).limit(AT_ONCE)).scalars().all()
            if not part:
                return result
            _issue_part(session, instance, who, terms, on, part, result)
            after = part[-1].number


def issue_one(instance: Instance, number: str) -> None:
    """Issue the policy of one application today, if the rules still allow it: what follows on a decision."""
    with instance.database.reading() as session:
        scheme = session.execute(select(Application.scheme).where(Application.number == number)).scalar_one()
    issue_policies(instance, roles.PORTAL, scheme, clock.today(), only=number)


def _lapse(
    session: Session,
    instance: Instance,
    who: Actor,
    terms: Terms,
    on: date,
    only: str | None,
    result: IssueResult,
) -> None:
    """Whatever was not issued by the end of its policy year lapses, also what still waits for a person."""
    query = select(Application).where(
        Application.scheme == terms.key,
        Application.state.in_(stages.OPEN_APPLICATION_STATES),
        Application.policy_year <= on.year,
    )
    if only is not None:
        query = query.where(Application.number == only)
    for application in session.execute(query.order_by(Application.number)).scalars():
        if terms.on(application.applied_on).period_end < on:
            with audit.audited(session, who, "policies.lapse", f"application {application.number}"):
                requests.close(session, requests.APPLICATION, application.id)
                move(application, stages.LAPSED)
                tell_firm(session, instance, application, "application_lapsed")
            result.refused.append((application.number, stages.LAPSED))


def _issue_part(
    session: Session,
    instance: Instance,
    who: Actor,
    terms: Terms,
    on: date,
    applications: Sequence[Application],
    result: IssueResult,
) -> None:
    people = People(session, instance.keys)
    opened = open_cases(applications, people)
    # An application of an erased person cannot be judged again; it stays as it is and lapses with its year.
    result.refused += [(a.number, ERASED) for a in applications if a.id not in opened]
    applications = [application for application in applications if application.id in opened]
    cases = list(opened.values())
    ids = list(opened)
    sequences = last_sequences(session, ids)
    settled = settled_by_people(session, ids)
    serials = _next_serials(session, {application.policy_year for application in applications})
    hears = who_hears(session, applications)
    for application, facts in zip(applications, gather(session, people, cases, on), strict=True):
        subject = f"application {application.number}"
        cover = cover_period(terms, on, application.applied_on)
        one = freeze(people, application.id, facts, terms, AT_ISSUE, sequences[application.id] + 1)
        state = _state_at_issue(one, settled.get(application.id, Settled()).approved)
        with audit.audited(session, who, "policies.issue", subject) as entry:
            audit.insert_many(session, Decision, [one.columns])
            if state == stages.ISSUED:
                serial = serials[application.policy_year]
                serials[application.policy_year] += 1
                policy = _new_policy(who, application, facts, cover, one, on, serial)
                session.add(policy)
                application.policy_number = policy.number
                result.issued += 1
                entry.details["policy"] = policy.number
            else:
                result.refused.append((application.number, state))
            entry.details["state"] = state
            move(application, state)
            if hears[application.id]:
                _tell(session, instance, application, hears[application.id])


def _tell(session: Session, instance: Instance, application: Application, accounts: Sequence[str]) -> None:
    """Tell who acts for a firm what came of issuing."""
    if application.state == stages.ISSUED:
        number = application.policy_number or ""
        path = f"/my/policies/{number}"
        tell(
            session,
            instance,
            accounts,
            "policy_issued",
            f"policy {number}",
            path,
            {"number": number},
            your_turn=True,
        )
    elif application.state == stages.INELIGIBLE:
        tell_firm(session, instance, application, "application_ineligible")
    elif application.due_on is not None:
        tell_firm(
            session, instance, application, "application_referred", {"due_on": application.due_on.isoformat()}
        )


def _state_at_issue(one: Decided, approved: Approved) -> str:
    """Where the decision on the day of issue leads, given what a reviewer approved and on what values."""
    if one.decision.failed:
        return stages.INELIGIBLE
    return stages.ISSUED if only_approved(one.decision, approved) else stages.REFERRED


def _next_serials(session: Session, years: set[int]) -> dict[int, int]:
    query = (
        select(Policy.policy_year, func.max(Policy.serial))
        .where(Policy.policy_year.in_(years))
        .group_by(Policy.policy_year)
    )
    last = dict(session.execute(query).all())
    return {year: last.get(year, 0) + 1 for year in years}


def _new_policy(
    who: Actor,
    application: Application,
    facts: Facts,
    cover: Cover,
    one: Decided,
    on: date,
    serial: int,
) -> Policy:
    year = application.policy_year
    registry = facts.registry
    on_date = load_terms(application.scheme).on(application.applied_on)
    return Policy(
        id=str(ULID()),
        number=f"P{year}-{serial:06d}",
        serial=serial,
        application_id=application.id,
        decision_id=one.columns["id"],
        scheme=application.scheme,
        policy_year=year,
        uscc=application.uscc,
        firm_name=registry.name if registry and not registry.absent else application.firm_name,
        place=registry.place if registry else None,
        base_year=on_date.base_year,
        exports_minor=facts.exports.total.minor if facts.exports else None,
        currency=on_date.cap.currency,
        decided_by=PERSON if application.state == stages.CLEARED else AUTO,
        applied_on=application.applied_on,
        issued_on=on,
        starts_on=cover.starts_on,
        ends_on=cover.ends_on,
        gap_from=cover.gap_from,
        gap_to=cover.gap_to,
        acknowledged_on=None,
        acknowledged_by=None,
        acknowledged_sealed=None,
        state=stages.IN_FORCE,
        withdrawn_on=None,
        issued_at=clock.now(),
        issued_by=who.id,
    )


def _policy(session: Session, number: str) -> Policy:
    policy = session.execute(select(Policy).where(Policy.number == number)).scalar()
    if policy is None:
        raise NotPossible("unknown", number)
    return policy


def record_acknowledgement(instance: Instance, who: Actor, number: str, on: date, name: str) -> None:
    """Record from signed paper that the insured has read the policy (收悉): the day and who signed.

    Raises `NotPossible`: already acknowledged, withdrawn, or a day before issue or after today; `TiedToFirm`.
    """
    roles.require(who, roles.RECORDS_PAPER, "record an acknowledgement")
    with audit.write(instance.database, who, "policies.acknowledge", f"policy {number}") as session:
        policy = _policy(session, number)
        require_untied(session, who, policy.uscc, "record an acknowledgement")
        if policy.acknowledged_on is not None:
            raise NotPossible("already_acknowledged", number)
        if policy.state != stages.IN_FORCE:
            raise NotPossible("not_in_force", number)
        if not policy.issued_on <= on <= clock.today():
            raise NotPossible("day_impossible", number)
        person = People(session, instance.keys).person("acknowledged", f"{policy.uscc}\x1f{name}")
        policy.acknowledged_on = on
        policy.acknowledged_by = person.person_id
        policy.acknowledged_sealed = person.seal_fields({"name": name})
        policy.document_version = wording.VERSION


def record_withdrawal(instance: Instance, who: Actor, number: str, on: date) -> None:
    """Record from signed paper that the firm withdraws from its policy, with the application behind it.

    Cover ends before `on`. Raises `NotPossible`: withdrawn already, ended, or a day before issue; `TiedToFirm`.
    """
    roles.require(who, roles.RECORDS_PAPER, "record a withdrawal")
    with audit.write(instance.database, who, "policies.withdraw", f"policy {number}") as session:
        policy = _policy(session, number)
        require_untied(session, who, policy.uscc, "record a withdrawal")
        if policy.state != stages.IN_FORCE:
            raise NotPossible("not_in_force", number)
        if not policy.issued_on <= on <= min(clock.today(), policy.ends_on):
            raise NotPossible("day_impossible", number)
        withdraw_policy(session, instance, policy, on)


def withdraw_policy(session: Session, instance: Instance, policy: Policy, on: date) -> None:
    """Withdraw a policy from a day on, with its application, and tell the firm; inside an audited block."""
    application = end_policy(session, policy, stages.WITHDRAWN, on)
    tell(
        session,
        instance,
        told_of(session, application),
        "policy_withdrawn",
        f"policy {policy.number}",
        f"/my/policies/{policy.number}",
        {"number": policy.number, "withdrawn_on": on.isoformat()},
    )


def end_policy(session: Session, policy: Policy, state: str, on: date) -> Application:
    """End a policy before its time, `on` the first day without cover, and its application with it; gives that.

    `state` is withdrawn or annulled. Raises `stages.IllegalStep`. Inside an audited block.
    """
    application = session.get(Application, policy.application_id)
    assert application is not None  # a policy always has its application: foreign key
    stages.require(stages.POLICY, policy.state, state)
    policy.state = state
    policy.withdrawn_on = on
    application.cover_withdrawn_on = on
    move(application, state)
    close_with_cover(session, application)
    return application
