"""Among many decoys the record that is meant is still found, and it is said when there are more than are shown."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, roles
from portal.common.instance import Instance
from portal.obligors import queries
from portal.obligors.matching import name_key
from portal.obligors.records import Obligor, ObligorName
from portal.obligors.searching import MOST, search
from tests.claims.desk_pages import desk_of, page
from tests.obligors.stories import buyer, somebody_of

DECOYS = 500
TRUE = "Nordwind Möbel GmbH"


def enter(session: Session, serial: int, name: str, country: str, number: str | None = None) -> str:
    """A record written straight into the tables: five hundred by the actions would take minutes."""
    made = Obligor(
        id=str(ULID()),
        number=f"O2021-{serial:05d}",
        serial=serial,
        kind="buyer",
        name=name,
        name_key=name_key(name),
        country=country,
        registration_number=number,
        state="live",
        made_by="test",
        made_at=datetime(2021, 1, 1, tzinfo=UTC),
    )
    session.add(made)
    session.flush()
    session.add(
        ObligorName(
            id=str(ULID()),
            obligor_id=made.id,
            name=name,
            name_key=made.name_key,
            given_by="test",
            given_at=made.made_at,
        )
    )
    return made.id


def decoys(instance: Instance, name: str, country: str, number: str | None = None) -> None:
    """So many records that look like the true one, each with its own number where it has one."""
    with audit.write(instance.database, roles.COMMAND, "obligors.add_buyer") as session:
        for serial in range(1, DECOYS + 1):
            enter(session, serial, name.format(serial), country, f"{number}{serial}" if number else None)


@pytest.mark.parametrize(
    ("name", "country", "number"),
    [
        ("Nordwind Moebel GmbH", "DE", "D"),  # the same country, another spelling
        ("Nordwind Möbel GmbH", "AT", "A"),  # the same name in another country
        ("Nordwind Möbell {} GmbH", "AT", None),
        ("Nordwind Möbel GmbH", "DE", "HRB 9"),  # the same name and country, other numbers
    ],
)
def test_the_record_with_name_country_and_number_stands_first_among_decoys(
    instance: Instance, name: str, country: str, number: str | None
) -> None:
    decoys(instance, name, country, number)
    with audit.write(instance.database, roles.COMMAND, "obligors.add_buyer") as session:
        meant = enter(session, 9999, TRUE, "DE", "HRB 123456")
    with instance.database.reading() as session:
        assert search(session, TRUE, "DE", "HRB 123456").best[0].obligor.id == meant


def test_the_same_name_and_country_stand_first_where_no_number_is_known(instance: Instance) -> None:
    decoys(instance, "Nordwind Möbel GmbH", "AT", "A")
    with audit.write(instance.database, roles.COMMAND, "obligors.add_buyer") as session:
        meant = enter(session, 9999, TRUE, "DE")
    with instance.database.reading() as session:
        assert search(session, TRUE, "DE").best[0].obligor.id == meant


def test_the_same_number_is_found_under_quite_another_name(instance: Instance) -> None:
    decoys(instance, "Nordwind Möbel GmbH", "DE", "D")
    with audit.write(instance.database, roles.COMMAND, "obligors.add_buyer") as session:
        meant = enter(session, 9999, "Zebra Spielwaren KG", "DE", "HRB 123456")
    with instance.database.reading() as session:
        assert search(session, TRUE, "DE", "HRB 123456").best[0].obligor.id == meant


def test_a_look_alike_of_the_country_is_found_among_better_ones_abroad(instance: Instance) -> None:
    decoys(instance, "Nordwind Möbel GmbH", "AT", "A")
    with audit.write(instance.database, roles.COMMAND, "obligors.add_buyer") as session:
        meant = enter(session, 9999, "Nordwind Mobel G.m.b.H.", "DE")
    with instance.database.reading() as session:
        assert search(session, TRUE, "DE").best[0].obligor.id == meant


def test_how_many_more_there_are_is_said(app: Flask, instance: Instance) -> None:
    who = somebody_of(instance)
    kept = buyer(instance, who, TRUE)
    decoys(instance, "Nordwind Möbel GmbH", "DE", "D")
    with instance.database.reading() as session:
        found = search(session, TRUE, "DE", beside=queries.group_of(session, kept.id))
    assert (len(found.best), found.more) == (MOST, DECOYS - MOST)
    text = page(desk_of(app), f"/desk/merges/new?kept={kept.number}")
    assert f"At least {DECOYS - MOST} more look like it" in text
