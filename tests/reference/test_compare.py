"""Two versions of a source side by side: what was added, changed, is absent, there again or removed."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND
from portal.reference.actions import preview_source
from portal.reference.customs_differences import customs_between
from portal.reference.difference_rows import changes_of
from portal.reference.differences import Found, between, shown
from portal.reference.records import SourceVersion
from portal.reference.sides import ABSENT, ADDED, BACK, CHANGED, REMOVED, Difference
from portal.reference.undoing import undo_version
from tests.accounts.pages import heading_of, in_english, text_of
from tests.conftest import signed_in
from tests.people import FANG_SHEN, LIN_ZHIYAO, QIAN_PEI, ZHOU_HE
from tests.policies.stories import actions_on, queries_counted
from tests.reference.pages import previewed
from tests.samples import (
    Line,
    customs_book,
    customs_line,
    import_one,
    list_line,
    lists_book,
    masked_number,
    registry_book,
    registry_line,
    valid_identity_number,
    valid_uscc,
)

A, B, C, D = (valid_uscc(n) for n in (11, 12, 13, 14))
NUMBER = valid_identity_number(77)


def firm(code: str, name: str = "厦门甲示例有限公司", **more: Any) -> Line:
    return registry_line(code, name, **more)


def differences(
    instance: Instance, source: str, older: int, newer: int, sees_people: bool = True
) -> list[Difference]:
    """Every difference of two versions, by number, in words."""
    with instance.database.reading() as session:
        query = select(SourceVersion).where(SourceVersion.source == source)
        versions = {version.number: version for version in session.execute(query).scalars()}
        compare = customs_between if source == "customs" else between
        found = compare(session, versions[older], versions[newer])
        people = People(session, instance.keys)
        return sorted(
            shown(session, people, source, found, sees_people), key=lambda one: one.code or one.name or ""
        )


def kinds(found: list[Difference]) -> dict[str | None, str]:
    return {one.code: one.kind for one in found}


def test_firms_are_added_changed_absent_and_there_again(instance: Instance) -> None:
    import_one(instance, "registry", registry_book([firm(A), firm(B), firm(C)]))
    import_one(instance, "registry", registry_book([firm(A, address="新址"), firm(B), firm(D)]))
    import_one(instance, "registry", registry_book([firm(A, address="新址"), firm(C), firm(D)]))
    assert kinds(differences(instance, "registry", 1, 2)) == {A: CHANGED, C: ABSENT, D: ADDED}
    assert kinds(differences(instance, "registry", 2, 3)) == {B: ABSENT, C: BACK}
    assert kinds(differences(instance, "registry", 1, 3)) == {A: CHANGED, B: ABSENT, D: ADDED}


def test_of_a_changed_firm_only_what_changed_is_told(instance: Instance) -> None:
    import_one(instance, "registry", registry_book([firm(A, representative="陈一")]))
    import_one(instance, "registry", registry_book([firm(A, representative="陈二", status="注销")]))
    [one] = differences(instance, "registry", 1, 2)
    assert [tuple(line) for line in one.lines] == [
        ("representative", "陈一", "陈二"),
        ("status", "存续（在营、开业、在册）", "注销"),
    ]


def test_what_was_changed_and_changed_back_is_no_difference(instance: Instance) -> None:
    for place in ("厦门市", "泉州市", "厦门市"):
        import_one(instance, "registry", registry_book([firm(A, place=place), firm(B)]))
    assert differences(instance, "registry", 1, 3) == []


def test_a_firm_that_comes_back_changed_is_there_again(instance: Instance) -> None:
    import_one(instance, "registry", registry_book([firm(A), firm(B)]))
    import_one(instance, "registry", registry_book([firm(B)]))
    import_one(instance, "registry", registry_book([firm(A, place="泉州市"), firm(B)]))
    [one] = differences(instance, "registry", 2, 3)
    assert (one.kind, one.code) == (BACK, A)
    assert [tuple(line) for line in one.lines] == [("place", "厦门市", "泉州市")]
    assert kinds(differences(instance, "registry", 1, 3)) == {A: CHANGED}


def test_an_undone_version_leaves_no_trace_in_later_comparisons(instance: Instance) -> None:
    instance.decisions_on = lambda _session, _source, _number: 0
    import_one(instance, "registry", registry_book([firm(A), firm(B)]))
    import_one(instance, "registry", registry_book([firm(D)]))
    undo_version(instance, COMMAND, "registry", 2, "取错了文件")
    import_one(instance, "registry", registry_book([firm(A, place="泉州市"), firm(B)]))
    assert kinds(differences(instance, "registry", 1, 3)) == {A: CHANGED}


def test_an_entry_whose_end_is_filled_in_is_removed(instance: Instance) -> None:
    person = {"person": "王某示", "number": masked_number(NUMBER)}
    import_one(instance, "lists", lists_book([list_line("甲公司"), list_line(**person), list_line("乙公司")]))
    ended = [list_line("甲公司"), list_line(**person, removed_on="2022-02-01")]
    import_one(instance, "lists", lists_book([*ended, list_line("乙公司", source="另一法院")]))
    found = differences(instance, "lists", 1, 2)
    assert {(one.name, one.kind) for one in found} == {("王某示", REMOVED), ("乙公司", CHANGED)}
    [removed] = [one for one in found if one.kind == REMOVED]
    assert [tuple(line) for line in removed.lines] == [("removed_on", None, "2022-02-01")]


def test_listed_people_are_named_only_to_who_may_see_them(instance: Instance) -> None:
    import_one(instance, "lists", lists_book([list_line("甲公司")]))
    import_one(instance, "lists", lists_book([list_line("甲公司"), list_line(person="王某示", number=NUMBER)]))
    [seen] = differences(instance, "lists", 1, 2)
    assert seen.name == "王某示"
    assert NUMBER not in [line.now for line in seen.lines], "a number is masked for everybody"
    [hidden] = differences(instance, "lists", 1, 2, sees_people=False)
    assert hidden.name is None
    assert "王某示" not in str(hidden)


def test_customs_are_compared_by_firm_and_year_as_the_totals_stood(instance: Instance) -> None:
    import_one(instance, "customs", customs_book([customs_line(A, "甲", "10.00"), customs_line(B, "乙", "1.00")]))
    import_one(instance, "customs", customs_book([customs_line(C, "丙", "3.00", 2020)]))
    lines = [customs_line(A, "甲", "10.00"), customs_line(A, "甲", "0.05"), customs_line(C, "丙", "2.00")]
    import_one(instance, "customs", customs_book(lines))
    found = differences(instance, "customs", 2, 3)
    assert kinds(found) == {A: CHANGED, B: ABSENT, C: ADDED}
    [changed] = [one for one in found if one.kind == CHANGED]
    assert [tuple(line) for line in changed.lines] == [("exports", "USD 10.00", "USD 10.05"), ("lines", "1", "2")]
    assert [(one.code, one.year) for one in differences(instance, "customs", 1, 2)] == [(C, 2020)]


@pytest.fixture
def compared(instance: Instance) -> Instance:
    """Three versions of the registry, with 25 firms changed between the second and the third."""
    many = [firm(valid_uscc(100 + n), f"厦门第{n}号示例有限公司") for n in range(25)]
    moved = [firm(valid_uscc(100 + n), f"厦门第{n}号示例有限公司", address="厦门市集美区") for n in range(25)]
    import_one(instance, "registry", registry_book([firm(A)]))
    import_one(instance, "registry", registry_book([firm(A), firm(B), *many]))
    import_one(instance, "registry", registry_book([firm(A), firm(C), *moved]))
    return instance


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    """Lin Zhiyao, reviewer, reading English."""
    return in_english(signed_in(app, LIN_ZHIYAO))


COMPARE = "/desk/sources/registry/compare"
ADDRESS = ">Address</td>"


def test_the_page_compares_the_newest_two_and_any_two(compared: Instance, reviewer: FlaskClient) -> None:
    page = text_of(reviewer.get(COMPARE))
    assert heading_of(page) == "Compare versions: Company registry"
    for words in ("Version 2 of", "Changed 25", "Added 1", "Absent 1", "All 27"):
        assert words in page, words
    assert '<mark class="tb-differs">' in page, "differing characters are marked"
    backwards = text_of(reviewer.get(f"{COMPARE}?from=3&to=1"))
    assert "Version 1 of" in backwards
    assert "Added 26" in backwards
    assert "Absent 1" in backwards, "one came and was left out again in between"
    same = text_of(reviewer.get(f"{COMPARE}?from=2&to=2"))
    assert "They say the same" in same
    assert reviewer.get("/desk/sources/nothing/compare").status_code == 404


def test_the_page_filters_by_kind_and_by_part_of_name_or_code(compared: Instance, reviewer: FlaskClient) -> None:
    page = text_of(reviewer.get(f"{COMPARE}?kind=absent"))
    assert B in page
    assert C not in page
    page = text_of(reviewer.get(f"{COMPARE}?q=第 7 号".replace(" ", "")))
    assert "厦门第7号示例有限公司" in page
    assert "厦门第8号示例有限公司" not in page
    assert "Nothing fits" in text_of(reviewer.get(f"{COMPARE}?q=nobody"))


def test_a_page_has_twenty_differences_and_takes_the_same_queries_however_many_there_are(
    compared: Instance, app: Flask, reviewer: FlaskClient
) -> None:
    served: Instance = app.extensions["tongbao"]
    with queries_counted(served) as few:
        reviewer.get(f"{COMPARE}?kind=absent")
    with queries_counted(served) as many:
        page = text_of(reviewer.get(COMPARE))
    assert len(few) == len(many)
    assert page.count(ADDRESS) == 20
    assert text_of(reviewer.get(f"{COMPARE}?page=2")).count(ADDRESS) == 5


def test_the_sheet_holds_exactly_what_is_shown_and_its_download_is_on_record(
    compared: Instance, reviewer: FlaskClient
) -> None:
    answer = reviewer.get(f"{COMPARE}/export?from=2&to=3&kind=changed")
    rows = list(load_workbook(BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True))
    assert rows[0] == ("Difference", "Firm or person", "Credit code", "Field", "Version 2", "Version 3")
    assert len(rows) == 1 + 25
    assert set(rows[1]) >= {"Changed", "Address", "厦门市集美区"}
    assert actions_on(compared, "registry version 3")[-1] == ("reference.compare_export", "downloaded")


def test_with_one_version_there_is_nothing_to_compare_yet(instance: Instance, reviewer: FlaskClient) -> None:
    import_one(instance, "registry", registry_book([firm(A)]))
    assert "There are not two versions yet" in text_of(reviewer.get(COMPARE))
    assert reviewer.get(f"{COMPARE}/export").status_code == 404


def test_a_listed_person_is_found_by_name_and_only_by_who_may_see_them(instance: Instance, app: Flask) -> None:
    import_one(instance, "lists", lists_book([list_line("甲公司")]))
    import_one(instance, "lists", lists_book([list_line("甲公司"), list_line(person="王某示", number=NUMBER)]))
    address = "/desk/sources/lists/compare?q=王某示"
    assert "王某示</td>" in text_of(in_english(signed_in(app, FANG_SHEN)).get(address))
    claims = in_english(signed_in(app, QIAN_PEI))
    assert "Nothing fits" in text_of(claims.get(address))
    page = text_of(claims.get("/desk/sources/lists/compare"))
    assert "a person" in page
    assert "王某示" not in page
    assert signed_in(app, ZHOU_HE).get(address).status_code == 403


def test_the_preview_lists_what_changes_and_is_missing_and_leads_to_all_of_it(
    compared: Instance, reviewer: FlaskClient
) -> None:
    again = [firm(valid_uscc(100 + n), f"厦门第{n}号示例有限公司", address="厦门市翔安区") for n in range(25)]
    address = previewed(reviewer, "registry", registry_book([firm(A), *again]))
    page = text_of(reviewer.get(address))
    assert "What changes or is missing" in page
    assert "The first 20 are shown." in page
    assert f'href="{address}/changes"' in page
    first = text_of(reviewer.get(f"{address}/changes"))
    second = text_of(reviewer.get(f"{address}/changes?page=2"))
    assert first.count(ADDRESS) == 20
    assert second.count(ADDRESS) == 5
    assert C in second, "the firm that is missing stands at the end"
    assert reviewer.get("/desk/sources/imports/nothing/changes").status_code == 410


def test_the_preview_of_customs_lists_the_firms_whose_total_changes(instance: Instance) -> None:
    import_one(instance, "customs", customs_book([customs_line(A, "甲", "10.00"), customs_line(B, "乙", "1.00")]))
    data = customs_book([customs_line(A, "甲", "12.00"), customs_line(C, "丙", "1.00")])
    result = preview_source(instance, "customs", data, "x.xlsx")
    with instance.database.reading() as session:
        found = changes_of(session, result)
    assert [(one.kind, one.code) for one in found] == [(CHANGED, A), (ABSENT, B)]


def test_the_preview_of_lists_tells_an_entry_that_ends(instance: Instance) -> None:
    import_one(instance, "lists", lists_book([list_line("甲公司"), list_line("乙公司")]))
    result = preview_source(
        instance, "lists", lists_book([list_line("甲公司", removed_on="2022-02-02")]), "x.xlsx"
    )
    with instance.database.reading() as session:
        found = changes_of(session, result)
    assert [(one.kind, one.name) for one in found if isinstance(one, Found)] == [
        (REMOVED, "甲公司"),
        (ABSENT, "乙公司"),
    ]
