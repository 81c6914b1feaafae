"""The terms this instance has used, kept by fingerprint, and the confirmations of provisional values."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text
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
