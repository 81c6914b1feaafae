"""What staff and firms of the demonstration do for many losses at once: files, payments, merging, warning."""

from datetime import date

from sqlalchemy import select

from portal.claims.merging import effects, merge, seen
from portal.common import clock
from portal.demo.claim_book import Book
from portal.demo.claim_files import exclusions_file, rates_file, results_file
from portal.demo.losses import BUYERS
from portal.ledger.rate_import import import_rates
from portal.obligors.actions import BANK, BUYER, add_buyer
from portal.obligors.exclusion_import import import_exclusions
from portal.obligors.records import Obligor
from portal.payments import ordering, queries, results
from portal.policies.document import document_of
from portal.policies.firm_actions import acknowledge
from portal.policies.records import Policy
from portal.scheme.terms import load_terms
from portal.warnings import queries as warned
from portal.warnings.actions import confirm_concern, confirm_event, enter_event
from portal.warnings.names import INSOLVENCY, POLITICAL

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


def deal_with(book: Book, firm: str, key: str) -> str:
    """A firm puts a buyer or bank on its list; gives the obligor's id."""
    buyer, person = BUYERS[key], book.people[firm]
    obligor = add_buyer(
        *(book.instance, person.who, person.firm.uscc, BANK if buyer.bic else BUYER, buyer.name, buyer.country),
        registration_number=buyer.registration_number,
        bic=buyer.bic,
    )
    book.obligors[key] = obligor.number
    return obligor.id


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


def bankrupt(book: Book, key: str) -> None:
    """A buyer's insolvency is entered and confirmed by the second person; who deals with it is warned."""
    day, source = clock.today(), "当地法院公告（示例）。"
    instance, number = book.instance, book.obligors[key]
    event = enter_event(instance, book.officer, INSOLVENCY, None, number, day, "opened", source)
    with book.reading() as session:
        found = warned.find_event(session, event)
        assert found is not None  # it was just entered
        seen_firms = warned.digest(warned.affected_by_event(session, found, day))
    confirm_event(instance, book.approver, event, seen_firms)


def restricted(book: Book, country: str) -> None:
    """A country's measure is entered, and waits for the second person."""
    day, source = clock.today(), "该国中央银行通告（示例）。"
    enter_event(book.instance, book.officer, POLITICAL, country, None, day, "transfer", source)


def concern(book: Book, key: str) -> None:
    """What several firms reported of a buyer is confirmed, and the others that deal with it are warned."""
    with book.reading() as session:
        obligor = session.execute(select(Obligor).where(Obligor.number == book.obligors[key])).scalar_one()
        seen_firms = warned.digest(warned.affected_by_concern(session, obligor.id, clock.today()))
    confirm_concern(book.instance, book.officer, obligor.number, "两家企业先后报损，均未收到货款。", seen_firms)
