"""Recoveries as pages show them: each share with its worksheet, line by line as the rulebook wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.held import notice_terms, shown_terms
from portal.claims.records import Claim, Notice
from portal.claims.worksheet_words import ShownLine, lines
from portal.common.clock import day_of
from portal.common.formats import money
from portal.ledger.accounts import Held
from portal.ledger.records import Entry
from portal.recoveries import names, queries
from portal.recoveries.booking import kept, to_settle
from portal.recoveries.records import Recovery, Share
from portal.recoveries.sharing import Shared, worksheet_of
from portal.scheme import stages
from portal.scheme.worksheet import Worksheet


@dataclass(frozen=True)
class ShownShare:
    """What falls on one claim (or on none): its worksheet, and what has to change hands until when."""

    id: str
    claim: str | None
    underwriter: str
    firm: str
    costs: str
    lines: tuple[ShownLine, ...]
    to_settle: str | None
    due_on: date | None
    due_provisional: bool
    late: bool
    settled_on: date | None
    reference: str | None
    stays: str | None  # what had changed hands before the recovery was reversed
    back_on: date | None  # when that went back, and under which reference of the bank
    back_reference: str | None


@dataclass(frozen=True)
class ShownRecovery:
    """One recovery with its shares; `parts` say where the whole sum went, in its currency, and add up to it."""

    number: str
    received_on: date
    reference: str
    amount: str
    costs: str
    rate: str | None
    held: str
    by_firm: bool
    state: str
    kind: str
    code: str
    why_not: str | None
    shares: tuple[ShownShare, ...]
    parts: tuple[tuple[str, str], ...]

    @property
    def remits(self) -> bool:
        """Whether the firm still has money for the underwriter: its share, or what a reversal made due back."""
        if self.by_firm:
            return any(share.to_settle and share.settled_on is None for share in self.shares)
        return any(share.stays and share.back_on is None for share in self.shares)


def shown_recovery(session: Session, recovery: Recovery, today: date) -> ShownRecovery:
    """A recovery with everything that the firm may see of it too."""
    return shown_recoveries(session, [recovery], today)[0]


def shown_recoveries(session: Session, found: Sequence[Recovery], today: date) -> list[ShownRecovery]:
    """Several recoveries, in their order."""
    shares = queries.shares_of(session, [one.id for one in found])
    back = queries.given_back(session, [share for some in shares.values() for share, _claim in some])
    laid = {one.id: kept(one) for one in found}
    named = {
        part[key] for parts in laid.values() for part in parts for key in ("claim", "payment_to") if part[key]
    }
    query = select(Claim.id, Claim.number).where(Claim.id.in_(named))
    numbers = dict(session.execute(query).all()) if named else {}
    return [_shown(session, one, shares[one.id], back, today, _parts(one, laid[one.id], numbers)) for one in found]


def _parts(
    recovery: Recovery, laid: Sequence[Mapping[str, Any]], numbers: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Where the whole sum went, in its own currency: shared on claims, on none, or a payment to another claim."""
    sums: dict[str, int] = {}
    for part in laid:
        if part["payment_to"]:
            name = _("A payment to claim %(number)s, not approved then", number=numbers[part["payment_to"]])
        elif part["claim"]:
            name = _("Shared on claim %(number)s", number=numbers[part["claim"]])
        else:
            name = _("Uninsured part")
        sums[name] = sums.get(name, 0) + int(part["amount"])
    return [(name, money(minor, recovery.currency)) for name, minor in sums.items()]


def _shown(
    session: Session,
    recovery: Recovery,
    shares: Sequence[tuple[Share, Claim | None]],
    back: Mapping[str, Entry],
    today: date,
    parts: Sequence[tuple[str, str]],
) -> ShownRecovery:
    certain = not _remit_provisional(session, recovery, today)
    refused = recovery.state == stages.REFUSED
    return ShownRecovery(
        recovery.number,
        recovery.received_on,
        recovery.reference,
        money(recovery.amount_minor, recovery.currency),
        money(recovery.costs_minor, recovery.currency),
        f"{recovery.rate} ({recovery.rate_on.isoformat()})" if recovery.rate and recovery.rate_on else None,
        str(names.HELD_BY[recovery.received_by]),
        recovery.received_by == Held.FIRM,
        str(names.RECOVERY_STATES[recovery.state]),
        names.RECOVERY_KINDS[recovery.state],
        recovery.state,
        str(names.REFUSALS[recovery.reason]) if refused and recovery.reason in names.REFUSALS else None,
        tuple(_share(recovery, share, claim, back.get(share.id), today, certain) for share, claim in shares),
        tuple(parts),
    )


def shown_shares(shared: Shared, claims: dict[str, Claim]) -> list[tuple[str, tuple[ShownLine, ...]]]:
    """The shares of money that is only looked at: of which claim, and the worksheet of each."""
    found = []
    for claim_id, one in shared.shares.items():
        name = claims[claim_id].number if claim_id is not None else _("Uninsured part")
        found.append((name, tuple(lines(one.worksheet))))
    return found


def shown_payments(shared: Shared, claims: dict[str, Claim]) -> list[tuple[str, str]]:
    """What of it is a payment to a claim that was not approved then."""
    return [
        (claims[one.payment_to].number, money(one.amount)) for one in shared.payments if one.payment_to in claims
    ]


def _remit_provisional(session: Session, recovery: Recovery, today: date) -> bool:
    """Whether the days by which a share changes hands are not confirmed by the operator."""
    scheme = session.get_one(Notice, recovery.notice_id).scheme
    on = day_of(recovery.recorded_at) if recovery.recorded_at else today
    return shown_terms(session, scheme, notice_terms(scheme, on)).cited("remit_days").provisional


def _share(
    recovery: Recovery, share: Share, claim: Claim | None, back: Entry | None, today: date, certain: bool
) -> ShownShare:
    sheet: Worksheet = worksheet_of(recovery.worksheet, share.claim_id)
    whole = to_settle(recovery, share)
    moves = whole if recovery.state == stages.RECORDED else 0
    stays = whole if recovery.state == stages.REVERSED and share.remitted_on is not None else 0
    return ShownShare(
        share.id,
        claim.number if claim is not None else None,
        money(share.underwriter_minor, share.currency),
        money(share.firm_minor, share.currency),
        money(share.costs_minor, share.currency),
        tuple(lines(sheet)),
        money(moves, share.currency) if moves else None,
        share.due_on,
        not certain,
        share.due_on is not None and (share.remitted_on is None or bool(stays)) and share.due_on < today,
        share.remitted_on,
        share.remittance_reference,
        money(stays, share.currency) if stays else None,
        back.on if back is not None else None,
        back.reason if back is not None else None,
    )
