"""Approved corrections laid over what the sources say: of one firm, one fact, and while the source says it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.applications.correction_words import correction_text
from portal.applications.corrections import NUMBER_FIELD, Overlay, number_index
from portal.applications.records import Correction
from portal.applications.sentences import sentence, source_text
from portal.common.keys import Keys
from portal.common.people import People, Sealer
from portal.scheme.eligibility import RULE_CODES, decide
from portal.scheme.facts import CorrectedFact, Exports, ListEntry, Person, RegistryRecord
from portal.scheme.findings import Source
from portal.scheme.money import Money
from portal.scheme.terms import load_terms
from tests.samples import valid_identity_number, valid_uscc
from tests.scheme.invented import facts

KEYS = Keys("test", b"s" * 32, b"i" * 32, b"c" * 32)
OURS, THEIRS = valid_uscc(1), valid_uscc(2)
DAY = date(2022, 3, 1)
MISTYPED, RIGHT = valid_identity_number(11), valid_identity_number(12)


class KnownPeople(People):
    """People of whom one key is known; there is no database."""

    def __init__(self) -> None:
        super().__init__(cast(Session, None), KEYS)
        self._opened["p1"] = Sealer("p1", b"k" * 32)


def correction(what: str, value: str, instead_of: str | None, **more: Any) -> Correction:
    """An approved correction of ours, changed."""
    known: dict[str, Any] = {
        "number": 1,
        "uscc": OURS,
        "what": what,
        "which": None,
        "instead_of": instead_of,
        "value": value,
        "person_id": "p1",
        "holds_from": DAY,
        "state": "approved",
        "approved_at": datetime(2022, 3, 8, 2, 0, tzinfo=UTC),
    }
    return Correction(**{**known, **more})


def overlay(ones: Sequence[Correction], uscc: str = OURS, on: date = DAY) -> Overlay:
    """These corrections for a firm on a day."""
    return Overlay(ones, uscc, on)


def exports(cents: int, year: int = 2021) -> Exports:
    """A total of two lines."""
    return Exports(year, Money.from_minor(cents, "USD"), 2)


def record(**given: Any) -> RegistryRecord:
    """A record of ours in Quanzhou, closed."""
    known = {"name": "厦门甲示例有限公司", "company_type": "个体工商户", "place": "泉州市", "status": "注销"}
    known |= given
    return RegistryRecord(uscc=OURS, representative=None, absent=False, **known)


def entry(number: str = "7", **given: Any) -> ListEntry:
    """A list entry in force."""
    known: dict[str, Any] = {"name": None, "uscc": OURS, "person": None, "set_aside": ()}
    known |= {"list_type": "失信被执行人", "listed_on": date(2020, 1, 1), "removed_on": None}
    return ListEntry(entry_id=number, **(known | given))


# How long one example takes says nothing on a busy machine.
QUICK = settings(deadline=None)

cents = st.integers(0, 10**12)
years = st.integers(2018, 2025)
days = st.dates(date(2021, 1, 1), date(2023, 12, 31))


@QUICK
@given(said=cents, right=cents, year=years, of=years, firm=st.sampled_from([OURS, THEIRS]), on=days, from_=days)
def test_a_correction_changes_only_its_firm_its_year_and_days_from_its_own_on(
    said: int, right: int, year: int, of: int, firm: str, on: date, from_: date
) -> None:
    one = correction("exports", str(right), str(said), which=str(of), holds_from=from_)
    laid = overlay([one], firm, on)
    given_total = exports(said, year)
    found = laid.exports(given_total, year)
    if firm == OURS and of == year and from_ <= on:
        assert found is not None
        assert (found.total.minor, found.year, found.lines) == (right, year, 2)
        assert [one.fact for one in laid.counted] == ["exports"]
    else:
        assert found is given_total
        assert laid.counted == ()


@QUICK
@given(said=st.none() | cents, now=st.none() | cents, right=cents)
def test_a_correction_counts_only_while_customs_says_what_it_corrects(
    said: int | None, now: int | None, right: int
) -> None:
    one = correction("exports", str(right), None if said is None else str(said), which="2021")
    laid = overlay([one])
    found = laid.exports(None if now is None else exports(now), 2021)
    if now == said:
        assert found is not None
        assert found.total.minor == right
    else:
        assert (found.total.minor if found else None) == now
        assert laid.counted == ()


@QUICK
@given(right=st.lists(cents, min_size=1, max_size=5, unique=True))
def test_of_several_corrections_of_one_fact_the_newest_counts(right: list[int]) -> None:
    ones = [correction("exports", str(value), "100", which="2021", number=n) for n, value in enumerate(right, 1)]
    laid = overlay(list(reversed(ones)))
    found = laid.exports(exports(100), 2021)
    assert found is not None
    assert found.total.minor == right[-1]
    assert [one.number for one in laid.counted] == [len(right)]


texts = st.sampled_from(["厦门市", "泉州市", "存续", "注销", "有限责任公司", "个体工商户"])


@QUICK
@given(fact=st.sampled_from(["place", "status", "company_type", "name"]), value=texts, said=st.none() | texts)
def test_a_correction_of_the_registry_changes_one_column_of_it(fact: str, value: str, said: str | None) -> None:
    before = record(**{fact: said or "空"})
    laid = overlay([correction(fact, value, said)])
    after = laid.registry(before)
    changed = {
        name
        for name in ("place", "status", "company_type", "name")
        if getattr(after, name) != getattr(before, name)
    }
    expected = {fact} if said is not None and value != said else set()
    assert changed == expected
    assert laid.registry(None) is None


@QUICK
@given(of=st.sampled_from(["7", "8"]), removed=days, said=st.none() | days)
def test_a_removal_changes_only_its_entry_and_only_while_the_lists_have_no_other_day(
    of: str, removed: date, said: date | None
) -> None:
    laid = overlay([correction("entry_removed", removed.isoformat(), None, which=of)])
    before = entry("7", removed_on=said)
    after = laid.entry(before)
    counts = of == "7" and said is None
    assert after.removed_on == (removed if counts else said)
    assert (after == before) is not counts


def test_a_mistyped_number_is_put_right_for_that_person_only() -> None:
    people = KnownPeople()
    value = people.sealer("p1").seal(NUMBER_FIELD, RIGHT)
    one = correction("representative_number", value, number_index(KEYS, MISTYPED))
    assert RIGHT not in value
    assert overlay([one]).representative(Person("p1", "甲", MISTYPED), people) == Person("p1", "甲", RIGHT)
    for other in (Person("p1", "甲", RIGHT), Person("p2", "甲", MISTYPED), Person("p1", "甲", None)):
        assert overlay([one]).representative(other, people) is other


def test_what_was_corrected_says_when_by_which_and_what_the_source_says() -> None:
    laid = overlay([correction("exports", "590000000", "621234000", which="2021", number=3)])
    laid.exports(exports(621234000), 2021)
    assert laid.counted == (CorrectedFact("exports", "2021", 3, date(2022, 3, 8), "6212340.00"),)


@pytest.fixture
def in_english() -> Iterator[None]:
    app = Flask("portal")
    Babel(app, default_locale="en")
    with app.test_request_context():
        yield


@pytest.mark.usefixtures("in_english")
def test_the_words_of_a_correction_name_its_day_its_number_and_what_it_was() -> None:
    said = correction_text(CorrectedFact("exports", "2021", 3, date(2023, 2, 8), "6212340.00"))
    assert said.replace("\u00a0", " ") == "corrected on 8 Feb 2023, correction 3, was USD 6,212,340.00"
    assert correction_text(CorrectedFact("place", None, 4, DAY, None)).endswith("the source says nothing")
    assert source_text(Source("correction", 3)) == "Correction 3"


@pytest.mark.usefixtures("in_english")
@pytest.mark.parametrize(
    ("code", "fact", "case"),
    [
        ("registered_in_municipality", "place", {"place": "厦门市"}),
        ("registered_in_municipality", "place", {"place": "泉州市"}),
        ("registered_in_municipality", "place", {"place": "福建省"}),
        ("registration_active", "status", {"status": "存续"}),
        ("registration_active", "status", {"status": "注销"}),
        ("registration_active", "status", {"status": "清算"}),
        ("independent_legal_person", "company_type", {"name": "甲厂", "type": "有限责任公司"}),
        ("independent_legal_person", "company_type", {"name": "甲厂", "type": "个体工商户"}),
    ],
)
def test_where_the_registry_is_not_who_says_it_no_sentence_says_it_is(
    code: str, fact: str, case: dict[str, Any]
) -> None:
    known = replace(facts(**case), corrected=(CorrectedFact(fact, None, 5, DAY, "x"),))
    found = decide(known, load_terms("xiamen-2022")).findings[RULE_CODES.index(code)]
    assert "correction 5" in sentence(found)
    assert "registry" not in sentence(found)
    assert sentence(found._replace(source=Source("registry", 1))) != sentence(found)


def test_a_day_before_it_holds_is_judged_on_what_the_source_says() -> None:
    one = correction("exports", "1", "2", which="2021", holds_from=DAY)
    found = overlay([one], on=DAY - timedelta(days=1)).exports(exports(2), 2021)
    assert found is not None
    assert found.total.minor == 2
