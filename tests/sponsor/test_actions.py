"""Rosters as of a day: which policies, in which state, under which terms; who may take one; telling it again."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from portal.common.instance import Instance
from portal.common.roles import COMMAND, TAKES_ROSTERS, NotAllowed
from portal.policies.actions import record_acknowledgement, record_withdrawal
from portal.programme.actions import confirm_value
from portal.scheme.terms import AfterCrossingCap, BeforeFirstTerms, CoverStarts, load_terms
from portal.sponsor.actions import (
    AFTER_CROSSING_CAP,
    COVER_STARTS,
    UnknownRoster,
    export_roster,
    roster_lines,
    terms_summary,
    verify_roster,
)
from portal.sponsor.records import RosterExport
from portal.sponsor.roster_sheet import RosterLine
from tests.people import GUAN_LI, LIN_ZHIYAO, STAFF, Staff
from tests.policies.stories import ISSUE_DAY, acting, actions_on, approve, issue, on_day, policy_of
from tests.samples import (
    HARBOUR,
    SCHEME,
    SILENT,
    apply_all,
    customs_book,
    customs_line,
    import_all,
    import_one,
)
from tests.sponsor.roster_samples import written

LEFT_ON = date(2022, 6, 1)
READ_ON = date(2022, 4, 5)


@pytest.fixture
def insured(instance: Instance) -> Instance:
    """Two policies of 2 March 2022: the harbour acknowledged on 5 April, the silent one left on 1 June."""
    import_all(instance)
    apply_all(instance)
    approve(instance, LIN_ZHIYAO, SILENT)
    issue(instance)
    with on_day(LEFT_ON):
        who = acting(instance, LIN_ZHIYAO)
        record_acknowledgement(instance, who, policy_of(instance, HARBOUR).number, READ_ON, HARBOUR.representative)
        record_withdrawal(instance, who, policy_of(instance, SILENT).number, LEFT_ON)
    return instance


def lines_of(instance: Instance, as_of: date) -> dict[str, RosterLine]:
    """The lines of the roster as of a day, by code."""
    with instance.database.reading() as session:
        return {line.uscc: line for line in roster_lines(session, SCHEME, as_of)}


def roster(instance: Instance, as_of: date) -> tuple[bytes, Any]:
    """A roster's bytes and its first sheet."""
    out = BytesIO()
    export_roster(instance, COMMAND, SCHEME, as_of, out)
    return out.getvalue(), load_workbook(BytesIO(out.getvalue())).worksheets[0]


@pytest.mark.parametrize(
    ("as_of", "harbour", "silent"),
    [
        (date(2022, 3, 2), "in_force", "in_force"),
        (date(2022, 5, 31), "in_force", "in_force"),
        (date(2022, 6, 1), "in_force", "withdrawn"),
        (date(2022, 12, 31), "in_force", "withdrawn"),
        (date(2023, 1, 1), "ended", "withdrawn"),
        (date(2024, 2, 29), "ended", "withdrawn"),
    ],
)
def test_a_state_is_that_of_the_as_of_day(insured: Instance, as_of: date, harbour: str, silent: str) -> None:
    lines = lines_of(insured, as_of)
    assert (lines[HARBOUR.uscc].state, lines[SILENT.uscc].state) == (harbour, silent)


def test_an_acknowledgement_counts_from_its_own_day_on(insured: Instance) -> None:
    assert lines_of(insured, date(2022, 4, 4))[HARBOUR.uscc].acknowledged_on is None
    assert lines_of(insured, READ_ON)[HARBOUR.uscc].acknowledged_on == READ_ON
    assert lines_of(insured, date(2023, 5, 1))[HARBOUR.uscc].acknowledged_on == READ_ON


def test_the_roster_lists_exactly_the_policies_issued_by_the_day(insured: Instance) -> None:
    assert lines_of(insured, date(2022, 3, 1)) == {}
    assert set(lines_of(insured, ISSUE_DAY)) == {HARBOUR.uscc, SILENT.uscc}
    with on_day(date(2022, 7, 1)):
        apply_all(insured, [SILENT], date(2022, 7, 1))
        approve(insured, LIN_ZHIYAO, SILENT)
        issue(insured, date(2022, 7, 1))
    with insured.database.reading() as session:
        before = [line.policy_number for line in roster_lines(session, SCHEME, date(2022, 6, 30))]
        after = [(line.policy_number, line.state) for line in roster_lines(session, SCHEME, date(2022, 7, 1))]
    assert before == ["P2022-000001", "P2022-000002"]
    assert after == [
        ("P2022-000001", "in_force"),
        ("P2022-000002", "withdrawn"),
        ("P2022-000003", "in_force"),
    ]


def test_the_workbook_says_how_each_was_decided_and_leaves_unknown_exports_empty(insured: Instance) -> None:
    _data, sheet = roster(insured, ISSUE_DAY)
    rows = {row[2]: row for row in sheet.iter_rows(values_only=True)}
    assert (rows[HARBOUR.uscc][5], rows[HARBOUR.uscc][10]) == (1_250_000.00, "自动")
    assert (rows[SILENT.uscc][5], rows[SILENT.uscc][10]) == (None, "人工")


def test_what_was_given_out_is_kept_recorded_and_told_from_what_was_altered(insured: Instance) -> None:
    data, _sheet = roster(insured, ISSUE_DAY)
    assert verify_roster(insured, data) == ()
    with insured.database.reading() as session:
        kept = session.query(RosterExport).one()
    assert (kept.lines, kept.total_minor, kept.made_by) == (2, 125_000_000, "command")
    assert actions_on(insured, f"roster {SCHEME} 2022-03-02") == [("sponsor.roster", "downloaded")]
    book = load_workbook(BytesIO(data))
    row = next(row for row in book.worksheets[0].iter_rows() if row[2].value == HARBOUR.uscc)
    row[5].value = 1_250_000.01
    altered = BytesIO()
    book.save(altered)
    assert [one.address for one in verify_roster(insured, altered.getvalue())] == [row[5].coordinate]


