"""Eight approvals at once against one cap: what the races of the tests and of the benchmark are made of.

The proposals are laid into the tables at once, frozen by the very code that freezes them for people; only the
approving is raced, by real threads through the given door.
"""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import TypeVar

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims import proposing
from portal.claims.approving import CannotApprove, StaleAssessment, approve
from portal.claims.assessment_codes import PERSON
from portal.claims.fast_lane import as_filed
from portal.claims.held import held_by
from portal.claims.moves import StaleClaim
from portal.claims.papers import checklist_of
from portal.claims.records import Assessment, Claim, Notice, Paper, Shipment
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor
from portal.common.types import Base
from portal.documents.records import Document
from portal.ledger.queries import approved_and_reversed
from portal.obligors.records import Obligor
from portal.policies.records import Policy
from portal.scheme import stages

AT_ONCE = 8
APPROVED, SENT_BACK = "approved", "sent_back"

Record = TypeVar("Record", bound=Base)
Door = Callable[[Actor, str, str], str]
"""Approves as somebody the claim of a number with the sheet of a hash; gives what became of it."""


@dataclass(frozen=True)
class Round:
    """One race: the obligor, and each claim's number with the hash of its sheet and its indemnity in cents."""

    obligor_id: str
    policy_id: str
    cap_minor: int
    proposals: tuple[tuple[str, str, int], ...]


def laid_out(instance: Instance, assessor: Actor, like: str, round_number: int, amounts: Sequence[int]) -> Round:
    """Proposals of these amounts (in cents, reported) for one new obligor, made like the claim of a number."""
    with audit.write(instance.database, assessor, "claims.submit_assessment", f"claims {round_number}") as session:
        model = session.execute(select(Claim).where(Claim.number == like)).scalar_one()
        notice = session.get_one(Notice, model.notice_id)
        shipment = session.execute(select(Shipment).where(Shipment.claim_id == model.id)).scalars().first()
        document = session.execute(select(Document.id).limit(1)).scalar_one()
        assert shipment is not None
        owes = _obligor(session, model.obligor_id, round_number)
        made = []
        for amount in amounts:
            claim = _claim(session, model, notice, shipment, owes.id, amount)
            for item in checklist_of(session, claim):
                session.add(_paper(claim, item.code, document, assessor))
            session.flush()
            judged = as_filed(session, claim)
            draft = proposing.new_draft(session, assessor, claim, judged, PERSON)
            result = proposing.propose(session, assessor, claim, draft, judged, None, clock.today())
            made.append((claim.number, draft.canonical_sha256 or "", result.indemnity.minor))
        cap = held_by(session.get_one(Policy, model.policy_id)).cap
        return Round(owes.id, model.policy_id, cap.minor, tuple(made))


def raced(round_: Round, approvers: Sequence[Actor], door: Door) -> dict[str, str]:
    """Approve them all at the same moment; gives by claim what became of it, and raises any other error."""
    gate = Barrier(len(round_.proposals))

    def one(place: int) -> tuple[str, str]:
        number, seen, _minor = round_.proposals[place]
        gate.wait(timeout=30)
        return number, door(approvers[place % len(approvers)], number, seen)

    with ThreadPoolExecutor(len(round_.proposals)) as pool:
        return dict(pool.map(one, range(len(round_.proposals))))


def require_sound(instance: Instance, round_: Round, outcomes: dict[str, str]) -> None:
    """Never over the cap, none lost: what was told as approved stands, what was sent back does not, and nothing
    that still fitted when its turn came was sent back.
    """
    with instance.database.reading() as session:
        approved, reversed_ = approved_and_reversed(session, round_.policy_id, [round_.obligor_id])
        states = {
            claim.number: claim
            for claim in session.execute(select(Claim).where(Claim.obligor_id == round_.obligor_id)).scalars()
        }
        assert reversed_.minor == 0
        assert approved.minor <= round_.cap_minor, f"{approved} approved"
        told = sum(minor for number, _seen, minor in round_.proposals if outcomes[number] == APPROVED)
        assert approved.minor == told, f"{approved} stands, {told} cents were told as approved"
        room = round_.cap_minor - approved.minor
        for number, _seen, minor in round_.proposals:
            claim = states[number]
            if outcomes[number] == APPROVED:
                assert (claim.state, claim.approved_minor) == (stages.APPROVED, minor)
            else:
                assert (claim.state, claim.approved_minor) == (stages.ASSESSING, None)
                assert minor > room, f"{number} of {minor} cents was sent back, and {room} are left"
        assert any(outcome == APPROVED for outcome in outcomes.values())


