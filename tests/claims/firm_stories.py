"""What a firm does with its claim, as tests tell it: documents, filing, being asked, agreeing."""

from collections.abc import Sequence
from datetime import date

from portal.claims import answers, checking, filing, papers
from portal.claims.answers import approved_assessment
from portal.claims.mine import Mine, find_mine
from portal.claims.payees import AccountInput, set_payee
from portal.common.instance import Instance
from portal.common.roles import Actor
from tests.appeals.stories import paper, staff
from tests.claims.stories import claim_of, claimed
from tests.people import QIAN_PEI
from tests.policies.stories import on_day
from tests.samples import HARBOUR

FILED = date(2022, 8, 22)  # a Monday, while the waiting period runs
AFTER_WAITING = date(2022, 12, 12)  # a Monday; the four months ended on the Thursday before
ACCOUNT = AccountInput(HARBOUR.name, "中国银行厦门湖滨支行", "104393000016", "4250012345678901")


def officer(instance: Instance) -> Actor:
    """Qian Pei, the claims officer."""
    return staff(instance, QIAN_PEI)


def mine_of(instance: Instance, who: Actor, number: str) -> Mine | None:
    """A claim as somebody may reach it."""
    with instance.database.reading() as session:
        return find_mine(session, who.id, number)


def missing(instance: Instance, number: str) -> list[str]:
    """The needed documents that are not there."""
    with instance.database.reading() as session:
        return papers.missing_items(session, claim_of(instance, number))


def hand_in_all(instance: Instance, who: Actor, number: str, but: Sequence[str] = ()) -> None:
    """Hand in one paper for every needed document, but for some."""
    for item in missing(instance, number):
        if item not in but:
            papers.add_papers(instance, who, number, item, [paper()])


def filed(
    instance: Instance,
    who: Actor,
    number: str | None = None,
    on: date = AFTER_WAITING,
    without: Sequence[str] = (),
    late_reason: str = "",
) -> str:
    """A claim that was filed on a day, with every document but for some; its number."""
    number = number or claimed(instance, who)
    with on_day(on):
        hand_in_all(instance, who, number, without)
        filing.file_claim(instance, who, number, without, late_reason)
    return number


def asked(
    instance: Instance, who: Actor, number: str | None = None, items: Sequence[str] = ("invoice",), on: date | None = None
) -> str:
    """A filed claim on which the firm was asked for more; its number."""
    number = number or filed(instance, who)
    with on_day(on or AFTER_WAITING):
        checking.ask_firm(instance, officer(instance), number, items, "请补一张清楚的。")
    return number


def seen(instance: Instance, number: str) -> str:
    """The hash of the decision that stands."""
    with instance.database.reading() as session:
        found = approved_assessment(session, claim_of(instance, number))
        return (found.canonical_sha256 or "") if found else ""


def agreed(instance: Instance, who: Actor, number: str, on: date | None = None) -> str:
    """A decided claim to which the firm agreed, with its account on record; its number."""
    with on_day(on or AFTER_WAITING):
        set_payee(instance, who, number, ACCOUNT)
        answers.agree(instance, who, number, seen(instance, number))
    return number
