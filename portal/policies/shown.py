"""One policy as its page shows it: cover with the gap, the terms it was issued under, and its evidence."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from portal.accounts.names import ROLE_NAMES
from portal.accounts.queries import names_of
from portal.common import formats, roles
from portal.common.roles import Role
from portal.common.web import actor, people, reading
from portal.policies import names
from portal.policies.document import document_of
from portal.policies.links import case_url
from portal.policies.queries import PolicyCase, listed, open_paths
from portal.policies.records import Policy
from portal.programme.actions import terms_by_fingerprint
from portal.programme.names import (
    AFTER_CROSSING_CAP_NAMES,
    COVER_STARTS_NAMES,
    PARAMETER_NAMES,
    share_text,
)
from portal.scheme import stages
from portal.scheme.terms import Terms, TermsOnDate

Fact = dict[str, Any]  # one item of the macro `facts`


@dataclass(frozen=True)
class ShownPolicy:
    """What the page shows. `covered_to` is None where a withdrawal left not one day of cover."""

    policy: Policy
    state: str
    state_name: str
    tag: str
    scheme: str
    period_start: date
    period_end: date
    period_provisional: str | None
    covered_to: date | None
    gap_days: int
    time: list[Fact]
    cover: list[Fact]
    evidence: list[Fact]
    signed_by: str | None
    reads_otherwise: bool
    obligor_cap: str
    own_share: str


def shown_policy(case: PolicyCase, today: date) -> ShownPolicy:
    """Gather what the page shows of a policy, in the reader's words, on a day; always the same few queries."""
    policy = case.policy
    terms = terms_by_fingerprint(reading(), case.decision.terms_fingerprint)
    on_day = terms.on(policy.applied_on)
    unsettled = open_paths(reading(), terms, policy.applied_on)
    one = listed(policy, today)
    return ShownPolicy(
        policy=policy,
        state=one.state,
        state_name=str(names.POLICY_STATES[one.state]),
        tag=names.POLICY_TAGS[one.state],
        scheme=names.scheme_title(terms),
        period_start=on_day.period_start,
        period_end=on_day.period_end,
        period_provisional=_reason(terms, "policy_year_start", unsettled),
        covered_to=covered_to(policy),
        gap_days=one.gap_days,
        time=_time(terms, on_day, unsettled),
        cover=_cover(policy, terms, on_day, unsettled),
        evidence=_evidence(case),
        signed_by=_signed_by(policy),
        reads_otherwise=policy.document_sha256 not in (None, document_of(policy, terms).fingerprint),
        obligor_cap=formats.money(on_day.obligor_cap),
        own_share=share_text(1 - on_day.indemnity_ratio),
    )


def covered_to(policy: Policy) -> date | None:
    """The last day of cover; a withdrawal ends it on the day before. None where not one day was covered."""
    if policy.state == stages.ANNULLED:
        return None
    if stages.policy_state(policy.ends_on, policy.ends_on, policy.withdrawn_on) != stages.WITHDRAWN:
        return policy.ends_on
    assert policy.withdrawn_on is not None  # else it would not be withdrawn
    last = policy.withdrawn_on - timedelta(days=1)
    return last if last >= policy.starts_on else None


def _reason(terms: Terms, path: str, unsettled: set[str]) -> str | None:
    """Where the reason of a provisional value stands; None for a value that is settled."""
    return url_for("programme.terms", _anchor=f"{terms.key}-{path}") if path in unsettled else None


def _time(terms: Terms, on_day: TermsOnDate, unsettled: set[str]) -> list[Fact]:
    return [
        {
            "label": PARAMETER_NAMES["cover_starts"],
            "value": COVER_STARTS_NAMES[on_day.cover_starts],
            "provisional": _reason(terms, "cover_starts", unsettled),
        },
        {
            "label": PARAMETER_NAMES["after_crossing_cap"],
            "value": AFTER_CROSSING_CAP_NAMES[on_day.after_crossing_cap],
            "provisional": _reason(terms, "after_crossing_cap", unsettled),
        },
    ]


def _cover(policy: Policy, terms: Terms, on_day: TermsOnDate, unsettled: set[str]) -> list[Fact]:
    return [
        {
            "label": _("Share of the loss that is paid"),
            "value": share_text(on_day.indemnity_ratio),
            "provisional": _reason(terms, "indemnity_ratio", unsettled),
        },
        {
            "label": _("For each buyer or issuing bank, in this policy year"),
            "value": _("at most %(amount)s", amount=formats.money(on_day.obligor_cap)),
            "provisional": _reason(terms, "obligor_cap", unsettled),
        },
        {
            "label": _("Premium"),
            "value": _("nothing for the firm: the public purse pays all of it"),
        },
        {
            "label": _("What the public purse pays"),
            "value": _(
                "%(rate)s of exports in %(year)s", rate=share_text(on_day.premium_rate), year=policy.base_year
            ),
            "provisional": _reason(terms, "premium_rate", unsettled),
        },
    ]


def _evidence(case: PolicyCase) -> list[Fact]:
    policy, application, decision = case.policy, case.application, case.decision
    by = policy.issued_by
    issuer = str(ROLE_NAMES[by]) if by == Role.COMMAND else names_of(reading(), people(), [by]).get(by, by)
    return [
        {
            "label": _("Application"),
            "value": application.number,
            "code": True,
            "url": case_url(application.number),
        },
        {"label": _("Applied"), "value": formats.day(policy.applied_on)},
        {
            "label": _("Way of deciding"),
            "value": names.DECIDED_BY[policy.decided_by],
            "note": _("The rules were all met.")
            if policy.decided_by == "auto"
            else _("A reviewer cleared what the rules referred; the reason stands with the case."),
        },
        {
            "label": _("Exports in %(year)s", year=policy.base_year),
            "value": formats.money(policy.exports_minor, policy.currency),
            "note": _("Customs exports, version %(version)s", version=decision.customs_version),
        },
        {
            "label": _("Issued"),
            "value": _("%(day)s, by %(who)s", day=formats.day(policy.issued_on), who=issuer),
            "note": _("The rules ran again on this day."),
        },
        {
            "label": _("Sources looked at on that day"),
            "value": _(
                "registry version %(registry)s, customs version %(customs)s, lists version %(lists)s",
                registry=decision.registry_version,
                customs=decision.customs_version,
                lists=decision.lists_version,
            ),
        },
        {
            "label": _("Frozen decision, first 16 characters of its fingerprint"),
            "value": decision.canonical_sha256[:16],
            "code": True,
            "note": _("Rules %(rules)s", rules=decision.rules_version),
        },
    ]


def _signed_by(policy: Policy) -> str | None:
    """Who signed the acknowledgement, for the desk only; None where nobody did, or the person was erased."""
    if actor().role not in roles.DESK or policy.acknowledged_by is None or policy.acknowledged_sealed is None:
        return None
    return people().read(policy.acknowledged_by, policy.acknowledged_sealed).get("name")
