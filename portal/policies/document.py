"""The policy as a document: what page and PDF say of it, in both languages, in one canonical form that is hashed.

It follows from the policy and the terms it was issued under alone, so the fingerprint that an acknowledgement
stores can be made again at any later time. It holds neither the firm's exports nor the premium on them: whoever
is insured before the firm is confirmed reads, and acknowledges, the same document as everybody else.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256

from portal.common import formats
from portal.policies import wording
from portal.policies.records import Policy
from portal.policies.wording import Both
from portal.scheme.money import Money
from portal.scheme.terms import Terms, TermsOnDate

LANGUAGES = ("zh", "en")
# The parameters of the terms that the document tells of; only these carry a mark while they are provisional.
TOLD = ("policy_year_start", "cover_starts", "after_crossing_cap", "indemnity_ratio", "obligor_cap")
SMALL, LARGE = Decimal("0.2"), Decimal(2)  # the losses of the example, as parts of the cap


@dataclass(frozen=True)
class Line:
    """One thing the document says under a label; `path` names the parameter of the terms behind it, if any."""

    label: str
    value: str
    path: str | None = None


@dataclass(frozen=True)
class Example:
    """One loss to one buyer: what it is, the ratio of it, what is paid after the cap, what the firm bears.

    Amounts without their currency, which stands above them.
    """

    loss: str
    share: str
    paid: str
    borne: str


@dataclass(frozen=True)
class Said:
    """The document in one language."""

    title: str
    scheme: str
    covered: str
    uncovered: str
    why_gap: str | None
    exclusions_title: str
    exclusions: tuple[str, ...]
    inclusions_title: str
    inclusions: tuple[str, ...]
    amounts: tuple[Line, ...]
    order: str
    example_heads: tuple[str, ...]
    capped: str
    do_not_title: str
    do_not: str
    trouble_title: str
    trouble: tuple[str, ...]
    trouble_days: str


@dataclass(frozen=True)
class Document:
    """One policy's document: its facts as they stand in the database, and what it says in each language."""

    version: str
    number: str
    firm_name: str
    uscc: str
    scheme: str
    terms_fingerprint: str
    policy_year: int
    period_start: date
    period_end: date
    issued_on: date
    starts_on: date
    ends_on: date
    gap_from: date | None
    gap_to: date | None
    indemnity_ratio: str
    obligor_cap: str
    currency: str
    example: tuple[Example, ...]
    provisional: tuple[str, ...]
    zh: Said
    en: Said

    def said(self, language: str) -> Said:
        """The document in `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    @property
    def canonical(self) -> str:
        """The one form that is hashed: JSON, keys sorted, no spaces, days in ISO form."""
        return json.dumps(
            asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=date.isoformat
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical form, hexadecimal."""
        return sha256(self.canonical.encode()).hexdigest()


def document_of(policy: Policy, terms: Terms) -> Document:
    """The document of a policy under the terms it was issued on, as at issue: a later end changes none of it.

    One that was acknowledged says what it said then; any other is in today's words.
    """
    held = terms.on(policy.applied_on)
    version = version_of(policy)
    return Document(
        version=version,
        number=policy.number,
        firm_name=policy.firm_name,
        uscc=policy.uscc,
        scheme=terms.key,
        terms_fingerprint=terms.fingerprint,
        policy_year=policy.policy_year,
        period_start=held.period_start,
        period_end=held.period_end,
        issued_on=policy.issued_on,
        starts_on=policy.starts_on,
        ends_on=policy.ends_on,
        gap_from=policy.gap_from,
        gap_to=policy.gap_to,
        indemnity_ratio=str(held.indemnity_ratio),
        obligor_cap=held.obligor_cap.text,
        currency=held.obligor_cap.currency,
        example=examples(held),
        provisional=tuple(path for path in TOLD if path in {value.path for value in held.provisional}),
        zh=_said("zh", policy, terms, held, version),
        en=_said("en", policy, terms, held, version),
    )


