"""Policies: one per firm and policy year."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.audit import ADDED, SECRET
from portal.common.types import Base, Moment

LIVE = text("state = 'in_force'")


class Policy(Base):
    """An issued policy with what it was issued on. Whether it has ended follows from `ends_on` and the day."""

    __tablename__ = "policies"
    __table_args__ = (
        Index(
            "uq_policies_live",
            "policy_year",
            "uscc",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index("ix_policies_scheme_issued_on", "scheme", "issued_on", "number"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    serial: Mapped[int] = mapped_column(Integer)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), unique=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id"))
    scheme: Mapped[str] = mapped_column(String(40))
    policy_year: Mapped[int] = mapped_column(Integer)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    place: Mapped[str | None] = mapped_column(String(100))
    base_year: Mapped[int] = mapped_column(Integer)
    exports_minor: Mapped[int | None] = mapped_column(BigInteger)  # base-year exports in cents
    currency: Mapped[str] = mapped_column(String(3))
    decided_by: Mapped[str] = mapped_column(String(6))  # auto, person
    applied_on: Mapped[date] = mapped_column(Date)
    issued_on: Mapped[date] = mapped_column(Date)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    gap_from: Mapped[date | None] = mapped_column(Date)  # the part of the policy year before cover
    gap_to: Mapped[date | None] = mapped_column(Date)
    acknowledged_on: Mapped[date | None] = mapped_column(Date)
    acknowledged_by: Mapped[str | None] = mapped_column(ForeignKey("person_keys.id"))
    acknowledged_sealed: Mapped[str | None] = mapped_column(Text)  # fields: name
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment, info=ADDED)  # on the web; paper has its day
    document_version: Mapped[str | None] = mapped_column(String(20), info=ADDED)  # of what was acknowledged there
    document_sha256: Mapped[str | None] = mapped_column(String(64), info=ADDED)
    state: Mapped[str] = mapped_column(String(10))  # in_force, withdrawn, annulled
    withdrawn_on: Mapped[date | None] = mapped_column(Date)
    issued_at: Mapped[datetime] = mapped_column(Moment)
    issued_by: Mapped[str] = mapped_column(String(40))


class Certificate(Base):
    """One issue of a policy's certificate: the random token of its public page, until another replaces it."""

    __tablename__ = "certificates"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    policy_id: Mapped[str] = mapped_column(ForeignKey("policies.id"), index=True)
    token: Mapped[str] = mapped_column(String(32), unique=True, info=SECRET)  # 128 bits, hexadecimal
    made_at: Mapped[datetime] = mapped_column(Moment)
    replaced_at: Mapped[datetime | None] = mapped_column(Moment)
