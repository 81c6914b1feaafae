"""Applications, the decisions made on them, and what reviewers resolved."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment

OPEN = text("state IN ('awaiting_source', 'referred', 'eligible', 'cleared')")


class Application(Base):
    """A firm's application to one scheme for one policy year; at most one of them is open at a time."""

    __tablename__ = "applications"
    __table_args__ = (
        Index(
            "uq_applications_open",
            "scheme",
            "policy_year",
            "uscc",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_applications_state_applied_on", "state", "applied_on"),
        Index("ix_applications_firm_name", "firm_name", "uscc"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    serial: Mapped[int] = mapped_column(Integer)
    scheme: Mapped[str] = mapped_column(String(40))
    policy_year: Mapped[int] = mapped_column(Integer)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(500))
    channel: Mapped[str] = mapped_column(String(10))  # file, web
    representative_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))
    representative_sealed: Mapped[str] = mapped_column(Text)  # fields: name, id_number
    contact_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))
    contact_sealed: Mapped[str] = mapped_column(Text)  # fields: name, mobile, email
    declarations: Mapped[str] = mapped_column(String(400))  # codes ticked, space-separated
    content_index: Mapped[str] = mapped_column(String(64))  # keyed: tells a changed row from the same again
    state: Mapped[str] = mapped_column(String(20))
    applied_on: Mapped[date] = mapped_column(Date)
    entered_at: Mapped[datetime] = mapped_column(Moment)
    entered_by: Mapped[str] = mapped_column(String(40))
    policy_number: Mapped[str | None] = mapped_column(String(24))  # once issued
    cover_withdrawn_on: Mapped[date | None] = mapped_column(Date)  # the policy was withdrawn from this day on
    assigned_to: Mapped[str | None] = mapped_column(String(40), index=True)
    state_changed_at: Mapped[datetime] = mapped_column(Moment)


class Decision(Base):
    """One run of the rules over one application, frozen: the canonical bytes are the decision.

    The other columns repeat what the bytes say, for queries. `sealed` holds the personal values that the
    bytes only commit to, each under its person's key.
    """

    __tablename__ = "decisions"
    __table_args__ = (Index("uq_decisions_application_sequence", "application_id", "sequence", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    sequence: Mapped[int] = mapped_column(Integer)  # 1 is the machine's first decision
    occasion: Mapped[str] = mapped_column(String(12))  # application, review, issue
    made_at: Mapped[datetime] = mapped_column(Moment)
    judged_on: Mapped[date] = mapped_column(Date)
    outcome: Mapped[str] = mapped_column(String(12))
    failed: Mapped[str] = mapped_column(String(400))  # rule codes, space-separated, in the order of the rules
    referred: Mapped[str] = mapped_column(String(400))
    exports_minor: Mapped[int | None] = mapped_column(BigInteger)  # base-year total in cents, if any record
    rules_version: Mapped[str] = mapped_column(String(20))
    terms_fingerprint: Mapped[str] = mapped_column(ForeignKey("terms_versions.fingerprint"))
    registry_version: Mapped[int] = mapped_column(Integer)
    customs_version: Mapped[int] = mapped_column(Integer)
    lists_version: Mapped[int] = mapped_column(Integer)
    canonical: Mapped[str] = mapped_column(Text)
    canonical_sha256: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[str] = mapped_column(Text)  # [[person, field, commitment, sealed value], …]


class Review(Base):
    """What a reviewer resolved, and why. The reason is sealed under the representative's key."""

    __tablename__ = "reviews"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), index=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id"))
    outcome: Mapped[str] = mapped_column(String(10))  # approve, reject, set_aside
    codes: Mapped[str] = mapped_column(String(400))  # the referred rules it resolves
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))
    reason_sealed: Mapped[str] = mapped_column(Text)
    reviewed_by: Mapped[str] = mapped_column(String(40))
    reviewed_at: Mapped[datetime] = mapped_column(Moment)


class SetAside(Base):
    """A list entry that a reviewer found not to be this firm or person; remembered for that pair only.

    It names the row of the entry, and a changed entry is a new row, so a change asks the question again.
    """

    __tablename__ = "set_asides"
    __table_args__ = (Index("uq_set_asides_pair", "entry_id", "subject", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("list_entries.id"))
    subject: Mapped[str] = mapped_column(String(40), index=True)  # firm:<USCC> or person:<id>
    review_id: Mapped[str] = mapped_column(ForeignKey("reviews.id"))