def version_of(policy: Policy) -> str:
    """The version of the words in which a policy's document stands.

    What was acknowledged keeps its version; a signed paper of before versions were noted is of the first one.
    """
    if policy.document_version is not None:
        return policy.document_version
    return wording.VERSION if policy.acknowledged_on is None else wording.FIRST_VERSION


def examples(held: TermsOnDate) -> tuple[Example, ...]:
    """Three losses: a small one, the one whose share just reaches the cap, and one twice the cap, to the cent."""
    cap = held.obligor_cap
    losses = (cap.amount * SMALL, cap.amount / held.indemnity_ratio, cap.amount * LARGE)
    return tuple(_example(Money(loss, cap.currency).round_half_up(), held) for loss in losses)


def _example(loss: Money, held: TermsOnDate) -> Example:
    share = Money(loss.amount * held.indemnity_ratio, loss.currency).round_half_up()
    paid = min(share, held.obligor_cap)
    return Example(*(formats.amount(value) for value in (loss, share, paid, loss - paid)))


def day_text(language: str, value: date) -> str:
    """A day as the document writes it: 2022-05-23, or 23 May 2022."""
    if language == "zh":
        return value.isoformat()
    return formats.NBSP.join((str(value.day), formats.ENGLISH_MONTHS[value.month - 1], str(value.year)))


def share_text(language: str, share: Decimal) -> str:
    """A share of one in per cent: `80 %` in Chinese, `80%` in English."""
    digits = f"{(share * 100).normalize():f}"
    return f"{digits}{formats.NBSP if language == 'zh' else ''}%"


def _said(language: str, policy: Policy, terms: Terms, held: TermsOnDate, version: str) -> Said:
    values = {
        "cap": formats.money(held.obligor_cap),
        "currency": held.obligor_cap.currency,
        "ratio": share_text(language, held.indemnity_ratio),
        "own_share": share_text(language, 1 - held.indemnity_ratio),
        "city": terms.city if language == "zh" else terms.city_en,
    }

    def in_words(text: Both, **more: str) -> str:
        chosen = text.zh if language == "zh" else text.en
        return chosen.format(**values, **more)

    def span(first: date, last: date) -> str:
        return in_words(wording.FROM_TO, first=day_text(language, first), last=day_text(language, last))

    gap = span(policy.gap_from, policy.gap_to) if policy.gap_from and policy.gap_to else None
    return Said(
        title=in_words(wording.TITLE),
        scheme=terms.title if language == "zh" else terms.title_en,
        covered=span(policy.starts_on, policy.ends_on),
        uncovered=gap or in_words(wording.NO_GAP),
        why_gap=in_words(wording.WHY_GAP) if gap else None,
        exclusions_title=in_words(wording.EXCLUSIONS_TITLE),
        exclusions=tuple(in_words(text) for text in wording.EXCLUSIONS),
        inclusions_title=in_words(wording.INCLUSIONS_TITLE),
        inclusions=tuple(in_words(text) for text in wording.INCLUSIONS),
        amounts=(
            Line(in_words(wording.RATIO), in_words(wording.RATIO_VALUE), "indemnity_ratio"),
            Line(in_words(wording.CAP), in_words(wording.CAP_VALUE), "obligor_cap"),
            Line(in_words(wording.COST), in_words(wording.COST_VALUE)),
        ),
        order=in_words(wording.ORDER),
        example_heads=tuple(in_words(text) for text in wording.EXAMPLE),
        capped=in_words(wording.CAPPED, **asdict(examples(held)[-1])),
        do_not_title=in_words(wording.DO_NOT_TITLE),
        do_not=in_words(wording.DO_NOT),
        trouble_title=in_words(wording.TROUBLE_TITLE),
        trouble=tuple(in_words(text) for text in wording.TROUBLE[version]),
        trouble_days=in_words(wording.TROUBLE_DAYS[version]),
    )
