"""Undoing the newest version of a source while no decision used it."""

from collections.abc import Sequence
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Table, inspect, select

from portal.applications.affected import decisions_on
from portal.applications.deciding import replay_all
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND, Actor, NotAllowed, Role
from portal.common.types import Base
from portal.reference.actions import close_entry
from portal.reference.queries import absent_counts, newest_versions
from portal.reference.records import CustomsLine, CustomsYear, ListEntryRow, RegistryRow, SourceVersion
from portal.reference.undoing import CannotUndo, ReasonNeeded, reason_of, undo_version
from tests.accounts.pages import heading_of, in_english, text_of
from tests.conftest import signed_in
from tests.people import FANG_SHEN, LIN_ZHIYAO
from tests.policies.stories import actions_on
from tests.samples import (
    DEBTOR,
    FIRMS,
    HARBOUR,
    ISLET,
    SILENT,
    apply_all,
    customs_book,
    customs_line,
    import_all,
    import_one,
    list_line,
    lists_book,
    registry_book,
    registry_line,
    valid_uscc,
)

REASON = "文件取错了日期"
REVIEWER = Actor("reviewer", Role.REVIEWER)
TABLES: Sequence[type[Base]] = (RegistryRow, ListEntryRow, CustomsLine, CustomsYear)


@pytest.fixture
def imported(instance: Instance) -> Instance:
    """The three sources, one version each; nothing decided."""
    instance.decisions_on = decisions_on
    import_all(instance)
    return instance


