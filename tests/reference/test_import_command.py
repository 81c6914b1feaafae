"""`import registry|customs|lists FILE`: its last line, its exit status, and that it writes only when asked."""

from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook

from portal.common.instance import Instance
from portal.reference.records import CustomsLine, RegistryRow, SourceVersion
from tests.reference.pages import rows_of
from tests.samples import (
    FIRMS,
    HARBOUR,
    apply_all,
    customs_book,
    customs_line,
    import_one,
    lists_book,
    registry_book,
    registry_line,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The three small files of the public bodies."""
    for source, data in (("registry", registry_book()), ("customs", customs_book()), ("lists", lists_book())):
        (tmp_path / f"{source}.xlsx").write_bytes(data)
    return tmp_path


def test_the_last_line_counts_the_rows(app: Flask, folder: Path, instance: Instance) -> None:
    run = app.test_cli_runner().invoke(args=["import", "registry", str(folder / "registry.xlsx")])
    assert run.exit_code == 0, run.output
    assert run.output.splitlines()[-1] == "registry: read 6 added 6 changed 0 unchanged 0 rejected 0"
    assert rows_of(instance, RegistryRow) == len(FIRMS)


def test_a_dry_run_tells_the_same_and_writes_nothing(app: Flask, folder: Path, instance: Instance) -> None:
    arguments = ["import", "customs", str(folder / "customs.xlsx"), "--dry-run"]
    run = app.test_cli_runner().invoke(args=arguments)
    assert run.output.splitlines()[-1] == "customs: read 5 added 5 changed 0 unchanged 0 rejected 0"
    assert "nothing was written" in run.output
    assert rows_of(instance, SourceVersion) == 0


def test_the_same_file_again_is_unchanged(app: Flask, folder: Path, instance: Instance) -> None:
    for _time in range(2):
        run = app.test_cli_runner().invoke(args=["import", "lists", str(folder / "lists.xlsx")])
    assert run.output.splitlines()[-1] == "lists: read 3 added 0 changed 0 unchanged 3 rejected 0"
    assert rows_of(instance, SourceVersion) == 1


def test_rejected_rows_are_no_failure_and_go_into_the_sheet(
    app: Flask, tmp_path: Path, instance: Instance
) -> None:
    file, out = tmp_path / "customs.xlsx", tmp_path / "out.xlsx"
    file.write_bytes(
        customs_book(
            [
                customs_line(HARBOUR.uscc, HARBOUR.name, 1),
                customs_line(913502, "厦门数字码示例有限公司", 1),
                customs_line(HARBOUR.uscc, HARBOUR.name, "1e309"),
                customs_line(HARBOUR.uscc, HARBOUR.name, -1),
                customs_line(None, "厦门无码示例有限公司", 1),
            ]
        )
    )
    run = app.test_cli_runner().invoke(args=["import", "customs", str(file), "--rejected", str(out)])
    assert run.exit_code == 0, run.output
    assert run.output.splitlines()[-1] == "customs: read 5 added 1 changed 0 unchanged 0 rejected 4"
    assert rows_of(instance, CustomsLine) == 1
    rows = list(load_workbook(out).worksheets[0].values)
    assert [row[1] for row in rows[1:]] == [
        "A3 统一社会信用代码",
        "D4 出口额（美元）",
        "D5 出口额（美元）",
        "A6 统一社会信用代码",
    ]


@pytest.mark.parametrize("content", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"PK\x03\x04rubbish"])
def test_an_unreadable_file_is_one_line_on_stderr(
    content: bytes, app: Flask, tmp_path: Path, instance: Instance
) -> None:
    file = tmp_path / "bad.xlsx"
    file.write_bytes(content)
    run = app.test_cli_runner().invoke(args=["import", "registry", str(file)])
    assert run.exit_code == 1
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1
    assert rows_of(instance, SourceVersion) == 0


def test_a_missing_file_and_an_unknown_source_are_told(app: Flask, tmp_path: Path) -> None:
    for arguments in (["registry", str(tmp_path / "none.xlsx")], ["weather", str(tmp_path)]):
        run = app.test_cli_runner().invoke(args=["import", *arguments])
        assert run.exit_code != 0
        assert len(run.stderr.splitlines()) == 1


def test_absent_firms_are_told(app: Flask, folder: Path, instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    (folder / "less.xlsx").write_bytes(registry_book([registry_line(HARBOUR.uscc, HARBOUR.name)]))
    run = app.test_cli_runner().invoke(args=["import", "registry", str(folder / "less.xlsx")])
    assert "5 known before are not in this snapshot" in run.output


def test_the_command_decides_who_waited(app: Flask, folder: Path, instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    import_one(instance, "customs", customs_book())
    apply_all(instance)
    run = app.test_cli_runner().invoke(args=["import", "lists", str(folder / "lists.xlsx")])
    assert "6 applications that waited were decided." in run.output
    assert run.output.splitlines()[-1] == "lists: read 3 added 3 changed 0 unchanged 0 rejected 0"
