"""Assessing a claim: a draft that several may work on, line by line, handed to a second person when it is done.

The sheet is frozen when it is handed over; the approver decides about exactly that (`approving.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.claims import proposing, receipts
from portal.claims.assessment_codes import (
    ACCEPTED,
    EXCUSES,
    OPEN,
    PERSON,
    REDUCED,
    REFUSED,
    VERDICTS,
    fits,
)
from portal.claims.assessment_inputs import (
    Judged,
    first_judgment,
    judged_lines,
    lines_of,
    shipments_of_claim,
)
from portal.claims.moves import UnknownClaim, claim_in, claim_of, happened, tell_firm
from portal.claims.proposing import newest_assessment
from portal.claims.records import Assessment, AssessmentLine, Claim, Notice, Receipt, Shipment
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.members.queries import require_untied
from portal.scheme import stages
from portal.scheme.money import Money

SHORTEST_REASON, LONGEST_REASON, LONGEST_NOTE = 4, 1000, 2000  # characters
IN_WORK = (stages.ASSESSING,)
ACTION = "assess a claim"


class StaleDraft(Exception):
    """Somebody else saved the draft since this page was opened; `by` is who, `version` what stands now."""

    def __init__(self, by: str, version: int) -> None:
        super().__init__(f"version {version} by {by}")
        self.by = by
        self.version = version


class BadLines(ValueError):
    """Lines that cannot be; `problems` says of each shipment what is wrong, as a code.

    verdict, reason_missing, reason_unfit, amount_missing, amount_too_high, amount_zero, outside_cover.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(sorted(problems.values())))
        self.problems = dict(problems)


class UnknownReceipt(LookupError):
    """There is no such money among what counts for the claim's notice."""


@dataclass(frozen=True)
class LineInput:
    """What somebody makes of one shipment; `amount` only where it is reduced."""

    verdict: str
    reason: str | None = None
    amount: Money | None = None


def open_assessment(instance: Instance, who: Actor, number: str) -> int:
    """Begin to assess, or go on with the draft that is there; gives its version.

    After an assessment that was given back or reversed the draft begins with its lines. Raises `UnknownClaim`,
    `StaleClaim` when the claim is not being looked into.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, ACTION)
    with instance.database.locked() as session:
        claim = claim_in(session, number, *IN_WORK)
        newest = newest_assessment(session, claim.id)
        if newest is not None and newest.state == stages.DRAFT:
            return newest.version
        require_untied(session, who, claim.uscc, ACTION)
        with audit.audited(session, who, "claims.begin_assessment", f"claim {number}"):
            return proposing.new_draft(session, who, claim, starting_lines(session, claim), PERSON).version


def starting_lines(session: Session, claim: Claim) -> dict[str, Judged]:
    """What a draft begins with: the lines of the last assessment, else what the rules say of cover."""
    newest = newest_assessment(session, claim.id)
    judged = {one.id: first_judgment(one) for one in shipments_of_claim(session, claim)}
    if newest is not None:
        judged |= {key: one for key, one in judged_lines(session, newest).items() if key in judged}
    return judged


def save_assessment(
    instance: Instance,
    who: Actor,
    number: str,
    seen_version: int,
    lines: Mapping[str, LineInput],
    note: str = "",
) -> int:
    """Save what is made of the shipments, by their ids, and the note for staff; gives the new version.

    The first save (version 0 was seen) begins the draft. Saving what stands already changes nothing, whoever saved
    it. Raises `BadLines` (then nothing is saved), `StaleDraft`, `StaleClaim`, `UnknownClaim`, and ``ValueError``
    for a note that is too long.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, ACTION)
    note = visible(note)
    if len(note) > LONGEST_NOTE:
        raise ValueError(f"{len(note)} characters")
    with instance.database.locked() as session:
        claim = claim_in(session, number, *IN_WORK)
        draft = draft_of(session, claim)
        stands = judged_lines(session, draft) if draft is not None else starting_lines(session, claim)
        judged = _read(shipments_of_claim(session, claim), stands, lines)
        if draft is not None and judged == stands and note == (draft.note or ""):
            return draft.version
        if seen_version != (draft.version if draft is not None else 0):
            raise StaleDraft(draft.saved_by if draft is not None else who.id, draft.version if draft else 0)
        require_untied(session, who, claim.uscc, ACTION)
        with audit.audited(session, who, "claims.save_assessment", f"claim {number}"):
            if draft is None:
                draft = proposing.new_draft(session, who, claim, judged, PERSON)
                draft.note = note or None
            else:
                _save(session, who, draft, judged, note)
        return draft.version


