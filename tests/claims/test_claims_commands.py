"""`claims export` with and without a day gone by, and `claims worksheet`, through the command line."""

from pathlib import Path
from typing import Any

import openpyxl
from flask import Flask

from portal.claims.answers import agree, object_to
from portal.claims.approving import reverse
from portal.claims.checking import ask_firm, stop_waiting
from portal.common.instance import Instance
from tests.appeals.stories import staff
from tests.claims.deciding import APPROVED, ASSESSED, FILED, WHY, assessment_of, decided, filed
from tests.claims.stories import NOTIFIED, insured, later
from tests.people import FANG_YUNING, QIAN_PEI
from tests.policies.stories import on_day
from tests.samples import SCHEME


def run(app: Flask, *words: str) -> str:
    """What a command says; it must succeed."""
    result = app.test_cli_runner().invoke(args=["claims", *words])
    assert result.exit_code == 0, result.output
    return result.output


def rows(app: Flask, folder: Path, *options: str) -> list[dict[str, Any]]:
    """The lines of an export by their headings."""
    out = folder / "claims.xlsx"
    run(app, "export", str(out), "--scheme", SCHEME, *options)
    sheet = openpyxl.load_workbook(out).worksheets[0]
    head, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), line, strict=True)) for line in body]


STATE, INDEMNITY, PAYABLE = "状态", "现有赔款", "尚待支付"


def test_each_day_shows_the_state_and_money_of_its_end(app: Flask, instance: Instance, tmp_path: Path) -> None:
    who = insured(instance)
    number = decided(instance, who)
    seen = assessment_of(instance, number).canonical_sha256 or ""
    with on_day(later(APPROVED, 1)):
        agree(instance, who, number, seen)
    with on_day(later(APPROVED, 2)):
        reverse(instance, staff(instance, FANG_YUNING), number, seen, "wrong_amount", WHY)
    told = {}
    with on_day(later(APPROVED, 5)):
        assert rows(app, tmp_path, "--as-of", later(NOTIFIED, -1).isoformat()) == []
        for day in (NOTIFIED, FILED, ASSESSED, APPROVED, later(APPROVED, 1), later(APPROVED, 2)):
            (line,) = rows(app, tmp_path, "--as-of", day.isoformat())
            told[day] = (line[STATE], line[INDEMNITY], line[PAYABLE])
        (now,) = rows(app, tmp_path)
    assert told == {
        NOTIFIED: ("尚未提交", 0, 0),
        FILED: ("待定损", 0, 0),
        ASSESSED: ("待批准", 0, 0),
        APPROVED: ("待企业同意", 32000, 32000),
        later(APPROVED, 1): ("待付", 32000, 32000),
        later(APPROVED, 2): ("待定损", 0, 0),
    }
    assert (now[STATE], now[INDEMNITY]) == ("待定损", 0)


def test_a_request_and_an_objection_have_their_days_too(app: Flask, instance: Instance, tmp_path: Path) -> None:
    who = insured(instance)
    number = filed(instance, who)
    with on_day(later(FILED, 1)):
        ask_firm(instance, staff(instance, QIAN_PEI), number, ["invoice"], "")
    with on_day(later(FILED, 3)):
        stop_waiting(instance, staff(instance, QIAN_PEI), number)
    with on_day(later(FILED, 9)):
        days = [rows(app, tmp_path, "--as-of", later(FILED, n).isoformat())[0][STATE] for n in range(4)]
    assert days == ["待定损", "已请企业补充", "已请企业补充", "待定损"]


def test_an_objection_shows_from_its_day(app: Flask, instance: Instance, tmp_path: Path) -> None:
    who = insured(instance)
    number = decided(instance, who)
    seen = assessment_of(instance, number).canonical_sha256 or ""
    with on_day(later(APPROVED, 1)):
        object_to(instance, who, number, seen, "amount_wrong", "提单写明 50 箱。")
    with on_day(later(APPROVED, 5)):
        assert rows(app, tmp_path, "--as-of", later(APPROVED, 1).isoformat())[0][STATE] == "企业有异议"


def test_a_day_to_come_and_an_unknown_scheme_are_refused(app: Flask, instance: Instance, tmp_path: Path) -> None:
    out = str(tmp_path / "claims.xlsx")
    for options in (["--scheme", SCHEME, "--as-of", "2099-01-01"], ["--scheme", "nowhere-2022"]):
        result = app.test_cli_runner().invoke(args=["claims", "export", out, *options])
        assert result.exit_code != 0


def test_the_worksheet_of_a_claim_is_written_as_live_formulas(
    app: Flask, instance: Instance, tmp_path: Path
) -> None:
    number = decided(instance, insured(instance))
    out = tmp_path / "sheet.xlsx"
    assert "USD 32000.00" in run(app, "worksheet", number, str(out))
    cells = [cell for row in openpyxl.load_workbook(out).worksheets[0].iter_rows() for cell in row]
    assert any(cell.data_type == "f" and "ROUND(" in str(cell.value) for cell in cells)


def test_a_claim_without_a_worksheet_is_told_plainly(app: Flask, instance: Instance, tmp_path: Path) -> None:
    number = filed(instance, insured(instance), with_papers=False)
    for wanted in (number, "C2022-09999"):
        args = ["claims", "worksheet", wanted, str(tmp_path / "sheet.xlsx")]
        assert app.test_cli_runner().invoke(args=args).exit_code != 0
