"""Claims brought to their approval, agreement and payment for tests of what follows on them.

Assessing and approving have tests of their own; here their outcome is written down as they leave it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO

from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.records import Account
from portal.claims.assessment_inputs import Judged, inputs_of
from portal.claims.records import Assessment, AssessmentLine, Claim, Payee, Shipment
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND, Actor
from portal.ledger.accounts import Kind, Place, approval_lines
from portal.ledger.entries import enter
from portal.ledger.records import Entry
from portal.ledger.reversing import reverse_lines
from portal.recoveries.check import Verified, verify
from portal.scheme import stages
from portal.scheme.assessment_canonical import assess, assessment_bytes
from portal.scheme.money import Money
from tests.appeals.stories import staff
from tests.people import QIAN_PEI, SHI_PING
from tests.policies.stories import on_day

APPROVED_ON = date(2022, 9, 20)
AGREED_ON = date(2022, 9, 21)


def usd(minor: int) -> Money:
    """An amount in cents of a US dollar."""
    return Money.from_minor(minor, "USD")


def approved(
    instance: Instance,
    number: str,
    on: date = APPROVED_ON,
    recognised: Mapping[str, int] | None = None,
    assessor: Actor | None = None,
) -> str:
    """A claim assessed and approved on a day: all of its shipments, or so many cents by invoice number."""
    with on_day(on):
        who, by = staff(instance, SHI_PING), assessor or staff(instance, QIAN_PEI)
        with audit.write(instance.database, who, "demo.loaded") as session:
            claim = session.execute(select(Claim).where(Claim.number == number)).scalar_one()
            own = session.execute(select(Shipment).where(Shipment.claim_id == claim.id)).scalars().all()
            counted = {
                one.id: (recognised or {}).get(one.invoice_number, one.amount_minor if not recognised else 0)
                for one in own
            }
            judged = {
                one.id: Judged(
                    "accepted" if counted[one.id] else "refused",
                    None,
                    Money.from_minor(counted[one.id], one.currency),
                )
                for one in own
            }
            inputs = inputs_of(session, claim, judged, on)
            result = assess(inputs)
            frozen = assessment_bytes(inputs).decode()
            assessment = Assessment(
                id=str(ULID()),
                claim_id=claim.id,
                sequence=len(_assessments(session, claim)) + 1,
                state=stages.APPROVED,
                how="person",
                version=1,
                saved_by=by.id,
                saved_at=clock.now(),
                assessed_by=by.id,
                submitted_at=clock.now(),
                judged_on=on,
                loss_minor=result.recognised_loss.round_half_up().minor,
                indemnity_minor=result.indemnity.minor,
                currency="USD",
                canonical=frozen,
                canonical_sha256=sha256(frozen.encode()).hexdigest(),
                decided_by=who.id,
                decided_at=clock.now(),
            )
            session.add(assessment)
            session.flush()
            for shipment_id, minor in counted.items():
                verdict = "accepted" if minor else "refused"
                session.add(
                    AssessmentLine(
                        assessment_id=assessment.id,
                        shipment_id=shipment_id,
                        verdict=verdict,
                        recognised_minor=minor,
                    )
                )
            entry = enter(
                session,
                who,
                Kind.APPROVAL,
                f"assessment {assessment.id}",
                on,
                f"claim {number}",
                approval_lines(Place(claim.policy_id, claim.obligor_id, claim.id), result.indemnity),
                approved_by=who.id,
            )
            assessment.entry_id = entry.id
            claim.state, claim.approved_on = stages.APPROVED, on
            claim.approved_minor = result.indemnity.minor
    return number


def agreed(instance: Instance, number: str, who: Actor | None = None, on: date = AGREED_ON) -> str:
    """The firm agreed, and gave an account where `who` is somebody of it."""
    with on_day(on), audit.write(instance.database, COMMAND, "demo.loaded") as session:
        claim = session.execute(select(Claim).where(Claim.number == number)).scalar_one()
        claim.state, claim.agreed_on, claim.due_on = stages.AGREED, on, on + timedelta(days=10)
    if who is not None:
        payee(instance, who, number)
    return number


def payee(
    instance: Instance, who: Actor, number: str, account: str = "0012345678901234567", kind: str = "firm"
) -> str:
    """An account that the firm gave for all its claims; its id."""
    with audit.write(instance.database, who, "demo.loaded") as session:
        claim = session.execute(select(Claim).where(Claim.number == number)).scalar_one()
        person_id = session.get_one(Account, who.id).person_id
        people = People(session, instance.keys)
        query = select(Payee).where(Payee.uscc == claim.uscc, Payee.kind == "firm", Payee.replaced_by.is_(None))
        before = list(session.execute(query).scalars())  # now: the new one is none of them
        made = Payee(
            id=str(ULID()),
            uscc=claim.uscc,
            claim_id=claim.id if kind == "bank" else None,
            kind=kind,
            person_id=person_id,
            sealed=people.sealer(person_id).seal_fields(
                {"holder": "=演示公司", "bank": "演示银行", "bank_code": "000123456789", "account": account}
            ),
            account_index=instance.keys.index_of("payee.account", account),
            recorded_by=who.id,
            recorded_at=clock.now(),
        )
        session.add(made)
        session.flush()
        if kind == "firm":
            for old in before:
                old.replaced_by = made.id
        return made.id


def reversed_approval(instance: Instance, number: str, on: date = AGREED_ON) -> None:
    """An approver reversed the indemnity: the claim is assessed anew."""
    with on_day(on):
        who = staff(instance, SHI_PING)
        with audit.write(instance.database, who, "demo.loaded") as session:
            claim = session.execute(select(Claim).where(Claim.number == number)).scalar_one()
            assessment = _assessments(session, claim)[-1]
            entry = session.get_one(Entry, assessment.entry_id)
            enter(
                session,
                who,
                Kind.REVERSAL,
                f"assessment {assessment.id} reversed",
                on,
                f"claim {number}",
                reverse_lines(session, entry),
                reverses=entry.id,
                approved_by=who.id,
            )
            assessment.state = stages.REVERSED
            claim.state, claim.approved_on, claim.approved_minor = stages.ASSESSING, None, None


def verified(instance: Instance) -> Verified:
    """What `ledger verify` finds."""
    with instance.database.reading() as session:
        return verify(session)


def holds(instance: Instance) -> bool:
    """Whether `ledger verify` finds no fault; an assertion names those it finds."""
    faults = [str(one) for one in verified(instance).faults]
    assert not faults, faults
    return True


def workbook(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """A workbook of one sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(headings))
    for row in rows:
        sheet.append(list(row))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _assessments(session: Session, claim: Claim) -> Sequence[Assessment]:
    query = select(Assessment).where(Assessment.claim_id == claim.id).order_by(Assessment.sequence)
    return session.execute(query).scalars().all()
