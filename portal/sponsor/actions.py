"""Giving out rosters, and telling whether one that comes back is unaltered."""

from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, cast

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.policies.records import Policy
from portal.programme.actions import confirmed_paths
from portal.scheme import stages
from portal.scheme.money import Money
from portal.scheme.terms import AfterCrossingCap, CoverStarts, Terms, TermsOnDate, load_terms
from portal.sponsor.records import RosterExport
from portal.sponsor.roster_check import CellDifference, check_roster, read_export_id
from portal.sponsor.roster_sheet import RosterLine, RosterProof, RosterTitle, write_roster

PROVISIONAL = "（暂定）"

# A roster is a Chinese document whatever the reader's language, so these are no messages to translate.
COVER_STARTS = {CoverStarts.DAY_OF_ISSUE: "出单当日"}
AFTER_CROSSING_CAP = {AfterCrossingCap.CONTINUES: "保障继续，续保看新的基期"}


class UnknownRoster(Exception):
    """The file names an export that this portal never gave out."""


def roster_lines(session: Session, scheme: str, as_of: date) -> Iterator[RosterLine]:
    """Every policy of the scheme issued by `as_of`, in the order of their numbers, as they stood that day.

    An annulled one is left out: it never insured anybody, and the firm's own stands in its place.
    """
    query = (
        select(Policy)
        .where(Policy.scheme == scheme, Policy.issued_on <= as_of, Policy.state != stages.ANNULLED)
        .order_by(Policy.policy_year, Policy.serial)
        .execution_options(yield_per=1000)
    )
    for part in session.execute(query).scalars().partitions():
        for policy in part:
            acknowledged = policy.acknowledged_on
            state = stages.policy_state(as_of, policy.ends_on, policy.withdrawn_on)
            yield RosterLine(
                firm_name=policy.firm_name,
                uscc=policy.uscc,
                place=policy.place or "",
                base_year=policy.base_year,
                exports_minor=policy.exports_minor,
                policy_number=policy.number,
                starts_on=policy.starts_on,
                ends_on=policy.ends_on,
                applied_on=policy.applied_on,
                decided_by=cast(Literal["auto", "person"], policy.decided_by),
                acknowledged_on=acknowledged if acknowledged and acknowledged <= as_of else None,
                state=cast(Literal["in_force", "ended", "withdrawn"], state),
            )
            session.expunge(policy)


def export_roster(instance: Instance, who: Actor, scheme: str, as_of: date, out: BinaryIO | Path) -> RosterProof:
    """Write the roster as of a business date, keep its proof, and record the download.

    Raises `UnknownTerms`, and `BeforeFirstTerms` for a date before the scheme's first terms.
    """
    roles.require(who, roles.TAKES_ROSTERS, "take a roster")
    terms = load_terms(scheme)
    terms.on(as_of)
    export_id = str(ULID())
    with instance.database.reading() as session:
        title = RosterTitle(
            scheme_key=scheme,
            scheme_title=terms.title,
            city=terms.city,
            as_of=as_of,
            currency=terms.currency,
            terms_fingerprint=terms.fingerprint,
            terms_summary=terms_summary(
                terms, as_of, confirmed_paths(session, scheme), policy_years(session, scheme, as_of)
            ),
            export_id=export_id,
            made_at=clock.now(),
        )
        proof = write_roster(out, title, roster_lines(session, scheme, as_of))
    subject = f"roster {scheme} {as_of.isoformat()}"
    with audit.write(instance.database, who, "sponsor.roster", subject, export=export_id) as session:
        session.info["entry"].outcome = audit.DOWNLOADED
        session.add(
            RosterExport(
                id=export_id,
                scheme=scheme,
                as_of=as_of,
                made_at=title.made_at,
                made_by=who.id,
                fingerprint=proof.fingerprint,
                lines=proof.lines,
                total_minor=proof.total_minor,
                currency=terms.currency,
                content=proof.content,
            )
        )
    return proof


def policy_years(session: Session, scheme: str, as_of: date) -> set[int]:
    """The policy years of the policies that a roster lists."""
    query = (
        select(Policy.policy_year)
        .where(Policy.scheme == scheme, Policy.issued_on <= as_of, Policy.state != stages.ANNULLED)
        .distinct()
    )
    return set(session.execute(query).scalars())


