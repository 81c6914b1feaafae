"""100,000 decisions with all ten findings each, sentences not rendered, on one core.

The limit is absolute (5 s, scheme and issue alike speak of seconds), so the ratio against a bare loop that only
compares the total with the cap is printed beside it: that one tells about the machine.
"""

import time
from datetime import date
from decimal import Decimal

from benchmarks.results import Result
from portal.scheme.eligibility import decide
from portal.scheme.facts import Exports, Facts, ListEntry, Person, RegistryRecord, SourceVersions
from portal.scheme.money import Money
from portal.scheme.terms import load_terms

COUNT = 100_000
LIMIT_SECONDS = 5.0
DAY = date(2022, 3, 1)


def cases() -> list[Facts]:
    """Varied cases: most plain, every tenth with list entries, some above the cap, some without a record."""
    terms = load_terms("xiamen-2022").on(DAY)
    made = []
    for number in range(2_000):
        name = f"厦门市第{number}号进出口有限公司"
        uscc = f"913502{number:011d}X"
        person = Person(f"p{number}", f"陈{number}", "350203197908160012")
        entry = ListEntry(
            str(number), None, None, Person("q", f"陈{number}", "3502031980****0012"), "失信", DAY, None, ()
        )
        made.append(
            Facts(
                uscc=uscc,
                declared_name=name,
                representative=person,
                registry=None
                if number % 97 == 0
                else RegistryRecord(name, uscc, "有限责任公司", "厦门", "存续（在营）", None, False),
                exports=None
                if number % 89 == 0
                else Exports(terms.base_year, Money(Decimal(number * 3_301) / 100, "USD"), 1 + number % 3),
                list_entries=(entry,) if number % 10 == 0 else (),
                live_policy=None,
                declared_by=person,
                declarations=terms.declarations,
                applied_on=DAY,
                judged_on=DAY,
                sources=SourceVersions(1, 1, 1),
            )
        )
    return made


def run() -> list[Result]:
    """Decide 100,000 cases and give the processor time it took."""
    terms, facts = load_terms("xiamen-2022"), cases()
    cap = terms.on(DAY).cap.amount
    started = time.process_time()
    findings = sum(len(decide(one, terms).findings) for _ in range(COUNT // len(facts)) for one in facts)
    ours = time.process_time() - started
    started = time.process_time()
    for _ in range(COUNT // len(facts)):
        for one in facts:
            _below = one.exports is not None and one.exports.total.amount <= cap
    bare = time.process_time() - started
    if findings != COUNT * 10:
        raise AssertionError(f"{findings} findings instead of {COUNT * 10}")
    text = (
        f"decisions 100,000 with 10 findings each: {ours:.2f} s of one core (limit {LIMIT_SECONDS:.0f} s), "
        f"{ours / bare:.0f} × a bare comparison with the cap"
    )
    return [Result(text, ours <= LIMIT_SECONDS)]


if __name__ == "__main__":
    for result in run():
        print(result.text)
