"""What a rule answers: a coded finding. Sentences for people are made from it outside the rulebook."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias

JsonValue: TypeAlias = str | int | bool | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
"""What a finding's value may be made of; no floats, as they are not exact."""

REGISTERED_IN_MUNICIPALITY = "registered_in_municipality"
REGISTRATION_ACTIVE = "registration_active"
INDEPENDENT_LEGAL_PERSON = "independent_legal_person"
EXPORTS_ABOVE_ZERO = "exports_above_zero"
EXPORTS_WITHIN_CAP = "exports_within_cap"
FIRM_NOT_LISTED = "firm_not_listed"
REPRESENTATIVE_NOT_LISTED = "representative_not_listed"
NOT_ALREADY_ENROLLED = "not_already_enrolled"
WITHIN_ENROLMENT_WINDOW = "within_enrolment_window"
DECLARATIONS_COMPLETE = "declarations_complete"

RULE_CODES: tuple[str, ...] = (
    REGISTERED_IN_MUNICIPALITY,
    REGISTRATION_ACTIVE,
    INDEPENDENT_LEGAL_PERSON,
    EXPORTS_ABOVE_ZERO,
    EXPORTS_WITHIN_CAP,
    FIRM_NOT_LISTED,
    REPRESENTATIVE_NOT_LISTED,
    NOT_ALREADY_ENROLLED,
    WITHIN_ENROLMENT_WINDOW,
    DECLARATIONS_COMPLETE,
)
"""Every rule, in the order in which findings are always given."""

PUBLIC_CODES: tuple[str, ...] = (
    REGISTERED_IN_MUNICIPALITY,
    REGISTRATION_ACTIVE,
    INDEPENDENT_LEGAL_PERSON,
    EXPORTS_ABOVE_ZERO,
    EXPORTS_WITHIN_CAP,
    WITHIN_ENROLMENT_WINDOW,
)
"""The rules whose verdict (never the value) may be told without sign-in, in the same order."""


class Verdict(StrEnum):
    """What one rule says of one firm; ``refer`` means that a person must look."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    REFER = "refer"


class Outcome(StrEnum):
    """What all the findings together say."""

    ELIGIBLE = "eligible"
    REFERRED = "referred"
    INELIGIBLE = "ineligible"


class Source(NamedTuple):
    """Where a value came from, and which version of it.

    ``kind`` is one of ``registry``, ``customs``, ``lists``, ``policies``, ``terms``, ``application``,
    ``declared_unverified`` (only the firm says so) and ``correction`` (an approved one). ``version`` is the
    imported version's number, or the correction's; ``None`` for what else the portal itself holds.
    """

    kind: str
    version: int | None


class Finding(NamedTuple):
    """One rule's answer.

    ``value`` is what the rule saw, JSON-ready: amounts as text of plain digits with their currency beside
    them, dates as ISO text. It holds no personal data and no sentence. ``article`` is what the rule
    applies.
    """

    code: str
    verdict: Verdict
    value: Mapping[str, JsonValue]
    source: Source
    article: str
