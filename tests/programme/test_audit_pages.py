"""The audit trail as the auditor reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from portal.accounts.actions import disable_account, enable_account
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from tests.accounts.pages import heading_of, in_english, text_of
from tests.accounts.test_signing_in import account_of
from tests.conftest import A_MORNING, signed_in
from tests.people import FANG_SHEN, LIN_ZHIYAO


@pytest.fixture
def auditor(app: Flask) -> FlaskClient:
    """The auditor, signed in, reading English."""
    return in_english(signed_in(app, FANG_SHEN))


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """The statements that the app sends while the block runs."""
    seen: list[str] = []
    engine = app.extensions["tongbao"].database.engine

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def numbers_on(page: str) -> list[int]:
    """The numbers of the entries that the page lists, in its order."""
    return [int(part.split('"')[0]) for part in page.split('href="/desk/audit/')[1:]]


def test_the_newest_entry_stands_first(auditor: FlaskClient) -> None:
    numbers = numbers_on(text_of(auditor.get("/desk/audit")))
    assert len(numbers) > 10
    assert numbers == sorted(numbers, reverse=True)


def test_entries_are_found_by_action_subject_actor_and_outcome(auditor: FlaskClient, instance: Instance) -> None:
    account = account_of(instance, LIN_ZHIYAO)
    disable_account(instance, COMMAND, account.id)
    audit.note(instance.database, COMMAND, "roster.export", "roster xiamen-2022", audit.DOWNLOADED)
    assert len(numbers_on(text_of(auditor.get("/desk/audit?action=accounts.disable")))) == 1
    assert len(numbers_on(text_of(auditor.get(f"/desk/audit?subject={account.id[-8:]}")))) == 3
    assert len(numbers_on(text_of(auditor.get("/desk/audit?outcome=downloaded")))) == 1
    assert len(numbers_on(text_of(auditor.get(f"/desk/audit?actor={account.id}")))) == 1
    assert "No entry fits" in text_of(auditor.get("/desk/audit?subject=%25"))


def test_entries_are_found_by_shanghai_day_both_days_taken_in(auditor: FlaskClient, instance: Instance) -> None:
    late = A_MORNING.replace(hour=15, minute=59)  # 23:59 in Shanghai
    for moment in (late, late + timedelta(minutes=1)):
        with clock.fixed(moment):
            audit.note(instance.database, COMMAND, "test.day", "", audit.LOOKED)
    asked = "/desk/audit?action=test.day"
    assert len(numbers_on(text_of(auditor.get(f"{asked}&from=2022-03-02&to=2022-03-02")))) == 1
    assert len(numbers_on(text_of(auditor.get(f"{asked}&from=2022-03-03")))) == 1
    assert len(numbers_on(text_of(auditor.get(f"{asked}&from=2022-03-02&to=2022-03-03")))) == 2


def test_a_day_that_is_none_is_told(auditor: FlaskClient) -> None:
    answer = auditor.get("/desk/audit?from=yesterday")
    assert answer.status_code == 200
    assert "“yesterday” is no day" in text_of(answer)


@pytest.mark.parametrize("page", ["0", "-3", "999999", "x"])
def test_a_page_that_does_not_exist_shows_one_that_does(auditor: FlaskClient, page: str) -> None:
    answer = auditor.get(f"/desk/audit?page={page}")
    assert answer.status_code == 200
    assert numbers_on(text_of(answer))


def test_the_number_of_queries_does_not_grow_with_the_trail(
    auditor: FlaskClient, app: Flask, instance: Instance
) -> None:
    auditor.get("/desk/audit")
    with counted_queries(app) as few:
        auditor.get("/desk/audit")
    for number in range(120):
        audit.note(instance.database, COMMAND, "test.many", f"thing {number}", audit.LOOKED)
    with counted_queries(app) as many:
        page = text_of(auditor.get("/desk/audit"))
    assert len(numbers_on(page)) == 50
    assert len(many) == len(few)


def test_an_entry_shows_before_and_after_of_each_row(auditor: FlaskClient, instance: Instance) -> None:
    account = account_of(instance, LIN_ZHIYAO)
    disable_account(instance, COMMAND, account.id)
    enable_account(instance, COMMAND, account.id)
    number = numbers_on(text_of(auditor.get("/desk/audit?action=accounts.enable")))[0]
    page = text_of(auditor.get(f"/desk/audit/{number}"))
    assert heading_of(page) == f"Entry {number}"
    assert page.index("disabled") < page.index(">active<")
    assert account.id in page


def test_an_entry_that_is_not_there_is_a_page_not_found(auditor: FlaskClient) -> None:
    assert auditor.get("/desk/audit/999999").status_code == 404


def test_reading_the_trail_adds_nothing_to_it(auditor: FlaskClient) -> None:
    before = numbers_on(text_of(auditor.get("/desk/audit")))[0]
    auditor.get(f"/desk/audit/{before}")
    auditor.post("/desk/audit/verify")
    assert numbers_on(text_of(auditor.get("/desk/audit")))[0] == before


def test_checking_the_trail_says_that_it_is_whole(auditor: FlaskClient) -> None:
    assert heading_of(text_of(auditor.post("/desk/audit/verify"))) == "The trail is whole"


def test_checking_the_trail_names_the_break(auditor: FlaskClient, instance: Instance) -> None:
    with instance.database.engine.connect() as connection:
        connection.execute(text("UPDATE accounts SET role = 'auditor' WHERE role = 'reviewer'"))
        connection.commit()
    page = text_of(auditor.post("/desk/audit/verify"))
    assert heading_of(page) == "The trail is broken"
    assert "differs from its last recorded state" in page


@pytest.mark.parametrize(
    ("subject", "page"),
    [
        ("event E2026-00001", "/desk/events/E2026-00001"),
        ("obligor O2026-00001", "/desk/obligors/O2026-00001"),
        ("claim C2026-00001", "/desk/claims/C2026-00001"),
        ("notice N2026-00001", "/desk/notices/N2026-00001"),
    ],
)
def test_an_entry_leads_to_the_page_of_what_it_is_about(
    auditor: FlaskClient, instance: Instance, subject: str, page: str
) -> None:
    audit.note(instance.database, COMMAND, "roster.export", subject, audit.DOWNLOADED)
    assert f'href="{page}"' in text_of(auditor.get(f"/desk/audit?subject={subject.split()[1]}"))
