"""Whose turn it is with the notices and claims of a firm, for its members' first page."""

from collections.abc import Mapping, Sequence
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.claim_turns import OVER, around, claim_turn, turn_of
from portal.claims.queries import notices_of
from portal.claims.records import Claim, Notice, Shipment
from portal.common.instance import FirmTurn
from portal.obligors.records import FirmBuyer, Obligor
from portal.scheme import stages


def turns_of(
    session: Session, account_id: str, firms: Mapping[str, bool], today: date
) -> dict[str, list[FirmTurn]]:
    """By credit code the turns of an account's firms (code: whether it is confirmed).

    The firm's own turns come first, and among them what is due first.

    Always the same few queries, however many firms, notices and claims there are.
    """
    confirmed = [code for code, sure in firms.items() if sure]
    notices = notices_of(session, account_id, list(firms), confirmed)
    notices = [one for one in notices if one.state in (stages.DRAFT, stages.WATCHED, stages.CLAIMED)]
    names = _buyer_names(session, notices)
    claims = _claims(session, notices)
    beside = around(session, [claim for some in claims.values() for claim in some])
    covered = _covered(session, notices)
    found: dict[str, list[tuple[date, FirmTurn]]] = {}
    for notice in notices:
        turns = found.setdefault(notice.uscc, [])
        name = names.get(notice.id, "—")
        if notice.state == stages.DRAFT:
            turns.append((date.max, _draft(notice, name)))
        elif notice.state == stages.WATCHED:
            turns.append((date.max, _watched(notice, name, notice.id in covered)))
        else:
            for claim in claims.get(notice.id, []):
                turn = turn_of(claim, beside[claim.id], today, firms[notice.uscc])
                if turn.kind == OVER:
                    continue
                # What the firm can do at any time, and gets or owes money by, has waited since a day gone by.
                waits = turn.due or (turn.since if turn.yours else None) or date.max
                turns.append((waits, claim_turn(turn, claim, name, today)))
    return {code: _in_order(turns) for code, turns in found.items()}


def _in_order(turns: list[tuple[date, FirmTurn]]) -> list[FirmTurn]:
    return [turn for _due, turn in sorted(turns, key=lambda one: (not one[1].yours, one[0]))]


def _draft(notice: Notice, name: str) -> FirmTurn:
    url = url_for("claims.my_notice", number=notice.id)
    return FirmTurn(
        True,
        _("Your turn: go on with the report on %(buyer)s", buyer=name),
        _("It is saved and not sent yet."),
        url,
        _("Go on"),
        _("Report on %(buyer)s, not sent", buyer=name),
    )


def _watched(notice: Notice, name: str, covered: bool) -> FirmTurn:
    url = url_for("claims.my_notice", number=notice.number)
    link = _("Notice %(number)s", number=notice.number)
    if covered:
        text = _("Claim, or close it once %(buyer)s has paid. The page says until when you can claim.", buyer=name)
        return FirmTurn(
            False, _("You reported %(buyer)s: stop shipping", buyer=name), text, url, _("See the notice"), link
        )
    text = _("What you reported lies outside cover.")
    return FirmTurn(
        False, _("You reported %(buyer)s: stop shipping", buyer=name), text, url, _("See the notice"), link
    )


def _buyer_names(session: Session, notices: Sequence[Notice]) -> dict[str, str]:
    query = (
        select(Notice.id, FirmBuyer.name, Obligor.name)
        .join(Obligor, Obligor.id == Notice.obligor_id)
        .outerjoin(FirmBuyer, (FirmBuyer.obligor_id == Notice.obligor_id) & (FirmBuyer.uscc == Notice.uscc))
        .where(Notice.id.in_([one.id for one in notices]))
    )
    return {notice_id: own or name for notice_id, own, name in session.execute(query)}


def _claims(session: Session, notices: Sequence[Notice]) -> dict[str, list[Claim]]:
    query = select(Claim).where(Claim.notice_id.in_([one.id for one in notices]), Claim.state != stages.WITHDRAWN)
    found: dict[str, list[Claim]] = {}
    for claim in session.execute(query.order_by(Claim.number)).scalars():
        found.setdefault(claim.notice_id, []).append(claim)
    return found


def _covered(session: Session, notices: Sequence[Notice]) -> set[str]:
    query = (
        select(Shipment.notice_id)
        .where(
            Shipment.notice_id.in_([one.id for one in notices]),
            Shipment.outside == "",
            Shipment.removed_at.is_(None),
        )
        .distinct()
    )
    return set(session.execute(query).scalars())