def submit_assessment(instance: Instance, who: Actor, number: str, seen_version: int, approver: str | None) -> str:
    """Hand the draft to a second person; gives the hash of the frozen sheet. Handed over twice is once.

    Raises `proposing.NotReady` with what is left to do, `BadApprover`, `NoRate`, `NoInvoiceFor`, `StaleDraft`,
    `StaleClaim`, `UnknownClaim`.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, ACTION)
    today = clock.today()
    with instance.database.locked() as session:
        claim = claim_of(session, number)
        newest = newest_assessment(session, claim.id)
        if newest is not None and newest.state == stages.SUBMITTED and newest.assessed_by == who.id:
            return newest.canonical_sha256 or ""
        claim_in(session, number, *IN_WORK)
        draft = draft_of(session, claim)
        if draft is None:
            raise StaleDraft(who.id, 0)
        _require_seen(draft, seen_version)
        require_untied(session, who, claim.uscc, ACTION)
        with audit.audited(
            session, who, "claims.submit_assessment", f"claim {number}", approver=approver
        ) as entry:
            result = proposing.propose(session, who, claim, draft, judged_lines(session, draft), approver, today)
            entry.details["indemnity"] = result.indemnity.text
            happened(session, instance, who, claim, "proposed", today)
        return draft.canonical_sha256 or ""


def add_money(
    instance: Instance,
    who: Actor,
    number: str,
    kind: str,
    received_on: date,
    reference: str,
    amount: Money,
    costs: Money,
    shipment_id: str | None,
) -> None:
    """Record money that came in and counts from now on.

    Raises `receipts.MoneyKnown` where it is recorded already (then nothing changes), ``ValueError`` for what
    cannot be: no amount, costs above it, a day to come, a shipment of another notice or currency, resale or a
    credit without its invoice; `StaleClaim`, `UnknownClaim`.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, ACTION)
    if received_on > clock.today():
        raise ValueError("money of a day to come")
    with instance.database.locked() as session:
        claim = claim_in(session, number, *IN_WORK)
        require_untied(session, who, claim.uscc, ACTION)
        notice = session.get_one(Notice, claim.notice_id)
        _require_fitting(session, notice, kind, amount, shipment_id)
        with audit.audited(session, who, "claims.add_money", f"claim {number}", kind=kind):
            receipts.add_receipt(
                session, who, notice, kind, received_on, reference, amount, costs, shipment_id, counted=True
            )
            _touch(session, who, claim)


def count_money(instance: Instance, who: Actor, number: str, receipt_id: str) -> None:
    """Money that the firm told of was found to have come in. Twice is once."""
    _settle_money(instance, who, number, receipt_id, None)


def strike_money(instance: Instance, who: Actor, number: str, receipt_id: str, reason: str) -> None:
    """Strike money out that was none, or not this buyer's, with a reason. Twice is once.

    Raises ``ValueError`` for a reason that is too short or too long.
    """
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ValueError(f"a reason of {len(reason)} characters")
    _settle_money(instance, who, number, receipt_id, reason)


