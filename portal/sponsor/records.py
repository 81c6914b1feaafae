"""Rosters that left the portal, with the content that proves them."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment


class RosterExport(Base):
    """One roster as it was given out; `content` is the compressed record that `roster verify` compares with."""

    __tablename__ = "roster_exports"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(40), index=True)
    as_of: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    lines: Mapped[int] = mapped_column(Integer)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    content: Mapped[bytes] = mapped_column(LargeBinary)
