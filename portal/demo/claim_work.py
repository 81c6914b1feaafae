"""What staff and firms of the demonstration do for many losses at once: files, batches of payments, merging."""

from datetime import date

from sqlalchemy import select

from portal.claims.merging import effects, merge, seen
from portal.common import clock
from portal.demo.claim_book import Book
from portal.demo.claim_files import exclusions_file, rates_file, results_file
from portal.ledger.rate_import import import_rates
from portal.obligors.exclusion_import import import_exclusions
from portal.obligors.records import Obligor
from portal.payments import ordering, queries, results
from portal.policies.document import document_of
from portal.policies.firm_actions import acknowledge
from portal.policies.records import Policy
from portal.scheme.terms import load_terms

LONG_AGO = 285  # days before, from which rates and exclusions are known


def acknowledge_all(book: Book) -> None:
    """The firms acknowledge every policy that they have by now."""
    for person in book.people.values():
        with book.reading() as session:
            query = select(Policy).where(
                Policy.uscc == person.firm.uscc,
                Policy.issued_on <= clock.today(),
                Policy.acknowledged_on.is_(None),
            )
            waiting = list(session.execute(query).scalars())
        for policy in waiting:
            fingerprint = document_of(policy, load_terms(policy.scheme)).fingerprint
            acknowledge(book.instance, person.who, policy.number, person.firm.contact, fingerprint)


def rates(book: Book, until: int) -> None:
    """Import every rate up to so many days before; those known already are unchanged."""
    last = book.before(until)
    data = rates_file(book.before(LONG_AGO), last)
    import_rates(book.instance, book.officer, data, f"rates-{last.isoformat()}.xlsx")


def exclusions(book: Book, party: int | None) -> None:
    """Import what is not covered; with `party` also one party, under sanctions since so many days before."""
    since: date | None = book.before(party) if party is not None else None
    data = exclusions_file(book.scheme, book.before(LONG_AGO), since)
    import_exclusions(book.instance, book.officer, data, f"exclusions-{clock.today().isoformat()}.xlsx")


def order(book: Book, name: str, losses: tuple[str, ...]) -> None:
    """Put a batch of agreed claims together."""
    numbers = [book.claims[one] for one in losses]
    made = ordering.make_batch(book.instance, book.officer, book.scheme, numbers)
    assert made is not None  # nothing is set off
    book.batches[name] = made


def release(book: Book, name: str) -> None:
    """Release a batch to the bank, as the second person."""
    with book.reading() as session:
        batch = ordering.batch_of(session, book.batches[name])
    ordering.release_batch(book.instance, book.approver, batch.number, batch.content_sha256)


def bank_says(book: Book, name: str) -> None:
    """Import the bank's file: everything in the batch was paid yesterday."""
    with book.reading() as session:
        batch = ordering.batch_of(session, book.batches[name])
        data = results_file(queries.lines_of(session, batch.id), clock.today())
    results.import_results(book.instance, book.officer, data, f"{batch.number}.xlsx")


def make_one(book: Book, kept: str, merged: str, code: str, reason: str) -> None:
    """Merge two buyers, having seen what that does to the firms' room."""
    numbers = book.obligors[kept], book.obligors[merged]
    with book.reading() as session:
        found = {
            one: session.execute(select(Obligor.id).where(Obligor.number == one)).scalar_one() for one in numbers
        }
        before = seen(effects(session, found[numbers[0]], found[numbers[1]]))
    merge(book.instance, book.officer, *numbers, code, reason, before)