def terms_summary(
    terms: Terms, as_of: date, confirmed: set[str], years: Collection[int] = ()
) -> tuple[tuple[str, str], ...]:
    """The terms of a roster as (label, value) in Chinese, provisional ones marked until confirmed.

    They are those of the policy year of `as_of` (after the programme's end: of its last one) and of every other
    policy year in `years`, which the roster lists too. A value that differs between them is given by year.
    """
    terms_of = _terms_by_year(terms, as_of, years)

    def value(path: str, text: Callable[[TermsOnDate], str]) -> str:
        shown = {
            year: text(on_day) + (PROVISIONAL if path in _provisional(on_day, confirmed) else "")
            for year, on_day in terms_of.items()
        }
        if len(set(shown.values())) == 1:
            return next(iter(shown.values()))
        return "；".join(f"{year} 年度：{words}" for year, words in shown.items())

    return (
        ("政策期间", value("programme_end", lambda on_day: _programme(terms, on_day, as_of))),
        ("保单年度", "、".join(str(year) for year in terms_of)),
        ("保单期间", value("policy_year_start", lambda d: f"{d.period_start} 至 {d.period_end}")),
        ("承保起期", value("cover_starts", lambda d: COVER_STARTS[d.cover_starts])),
        ("年中出口超过上限", value("after_crossing_cap", lambda d: AFTER_CROSSING_CAP[d.after_crossing_cap])),
        ("基期年度", value("base_year_lag", lambda d: str(d.base_year))),
        ("基期出口额上限", value("export_cap", lambda d: _amount(d.cap))),
        ("赔付比例", value("indemnity_ratio", lambda d: f"损失的 {_share(d.indemnity_ratio)}")),
        ("单一买方或开证行限额", value("obligor_cap", lambda d: f"每张保单 {_amount(d.obligor_cap)}")),
        ("保费率", value("premium_rate", lambda d: f"基期出口额的 {_share(d.premium_rate)}")),
    )


def _terms_by_year(terms: Terms, as_of: date, years: Collection[int]) -> dict[int, TermsOnDate]:
    """Policy year → its terms, the last ones that held in it by `as_of`, earliest year first."""
    found: dict[int, TermsOnDate] = {}
    day = as_of
    while True:
        on_day = terms.on(day)
        if not found or on_day.policy_year in years:
            found[on_day.policy_year] = on_day
        if on_day.period_start <= terms.first_date:
            return dict(sorted(found.items()))
        day = on_day.period_start - timedelta(days=1)


def _provisional(on_day: TermsOnDate, confirmed: set[str]) -> set[str]:
    return {value.path for value in on_day.provisional} - confirmed


def _programme(terms: Terms, on_day: TermsOnDate, as_of: date) -> str:
    end = on_day.programme_end
    if end is None:
        return f"{terms.first_date} 起，未定终止日"
    return f"{terms.first_date} 至 {end}" + ("，截至日已结束" if as_of > end else "")


def _amount(money: Money) -> str:
    return f"{money.currency} {money.amount:,.2f}"


def _share(share: Decimal) -> str:
    """A share of one in per cent with no more places than it needs: 80 %, 0.04 %."""
    text = f"{share * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


class Checked(NamedTuple):
    """A roster that came back: which export it is, and in what it differs from what was given out."""

    export: RosterExport
    differences: tuple[CellDifference, ...]


def check_returned(instance: Instance, who: Actor, data: bytes) -> Checked:
    """Check a roster that came back. Nothing of the file is kept; that it was checked, and how it came out, is.

    Raises what `verify_roster` raises; nothing is on record then.
    """
    roles.require(who, roles.CHECKS_ROSTERS, "check a roster")
    export, differences = _verified(instance, data)
    audit.note(
        instance.database,
        who,
        "sponsor.roster_check",
        f"roster {export.scheme} {export.as_of.isoformat()}",
        audit.DONE,
        export=export.id,
        file_sha256=sha256(data).hexdigest(),
        differing=len(differences),
    )
    return Checked(export, differences)


def verify_roster(instance: Instance, data: bytes) -> tuple[CellDifference, ...]:
    """The cells in which a roster differs from what was given out; none if it is unaltered.

    Raises `NotARoster`, `WorkbookRefused`, and `UnknownRoster` for an export this portal does not know.
    """
    return _verified(instance, data)[1]


def _verified(instance: Instance, data: bytes) -> tuple[RosterExport, tuple[CellDifference, ...]]:
    export_id = read_export_id(data)
    with instance.database.reading() as session:
        export = session.get(RosterExport, export_id)
        if export is None:
            raise UnknownRoster(export_id)
    return export, check_roster(data, export.content)
