"""A policy as the firm reads it: the document in its language, its time drawn, and what the reader may do now."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from portal.accounts.exporters import account_person
from portal.applications.records import Decision
from portal.common import formats
from portal.common.preferences import locale_name
from portal.common.web import people, reading
from portal.members.shown import masked_name
from portal.policies import names
from portal.policies.document import TOLD, Document, Said, document_of
from portal.policies.queries import open_paths, policy_case, state_on
from portal.policies.readers import MyPolicy
from portal.policies.records import Policy
from portal.policies.shown import covered_to
from portal.programme.actions import terms_by_fingerprint
from portal.programme.names import PARAMETER_NAMES, share_text
from portal.scheme import stages
from portal.scheme.money import Money
from portal.scheme.terms import TermsOnDate


@dataclass(frozen=True)
class Acknowledged:
    """Who acknowledged the policy, and when: `moment` in words, with the hour if it was done here."""

    by: str
    moment: str
    on_paper: bool


@dataclass(frozen=True)
class Why:
    """Why something on the page is provisional: what it is called, and the reason."""

    path: str
    name: str
    reason: str


@dataclass(frozen=True)
class ShownToFirm:
    """What the firm's page shows. `premium` is for confirmed members only: it would tell the firm's exports."""

    policy: Policy
    state: str
    state_name: str
    tag: str
    confirmed: bool
    document: Document
    said: Said
    period_start: date
    period_end: date
    covered_to: date | None
    provisional: frozenset[str]
    reasons: list[Why]
    premium: str | None
    acknowledged: Acknowledged | None
    may_acknowledge: bool
    may_withdraw: bool
    has_certificate: bool


def shown_to_firm(mine: MyPolicy, today: date) -> ShownToFirm:
    """Gather what a firm's member sees of its policy on a day; always the same few queries."""
    policy = mine.policy
    case = policy_case(reading(), policy.number)
    assert case is not None  # the policy has just been read, and it always has its decision
    terms = terms_by_fingerprint(reading(), case.decision.terms_fingerprint)
    held = terms.on(policy.applied_on)
    document = document_of(policy, terms)
    told = set(TOLD) | ({"premium_rate"} if mine.confirmed else set())
    unsettled = open_paths(reading(), terms, policy.applied_on) & told
    state = state_on(policy, today)
    in_force = state == stages.IN_FORCE
    return ShownToFirm(
        policy=policy,
        state=state,
        state_name=str(names.POLICY_STATES[state]),
        tag=names.POLICY_TAGS[state],
        confirmed=mine.confirmed,
        document=document,
        said=document.said(locale_name()),
        period_start=held.period_start,
        period_end=held.period_end,
        covered_to=covered_to(policy),
        provisional=frozenset(unsettled),
        reasons=_reasons(held, unsettled),
        premium=_premium(policy, case.decision, held) if mine.confirmed else None,
        acknowledged=_acknowledged(mine),
        may_acknowledge=in_force and policy.acknowledged_on is None,
        may_withdraw=in_force and mine.confirmed,
        has_certificate=policy.state == stages.IN_FORCE,
    )


def _reasons(held: TermsOnDate, unsettled: set[str]) -> list[Why]:
    return [
        Why(
            value.path,
            str(PARAMETER_NAMES[value.path]),
            value.reason if locale_name() == "zh" else value.reason_en,
        )
        for value in held.provisional
        if value.path in unsettled
    ]


def _premium(policy: Policy, decision: Decision, held: TermsOnDate) -> str | None:
    """How the premium that the public purse pays comes about; None where customs had no record."""
    if policy.exports_minor is None:
        return None
    exports = Money.from_minor(policy.exports_minor, policy.currency)
    premium = Money(exports.amount * Decimal(held.premium_rate), exports.currency).round_half_up()
    return _(
        "The public purse pays it: exports in %(year)s %(exports)s × %(rate)s = %(premium)s (customs exports, "
        "version %(version)s).",
        year=policy.base_year,
        exports=formats.amount(exports),
        rate=share_text(held.premium_rate),
        premium=formats.money(premium),
        version=decision.customs_version,
    )


def _acknowledged(mine: MyPolicy) -> Acknowledged | None:
    """Whoever is not confirmed reads only the beginning of somebody else's name, as on the firm's page."""
    policy = mine.policy
    if policy.acknowledged_on is None or policy.acknowledged_by is None or policy.acknowledged_sealed is None:
        return None
    by = people().read(policy.acknowledged_by, policy.acknowledged_sealed).get("name")
    own = policy.acknowledged_by == account_person(reading(), mine.membership.account_id).person_id
    if by and not (mine.confirmed or own):
        by = masked_name(by)
    on_paper = policy.acknowledged_at is None
    moment = formats.day(policy.acknowledged_on) if on_paper else formats.moment(policy.acknowledged_at)
    return Acknowledged(by or _("an erased person"), moment, on_paper)


def known_name(account_id: str, mine: MyPolicy) -> str:
    """The reader's name: the account's, else the one given as contact when applying; "" where there is neither."""
    account = account_person(reading(), account_id)
    name = people().read(account.person_id, account.sealed).get("name", "")
    if name or mine.application.membership_id != mine.membership.id:
        return name
    return people().read(mine.application.contact_id, mine.application.contact_sealed).get("name", "")
