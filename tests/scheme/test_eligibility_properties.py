"""What must hold for any case at all."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portal.scheme.canonical import decision_bytes, facts_from_bytes, read_header
from portal.scheme.eligibility import RULE_CODES, decide
from portal.scheme.facts import Exports, Facts, ListEntry, Person, RegistryRecord, SourceVersions
from portal.scheme.findings import Outcome, Verdict
from portal.scheme.money import Money
from portal.scheme.terms import load_terms
from tests.scheme.invented import DAY, DECLARATIONS, NUMBER, USCC, entry, facts

TERMS = load_terms("xiamen-2022")
CAP = 600_000_000

names = st.sampled_from(
    ["厦门鹭杉进出口有限公司", "厦门市鹭杉进出口有限责任公司", "厦门鹭衫进出口有限公司", "岚屿陶瓷厂"]
)
people = st.sampled_from(["陈若舟", "陈若州", "林知远", "Ana Lim"])
numbers = st.sampled_from(
    [NUMBER, "3502031979****0015", "11010519491231002X", "E12345678", "350203790816001", None]
)
persons = st.builds(Person, ref=st.sampled_from(["p1", "p2"]), name=people, id_number=numbers)
days = st.dates(date(2021, 6, 1), date(2022, 12, 31))
entries = st.builds(
    ListEntry,
    entry_id=st.sampled_from([f"e{number}" for number in range(8)]),
    name=st.none() | names,
    uscc=st.none() | st.sampled_from([USCC, "91350200MA0OTHER9A"]),
    person=st.none() | persons,
    list_type=st.just("失信被执行人"),
    listed_on=days,
    removed_on=st.none() | days,
    set_aside=st.sets(st.sampled_from(["firm", "declared", "registry"])).map(lambda found: tuple(sorted(found))),
)
records = st.builds(
    RegistryRecord,
    name=names,
    uscc=st.just(USCC),
    company_type=st.none() | st.sampled_from(["有限责任公司", "个体工商户", "外商投资企业"]),
    place=st.none() | st.sampled_from(["厦门", "泉州市"]),
    status=st.none() | st.sampled_from(["存续", "注销", "清算"]),
    representative=st.none() | persons,
    absent=st.booleans(),
)
totals = st.builds(
    Exports,
    year=st.just(2021),
    total=st.integers(0, 2 * CAP).map(lambda cents: Money.from_minor(cents, "USD")),
    lines=st.integers(1, 9),
)
any_facts = st.builds(
    Facts,
    uscc=st.just(USCC),
    declared_name=names,
    representative=persons,
    registry=st.none() | records,
    exports=st.none() | totals,
    list_entries=st.lists(entries, max_size=6).map(tuple),
    live_policy=st.none() | st.just("P1"),
    declared_by=st.none() | persons,
    declarations=st.lists(st.sampled_from(DECLARATIONS), unique=True).map(tuple),
    applied_on=st.just(DAY),
    judged_on=st.dates(DAY, date(2022, 12, 31)),
    sources=st.just(SourceVersions(3, 2, 5)),
)


def _commit(ref: str, field: str, value: str) -> str:
    return f"{ref}/{field}/{value[::-1]}"


def _open(ref: str, field: str, commitment: str) -> str:
    return commitment.removeprefix(f"{ref}/{field}/")[::-1]


@given(any_facts, st.randoms(use_true_random=False))
def test_the_order_of_list_entries_and_declarations_never_matters(case: Facts, random: Any) -> None:
    shuffled = replace(
        case,
        list_entries=tuple(random.sample(case.list_entries, len(case.list_entries))),
        declarations=tuple(random.sample(case.declarations, len(case.declarations))),
    )
    assert decide(shuffled, TERMS) == decide(case, TERMS)
    assert decision_bytes(shuffled, decide(shuffled, TERMS), _commit) == decision_bytes(
        case, decide(case, TERMS), _commit
    )


@given(any_facts)
def test_the_outcome_follows_from_the_verdicts_alone(case: Facts) -> None:
    decision = decide(case, TERMS)
    assert tuple(finding.code for finding in decision.findings) == RULE_CODES
    wanted = Outcome.ELIGIBLE
    if decision.referred:
        wanted = Outcome.REFERRED
    if decision.failed:
        wanted = Outcome.INELIGIBLE
    assert decision.outcome is wanted


failing_facts = st.sampled_from(
    [
        {"live_policy": "P9"},
        {"declarations": ()},
        {"declared_by": None},
        {"exports": Exports(2021, Money.from_minor(0, "USD"), 1)},
        {"exports": Exports(2021, Money.from_minor(CAP + 1, "USD"), 1)},
        {"uscc": "92350200MA0TEST03A"},
        {"applied_on": date(2024, 2, 1), "judged_on": date(2024, 2, 1), "exports": None},
    ]
)


@given(any_facts, failing_facts)
def test_one_more_failing_fact_never_makes_a_case_eligible(case: Facts, failing: dict[str, Any]) -> None:
    assert decide(replace(case, **failing), TERMS).outcome is Outcome.INELIGIBLE


@given(any_facts, entries)
def test_one_more_list_entry_never_makes_a_case_better(case: Facts, more: ListEntry) -> None:
    order = [Outcome.ELIGIBLE, Outcome.REFERRED, Outcome.INELIGIBLE]
    before = decide(case, TERMS).outcome
    after = decide(replace(case, list_entries=(*case.list_entries, more)), TERMS).outcome
    assert order.index(after) >= order.index(before)


@given(any_facts, st.lists(entries, max_size=4))
def test_entries_that_are_about_nobody_change_nothing(case: Facts, others: list[ListEntry]) -> None:
    strangers = tuple(
        replace(other, name="泉州潮声陶瓷有限公司", uscc=None, person=Person("x", "何人", "11010519491231002X"))
        for other in others
    )
    case = replace(case, representative=Person("p", "陈若舟", NUMBER), registry=None)
    with_strangers = replace(case, list_entries=case.list_entries + strangers)
    assert decide(with_strangers, TERMS) == decide(case, TERMS)


@given(st.integers(0, 2 * CAP))
def test_exports_are_judged_to_the_cent(cents: int) -> None:
    case = replace(facts(), exports=Exports(2021, Money.from_minor(cents, "USD"), 1))
    decision = decide(case, TERMS)
    assert (decision.outcome is Outcome.ELIGIBLE) == (0 < cents <= CAP)
    distance = decision.findings[RULE_CODES.index("exports_within_cap")].value["distance"]
    assert Money.of(str(distance), "USD").minor == abs(cents - CAP)


@given(st.integers(-400, 400), st.integers(1, 400))
def test_an_entry_counts_from_its_first_day_to_the_day_before_its_removal(start: int, length: int) -> None:
    listed_on = DAY + timedelta(days=start)
    removed_on = listed_on + timedelta(days=length)
    case = replace(facts(), list_entries=(entry(uscc=USCC, listed_on=listed_on, removed_on=removed_on),))
    failed = decide(case, TERMS).failed == ("firm_not_listed",)
    assert failed == (start <= 0 < start + length)


@given(st.dates(date(2022, 1, 1), date(2026, 12, 31)))
def test_an_application_is_in_time_exactly_while_the_programme_runs(day: date) -> None:
    case = replace(facts(), applied_on=day, judged_on=day, exports=None)
    late = "within_enrolment_window" in decide(case, TERMS).failed
    assert late == (day > date(2023, 12, 31))


@given(any_facts)
def test_a_stored_decision_gives_the_same_bytes_when_it_is_replayed(case: Facts) -> None:
    stored = decision_bytes(case, decide(case, TERMS), _commit)
    again = facts_from_bytes(stored, _open)
    assert decision_bytes(again, decide(again, TERMS), _commit) == stored


@given(any_facts)
def test_the_header_of_a_stored_decision_says_what_was_decided(case: Facts) -> None:
    decision = decide(case, TERMS)
    header = read_header(decision_bytes(case, decision, _commit))
    assert (header.outcome, header.failed, header.referred) == (
        decision.outcome,
        decision.failed,
        decision.referred,
    )
    assert (header.rules_version, header.terms_fingerprint) == (decision.rules_version, TERMS.fingerprint)


@given(any_facts)
def test_a_finding_that_passes_because_nothing_matched_names_no_entry(case: Facts) -> None:
    for finding in decide(replace(case, list_entries=()), TERMS).findings:
        if "entries" in finding.value:
            assert finding.verdict is Verdict.PASS
            assert finding.value["entries"] == []
