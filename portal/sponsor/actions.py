"""Giving out rosters, and telling whether one that comes back is unaltered."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO, Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.policies.records import Policy
from portal.programme.actions import confirmed_paths
from portal.scheme import stages
from portal.scheme.terms import Terms, load_terms
from portal.sponsor.records import RosterExport
from portal.sponsor.roster_check import CellDifference, check_roster, read_export_id
from portal.sponsor.roster_sheet import RosterLine, RosterProof, RosterTitle, write_roster

PROVISIONAL = "（暂定）"


class UnknownRoster(Exception):
    """The file names an export that this portal never gave out."""


def roster_lines(session: Session, scheme: str, as_of: date) -> Iterator[RosterLine]:
    """Every policy of the scheme issued by `as_of`, in the order of their numbers, as they stood that day."""
    query = (
        select(Policy)
        .where(Policy.scheme == scheme, Policy.issued_on <= as_of)
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
            terms_summary=terms_summary(terms, as_of, confirmed_paths(session, scheme)),
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


def terms_summary(terms: Terms, day: date, confirmed: set[str]) -> tuple[tuple[str, str], ...]:
    """The terms in force on a day as (label, value) in Chinese, provisional ones marked until confirmed."""
    on_day = terms.on(day)
    open_paths = {value.path for value in on_day.provisional} - confirmed

    def mark(text: str, path: str) -> str:
        return text + (PROVISIONAL if path in open_paths else "")

    cap, obligor_cap = on_day.cap, on_day.obligor_cap
    period = f"{on_day.period_start.isoformat()} 至 {on_day.period_end.isoformat()}"
    return (
        ("保单期间", mark(period, "policy_year_start")),
        ("基期年度", mark(str(on_day.base_year), "base_year_lag")),
        ("出口额上限", mark(f"{cap.currency} {cap.amount:,.2f}", "export_cap")),
        ("赔付比例", mark(f"{on_day.indemnity_ratio * 100:.0f} %", "indemnity_ratio")),
        ("单一买方或开证行限额", mark(f"{obligor_cap.currency} {obligor_cap.amount:,.2f}", "obligor_cap")),
        ("保费率", mark(f"{on_day.premium_rate * 100:.3f} %", "premium_rate")),
    )


def verify_roster(instance: Instance, data: bytes) -> tuple[CellDifference, ...]:
    """The cells in which a roster differs from what was given out; none if it is unaltered.

    Raises `NotARoster`, `WorkbookRefused`, and `UnknownRoster` for an export this portal does not know.
    """
    export_id = read_export_id(data)
    with instance.database.reading() as session:
        export = session.get(RosterExport, export_id)
        if export is None:
            raise UnknownRoster(export_id)
        content = export.content
    return check_roster(data, content)
