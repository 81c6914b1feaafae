"""`obligors compare`: every row comes back in its order with an answer, and a wrong file is told in one line."""

import csv
from pathlib import Path

import pytest
from flask import Flask

HEADINGS = "name1,name2\n"


def _run(app: Flask, folder: Path, content: bytes | str) -> tuple[int, str, list[dict[str, str]]]:
    pairs, out = folder / "pairs.csv", folder / "out.csv"
    pairs.write_bytes(content.encode() if isinstance(content, str) else content)
    result = app.test_cli_runner().invoke(args=["obligors", "compare", str(pairs), str(out)])
    if result.exit_code:
        assert not out.exists()
        return result.exit_code, result.output, []
    with out.open(encoding="utf-8", newline="") as file:
        return result.exit_code, result.output, list(csv.DictReader(file))


def test_rows_come_back_in_their_order_with_an_answer_and_a_score(app: Flask, tmp_path: Path) -> None:
    status, told, rows = _run(
        app,
        tmp_path,
        "note,name2,name1\nfirst,Nordwind Möbel GmbH,NORDWIND MOEBEL GMBH\nsecond,Zebra Toys,Nordwind Möbel\n",
    )
    assert (status, told) == (0, "compared 2 pairs: 1 look alike\n")
    assert [row["note"] for row in rows] == ["first", "second"]
    assert [row["lookalike"] for row in rows] == ["true", "false"]
    assert list(rows[0]) == ["note", "name2", "name1", "lookalike", "score"]
    assert all(0 <= float(row["score"]) <= 1 for row in rows)


def test_a_mark_at_the_beginning_of_the_file_and_windows_lines_do_no_harm(app: Flask, tmp_path: Path) -> None:
    _status, _told, rows = _run(app, tmp_path, b"\xef\xbb\xbfname1,name2\r\nA Toys,A Toys\r\n")
    assert [(row["name1"], row["lookalike"]) for row in rows] == [("A Toys", "true")]


def test_empty_and_missing_names_are_like_none(app: Flask, tmp_path: Path) -> None:
    _status, _told, rows = _run(app, tmp_path, HEADINGS + ",\nNordwind\n,Nordwind\n")
    assert [(row["lookalike"], row["score"]) for row in rows] == [("false", "0.000")] * 3


def test_what_a_spreadsheet_would_run_stays_text(app: Flask, tmp_path: Path) -> None:
    _status, _told, rows = _run(app, tmp_path, HEADINGS + "=1+1,@SUM(A1)\n")
    assert (rows[0]["name1"], rows[0]["name2"]) == ("'=1+1", "'@SUM(A1)")


def test_a_file_of_headings_alone_has_no_rows(app: Flask, tmp_path: Path) -> None:
    assert _run(app, tmp_path, HEADINGS) == (0, "compared 0 pairs: 0 look alike\n", [])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "has no column name1 and no column name2"),
        ("name1,other\n1,2\n", "has no column name2"),
        ("name1,name2,name1\n1,2,3\n", "names a column twice: name1"),
        (HEADINGS + "a,b,c\n", "line 2: 3 fields under 2 headings"),
        (HEADINGS + '"a,b\n', "line 2: unexpected end of data"),
        (HEADINGS.encode() + "厦门,厦门\n".encode("gb18030"), "is not in UTF-8"),
    ],
)
def test_a_wrong_file_is_told_in_one_line_and_writes_nothing(
    app: Flask, tmp_path: Path, content: bytes | str, told: str
) -> None:
    status, output, _rows = _run(app, tmp_path, content)
    assert status == 1
    assert told in output
    assert output.count("\n") == 1


def test_a_file_that_is_not_there_is_told(app: Flask, tmp_path: Path) -> None:
    result = app.test_cli_runner().invoke(
        args=["obligors", "compare", str(tmp_path / "no.csv"), str(tmp_path / "o")]
    )
    assert result.exit_code == 1
    assert "No such file" in result.output


def test_the_answers_never_overwrite_the_pairs(app: Flask, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(HEADINGS + "a,b\n")
    result = app.test_cli_runner().invoke(args=["obligors", "compare", str(pairs), str(pairs)])
    assert result.exit_code == 1
    assert pairs.read_text() == HEADINGS + "a,b\n"
