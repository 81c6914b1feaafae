"""What the pages of a notice show besides their forms: shipments with why they are not covered, the read-back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.claims.cover import judged, nearest, policies_of
from portal.claims.entries import YES
from portal.claims.estimates import Estimate
from portal.claims.names import RISK_NAMES, TERM_NAMES, TERMS_OF, outside_sentence
from portal.claims.notice_drafts import SHIPMENTS, TROUBLE, OpenedNotice
from portal.claims.records import Notice, Shipment
from portal.claims.worksheet_words import ShownLine, lines
from portal.common.formats import amount, day, money
from portal.obligors.queries import warnings_for
from portal.obligors.records import Exclusion, Obligor
from portal.policies.records import Policy
from portal.scheme.indemnity import Indemnity

Fact = dict[str, Any]


@dataclass(frozen=True)
class ShownShipment:
    """One shipment with its policy and, in words, why it lies outside cover; `misfit` where its term is wrong."""

    shipment: Shipment
    unpaid: str
    term: str
    policy: Policy | None
    outside: list[str]
    misfit: bool = False


@dataclass(frozen=True)
class ShownEstimate:
    """One policy's estimate: the bar of its cap in cents, and the worksheet's lines. Without a rate no lines."""

    policy: Policy
    several: bool
    indemnity: str | None
    result: Indemnity | None
    room: str
    cap: str
    standing: str
    standing_minor: int
    cap_minor: int
    possible_minor: int  # what of the loss is paid if it stays so, below and beyond the cap
    over: str | None
    lines: Sequence[ShownLine]
    missing: Fact | None


def shipments_live(found: OpenedNotice, policies: Sequence[Policy], today: date) -> list[ShownShipment]:
    """The shipments of a draft as they would be judged today."""
    return [
        _shipment(one, *judged(one, found.notice.scheme, today, policies), policies, found.obligor.kind)
        for one in found.shipments
    ]


def shipments_sent(shipments: Sequence[Shipment], policies: Sequence[Policy]) -> list[ShownShipment]:
    """The shipments of a notice as they were judged when it was sent."""
    return [_shipment(one, one.policy_id, tuple(one.outside.split()), policies) for one in shipments]


def _shipment(
    one: Shipment,
    policy_id: str | None,
    codes: Sequence[str],
    policies: Sequence[Policy],
    kind: str | None = None,
) -> ShownShipment:
    policy = next((policy for policy in policies if policy.id == policy_id), None)
    near = policy or nearest(one, policies)
    return ShownShipment(
        shipment=one,
        unpaid=money(one.amount_minor, one.currency),
        term=str(TERM_NAMES[one.payment_term]),
        policy=policy,
        outside=[outside_sentence(code, one, near) for code in codes],
        misfit=kind is not None and one.payment_term not in TERMS_OF[kind],
    )


def totals(shipments: Sequence[Shipment]) -> str:
    """What is unpaid, each currency by itself."""
    sums: dict[str, int] = {}
    for one in shipments:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount_minor
    return _(", ").join(money(minor, currency) for currency, minor in sums.items())


def estimates_shown(found: Sequence[Estimate], language: str | None = None) -> list[ShownEstimate]:
    """The estimates as the page draws them."""
    return [_estimate(one, len(found) > 1, language) for one in found]


def _estimate(one: Estimate, several: bool, language: str | None) -> ShownEstimate:
    result = one.indemnity
    cap = one.cap
    share = result.before_cap.round_half_up().minor if result else 0
    over = max(0, one.standing.minor + share - cap.minor)
    missing: Fact | None = None
    if one.missing is not None:
        missing = {"currency": one.missing.currency, "day": day(one.missing.day)}
    return ShownEstimate(
        policy=one.policy,
        several=several,
        indemnity=money(result.indemnity) if result else None,
        result=result,
        room=money(one.room),
        cap=amount(cap),
        standing=amount(one.standing),
        standing_minor=one.standing.minor,
        cap_minor=cap.minor,
        possible_minor=share,
        over=_("%(amount)s over", amount=amount(over)) if over else None,
        lines=lines(result.worksheet, language) if result else (),
        missing=missing,
    )


def trouble_facts(notice: Notice, words: str, change: str | None = None, for_staff: bool = False) -> list[Fact]:
    """What happened, label above value; with `change` the address where it is changed."""
    more: Fact = {"change_url": change} if change else {}
    facts: list[Fact] = [
        {"label": _("What happened"), "value": RISK_NAMES[notice.risk] if notice.risk else "—", **more},
        {"label": _("Learned of it"), "value": day(notice.happened_on)},
    ]
    if notice.disposed_on:
        facts.append({"label": _("Goods disposed of"), "value": day(notice.disposed_on)})
    if notice.discrepant:
        said = _("Yes") if notice.discrepant == YES else _("No")
        facts.append({"label": _("The bank names discrepancies"), "value": said})
    if words:
        label = _("In the firm’s words") if for_staff else _("In your words")
        facts.append({"label": label, "value": words})
    return facts


def obligor_facts(obligor: Obligor, name: str, countries: Mapping[str, str], change: str | None = None) -> Fact:
    """Who owes, with the country."""
    kind = _("issuing bank") if obligor.kind == "bank" else _("buyer")
    where = countries.get(obligor.country, obligor.country)
    fact: Fact = {"label": _("Who owes"), "value": name, "lines": [where + _(", ") + kind]}
    return {**fact, "change_url": change} if change else fact


def warnings(session: Session, scheme: str, obligor: Obligor, on: date) -> list[Exclusion]:
    """The exclusions and sanctions that hold against this obligor or its country."""
    return list(warnings_for(session, scheme, obligor, on))


def bar(found: OpenedNotice, step: str, steps: Sequence[str], today: date) -> dict[str, Any]:
    """The step header: where one is, what is done, when it was saved, and the way back."""
    place = steps.index(step)
    states = ["now" if one == step else "done" if found.is_done(one, today) else "future" for one in steps]
    notice = found.notice
    back = (
        url_for("claims.notice_step", notice_id=notice.id, step=steps[place - 1])
        if place
        else url_for("claims.my_buyers", uscc=notice.uscc)
    )
    return {
        "number": place + 1,
        "total": len(steps),
        "states": states,
        "back": back,
        "saved_at": notice.saved_at,
    }


def stands_words(found: OpenedNotice, step: str) -> list[Fact]:
    """What stands saved of a step that was saved in another window meanwhile."""
    if step == TROUBLE:
        return trouble_facts(found.notice, found.typed.get("words", ""))
    if step == SHIPMENTS:
        return [
            {
                "label": one.invoice_number,
                "value": money(one.amount_minor, one.currency),
                "lines": [_("due %(day)s", day=day(one.due_on))],
            }
            for one in found.shipments
        ]
    return [{"label": _("Who owes"), "value": found.buyer_name}]


def known_policies(session: Session, found: OpenedNotice) -> list[Policy]:
    """The policies that the reader may know of."""
    return policies_of(session, found.membership)
