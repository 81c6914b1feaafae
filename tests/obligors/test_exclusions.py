"""What schemes exclude: read from Excel, complete per scheme, and found again for an obligor on a day."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, NotAllowed
from portal.obligors import queries
from portal.obligors.exclusion_files import EXCLUSION_HEADINGS
from portal.obligors.exclusion_import import ExclusionsImported, import_exclusions
from portal.obligors.records import Exclusion, ExclusionVersion, Obligor
from tests.appeals.stories import staff
from tests.conftest import signed_in
from tests.obligors.stories import buyer, somebody_of
from tests.people import FANG_SHEN, QIAN_PEI

SCHEME = "xiamen-2022"
ON = date(2022, 6, 1)
COUNTRY = (SCHEME, "国家", "BY", None, None, "不承保", "2022-01-01", None, "公告")
PARTY = (SCHEME, "当事方", None, "Zebra Toys Trading Inc.", None, "制裁", "2022-03-01", "2022-09-01", None)
NUMBERED = (SCHEME, "当事方", "DE", None, "HRB 77", "制裁", "2022-01-01", None, None)


def _book(*rows: Sequence[object], headings: Sequence[str] | None = None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(headings or [one.name for one in EXCLUSION_HEADINGS]))
    for row in rows:
        sheet.append(list(row))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _import(instance: Instance, *rows: Sequence[object], who: Actor = COMMAND) -> ExclusionsImported:
    return import_exclusions(instance, who, _book(*rows), "list.xlsx")


def _warned(instance: Instance, obligor: Obligor, on: date = ON, scheme: str = SCHEME) -> list[str]:
    with instance.database.reading() as session:
        return [one.reason for one in queries.warnings_for(session, scheme, obligor, on)]


def test_a_country_and_a_party_are_found_for_an_obligor(instance: Instance) -> None:
    who = somebody_of(instance)
    _import(instance, COUNTRY, PARTY, NUMBERED)
    assert _warned(instance, buyer(instance, who, "Belaja Rus", "BY")) == ["excluded"]
    assert _warned(instance, buyer(instance, who, "ZEBRA TOYS TRADING INC", "US")) == ["sanctioned"]
    assert _warned(instance, buyer(instance, who, "Anders Heissend GmbH", "DE", number="hrb-77")) == ["sanctioned"]
    assert _warned(instance, buyer(instance, who, "Anders Heissend GmbH", "AT", number="HRB77")) == []
    assert _warned(instance, buyer(instance, who, "Nordwind Möbel GmbH", "DE")) == []


@pytest.mark.parametrize(
    ("on", "warned"),
    [
        (date(2022, 2, 28), []),
        (date(2022, 3, 1), ["sanctioned"]),
        (date(2022, 8, 31), ["sanctioned"]),
        (date(2022, 9, 1), []),
    ],
)
def test_an_entry_holds_from_its_first_day_until_before_its_last(
    instance: Instance, on: date, warned: list[str]
) -> None:
    _import(instance, PARTY)
    assert _warned(instance, buyer(instance, somebody_of(instance), "Zebra Toys Trading", "US"), on) == warned


def test_each_scheme_has_its_own_list(instance: Instance) -> None:
    _import(instance, COUNTRY)
    obligor = buyer(instance, somebody_of(instance), "Belaja Rus", "BY")
    assert _warned(instance, obligor, scheme="xiamen-continued") == []
    _import(instance, ("xiamen-continued", *COUNTRY[1:]))
    assert _warned(instance, obligor, scheme="xiamen-continued") == ["excluded"]
    assert _warned(instance, obligor) == ["excluded"]


def test_a_file_replaces_what_stood_and_the_same_again_changes_nothing(instance: Instance) -> None:
    first = _import(instance, COUNTRY, PARTY)
    assert (first.changed, first.total("added")) == (True, 2)
    again = _import(instance, COUNTRY, PARTY)
    assert (again.changed, again.total("unchanged")) == (False, 2)
    second = _import(instance, PARTY)
    assert (second.total("gone"), second.total("unchanged")) == (1, 1)
    with instance.database.reading() as session:
        assert [one.number for one in session.execute(select(ExclusionVersion)).scalars()] == [1, 2]
        assert len(session.execute(select(Exclusion)).scalars().all()) == 3  # versions stay readable


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (0, "nowhere-1999", "scheme_unknown"),
        (1, "船", "exclusion_kind_wrong"),
        (2, "ZZ", "country_wrong"),
        (2, None, "country_missing"),
        (5, "不喜欢", "exclusion_reason_wrong"),
        (6, "soon", None),
        (7, "2021-12-31", "ends_before_it_begins"),
    ],
)
def test_a_wrong_row_is_reported_and_the_good_ones_are_taken(
    instance: Instance, column: int, value: object, code: str | None
) -> None:
    wrong: list[object] = list(COUNTRY)
    wrong[column] = value
    result = _import(instance, wrong, PARTY)
    assert len(result.rejected) == 1
    assert code is None or result.rejected[0].problems[0][1].code == code
    assert result.total("added") == 1
    sheet = load_workbook(BytesIO(result.rejected_sheet())).active
    assert sheet is not None
    assert sheet.max_row > 1


def test_a_party_without_name_and_number_is_rejected(instance: Instance) -> None:
    result = _import(instance, (SCHEME, "party", "DE", "--", None, "sanctioned", "2022-01-01", None, None))
    assert result.rejected[0].problems[0][1].code == "name_without_letters"
    result = _import(instance, (SCHEME, "party", "DE", None, None, "sanctioned", "2022-01-01", None, None))
    assert result.rejected[0].problems[0][1].code == "party_missing"


def test_a_slip_in_a_row_never_lifts_what_stood(instance: Instance) -> None:
    _import(instance, COUNTRY, PARTY)
    slip = list(COUNTRY)
    slip[2] = "BYE"
    result = _import(instance, slip, PARTY)
    assert (result.changed, result.total("gone")) == (False, 0)
    assert _warned(instance, buyer(instance, somebody_of(instance), "Belaja Rus", "BY")) == ["excluded"]


def test_only_claims_officers_and_the_command_import(instance: Instance) -> None:
    with pytest.raises(NotAllowed):
        _import(instance, COUNTRY, who=staff(instance, FANG_SHEN))
    assert _import(instance, COUNTRY, who=staff(instance, QIAN_PEI)).changed


def test_the_page_looks_first_then_imports_and_lists(app: Flask, instance: Instance) -> None:
    client = signed_in(app, QIAN_PEI)
    data = _book(COUNTRY, PARTY)

    def send(step: str, content: bytes = data) -> tuple[int, str]:
        answer = client.post(
            "/desk/exclusions/import", data={"step": step, "file": (BytesIO(content), "list.xlsx")}
        )
        return answer.status_code, answer.get_data(as_text=True)

    assert send("look")[0] == 200
    with instance.database.reading() as session:
        assert session.execute(select(Exclusion)).first() is None
    assert send("import")[0] == 302
    page = client.get(f"/desk/exclusions?scheme={SCHEME}").get_data(as_text=True)
    assert "Zebra Toys Trading Inc." in page
    assert send("look", b"no workbook")[0] == 422
    wrong = _book((SCHEME, "国家", "ZZ", None, None, "不承保", "2022-01-01", None, None))
    status, text = send("import", wrong)
    assert (status, "ZZ" in text) == (200, True)
    template = load_workbook(BytesIO(client.get("/desk/exclusions/template.xlsx").data)).active
    assert template is not None
    assert [cell.value for cell in template[1]] == [one.name for one in EXCLUSION_HEADINGS]


def test_the_command_imports_and_tells(app: Flask, instance: Instance, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(_book(COUNTRY, (SCHEME, "国家", "ZZ", None, None, "不承保", "2022-01-01", None, None)))
    runner = app.test_cli_runner()
    told = runner.invoke(args=["obligors", "exclusions", str(file), "--dry-run"])
    assert "Dry run: nothing was written." in told.output
    out = tmp_path / "rejected.xlsx"
    told = runner.invoke(args=["obligors", "exclusions", str(file), "--rejected", str(out)])
    assert told.exit_code == 0
    assert told.output.endswith("exclusions: read 2 added 1 gone 0 unchanged 0 rejected 1\n")
    assert out.exists()
    assert "nothing was changed" in runner.invoke(args=["obligors", "exclusions", str(file)]).output
