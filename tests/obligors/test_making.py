"""When two entries are one record, when they are proposed as look-alikes, and what a firm's list holds."""

import pytest
from sqlalchemy import select

from portal.common import audit, roles
from portal.common.instance import Instance
from portal.obligors import actions, queries
from portal.obligors.identifiers import BadIdentifier
from portal.obligors.records import FirmBuyer, Lookalike, Obligor
from tests.obligors.stories import HENGDA, OTHER, bank, buyer, somebody_else, somebody_of


def _proposals(instance: Instance) -> list[Lookalike]:
    with instance.database.reading() as session:
        return list(session.execute(select(Lookalike).order_by(Lookalike.serial)).scalars())


def test_the_same_name_country_and_number_is_one_record_whoever_enters_it(instance: Instance) -> None:
    first = buyer(instance, somebody_of(instance), "Nordwind Möbel GmbH")
    again = buyer(instance, somebody_else(instance), "NORDWIND MÖBEL G.m.b.H.", firm=OTHER)
    assert again.id == first.id
    assert not _proposals(instance)
    with instance.database.reading() as session:
        assert [one.name for one in queries.names_of(session, first.id)] == [
            "Nordwind Möbel GmbH",
            "NORDWIND MÖBEL G.m.b.H.",
        ]
        assert len(queries.firms_with(session, first.id)) == 2


@pytest.mark.parametrize(
    ("name", "country", "number"),
    [
        ("Nordwind Moebel GmbH", "DE", None),  # another spelling
        ("Nordwind Möbel AG", "DE", None),  # another legal form
        ("Nordwind Möbel II GmbH", "DE", None),  # a series
        ("Nordwind Möbel Austria GmbH", "DE", None),  # a country
        ("Nordwind Möbel GmbH", "AT", None),  # in another country
        ("Nordwind Möbel GmbH", "DE", "HRB 123456"),  # only one has a number
    ],
)
def test_what_merely_looks_alike_is_a_record_of_its_own_and_a_question_for_staff(
    instance: Instance, name: str, country: str, number: str | None
) -> None:
    first = buyer(instance, somebody_of(instance), "Nordwind Möbel GmbH")
    second = buyer(instance, somebody_else(instance), name, country, OTHER, number)
    assert second.id != first.id
    (asked,) = _proposals(instance)
    assert {asked.first_id, asked.second_id} == {first.id, second.id}
    with instance.database.reading() as session:
        assert [one.id for one in queries.unanswered_lookalikes(session, first.id)] == [asked.id]
        assert queries.root_of(session, second.id).id == second.id  # nothing is linked by itself


def test_firms_with_different_registration_numbers_are_two_records_and_a_question(instance: Instance) -> None:
    who = somebody_of(instance)
    first = buyer(instance, who, "Nordwind Möbel GmbH", number="HRB 1")
    second = buyer(instance, who, "Nordwind Möbel GmbH", number="hrb-2")
    same = buyer(instance, who, "Nordwind Möbel GmbH", number="hrb-1")
    assert second.id != first.id == same.id
    assert len(_proposals(instance)) == 1


def test_an_lei_says_who_it_is_under_a_like_name_and_two_of_them_that_there_are_two(instance: Instance) -> None:
    who = somebody_of(instance)
    first = buyer(instance, who, "Siemens AG", lei="W38RGI023J3WT1HWRP32")
    assert buyer(instance, who, "Siemens Aktiengesellschaft", lei="w38rgi023j3wt1hwrp32").id == first.id
    other = buyer(instance, who, "Siemens AG", lei="5493001KJTIIGC8Y1R12")
    assert other.id != first.id
    assert len(_proposals(instance)) == 1


def test_a_borrowed_lei_links_no_unlike_name_to_the_record_but_is_a_question(instance: Instance) -> None:
    who = somebody_of(instance)
    first = buyer(instance, who, "Siemens AG", lei="W38RGI023J3WT1HWRP32")
    borrowed = buyer(instance, who, "Münchner Elektrowerke", lei="W38RGI023J3WT1HWRP32")
    assert borrowed.id != first.id
    (asked,) = _proposals(instance)
    assert "lei" in asked.why.split()