def amounts_of(seed: int) -> list[int]:
    """Eight reported amounts, in cents, of which together more would be paid than the cap allows."""
    drawn = random.Random(seed)  # a race is repeated by its number
    return [drawn.choice((500_000, 1_000_000, 2_000_000, 3_333_333, 6_250_000)) for _ in range(AT_ONCE - 1)] + [
        6_250_000
    ]


def by_action(instance: Instance) -> Door:
    """The action itself."""

    def door(who: Actor, number: str, seen: str) -> str:
        try:
            approve(instance, who, number, seen)
        except StaleAssessment:
            return SENT_BACK
        except (StaleClaim, CannotApprove) as wrong:
            raise AssertionError(f"{number}: {wrong}") from wrong
        return APPROVED

    return door


def _obligor(session: Session, like: str, round_number: int) -> Obligor:
    model = session.get_one(Obligor, like)
    made = Obligor(
        id=str(ULID()),
        number=f"O2099-{round_number:05d}",
        serial=round_number,
        kind=model.kind,
        name=f"Obligor {round_number}",
        name_key=f"obligor {round_number}",
        country=model.country,
        state="live",
        made_by=COMMAND.id,
        made_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def _claim(
    session: Session, model: Claim, notice: Notice, shipment: Shipment, obligor_id: str, amount: int
) -> Claim:
    told = _copy(notice, Notice, id=str(ULID()), number=None, serial=None, obligor_id=obligor_id)
    session.add(told)
    serial = (session.execute(select(func.max(Claim.serial))).scalar() or 0) + 1
    claim = _copy(
        model,
        Claim,
        id=str(ULID()),
        number=f"C2099-{serial:06d}",
        serial=serial,
        notice_id=told.id,
        obligor_id=obligor_id,
        amount_minor=amount,
        state=stages.ASSESSING,
    )
    session.flush()
    session.add(claim)
    session.flush()
    session.add(
        _copy(
            shipment,
            Shipment,
            id=str(ULID()),
            notice_id=told.id,
            claim_id=claim.id,
            amount_minor=amount,
            invoice_number=f"INV-{serial}",
            invoice_key=f"INV{serial}",
        )
    )
    session.flush()
    return claim


def _paper(claim: Claim, item: str, document: str, who: Actor) -> Paper:
    moment = clock.now()
    return Paper(
        id=str(ULID()),
        notice_id=claim.notice_id,
        claim_id=claim.id,
        item=item,
        document_id=document,
        added_by=who.id,
        added_at=moment,
        accepted_by=who.id,
        accepted_at=moment,
    )


def _copy(one: Record, kind: type[Record], **changed: object) -> Record:
    values = {column.key: getattr(one, column.key) for column in inspect(kind).column_attrs}
    return kind(**(values | changed))


def races(
    instance: Instance,
    assessor: Actor,
    approvers: Sequence[Actor],
    like: str,
    rounds: int,
    door: Door,
) -> tuple[int, int]:
    """So many rounds; how many approvals stood and how many were sent back in all."""
    stood = sent_back = 0
    for number in range(1, rounds + 1):
        round_ = laid_out(instance, assessor, like, number, amounts_of(number))
        outcomes = raced(round_, approvers, door)
        require_sound(instance, round_, outcomes)
        stood += sum(one == APPROVED for one in outcomes.values())
        sent_back += sum(one == SENT_BACK for one in outcomes.values())
    return stood, sent_back


def nothing_lost(session: Session) -> bool:
    """Whether every approved assessment has its entry and every entry its assessment."""
    approved = select(func.count()).select_from(Assessment).where(Assessment.state == stages.APPROVED)
    with_entry = approved.where(Assessment.entry_id.is_not(None))
    return session.execute(approved).scalar_one() == session.execute(with_entry).scalar_one()