def excuse_lateness(instance: Instance, who: Actor, number: str, code: str, reason: str) -> None:
    """Excuse that notice or claim came late, with a coded and a private reason: nothing is taken off for it.

    Doing it again changes nothing. Raises ``ValueError`` for an unknown code or no reason, `StaleClaim`.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "excuse a delay")
    reason = visible(reason)
    if code not in EXCUSES or not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ValueError(f"{code} with a reason of {len(reason)} characters")
    with instance.database.locked() as session:
        claim = claim_in(session, number, stages.ASSESSING, stages.ASKED)
        if claim.late_excused_by is not None or not claim.late_points:
            return
        with audit.audited(session, who, "claims.excuse", f"claim {number}", code=code, points=claim.late_points):
            require_untied(session, who, claim.uscc, "excuse a delay")
            claim.late_points, claim.late_excused_by, claim.late_reason = 0, who.id, reason
            happened(session, instance, who, claim, "excused", clock.today(), code=code)
            _touch(session, who, claim)
            tell_firm(session, instance, claim, "claim_excused")


def draft_of(session: Session, claim: Claim) -> Assessment | None:
    """The draft that is being worked on, if one was begun."""
    newest = newest_assessment(session, claim.id)
    return newest if newest is not None and newest.state == stages.DRAFT else None


def _require_seen(draft: Assessment, seen_version: int) -> None:
    if draft.version != seen_version:
        raise StaleDraft(draft.saved_by, draft.version)


def _read(
    shipments: Sequence[Shipment], stand: Mapping[str, Judged], lines: Mapping[str, LineInput]
) -> dict[str, Judged]:
    """What the lines mean, those not given as they stand; raises `BadLines` with everything that is wrong."""
    judged: dict[str, Judged] = {}
    problems: dict[str, str] = {}
    for one in shipments:
        given = lines.get(one.id)
        if given is None:
            judged[one.id] = stand[one.id]
            continue
        claimed = Money.from_minor(one.amount_minor, one.currency)
        wrong = _problem(one, given, claimed)
        if wrong is not None:
            problems[one.id] = wrong
        elif given.verdict == REFUSED:
            judged[one.id] = Judged(REFUSED, given.reason, Money.from_minor(0, one.currency))
        elif given.verdict == REDUCED and given.amount is not None:
            judged[one.id] = Judged(REDUCED, given.reason, given.amount)
        else:
            judged[one.id] = Judged(given.verdict, None, claimed)
    if set(lines) - {one.id for one in shipments}:
        raise UnknownClaim("a shipment of another claim")
    if problems:
        raise BadLines(problems)
    return judged


def _problem(shipment: Shipment, given: LineInput, claimed: Money) -> str | None:
    if given.verdict not in (OPEN, *VERDICTS):
        return "verdict"
    if shipment.outside and given.verdict != REFUSED:
        return "outside_cover"  # that is the rules' word, and nobody's to change here
    if given.verdict in (OPEN, ACCEPTED):
        return None
    if not given.reason:
        return "reason_missing"
    if not fits(given.reason, given.verdict):
        return "reason_unfit"
    if given.verdict == REFUSED:
        return None
    if given.amount is None:
        return "amount_missing"
    if given.amount.minor <= 0:
        return "amount_zero"
    return "amount_too_high" if given.amount >= claimed else None


def _save(session: Session, who: Actor, draft: Assessment, judged: Mapping[str, Judged], note: str) -> None:
    kept = lines_of(session, draft)
    for shipment_id, one in judged.items():
        line = kept.get(shipment_id)
        if line is None:
            line = AssessmentLine(assessment_id=draft.id, shipment_id=shipment_id)
            session.add(line)
        line.verdict, line.reason_code = one.verdict, one.reason
        line.recognised_minor = one.recognised.minor
    draft.note = note or None
    _saved(who, draft)
    session.flush()


def _saved(who: Actor, draft: Assessment) -> None:
    draft.version += 1
    draft.saved_by, draft.saved_at = who.id, clock.now()


def _touch(session: Session, who: Actor, claim: Claim) -> None:
    """Something that the draft rests on has changed: whoever has it open is to see that before handing it over."""
    draft = draft_of(session, claim)
    if draft is not None:
        _saved(who, draft)


def _settle_money(instance: Instance, who: Actor, number: str, receipt_id: str, strike_for: str | None) -> None:
    roles.require(who, roles.ASSESSES_CLAIMS, ACTION)
    with instance.database.locked() as session:
        claim = claim_in(session, number, *IN_WORK)
        receipt = session.get(Receipt, receipt_id)
        if receipt is None or receipt.notice_id != claim.notice_id:
            raise UnknownReceipt(receipt_id)
        wanted = stages.COUNTED if strike_for is None else stages.STRUCK
        if receipt.state == wanted:
            return
        if receipt.state == stages.STRUCK:
            raise UnknownReceipt(receipt_id)
        require_untied(session, who, claim.uscc, ACTION)
        with audit.audited(session, who, f"claims.money_{wanted}", f"claim {number}"):
            if strike_for is None:
                receipts.count(receipt)
            else:
                receipts.strike(receipt, who, strike_for)
            _touch(session, who, claim)


def _require_fitting(session: Session, notice: Notice, kind: str, amount: Money, shipment_id: str | None) -> None:
    named = session.get(Shipment, shipment_id) if shipment_id is not None else None
    if shipment_id is not None and (named is None or named.notice_id != notice.id or named.removed_at is not None):
        raise ValueError("an invoice of another notice")
    if kind not in ("payment", "resale", "credit") or (kind != "payment" and named is None):
        raise ValueError(f"{kind} without its invoice")
    if named is not None and named.currency != amount.currency:
        raise ValueError(f"{amount} for an invoice in {named.currency}")
