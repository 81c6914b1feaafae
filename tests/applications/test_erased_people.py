"""Erasing one person stops nobody else's case, and an erased list entry never reads as "not listed"."""

from sqlalchemy import select

from portal.applications.deciding import replay_all
from portal.applications.records import Application, Decision
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND
from portal.policies.actions import ERASED
from portal.programme.people_actions import ASKED_FOR, erase_person
from portal.reference.records import ListEntryRow
from portal.scheme import stages
from tests import samples
from tests.policies.stories import application_of, issue, policies


def _applied(instance: Instance) -> None:
    samples.import_all(instance)
    samples.apply_all(instance)


def test_an_erased_applicant_is_left_out_when_policies_are_issued_and_the_others_get_theirs(
    instance: Instance,
) -> None:
    other = samples.Firm(
        "厦门邻港示例有限公司", samples.valid_uscc(71), "顾邻港", samples.valid_identity_number(71), "1000.00"
    )
    registry = [samples.registry_line(f.uscc, f.name) for f in (*samples.FIRMS, other)]
    customs = [samples.customs_line(f.uscc, f.name, f.exports) for f in (samples.HARBOUR, other)]
    samples.import_one(instance, "registry", samples.registry_book(registry))
    samples.import_one(instance, "customs", samples.customs_book(customs))
    samples.import_one(instance, "lists", samples.lists_book())
    samples.apply_all(instance, (samples.HARBOUR, other))
    erased = application_of(instance, samples.HARBOUR)
    erase_person(instance, COMMAND, erased.representative_id, ASKED_FOR)

    result = issue(instance)

    assert result.issued == 1
    assert result.refused == [(erased.number, ERASED)]
    assert [policy.uscc for policy in policies(instance)] == [other.uscc]
    assert application_of(instance, samples.HARBOUR).state == stages.ELIGIBLE


def test_an_erased_applicant_who_waits_for_a_source_holds_up_no_import(instance: Instance) -> None:
    samples.import_one(instance, "registry", samples.registry_book())
    samples.import_one(instance, "customs", samples.customs_book())
    samples.apply_all(instance)
    waiting = application_of(instance, samples.HARBOUR)
    erase_person(instance, COMMAND, waiting.representative_id, ASKED_FOR)

    samples.import_one(instance, "lists", samples.lists_book())

    assert application_of(instance, samples.HARBOUR).state == stages.AWAITING_SOURCE
    assert application_of(instance, samples.GIANT).state == stages.INELIGIBLE


def test_the_entry_of_an_erased_listed_person_still_sends_their_namesake_to_a_reviewer(instance: Instance) -> None:
    samples.import_all(instance)
    with instance.database.reading() as session:
        listed = session.execute(
            select(ListEntryRow.person_id).where(ListEntryRow.person_id.is_not(None))
        ).scalars()
        people = [person for person in listed if person is not None]
    for person in people:
        erase_person(instance, COMMAND, person, ASKED_FOR)

    samples.apply_all(instance)

    with instance.database.reading() as session:
        found = session.execute(
            select(Decision.referred)
            .join(Application, Application.id == Decision.application_id)
            .where(Application.uscc == samples.ISLET.uscc)
        ).scalar_one()
        assert found == "representative_not_listed"
        assert replay_all(session, People(session, instance.keys)).differ == []
