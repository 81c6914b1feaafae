"""Whose turn it is with a claim, until when and since when, in the firm's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.applications import requests
from portal.applications.records import Request
from portal.claims.payees import BANK, FIRM
from portal.claims.records import Assignment, Claim, ClaimEvent, Payee
from portal.claims.repaying import repayments
from portal.common.formats import day, money
from portal.common.instance import FirmTurn
from portal.common.people import PersonKey
from portal.ledger.accounts import Account
from portal.ledger.queries import balances
from portal.scheme import stages
from portal.scheme.claim_words import Risk
from portal.scheme.money import Money

YOURS, OTHERS, OVER = "yours", "others", "over"


@dataclass(frozen=True)
class ClaimTurn:
    """`kind` is whose turn it is (yours, others, over: nobody's); `due` that one's last day, counted from `since`.

    `title` is where the claim stands, `text` a sentence more.
    """

    kind: str
    title: str
    text: str
    due: date | None = None
    since: date | None = None
    action: str = ""

    @property
    def yours(self) -> bool:
        """Whether the firm is to do something."""
        return self.kind == YOURS


@dataclass(frozen=True)
class Around:
    """What a turn depends on besides the claim: until when the firm answers, whether an account is there.

    `remits` is the underwriter's share of recoveries that the firm still holds, None where it holds none;
    `refused` whether the bank could not pay to the firm's account as it still stands; `owes` what the firm has to
    pay back because its indemnity went down after it was paid, None where it owes nothing; `owes_since` since when
    it owes the oldest part of it, and `owes_by` until when it pays that back; `deed` whether staff have
    still to look at the deed of an assignment, so that nothing is paid.
    """

    answer_by: date | None
    payee: bool
    remits: Money | None = None
    refused: bool = False
    owes: Money | None = None
    owes_since: date | None = None
    owes_by: date | None = None
    deed: bool = False


def around(session: Session, claims: Sequence[Claim]) -> dict[str, Around]:
    """What the turns of these claims depend on, by their ids; always the same few queries, however many."""
    ids = [one.id for one in claims]
    asked = select(Request.subject_id, Request.due_on).where(
        Request.subject_kind == requests.CLAIM,
        Request.subject_id.in_(ids),
        Request.answered_at.is_(None),
        Request.closed_at.is_(None),
    )
    by: dict[str, date] = {row.subject_id: row.due_on for row in session.execute(asked)}
    paid_to = (
        select(Payee.uscc, Payee.recorded_at)
        .join(PersonKey, PersonKey.id == Payee.person_id)
        .where(
            Payee.uscc.in_({one.uscc for one in claims}),
            Payee.kind == FIRM,
            Payee.claim_id.is_(None),
            Payee.replaced_by.is_(None),
            PersonKey.erased_at.is_(None),  # else nobody can read it any more, and another is asked for
        )
    )
    firms: dict[str, datetime] = {row.uscc: row.recorded_at for row in session.execute(paid_to)}
    held = (
        select(Assignment.claim_id)
        .join(Payee, Payee.id == Assignment.payee_id)
        .where(Assignment.claim_id.in_(ids), Assignment.state == stages.RECORDED, Payee.kind == BANK)
    )
    banks = set(session.execute(held).scalars())
    told = select(Assignment.claim_id).where(Assignment.claim_id.in_(ids), Assignment.state == stages.TOLD)
    deeds = set(session.execute(told).scalars())
    came_back = (
        select(ClaimEvent.claim_id, func.max(ClaimEvent.at).label("at"))
        .where(ClaimEvent.claim_id.in_(ids), ClaimEvent.kind == "payment_failed")
        .group_by(ClaimEvent.claim_id)
    )
    failed: dict[str, datetime] = {row.claim_id: row.at for row in session.execute(came_back)}
    held_shares = balances(session, Account.WITH_FIRM, ids)
    owed = balances(session, Account.OWED_BY_FIRM, ids)
    back = {one.claim_id: one for one in repayments(session, claims, owed)}
    return {
        one.id: Around(
            by.get(one.id),
            one.uscc in firms or one.id in banks,
            _above_zero(held_shares.get(one.id)),
            one.id in failed and one.id not in banks and one.uscc in firms and failed[one.id] > firms[one.uscc],
            _above_zero(owed.get(one.id)),
            back[one.id].since if one.id in back else None,
            back[one.id].due.day if one.id in back else None,
            one.id in deeds,
        )
        for one in claims
    }


def _above_zero(amount: Money | None) -> Money | None:
    return amount if amount is not None and amount.amount > 0 else None


def turn_of(claim: Claim, beside: Around, today: date, confirmed: bool = True) -> ClaimTurn:
    """Whose turn it is with a claim today."""
    simple: Mapping[str, ClaimTurn] = {
        stages.PREPARING: ClaimTurn(
            YOURS,
            _("Hand in the documents and file the claim"),
            _("A claim can be filed before everything is there; say then what is missing."),
            claim.claim_due_on,
            claim.opened_on,
            _("Hand in documents"),
        ),
        stages.ASKED: ClaimTurn(
            YOURS,
            _("Answer what we ask"),
            _("Until you answer, the clock of your claim stands still."),
            beside.answer_by,
            claim.paused_on,
            _("See and answer"),
        ),
        stages.PROPOSED: ClaimTurn(
            OTHERS,
            _("A second person looks at the result"),
            _("Nobody approves alone what they assessed."),
            claim.due_on,
            claim.complete_on,
        ),
        stages.OBJECTED: ClaimTurn(
            OTHERS, _("Your objection is looked at"), "", claim.due_on, claim.state_changed_at.date()
        ),
        stages.PAYING: ClaimTurn(
            OTHERS, _("The payment is on its way"), _("It is ordered at the bank."), claim.due_on, claim.agreed_on
        ),
        stages.PAID: ClaimTurn(
            OVER,
            _("Paid"),
            _("Paid on %(day)s. Tell us of whatever the buyer pays later.", day=day(claim.paid_on)),
        ),
        stages.WITHDRAWN: ClaimTurn(
            OVER, _("Withdrawn"), _("Withdrawn on %(day)s. Nothing follows from it.", day=day(claim.closed_on))
        ),
        stages.CLOSED: ClaimTurn(OVER, _("Closed"), _("Closed on %(day)s.", day=day(claim.closed_on))),
    }
    if claim.state in (stages.PAID, stages.CLOSED) and beside.owes is not None and confirmed:
        stands = money(Money.from_minor(claim.approved_minor or 0, claim.currency))
        return ClaimTurn(
            YOURS,
            _("Pay %(amount)s back to the underwriter", amount=money(beside.owes)),
            _("The indemnity went down after it was paid. It is %(stands)s now.", stands=stands),
            beside.owes_by,
            beside.owes_since,
        )
    if claim.state in (stages.PAID, stages.CLOSED) and beside.remits is not None and confirmed:
        return ClaimTurn(
            YOURS,
            _("Remit %(amount)s to the underwriter", amount=money(beside.remits)),
            _("It is the underwriter’s share of what the buyer paid after the indemnity."),
            since=claim.paid_on,
            action=_("See until when, to which account, and how it is reckoned"),
        )
    if claim.state in simple:
        return simple[claim.state]
    if claim.state == stages.APPROVED:
        return _approved(claim, today, confirmed)
    if claim.state == stages.AGREED:
        return _agreed(claim, beside, confirmed)
    if claim.state == stages.SUSPENDED:
        return _suspended(claim)
    return _assessing(claim, today)


def claim_turn(turn: ClaimTurn, claim: Claim, buyer: str, today: date) -> FirmTurn:
    """A claim's turn for the first page of the firm's people; where the other side is late, it says so."""
    title = _("Your turn: %(what)s", what=turn.title) if turn.yours else turn.title
    text = _("Claim %(number)s, %(buyer)s", number=claim.number, buyer=buyer)
    if turn.due is not None and turn.due < today and not turn.yours:
        text = _(
            "Claim %(number)s, %(buyer)s. It was due on %(day)s. We are late; you need do nothing.",
            number=claim.number,
            buyer=buyer,
            day=day(turn.due),
        )
    elif turn.due is not None:
        text += _(", ") + _("by %(day)s", day=day(turn.due))
    name = _("Claim %(number)s", number=claim.number)
    if turn.yours:
        name = _("Claim %(number)s: your turn", number=claim.number)
    return FirmTurn(
        turn.yours,
        title,
        text,
        url_for("claims.my_claim", number=claim.number),
        turn.action or _("See the claim"),
        name,
    )


def waits_for_disposal(claim: Claim) -> bool:
    """Whether nothing can be decided because rejected goods are not disposed of yet."""
    return claim.risk == Risk.REJECTION and claim.waiting_until is None


def waits_until(claim: Claim, today: date) -> date | None:
    """The last day of a waiting period that still runs; what waits for the goods ends on the very day they go."""
    runs = claim.waiting_until is not None and claim.risk != Risk.REJECTION and today <= claim.waiting_until
    return claim.waiting_until if runs else None


def _approved(claim: Claim, today: date, confirmed: bool) -> ClaimTurn:
    if not confirmed:
        return ClaimTurn(
            OTHERS,
            _("The claim is decided"),
            _("What was decided is shown to whoever is confirmed to act for the firm."),
        )
    late = claim.answer_due_on is not None and today > claim.answer_due_on
    text = (
        _("The time to object is over. Agree, and it is paid.")
        if late
        else _("Read how it comes about, then agree, or object with your reasons.")
    )
    return ClaimTurn(
        YOURS,
        _("Agree to the amount, or object"),
        text,
        None if late else claim.answer_due_on,
        claim.approved_on,
        _("See the result"),
    )


def _agreed(claim: Claim, beside: Around, confirmed: bool) -> ClaimTurn:
    if beside.deed:
        return ClaimTurn(
            OTHERS,
            _("We look at the deed of assignment"),
            _("Until then nothing is paid on this claim."),
            claim.due_on,
            claim.agreed_on,
        )
    if not beside.payee and confirmed:
        return ClaimTurn(
            YOURS,
            _("Tell us to which account we pay"),
            _("You agreed. Without an account of your firm nothing can be paid."),
            claim.due_on,
            claim.agreed_on,
            _("Enter the account"),
        )
    if beside.refused and confirmed:
        return ClaimTurn(
            YOURS,
            _("Check the account: the bank could not pay"),
            _(
                "Compare it with a paper of your bank and change it if it is wrong. If it is right, we order it "
                "again."
            ),
            claim.due_on,
            claim.agreed_on,
            _("Check the account"),
        )
    return ClaimTurn(OTHERS, _("The payment is being prepared"), "", claim.due_on, claim.agreed_on)


def _suspended(claim: Claim) -> ClaimTurn:
    if claim.dispute == "judged":
        return ClaimTurn(
            OTHERS,
            _("We look at the judgment or award"),
            _("The claim goes on as soon as somebody has looked at what you handed in."),
        )
    return ClaimTurn(
        OTHERS,
        _("The claim waits for a judgment or an award"),
        _("Nothing can be decided while the buyer disputes the debt. Hand in the judgment once you have it."),
    )


def _assessing(claim: Claim, today: date) -> ClaimTurn:
    if waits_for_disposal(claim):
        return ClaimTurn(
            YOURS,
            _("Tell us when the goods are disposed of"),
            _("Nothing can be decided before. Ask for consent before you sell or return them."),
            action=_("See the claim"),
        )
    if waits_until(claim, today) is not None:
        return ClaimTurn(
            OTHERS,
            _("Waiting period until %(day)s", day=day(claim.waiting_until)),
            _("Nothing can be decided before. Tell us if the buyer pays meanwhile."),
            claim.due_on,
        )
    if claim.complete_on is None:
        return ClaimTurn(
            OTHERS,
            _("We look through your documents"),
            _(
                "What is missing we ask for once, everything together. Once all is there, the time for the "
                "assessment begins."
            ),
            claim.due_on,
            claim.filed_on,
        )
    since = max(one for one in (claim.complete_on, claim.waiting_until) if one is not None)
    return ClaimTurn(OTHERS, _("Being assessed"), "", claim.due_on, since)
