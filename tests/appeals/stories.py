"""Appeals as tests tell them: who acts for which firm, what was filed, what staff make of it."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from sqlalchemy import select

from portal.accounts.exporters import find_or_make_by_mobile
from portal.appeals import actions, desk_actions, queries
from portal.appeals.proposals import Proposal
from portal.appeals.records import Appeal
from portal.applications.deciding import replay_all
from portal.applications.records import Correction, Decision
from portal.common import audit, clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND, Actor, Role
from portal.documents.check import CheckedFile, check_file
from portal.members.actions import make_membership
from portal.members.records import Tie
from portal.messages.records import Message
from portal.scheme import stages
from tests.accounts.test_signing_in import account_of
from tests.applications.desk import application_of
from tests.documents import papers
from tests.people import CHEN_HAIXIA, HE_YUNQING, LIN_ZHIYAO, SHI_PING, Exporter, Staff
from tests.samples import GIANT, Firm

WORDS = "海关把另一家公司的报关单算在我们名下，附报关单。"
REASON = "核对了报关单，十二单属于另一家公司。"
RIGHT_TOTAL = 590_000_000  # cents
HOLDS_FROM = date(2022, 3, 1)


@lru_cache(maxsize=2)
def paper(colour: str = "white") -> CheckedFile:
    """A paper as it is kept."""
    return check_file(f"{colour}.jpg", papers.photo(colour=colour))


def member(
    instance: Instance, person: Exporter = CHEN_HAIXIA, firm: Firm = GIANT, state: str = "confirmed"
) -> Actor:
    """An exporter who acts for a firm, confirmed unless another state is named."""
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        account = find_or_make_by_mobile(session, instance, person.mobile)
        made = make_membership(session, account.id, firm.uscc, firm.name, person.position)
        made.state = state
        if state == stages.CONFIRMED:
            made.confirmed_how, made.confirmed_at, made.confirmed_by = "licence", clock.now(), "command"
        return Actor(account.id, Role.EXPORTER)


def staff(instance: Instance, person: Staff) -> Actor:
    """One of the staff, as an actor."""
    return Actor(account_of(instance, person).id, person.role)


def first(instance: Instance) -> Actor:
    """Lin Zhiyao, who proposes."""
    return staff(instance, LIN_ZHIYAO)


def second(instance: Instance) -> Actor:
    """He Yunqing, who approves."""
    return staff(instance, HE_YUNQING)


def approver(instance: Instance) -> Actor:
    """Shi Ping, who approves corrections and reviews nothing."""
    return staff(instance, SHI_PING)


def tie(instance: Instance, person: Staff, firm: Firm) -> None:
    """Tie one of the staff to a firm."""
    who = staff(instance, person)
    with audit.write(instance.database, who, "ties.note") as session:
        made = Tie(id="0" * 25 + "1", account_id=who.id, uscc=firm.uscc, noted_by=who.id, noted_at=clock.now())
        session.add(made)


def file(
    instance: Instance,
    who: Actor,
    firm: Firm = GIANT,
    codes: Sequence[str] = ("exports_within_cap",),
    words: str = WORDS,
    evidence: Sequence[CheckedFile] | None = None,
) -> str:
    """File an appeal against a firm's newest application."""
    number = application_of(instance, firm).number
    return actions.file(instance, who, number, codes, words, [paper()] if evidence is None else evidence)


def appeal(instance: Instance, number: str) -> Appeal:
    """An appeal as it stands now."""
    with instance.database.reading() as session:
        return session.execute(select(Appeal).where(Appeal.number == number)).scalar_one()


def evidence_of(instance: Instance, number: str) -> list[str]:
    """The ids of an appeal's papers."""
    with instance.database.reading() as session:
        found = queries.find_appeal(session, number)
        assert found is not None
        return queries.documents_of(session, found)


def corrections(instance: Instance, number: str) -> list[Correction]:
    """The corrections proposed on an appeal."""
    with instance.database.reading() as session:
        return list(queries.corrections_of(session, appeal(instance, number).id))


def propose(
    instance: Instance,
    number: str,
    what: str = "exports",
    value: str = str(RIGHT_TOTAL),
    which: str | None = None,
    who: Actor | None = None,
    holds_from: date = HOLDS_FROM,
) -> int:
    """Propose a correction; Lin Zhiyao does unless somebody else is named."""
    wanted = Proposal(what, which, value, holds_from, evidence_of(instance, number)[0])
    return desk_actions.propose(instance, who or first(instance), number, wanted, REASON)


def approve(instance: Instance, number: str, correction: int, who: Actor | None = None) -> desk_actions.Upheld:
    """Approve a correction; He Yunqing does unless somebody else is named."""
    return desk_actions.approve(instance, who or second(instance), number, correction)


def decisions(instance: Instance, firm: Firm) -> list[Decision]:
    """Every decision on a firm's newest application."""
    with instance.database.reading() as session:
        query = select(Decision).where(Decision.application_id == application_of(instance, firm).id)
        return list(session.execute(query.order_by(Decision.sequence)).scalars())


def all_holds(instance: Instance) -> None:
    """The trail verifies and every decision replays to the same bytes."""
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None
        replay = replay_all(session, People(session, instance.keys))
    assert (replay.erased, replay.differ) == (0, [])


def told(instance: Instance, kind: str) -> list[Message]:
    """The messages of a kind."""
    with instance.database.reading() as session:
        return list(session.execute(select(Message).where(Message.kind == kind)).scalars())