def test_a_roster_of_another_portal_is_unknown(insured: Instance) -> None:
    with pytest.raises(UnknownRoster):
        verify_roster(insured, written()[0])


def test_a_day_before_the_first_terms_is_refused_and_leaves_nothing(insured: Instance) -> None:
    out = BytesIO()
    with pytest.raises(BeforeFirstTerms):
        export_roster(insured, COMMAND, SCHEME, date(2021, 12, 31), out)
    assert out.getvalue() == b""


@pytest.mark.parametrize("person", STAFF, ids=lambda person: str(person.role))
def test_sponsors_underwriter_and_auditor_take_rosters_and_nobody_else(insured: Instance, person: Staff) -> None:
    who = acting(insured, person)
    if person.role in TAKES_ROSTERS:
        assert export_roster(insured, who, SCHEME, ISSUE_DAY, BytesIO()).lines == 2
    else:
        with pytest.raises(NotAllowed):
            export_roster(insured, who, SCHEME, ISSUE_DAY, BytesIO())


def summary(as_of: date, years: tuple[int, ...] = (), confirmed: tuple[str, ...] = ()) -> dict[str, str]:
    """The summary of the published scheme's terms as of a day."""
    return dict(terms_summary(load_terms(SCHEME), as_of, set(confirmed), years))


def test_the_summary_names_year_period_limits_and_rates_and_marks_what_is_provisional() -> None:
    assert summary(date(2022, 12, 31)) == {
        "政策期间": "2022-01-01 至 2023-12-31",
        "保单年度": "2022",
        "保单期间": "2022-01-01 至 2022-12-31（暂定）",
        "承保起期": "出单当日（暂定）",
        "年中出口超过上限": "保障继续，续保看新的基期（暂定）",
        "基期年度": "2021",
        "基期出口额上限": "USD 6,000,000.00",
        "赔付比例": "损失的 80 %",
        "单一买方或开证行限额": "每张保单 USD 50,000.00（暂定）",
        "保费率": "基期出口额的 0.04 %（暂定）",
    }


def test_a_confirmed_value_is_marked_no_longer(insured: Instance) -> None:
    assert summary(date(2022, 5, 1), confirmed=("premium_rate",))["保费率"] == "基期出口额的 0.04 %"
    confirm_value(insured, acting(insured, GUAN_LI), SCHEME, "premium_rate", "Notice 12 of 2022")
    _data, sheet = roster(insured, ISSUE_DAY)
    texts = [cell for row in sheet.iter_rows(max_row=8, values_only=True) for cell in row if cell]
    assert "保费率：基期出口额的 0.04 %" in texts
    assert "单一买方或开证行限额：每张保单 USD 50,000.00（暂定）" in texts


def test_when_cover_starts_and_whether_it_continues_are_marked_until_confirmed() -> None:
    settled = summary(date(2022, 5, 1), confirmed=("cover_starts", "after_crossing_cap"))
    assert settled["承保起期"] == "出单当日"
    assert settled["年中出口超过上限"] == "保障继续，续保看新的基期"


def test_the_summary_has_words_for_every_value_that_terms_may_have() -> None:
    assert COVER_STARTS.keys() == set(CoverStarts)
    assert AFTER_CROSSING_CAP.keys() == set(AfterCrossingCap)


def test_a_roster_over_two_policy_years_gives_by_year_what_differs() -> None:
    told = summary(date(2023, 6, 30), years=(2022, 2023))
    assert told["保单年度"] == "2022、2023"
    assert told["基期年度"] == "2022 年度：2021；2023 年度：2022（暂定）"
    assert told["保单期间"] == (
        "2022 年度：2022-01-01 至 2022-12-31（暂定）；2023 年度：2023-01-01 至 2023-12-31（暂定）"
    )
    assert told["基期出口额上限"] == "USD 6,000,000.00"


def test_after_the_programmes_end_the_last_years_terms_stand_and_the_end_is_told() -> None:
    told = summary(date(2024, 2, 29), years=(2022,))
    assert told["政策期间"] == "2022-01-01 至 2023-12-31，截至日已结束"
    assert told["保单年度"] == "2022、2023"


def test_a_scheme_without_an_end_says_so() -> None:
    told = dict(terms_summary(load_terms("xiamen-continued"), date(2026, 2, 28), set()))
    assert told["政策期间"].startswith("2024-01-01 起，未定终止日")
    assert "（暂定）" in told["政策期间"]


def test_the_workbook_tells_the_terms_of_every_policy_year_it_lists(insured: Instance) -> None:
    with on_day(date(2023, 1, 3)):
        lines = [customs_line(HARBOUR.uscc, HARBOUR.name, "900000.00", 2022)]
        import_one(insured, "customs", customs_book(lines))
        apply_all(insured, [HARBOUR], date(2023, 1, 3))
        assert issue(insured, date(2023, 1, 3)).issued == 1
        _data, sheet = roster(insured, date(2023, 1, 3))
    texts = [cell for row in sheet.iter_rows(max_row=8, values_only=True) for cell in row if cell]
    assert "基期年度：2022 年度：2021；2023 年度：2022（暂定）" in texts
    numbers = [row[6] for row in sheet.iter_rows(values_only=True) if str(row[6] or "").startswith("P2")]
    assert numbers == ["P2022-000001", "P2022-000002", "P2023-000001"]
