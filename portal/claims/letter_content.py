"""What the letter about a decided claim rests on: codes, numbers and days, hashed when it is approved.

The letter is set from this and from the frozen sheet alone (`letter.py`), so that it can be made again any time.
"""

import json
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.claims.records import Assessment, Claim
from portal.common.audit import canonical_json
from portal.obligors.records import Obligor
from portal.policies.records import Policy

FIRST_LAYOUT, LAYOUT = "letter-1", "letter-2"
"""Version of what the letter says; a change of its wording gets a new one.

The second names the lines that rest on a provisional one; what was frozen in the first goes without.
"""


class LetterContent(NamedTuple):
    """All that a letter tells besides the frozen sheet. Amounts are in that sheet."""

    layout: str
    claim: str
    policy: str
    firm_name: str
    uscc: str
    obligor: str
    obligor_name: str
    country: str
    risk: str
    approved_on: str
    answer_on: str
    sheet_sha256: str


def letter_content(session: Session, claim: Claim, assessment: Assessment) -> LetterContent:
    """The content of the letter about an assessment that is being approved; ``ValueError`` for any other."""
    if assessment.canonical_sha256 is None or claim.approved_on is None or claim.answer_due_on is None:
        raise ValueError(f"assessment {assessment.id} is not approved")
    obligor = session.get_one(Obligor, claim.obligor_id)
    return LetterContent(
        layout=LAYOUT,
        claim=claim.number,
        policy=session.get_one(Policy, claim.policy_id).number,
        firm_name=claim.firm_name,
        uscc=claim.uscc,
        obligor=obligor.number,
        obligor_name=obligor.name,
        country=obligor.country,
        risk=claim.risk,
        approved_on=claim.approved_on.isoformat(),
        answer_on=claim.answer_due_on.isoformat(),
        sheet_sha256=assessment.canonical_sha256,
    )


def freeze_letter(session: Session, claim: Claim, assessment: Assessment) -> None:
    """Write down what the letter tells, with its hash, inside an audited block."""
    assessment.letter = canonical_json(letter_content(session, claim, assessment)._asdict())
    assessment.letter_sha256 = sha256(assessment.letter.encode()).hexdigest()


def content_of(assessment: Assessment) -> LetterContent:
    """What the letter of an approved assessment tells; ``ValueError`` where there is none or it was altered."""
    if assessment.letter is None or sha256(assessment.letter.encode()).hexdigest() != assessment.letter_sha256:
        raise ValueError(f"assessment {assessment.id} has no letter that is what was frozen")
    return LetterContent(**json.loads(assessment.letter))
