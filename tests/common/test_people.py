"""A key per person: values open only for their person and field, and for nobody once the person is erased."""

import pytest
from sqlalchemy import select

from portal.applications.deciding import replay_all
from portal.common import audit
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.keys import CannotOpen
from portal.common.people import People, PersonErased, PersonKey
from portal.common.roles import COMMAND
from portal.programme.people_actions import ASKED_FOR, erase_person
from tests.people import LIN_ZHIYAO
from tests.samples import HARBOUR, apply_all, import_all


def test_one_person_is_found_again_and_two_are_told_apart(instance: Instance) -> None:
    with audit.write(instance.database, COMMAND, "test.people") as session:
        people = People(session, instance.keys)
        first = people.person("identity", "a")
        assert people.person("identity", "a") == first
        assert people.person("identity", "b").person_id != first.person_id
        assert people.person("contact", "a").person_id != first.person_id
    with instance.database.reading() as session:
        assert People(session, instance.keys).person("identity", "a") == first


def test_a_person_is_made_only_inside_a_write(instance: Instance) -> None:
    with instance.database.reading() as session, pytest.raises(RuntimeError, match="inside a write"):
        People(session, instance.keys).person("identity", "new")


def test_a_value_opens_only_for_its_person_and_its_field(instance: Instance) -> None:
    with audit.write(instance.database, COMMAND, "test.people") as session:
        people = People(session, instance.keys)
        one, other = people.person("identity", "a"), people.person("identity", "b")
    sealed = one.seal("name", LIN_ZHIYAO.name)
    assert one.open("name", sealed) == LIN_ZHIYAO.name
    with pytest.raises(CannotOpen):
        one.open("mobile", sealed)
    with pytest.raises(CannotOpen):
        other.open("name", sealed)


def test_a_wrapped_key_opens_only_for_its_own_person(instance: Instance) -> None:
    with audit.write(instance.database, COMMAND, "test.people") as session:
        people = People(session, instance.keys)
        one, other = people.person("identity", "a"), people.person("identity", "b")
        wrapped = session.get_one(PersonKey, one.person_id).wrapped_key
        session.get_one(PersonKey, other.person_id).wrapped_key = wrapped
    with instance.database.reading() as session, pytest.raises(CannotOpen):
        People(session, instance.keys).sealer(other.person_id)


def test_a_commitment_is_the_same_for_the_same_value_and_tells_nothing_else(instance: Instance) -> None:
    with audit.write(instance.database, COMMAND, "test.people") as session:
        people = People(session, instance.keys)
        one, other = people.person("identity", "a"), people.person("identity", "b")
    assert one.commit("name", "周") == one.commit("name", "周")
    assert (
        len(
            {
                one.commit("name", "周"),
                one.commit("name", "洲"),
                one.commit("id", "周"),
                other.commit("name", "周"),
            }
        )
        == 4
    )


def test_erasing_a_person_destroys_key_and_index_and_makes_every_copy_unreadable(instance: Instance) -> None:
    with audit.write(instance.database, COMMAND, "test.people") as session:
        person = People(session, instance.keys).person("identity", "a")
    sealed = person.seal_fields({"name": "周"})
    assert erase_person(instance, COMMAND, person.person_id, ASKED_FOR)
    with instance.database.reading() as session:
        people = People(session, instance.keys)
        row = session.get_one(PersonKey, person.person_id)
        assert (row.wrapped_key, row.match_index) == (None, None)
        assert people.read(person.person_id, sealed) == {}
        with pytest.raises(PersonErased):
            people.sealer(person.person_id)
    with audit.write(instance.database, COMMAND, "test.people") as session:
        again = People(session, instance.keys).person("identity", "a")
        assert again.person_id != person.person_id, "the erased person must not come back under the old id"


def test_erasing_a_person_breaks_no_chain_and_is_counted_by_the_replay(either_instance: Instance) -> None:
    import_all(either_instance)
    apply_all(either_instance)
    with either_instance.database.reading() as session:
        people = People(session, either_instance.keys)
        match = people.match("identity", HARBOUR.number)
        person_id = session.execute(select(PersonKey.id).where(PersonKey.match_index == match)).scalar_one()
        before = replay_all(session, people)
    assert (before.same, before.erased, before.differ) == (6, 0, [])
    erase_person(either_instance, COMMAND, person_id, ASKED_FOR)
    with either_instance.database.reading() as session:
        after = replay_all(session, People(session, either_instance.keys))
        assert verify_audit(session).first_break is None
    assert (after.same, after.erased, after.differ) == (5, 1, [])


def test_no_personal_value_stands_readable_in_the_database(instance: Instance) -> None:
    import_all(instance)
    apply_all(instance)
    instance.database.engine.dispose()
    stored = b"".join(file.read_bytes() for file in instance.settings.instance.glob("portal.db*"))
    assert HARBOUR.uscc.encode() in stored
    for personal in (HARBOUR.representative, HARBOUR.number, LIN_ZHIYAO.name, LIN_ZHIYAO.email):
        assert personal.encode() not in stored
