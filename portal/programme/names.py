"""The parameters of the terms, and the doings in the audit trail, in the reader's words."""

from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.common import audit, formats
from portal.scheme.money import Money
from portal.scheme.terms import AfterCrossingCap, CoverStarts, TermValue

PARAMETER_NAMES: dict[str, LazyString] = {
    "programme_end": _l("Last day of the programme"),
    "policy_year_start": _l("Policy year begins on (month-day)"),
    "window_opens": _l("Enrolment opens on (month-day)"),
    "window_closes": _l("Enrolment closes on (month-day)"),
    "base_year_lag": _l("Base year"),
    "export_cap": _l("Most exports in the base year"),
    "indemnity_ratio": _l("Share of the loss that is paid"),
    "obligor_cap": _l("Most paid per buyer or issuing bank"),
    "premium_rate": _l("Premium rate on base-year exports"),
    "declarations": _l("What the firm declares"),
    "cover_starts": _l("Cover starts"),
    "after_crossing_cap": _l("When exports cross the cap in mid-year"),
}

COVER_STARTS_NAMES: dict[CoverStarts, LazyString] = {
    CoverStarts.DAY_OF_ISSUE: _l("On the day of issue, not before"),
}

AFTER_CROSSING_CAP_NAMES: dict[AfterCrossingCap, LazyString] = {
    AfterCrossingCap.CONTINUES: _l("Cover continues; renewal is judged on the new base year"),
}

DECLARATION_NAMES: dict[str, LazyString] = {
    "own_contracts_and_goods": _l("contracts it signed and goods it declared itself"),
    "credit_term_within_one_year": _l("credit terms of at most one year"),
    "contents_true": _l("all statements are true"),
}

OUTCOME_NAMES: dict[str, LazyString] = {
    audit.DONE: _l("Done"),
    audit.REFUSED: _l("Refused"),
    audit.DOWNLOADED: _l("Downloaded"),
    audit.LOOKED: _l("Looked at"),
}

CHANGE_NAMES: dict[str, LazyString] = {
    "insert": _l("New row"),
    "update": _l("Changed row"),
    "delete": _l("Deleted row"),
}


def shown_value(value: TermValue, currency: str) -> str:
    """A value of the terms as people read it: amounts with currency, shares in per cent, days as days."""
    text = value.value
    if value.path in ("export_cap", "obligor_cap"):
        return formats.money(Money.of(text, currency))
    if value.path in ("indemnity_ratio", "premium_rate"):
        return share_text(Decimal(text))
    if value.path == "programme_end":
        return _("not set") if text == "open" else formats.day(date.fromisoformat(text))
    if value.path == "base_year_lag":
        return _("policy year minus %(years)s", years=text)
    if value.path == "declarations":
        return _("; ").join(str(DECLARATION_NAMES.get(code.strip(), code)) for code in text.split(","))
    if value.path == "cover_starts":
        return str(COVER_STARTS_NAMES[CoverStarts(text)])
    if value.path == "after_crossing_cap":
        return str(AFTER_CROSSING_CAP_NAMES[AfterCrossingCap(text)])
    return text


def share_text(share: Decimal) -> str:
    """A share of one as a percentage with no more places than it needs: `80 %`, `0.04 %`."""
    digits = next(places for places in range(12) if round(share * 100, places) == share * 100)
    return formats.percent(share, digits)