def test_the_first_eight_characters_of_a_bic_are_one_bank_and_the_first_six_a_question(instance: Instance) -> None:
    who = somebody_of(instance)
    first = bank(instance, who, "Deutsche Bank", "DEUTDEFF")
    assert bank(instance, who, "Deutsche Bank, Filiale Köln", "DEUTDEFF370").id == first.id
    other = bank(instance, who, "Ganz anderer Name", "DEUTDEDB")
    assert other.id != first.id
    (asked,) = _proposals(instance)
    assert asked.why == "bic6"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("lei", {"lei": "W38RGI023J3WT1HWRP33"}),
        ("country", {"country": "XX"}),
    ],
)
def test_codes_that_cannot_be_are_refused(instance: Instance, field: str, values: dict[str, str]) -> None:
    with pytest.raises(BadIdentifier) as refused:
        buyer(instance, somebody_of(instance), "Nordwind", **values)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_bank_whose_bic_cannot_be_is_refused(instance: Instance) -> None:
    with pytest.raises(BadIdentifier):
        bank(instance, somebody_of(instance), "Deutsche Bank", "DEUTXXFF")


@pytest.mark.parametrize("name", ["", "  ", "-- / --", "x" * 201])
def test_a_name_without_letters_or_too_long_is_refused(instance: Instance, name: str) -> None:
    with pytest.raises(actions.BadObligor):
        buyer(instance, somebody_of(instance), name)


def test_somebody_may_pick_what_is_proposed_and_nothing_else(instance: Instance) -> None:
    owner = somebody_of(instance)
    first = buyer(instance, owner, "Nordwind Möbel GmbH")
    stranger = buyer(instance, owner, "Zebra Toys Inc.", "US")
    who = somebody_else(instance)
    assert buyer(instance, who, "Nordwind Moebel", firm=OTHER, chosen=first.id).id == first.id
    assert not _proposals(instance)
    with pytest.raises(actions.BadObligor):
        buyer(instance, who, "Nordwind Moebel", firm=OTHER, chosen=stranger.id)


def test_a_buyer_comes_back_to_a_list_from_which_it_was_taken(instance: Instance) -> None:
    who = somebody_of(instance)
    first = buyer(instance, who, "Nordwind Möbel GmbH")
    with instance.database.reading() as session:
        (entry,) = queries.buyers_of(session, HENGDA.uscc)
    actions.remove_buyer(instance, who, HENGDA.uscc, entry.id)
    actions.remove_buyer(instance, who, HENGDA.uscc, entry.id)
    with instance.database.reading() as session:
        assert not queries.buyers_of(session, HENGDA.uscc)
    assert buyer(instance, who, "Nordwind Möbel GmbH").id == first.id
    with instance.database.reading() as session:
        assert session.execute(select(FirmBuyer)).scalars().one().removed_at is None


def test_nobody_touches_the_list_of_a_firm_that_is_not_theirs(instance: Instance) -> None:
    who = somebody_of(instance)
    buyer(instance, who, "Nordwind Möbel GmbH")
    with instance.database.reading() as session:
        (entry,) = queries.buyers_of(session, HENGDA.uscc)
    stranger = somebody_else(instance)
    with pytest.raises(roles.NotAllowed):
        buyer(instance, stranger, "Zebra Toys Inc.", "US")
    with pytest.raises(roles.NotAllowed):
        actions.remove_buyer(instance, stranger, HENGDA.uscc, entry.id)
    actions.remove_buyer(instance, stranger, OTHER.uscc, entry.id)  # another firm's entry stays
    with instance.database.reading() as session:
        assert len(queries.buyers_of(session, HENGDA.uscc)) == 1


def test_the_end_of_a_chain_of_merges_stands_for_all_that_lead_to_it(instance: Instance) -> None:
    who = somebody_of(instance)
    ids = [buyer(instance, who, name, "US").id for name in ("Alpha Toys", "Bravo Lamps", "Charlie Shoes")]
    with audit.write(instance.database, who, "test.merge") as session:
        session.get_one(Obligor, ids[0]).merged_into = ids[1]
        session.get_one(Obligor, ids[1]).merged_into = ids[2]
    with instance.database.reading() as session:
        assert queries.root_of(session, ids[0]).id == ids[2]
        assert sorted(queries.group_of(session, ids[0])) == sorted(ids)
        assert [c.obligor.id for c in queries.candidates(session, "ALPHA TOYS LLC", "US")] == [ids[2]]
