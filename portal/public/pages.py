"""The front page: what the scheme gives, to whom, and how to apply, in plain words."""

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import areas
from portal.common import clock, formats
from portal.common.preferences import locale_name
from portal.common.web import actor, open_to_all, reading
from portal.programme.actions import confirmed_paths
from portal.programme.current import current_scheme
from portal.programme.names import share_text
from portal.scheme.money import Money
from portal.scheme.terms import TermsOnDate

public = Blueprint("public", __name__)

OWED = Decimal("10000.00")  # in the example: what a buyer owes and never pays, in the scheme's currency
TEN_THOUSAND = 10_000
# The parameters whose values the page shows, in the order in which it does; only these carry a mark and a reason.
SHOWN = {
    "base_year_lag": _l("Base year"),
    "export_cap": _l("Most exports"),
    "indemnity_ratio": _l("Share of the loss that is paid"),
    "obligor_cap": _l("Most paid per buyer or issuing bank"),
    "policy_year_start": _l("Policy year"),
    "cover_starts": _l("When cover starts"),
    "window_opens": _l("Time to apply"),
    "window_closes": _l("Time to apply"),
}


@dataclass(frozen=True)
class Example:
    """The example bar: what is owed, what we pay of it, what the firm bears; `percent` of what is owed is paid."""

    owed: Money
    paid: Money
    borne: Money
    percent: Decimal


@dataclass(frozen=True)
class Why:
    """Why numbers of the page are provisional: their parameters, what they are called, and the reason."""

    paths: list[str]
    names: str
    reason: str


@public.get("/")
@open_to_all
def home() -> str:
    """The scheme of today on one page."""
    today = clock.today()
    terms = current_scheme(today)
    held = terms.on(today)
    who = actor()
    why = reasons(held, confirmed_paths(reading(), terms.key))
    return render_template(
        "public/home.html",
        today=today,
        terms=held,
        title=terms.title if locale_name() == "zh" else terms.title_en,
        place=held.place if locale_name() == "zh" else held.place_en,
        cap=heading_amount(held.cap),
        obligor_cap=whole_amount(held.obligor_cap),
        ratio=share_text(held.indemnity_ratio),
        example=example_of(held),
        provisional={path for one in why for path in one.paths},
        reasons=why,
        ended=held.programme_end is not None and held.programme_end < today,
        desk=None if who.role == "anonymous" else areas.home_of(who.role),
        exporter=who.role == "exporter",
    )


def example_of(held: TermsOnDate) -> Example:
    """What the terms pay of one unpaid invoice: the ratio first, then the cap per buyer, to the cent."""
    currency = held.cap.currency
    paid = min(Money(OWED * held.indemnity_ratio, currency), held.obligor_cap).round_half_up()
    owed = Money(OWED, currency)
    return Example(owed, paid, owed - paid, 100 * paid.amount / OWED)


def reasons(held: TermsOnDate, confirmed: set[str]) -> list[Why]:
    """Why values of this page are provisional and not yet confirmed: each reason once, with what it explains."""
    chosen = {
        value.path: value.reason if locale_name() == "zh" else value.reason_en
        for value in held.provisional
        if value.path not in confirmed
    }
    by_reason: dict[str, list[str]] = {}
    for path in SHOWN:
        if path in chosen:
            by_reason.setdefault(chosen[path], []).append(path)
    return [
        Why(paths, " · ".join(dict.fromkeys(str(SHOWN[path]) for path in paths)), reason)
        for reason, paths in by_reason.items()
    ]


def whole_amount(value: Money) -> str:
    """An amount without its cents where it has none: `USD 50,000`."""
    text = formats.money(value)
    return text.removesuffix(".00")


def heading_amount(value: Money) -> str:
    """An amount for a heading: in Chinese whole ten-thousands of dollars are written with 万."""
    if locale_name() == "zh" and value.currency == "USD" and value.amount % TEN_THOUSAND == 0:
        return _("%(count)s ten thousand US dollars", count=f"{int(value.amount) // TEN_THOUSAND:,}")
    return whole_amount(value)
