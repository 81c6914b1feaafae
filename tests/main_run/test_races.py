"""Two that do the same at the same moment: nothing twice, no number missing, the trail unbroken."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from portal.applications.actions import import_applications
from portal.applications.deciding import replay_all
from portal.applications.records import Application, Decision
from portal.common.audit import AuditEntry
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People, PersonKey
from portal.common.roles import COMMAND
from portal.policies.actions import issue_policies
from portal.policies.records import Policy
from portal.reference.records import RegistryRow, SourceVersion
from portal.scheme import stages
from tests.samples import (
    APPLIED_ON,
    SCHEME,
    Firm,
    application_line,
    applications_book,
    customs_book,
    customs_line,
    import_all,
    import_one,
    lists_book,
    registry_book,
    registry_line,
    valid_identity_number,
    valid_uscc,
)

ISSUED_ON = date(2022, 3, 2)
FIRMS = tuple(
    Firm(f"厦门竞速示例{n}贸易有限公司", valid_uscc(100 + n), "陈若舟", valid_identity_number(100 + n), "1000.00")
    for n in range(60)
)
BOOK = applications_book(application_line(firm) for firm in FIRMS)


def at_once(*jobs: Callable[[], object]) -> None:
    """Run the jobs in threads that start together; what any of them raises fails the test."""
    start, raised = threading.Barrier(len(jobs)), list[BaseException]()

    def run(job: Callable[[], object]) -> None:
        start.wait()
        try:
            job()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []


@pytest.fixture
def ready(either_instance: Instance) -> Instance:
    """An instance with sources in which every one of the firms is eligible."""
    names = [registry_line(firm.uscc, firm.name) for firm in FIRMS]
    import_one(either_instance, "registry", registry_book(names))
    import_one(either_instance, "customs", customs_book([customs_line(f.uscc, f.name, f.exports) for f in FIRMS]))
    import_one(either_instance, "lists", lists_book())
    return either_instance


def twin(instance: Instance) -> Instance:
    """The same instance as another process has it: an engine and a pool of its own."""
    return Instance(instance.settings)


def both(instance: Instance, job: Callable[[Instance], object]) -> None:
    """Do a job in two processes' worth of instances at once."""
    other = twin(instance)
    try:
        at_once(lambda: job(instance), lambda: job(other))
    finally:
        other.database.engine.dispose()


def assert_sound(instance: Instance, decisions: int) -> None:
    """The trail is unbroken and without holes, and every decision replays."""
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None
        seqs = list(session.execute(select(AuditEntry.seq).order_by(AuditEntry.seq)).scalars())
        assert seqs == list(range(1, len(seqs) + 1))
        replayed = replay_all(session, People(session, instance.keys))
    assert (replayed.same, replayed.erased, replayed.differ) == (decisions, 0, [])


def apply(instance: Instance) -> None:
    import_applications(instance, COMMAND, BOOK, SCHEME, APPLIED_ON)


def issue(instance: Instance) -> None:
    issue_policies(instance, COMMAND, SCHEME, ISSUED_ON)


def test_the_same_applications_imported_twice_at_once_make_one_of_each(ready: Instance) -> None:
    both(ready, apply)
    with ready.database.reading() as session:
        found = session.execute(select(Application).order_by(Application.serial)).scalars().all()
        assert [application.serial for application in found] == list(range(1, len(FIRMS) + 1))
        assert sorted(application.uscc for application in found) == sorted(firm.uscc for firm in FIRMS)
        assert [a.number for a in found] == [f"A2022-{n:05d}" for n in range(1, len(FIRMS) + 1)]
        assert {d.sequence for d in session.execute(select(Decision)).scalars()} == {1}
    assert_sound(ready, decisions=len(FIRMS))


def test_policies_issued_twice_at_once_are_one_per_firm_numbered_without_holes(ready: Instance) -> None:
    apply(ready)
    both(ready, issue)
    with ready.database.reading() as session:
        found = session.execute(select(Policy).order_by(Policy.serial)).scalars().all()
        assert [policy.number for policy in found] == [f"P2022-{n:06d}" for n in range(1, len(FIRMS) + 1)]
        assert sorted(policy.uscc for policy in found) == sorted(firm.uscc for firm in FIRMS)
        states = set(session.execute(select(Application.state)).scalars())
    assert states == {stages.ISSUED}
    assert_sound(ready, decisions=2 * len(FIRMS))


def test_applying_and_issuing_at_once_neither_loses_nor_doubles(ready: Instance) -> None:
    other = twin(ready)
    at_once(lambda: apply(ready), lambda: issue(other))
    other.database.engine.dispose()
    issue(ready)
    with ready.database.reading() as session:
        policies = session.execute(select(Policy.uscc)).scalars().all()
    assert sorted(policies) == sorted(firm.uscc for firm in FIRMS)
    assert_sound(ready, decisions=2 * len(FIRMS))


def test_the_same_source_imported_twice_at_once_makes_one_version(either_instance: Instance) -> None:
    both(either_instance, lambda instance: import_one(instance, "registry", registry_book()))
    with either_instance.database.reading() as session:
        versions = session.execute(select(SourceVersion)).scalars().all()
        assert [(version.source, version.number) for version in versions] == [("registry", 1)]
        assert len(session.execute(select(RegistryRow)).scalars().all()) == 6
    assert_sound(either_instance, decisions=0)


def test_the_last_two_sources_arriving_at_once_decide_who_waits_once(either_instance: Instance) -> None:
    import_one(either_instance, "registry", registry_book())
    import_applications(either_instance, COMMAND, applications_book(), SCHEME, APPLIED_ON)
    other = twin(either_instance)
    at_once(
        lambda: import_one(either_instance, "customs", customs_book()),
        lambda: import_one(other, "lists", lists_book()),
    )
    other.database.engine.dispose()
    with either_instance.database.reading() as session:
        states = session.execute(select(Application.state)).scalars().all()
        versions = session.execute(select(SourceVersion.id).order_by(SourceVersion.id)).scalars().all()
    assert stages.AWAITING_SOURCE not in states
    assert versions == [1, 2, 3]
    assert_sound(either_instance, decisions=6)


def test_one_person_met_twice_at_once_gets_one_key(either_instance: Instance) -> None:
    import_all(either_instance)
    both(either_instance, lambda instance: import_applications(instance, COMMAND, BOOK, SCHEME, APPLIED_ON))
    with either_instance.database.reading() as session:
        match = People(session, either_instance.keys).match("identity", FIRMS[0].number)
        assert len(session.execute(select(PersonKey).where(PersonKey.match_index == match)).scalars().all()) == 1
