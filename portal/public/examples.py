"""Published examples of refusals: invented firms, judged by the very rules and terms of the day.

Nothing is written down of what the rules say of them, so an example can never contradict a decision.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.scheme.eligibility import decide
from portal.scheme.facts import Exports, Facts, ListEntry, Person, RegistryRecord, SourceVersions
from portal.scheme.findings import Finding, Verdict
from portal.scheme.money import Money
from portal.scheme.terms import Terms, TermsOnDate

USCC = "91350200MA0TEST01X"  # made up; no registry has it
OVER = Decimal("412880.50")  # above the cap, in the first example


class Example(NamedTuple):
    """One invented case: who it is, what the rules find, and what such a firm can do."""

    title: LazyString
    story: LazyString
    findings: tuple[Finding, ...]
    advice: LazyString


def examples(terms: Terms, day: date) -> Iterator[Example]:
    """Every example, judged as if it applied on `day`; each fails or refers exactly the rule it is about."""
    held = terms.on(day)
    for title, story, facts, advice in _cases(held, min(day, held.window_end)):
        found = decide(facts, terms).findings
        told = tuple(finding for finding in found if finding.verdict is not Verdict.PASS)
        yield Example(title, story, told, advice)


def _cases(held: TermsOnDate, day: date) -> Iterator[tuple[LazyString, LazyString, Facts, LazyString]]:
    over = held.cap + Money(OVER, held.cap.currency)
    yield (
        _l("Exports above the limit"),
        _l("A trading company in the city exported more in the base year than the scheme takes."),
        _facts(held, day, exports=over),
        _l("If customs counted goods that were not the firm's own, it appeals with the customs declarations."),
    )
    yield (
        _l("No exports in the base year"),
        _l("A young company has exported nothing yet: customs has it with a total of 0."),
        _facts(held, day, exports=Money(Decimal(0), held.cap.currency)),
        _l("It applies again for the policy year after its first exports."),
    )
    yield (
        _l("Registered in another city"),
        _l("A company ships through the port here but is registered elsewhere."),
        _facts(held, day, place="泉州"),
        _l("It asks in the city where it is registered, or moves its registration here first."),
    )
    yield (
        _l("A branch, not a company"),
        _l("The branch of a company from outside applied in its own name."),
        _facts(held, day, name="某某贸易有限公司厦门分公司", company_type="有限责任公司分公司"),
        _l("The company itself applies, if it is registered here."),
    )
    yield (
        _l("Struck off the register"),
        _l("The register shows the company as struck off."),
        _facts(held, day, status="吊销，未注销"),
        _l("Once the register shows it as active again, it applies anew."),
    )
    yield (
        _l("On a public list"),
        _l("The court's list of dishonest debtors names the company with its credit code."),
        _facts(held, day, entries=(_entry(USCC),)),
        _l("When the court has taken the entry off, the firm appeals with the notice of removal."),
    )
    yield (
        _l("A namesake on a list: a person looks"),
        _l("A list names a company of the same name, without a credit code. That is no refusal."),
        _facts(held, day, entries=(_entry(None),)),
        _l("A reviewer compares the two, usually within a few working days. The firm need do nothing."),
    )


def _facts(
    held: TermsOnDate,
    day: date,
    exports: Money | None = None,
    place: str | None = None,
    name: str = "厦门某某贸易有限公司",
    company_type: str = "有限责任公司",
    status: str = "存续",
    entries: tuple[ListEntry, ...] = (),
) -> Facts:
    person = Person("invented", "某某", None)
    total = Money(Decimal("850000.00"), held.cap.currency) if exports is None else exports
    return Facts(
        uscc=USCC,
        declared_name=name,
        representative=person,
        registry=RegistryRecord(name, USCC, company_type, place or held.place, status, None, absent=False),
        exports=Exports(held.base_year, total, 1),
        list_entries=entries,
        live_policy=None,
        declared_by=person,
        declarations=held.declarations,
        applied_on=day,
        judged_on=day,
        sources=SourceVersions(1, 1, 1),
    )


def _entry(uscc: str | None) -> ListEntry:
    listed = date(2020, 1, 1)
    return ListEntry("1", "厦门某某贸易有限公司", uscc, None, "失信被执行人", listed, None, ())
