"""The terms this instance has used, kept by fingerprint, and the confirmations of provisional values."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment


class TermsVersion(Base):
    """The text of a scheme's terms as it stood; decisions name the fingerprint they were made under."""

    __tablename__ = "terms_versions"

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(40), index=True)
    text: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime] = mapped_column(Moment)


class TermsConfirmation(Base):
    """The operator's word that a provisional value holds, with its reference. Terms themselves stay as is."""

    __tablename__ = "terms_confirmations"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(40), index=True)
    path: Mapped[str] = mapped_column(String(120))
    fingerprint: Mapped[str] = mapped_column(ForeignKey("terms_versions.fingerprint"))
    confirmed_on: Mapped[date] = mapped_column(Date)
    confirmed_by: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(Text)


class ServiceLevel(Base):
    """How long something may take, or when a reminder goes out: a dated value that an administrator set.

    The values that hold until one is set, each with its reason, stand in `service_levels.py`.
    """

    __tablename__ = "service_levels"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), index=True)
    starts_on: Mapped[date] = mapped_column(Date)
    value: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str] = mapped_column(Text)
    set_by: Mapped[str] = mapped_column(String(40))
    set_at: Mapped[datetime] = mapped_column(Moment)


class CalendarYear(Base):
    """A year whose holidays and make-up days are published; of any other year working days are only assumed."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(200))


class CalendarDay(Base):
    """A day that is not what its weekday says: a holiday, or a weekend day that is worked (调休)."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    working: Mapped[bool] = mapped_column(Boolean)
    source: Mapped[str] = mapped_column(String(200))


class UnderwriterAccount(Base):
    """To which account firms remit and pay back under a scheme; shown to them once a second person confirmed it.

    A new one never changes the one before: the newest that is confirmed and has begun is the one that counts.
    """

    __tablename__ = "underwriter_accounts"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(40), index=True)
    starts_on: Mapped[date] = mapped_column(Date)
    holder: Mapped[str] = mapped_column(String(100))
    bank: Mapped[str] = mapped_column(String(100))
    bank_code: Mapped[str] = mapped_column(String(12))  # CNAPS or BIC; empty where none was given
    account: Mapped[str] = mapped_column(String(34))
    reference: Mapped[str] = mapped_column(Text)  # what says so
    set_by: Mapped[str] = mapped_column(String(40))
    set_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_by: Mapped[str | None] = mapped_column(String(40))  # another person than who set it
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