def state_of(instance: Instance) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the sources, all columns."""
    found = {}
    with instance.database.reading() as session:
        for model in TABLES:
            table = inspect(model).local_table
            assert isinstance(table, Table)
            query = select(*table.columns).order_by(*table.primary_key.columns)
            found[model.__tablename__] = [tuple(row) for row in session.execute(query)]
    return found


def registry_changed() -> bytes:
    """Harbour has a new address, Islet is missing, and there is a firm more."""
    lines = [
        registry_line(firm.uscc, firm.name, address="厦门市湖里区新路 9 号" if firm is HARBOUR else "旧址")
        for firm in FIRMS
        if firm is not ISLET
    ]
    return registry_book([*lines, registry_line(valid_uscc(800), "厦门新来示例有限公司")])


def holds(instance: Instance) -> None:
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None
        assert replay_all(session, People(session, instance.keys)).differ == []


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("registry", registry_changed()),
        (
            "lists",
            lists_book([list_line(DEBTOR.name, DEBTOR.uscc, removed_on="2022-01-01"), list_line("新增示例")]),
        ),
        ("customs", customs_book([customs_line(HARBOUR.uscc, HARBOUR.name, "5.00")])),
    ],
)
def test_undoing_puts_every_row_back_exactly_as_it_was(imported: Instance, source: str, data: bytes) -> None:
    before = state_of(imported)
    assert import_one(imported, source, data).version == 2
    assert state_of(imported) != before
    assert undo_version(imported, COMMAND, source, 2, REASON)
    assert state_of(imported) == before
    with imported.database.reading() as session:
        assert newest_versions(session)[source].number == 1
    holds(imported)


def test_a_firm_that_was_there_again_is_absent_again_once_that_version_is_undone(imported: Instance) -> None:
    import_one(imported, "registry", registry_book([registry_line(HARBOUR.uscc, HARBOUR.name)]))
    before = state_of(imported)
    import_one(imported, "registry", registry_book())
    undo_version(imported, COMMAND, "registry", 3, REASON)
    assert state_of(imported) == before
    with imported.database.reading() as session:
        assert absent_counts(session)[0] == len(FIRMS) - 1


def test_the_number_is_not_given_again_and_the_file_can_be_imported_again(imported: Instance) -> None:
    kept, mistaken = registry_book([registry_line(HARBOUR.uscc, HARBOUR.name)]), registry_changed()
    import_one(imported, "registry", kept)
    import_one(imported, "registry", mistaken)
    undo_version(imported, COMMAND, "registry", 3, REASON)
    assert import_one(imported, "registry", kept).same_file_again, "that one holds again"
    again = import_one(imported, "registry", mistaken)
    assert (again.version, again.same_file_again) == (4, False)
    holds(imported)


def test_a_version_that_a_decision_used_stays_and_the_sentence_says_how_many(imported: Instance) -> None:
    apply_all(imported)
    for source in ("registry", "customs", "lists"):
        with pytest.raises(CannotUndo) as found:
            undo_version(imported, COMMAND, source, 1, REASON)
        assert (found.value.code, found.value.count) == ("decided", len(FIRMS))


def test_a_screening_counts_as_a_decision_that_used_the_version(imported: Instance) -> None:
    apply_all(imported)
    assert import_one(imported, "lists", lists_book([list_line(SILENT.name, SILENT.uscc)])).followed.waiting
    with pytest.raises(CannotUndo, match="decided"):
        undo_version(imported, COMMAND, "lists", 2, REASON)


def test_a_version_that_concerned_nobody_can_be_undone_though_there_are_decisions(imported: Instance) -> None:
    apply_all(imported)
    before = state_of(imported)
    import_one(imported, "customs", customs_book([customs_line(HARBOUR.uscc, HARBOUR.name, "1", 2018)]))
    assert undo_version(imported, COMMAND, "customs", 2, REASON)
    assert state_of(imported) == before
    holds(imported)


def test_only_the_newest_version_can_be_undone(imported: Instance) -> None:
    import_one(imported, "registry", registry_changed())
    with pytest.raises(CannotUndo, match="not_newest"):
        undo_version(imported, COMMAND, "registry", 1, REASON)
    undo_version(imported, COMMAND, "registry", 2, REASON)
    assert undo_version(imported, COMMAND, "registry", 1, REASON), "then the one before it, too"
    with imported.database.reading() as session:
        assert "registry" not in newest_versions(session)
    assert apply_all(imported).missing_sources == ("registry",)


def test_a_version_because_of_which_an_entry_was_closed_stays(imported: Instance) -> None:
    import_one(imported, "lists", lists_book([list_line(DEBTOR.name, DEBTOR.uscc)]))
    with imported.database.reading() as session:
        absent = session.execute(select(ListEntryRow.id).where(ListEntryRow.absent_version.is_not(None))).scalars()
        entry = absent.first()
    assert entry is not None
    close_entry(imported, REVIEWER, entry, "法院已经确认")
    with pytest.raises(CannotUndo, match="closed"):
        undo_version(imported, COMMAND, "lists", 2, REASON)


def test_undoing_twice_undoes_once_and_needs_a_reason_and_the_right(imported: Instance) -> None:
    with pytest.raises(ReasonNeeded):
        undo_version(imported, COMMAND, "lists", 1, " 错 ")
    with pytest.raises(NotAllowed):
        undo_version(imported, Actor("auditor", Role.AUDITOR), "lists", 1, REASON)
    with pytest.raises(LookupError):
        undo_version(imported, COMMAND, "lists", 7, REASON)
    assert undo_version(imported, COMMAND, "lists", 1, REASON)
    assert not undo_version(imported, COMMAND, "lists", 1, REASON)
    assert actions_on(imported, "lists version 1") == [("reference.import", "done"), ("reference.undo", "done")]


def test_two_who_undo_at_the_same_moment_undo_one_version(imported: Instance) -> None:
    import_one(imported, "registry", registry_changed())
    together, came = Barrier(2), []

    def undo() -> None:
        together.wait()
        came.append(undo_version(imported, COMMAND, "registry", 2, REASON))

    threads = [Thread(target=undo) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == [False, True]
    with imported.database.reading() as session:
        assert newest_versions(session)["registry"].number == 1


def test_why_it_was_undone_is_kept_sealed_and_shown_to_staff(imported: Instance, app: Flask) -> None:
    undo_version(imported, COMMAND, "lists", 1, REASON)
    with imported.database.reading() as session:
        version = session.execute(select(SourceVersion).where(SourceVersion.source == "lists")).scalar_one()
        assert reason_of(session, imported.keys, version) == REASON
    page = text_of(in_english(signed_in(app, FANG_SHEN)).get("/desk/sources/lists/1"))
    assert "This version was undone" in page
    assert REASON in page


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    """Lin Zhiyao, reviewer, reading English."""
    return in_english(signed_in(app, LIN_ZHIYAO))


def test_a_reviewer_undoes_the_newest_version_on_its_page(imported: Instance, reviewer: FlaskClient) -> None:
    import_one(imported, "registry", registry_changed())
    assert 'href="/desk/sources/registry/2/undo"' in text_of(reviewer.get("/desk/sources/registry/2"))
    assert 'href="/desk/sources/registry/1/undo"' not in text_of(reviewer.get("/desk/sources/registry/1"))
    page = text_of(reviewer.get("/desk/sources/registry/2/undo"))
    assert heading_of(page) == "Undo version 2: Company registry"
    assert reviewer.post("/desk/sources/registry/2/undo", data={"reason": ""}).status_code == 422
    answer = reviewer.post("/desk/sources/registry/2/undo", data={"reason": REASON}, follow_redirects=True)
    assert "Undone: the version before it holds again." in text_of(answer)
    twice = reviewer.post("/desk/sources/registry/2/undo", data={"reason": REASON}, follow_redirects=True)
    assert "undone already" in text_of(twice)


def test_the_page_says_how_many_decisions_stand_against_undoing(imported: Instance, reviewer: FlaskClient) -> None:
    apply_all(imported)
    page = text_of(reviewer.get("/desk/sources/registry/1/undo"))
    assert f"{len(FIRMS)} decisions were made with this version." in page
    assert 'name="reason"' not in page
    answer = reviewer.post("/desk/sources/registry/1/undo", data={"reason": REASON})
    assert answer.status_code == 409
    assert reviewer.get("/desk/sources/registry/9/undo").status_code == 404


def test_whoever_only_reads_undoes_nothing(imported: Instance, app: Flask) -> None:
    auditor = signed_in(app, FANG_SHEN)
    assert auditor.get("/desk/sources/registry/1/undo").status_code == 403
    assert "/undo" not in text_of(auditor.get("/desk/sources/registry/1"))


def undo_by_command(app: Flask, *args: str) -> tuple[int, str]:
    """Exit status and output of the command."""
    run = app.test_cli_runner().invoke(args=["reference", "undo", *args])
    return run.exit_code, run.output


def test_a_command_undoes_the_newest_version_and_says_so_a_second_time(app: Flask, imported: Instance) -> None:
    before = state_of(imported)
    import_one(imported, "registry", registry_changed())
    assert undo_by_command(app, "registry", "2", "--reason", REASON) == (0, "registry: version 2 undone\n")
    assert state_of(imported) == before
    assert actions_on(imported, "registry version 2")[-1] == ("reference.undo", "done")
    status, said = undo_by_command(app, "registry", "2", "--reason", REASON)
    assert (status, said.splitlines()[0]) == (0, "This version is undone already; nothing was changed.")
    holds(imported)


def test_the_command_tells_in_one_line_why_a_version_stays(app: Flask, imported: Instance) -> None:
    apply_all(imported, [HARBOUR])
    for args, said in (
        (("registry", "1", "--reason", REASON), "Error: decisions made with this version: 1;"),
        (("registry", "7", "--reason", REASON), "Error: there is no version 7 of registry"),
        (("registry", "1", "--reason", "x"), "Error: give a reason of 4 to 1000 characters"),
        (("weather", "1", "--reason", REASON), "Error: "),
        (("registry", "1"), "Error: Missing option '--reason'"),
    ):
        status, output = undo_by_command(app, *args)
        assert status != 0
        assert output.startswith(said)
        assert output.count("\n") == 1
    import_one(imported, "registry", registry_changed())
    assert "a newer version builds on this one" in undo_by_command(app, "registry", "1", "--reason", REASON)[1]
