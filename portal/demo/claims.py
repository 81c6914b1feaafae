"""The demonstration's losses, from the first word of trouble to a shared recovery, through the real actions.

`losses.py` says what happened and when, `claim_steps.py` how each step is done. All steps of all losses are done
in the order of their days, as they would have happened.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date, timedelta
from functools import partial

from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.demo import claim_work as work
from portal.demo.claim_book import Book
from portal.demo.claim_steps import BY_STAFF, STEPS
from portal.demo.exporters import Person, confirm, person_of
from portal.demo.losses import LOSSES
from portal.demo.papers import paper_of
from portal.demo.sample import CLAIMS, firms
from portal.members.actions import add_licence
from portal.members.actions import claim as act_for

At = Callable[[date, int], AbstractContextManager[None]]
Planned = tuple[int, int, Callable[[], object]]  # days before, hour, what is done
EARLY, FIRM, STAFF, LATE = 8, 10, 15, 16  # hours
FIRST_BATCH = ("recovered", "assigned", "full", "one", "other")
SECOND_BATCH = ("paying",)


def claim_keys() -> tuple[str, ...]:
    """The keys of the firms that report losses."""
    return tuple(firm.key for firm in firms() if firm.batch == CLAIMS)


def load_members(instance: Instance, reviewer: Actor, day: date, at: At) -> dict[str, Person]:
    """Somebody of every firm that will report losses signs up, and is confirmed from the firm's licence."""
    people = {}
    for firm in firms():
        if firm.batch != CLAIMS:
            continue
        with at(day, 9):
            people[firm.key] = person_of(instance, firm)
            act_for(instance, people[firm.key].who, firm.uscc, firm.name, "operator")
            add_licence(instance, people[firm.key].who, firm.uscc, paper_of("营业执照", firm))
        with at(day, 14):
            confirm(instance, reviewer, firm)
    return people


def load_claims(
    instance: Instance,
    officer: Actor,
    approver: Actor,
    scheme: str,
    people: Mapping[str, Person],
    day: date,
    at: At,
) -> None:
    """Do everything that `losses.py` tells, and what concerns many losses: files, payments, merging."""
    book = Book(instance, officer, approver, scheme, day, people)
    planned = [*_of_many(book), *_of_one(book)]
    for before, hour, do in sorted(planned, key=lambda one: (-one[0], one[1])):
        with at(day - timedelta(days=before), hour):
            do()


def _of_one(book: Book) -> Iterator[Planned]:
    """The steps of every loss; on one day and hour they keep their order."""
    for name, loss in LOSSES.items():
        for before, step, *given in loss.steps:
            hour = STAFF if step in BY_STAFF else FIRM
            yield before, hour, partial(STEPS[step], book, name, **(given[0] if given else {}))


def _of_many(book: Book) -> Iterator[Planned]:
    """What is done for many losses at once."""
    for issued in (date(book.day.year - 1, 3, 12), date(book.day.year, 1, 1)):
        days = max((book.day - issued).days - 1, 0)
        yield days, LATE, partial(work.acknowledge_all, book)
    yield 270, STAFF, partial(work.exclusions, book, None)
    yield 28, STAFF, partial(work.exclusions, book, 29)
    yield 131, EARLY, partial(work.rates, book, 131)
    yield 1, EARLY, partial(work.rates, book, 1)
    yield 64, LATE, partial(work.order, book, "first", FIRST_BATCH)
    yield 63, LATE, partial(work.release, book, "first")
    yield 61, LATE, partial(work.bank_says, book, "first")
    yield 2, LATE, partial(work.order, book, "second", SECOND_BATCH)
    yield 1, LATE, partial(work.release, book, "second")
    renamed, spelled = "商会登记显示是同一公司，已更名。", "地址和电话相同，写法不同。"
    yield 4, LATE, partial(work.make_one, book, "tessera", "kwartier", "renamed", renamed)
    yield 3, LATE, partial(work.make_one, book, "lumen", "lumen2", "other_spelling", spelled)
    yield 100, FIRM, partial(work.deal_with, book, "assigned", "haldenvik")
    yield 60, FIRM, partial(work.deal_with, book, "claim", "brightmoor")
    yield 13, LATE, partial(work.bankrupt, book, "brightmoor")
    yield 9, LATE, partial(work.concern, book, "haldenvik")
    yield 0, EARLY, partial(work.restricted, book, "MX")
