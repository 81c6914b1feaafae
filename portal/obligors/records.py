"""Who owes: buyers and issuing banks, the names they go by, and what people decided about look-alikes."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment

OPEN = text("state = 'open'")


class Obligor(Base):
    """A buyer, or a bank that issues letters of credit. A merged one stays and names the one it became.

    Whoever asks for the room under the cap asks for the obligor at the end of that chain and for all that
    lead to it.
    """

    __tablename__ = "obligors"
    __table_args__ = (
        Index("ix_obligors_kind_name_key", "kind", "name_key"),
        Index("ix_obligors_country_name_key", "country", "name_key"),
        Index("ix_obligors_state_name", "state", "name", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # O2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(6))  # buyer, bank
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200))  # as the matcher folds it
    country: Mapped[str] = mapped_column(String(2), index=True)  # ISO 3166-1 alpha-2
    registration_number: Mapped[str | None] = mapped_column(String(40), index=True)
    lei: Mapped[str | None] = mapped_column(String(20), index=True)
    bic: Mapped[str | None] = mapped_column(String(11), index=True)  # of a bank
    address: Mapped[str | None] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(10))  # live, merged
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("obligors.id"), index=True)
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Moment)


class ObligorName(Base):
    """A name under which a firm, or staff, wrote of an obligor; the matcher reads all of them."""

    __tablename__ = "obligor_names"
    __table_args__ = (Index("uq_obligor_names_obligor_name", "obligor_id", "name", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    obligor_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"))
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    given_by: Mapped[str] = mapped_column(String(40))
    given_at: Mapped[datetime] = mapped_column(Moment)


class FirmBuyer(Base):
    """That a firm deals with an obligor, and what the firm calls it. Other firms never see it."""

    __tablename__ = "firm_buyers"
    __table_args__ = (Index("uq_firm_buyers_uscc_obligor", "uscc", "obligor_id", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18))
    obligor_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))  # as the firm writes it
    added_by: Mapped[str] = mapped_column(String(40))
    added_at: Mapped[datetime] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)


class Lookalike(Base):
    """Two obligors that look alike. Nothing is approved for either while nobody has answered.

    `first_id` is the smaller id, so that a pair stands once.
    """

    __tablename__ = "lookalikes"
    __table_args__ = (
        Index("uq_lookalikes_pair", "first_id", "second_id", unique=True),
        Index("ix_lookalikes_state_found_on", "state", "found_on"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # L2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    first_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"))
    second_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"), index=True)
    score: Mapped[int] = mapped_column(Integer)  # of 1000
    why: Mapped[str] = mapped_column(String(200))  # codes: name registration_number lei bic8 bic6
    state: Mapped[str] = mapped_column(String(10))  # open, same (merged), different
    found_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    assigned_to: Mapped[str | None] = mapped_column(String(40), index=True)
    reason_code: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(Text)  # of obligors, so no person's key seals it
    answered_by: Mapped[str | None] = mapped_column(String(40))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class Merge(Base):
    """That one obligor was found to be another: why, what it did to each firm's room, and whether it stands."""

    __tablename__ = "obligor_merges"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # J2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    kept_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"), index=True)
    merged_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"), index=True)
    lookalike_id: Mapped[str | None] = mapped_column(ForeignKey("lookalikes.id"))
    reason_code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    effects: Mapped[str] = mapped_column(Text)  # JSON: per policy what was approved for each, and the room after
    merged_by: Mapped[str] = mapped_column(String(40))
    merged_at: Mapped[datetime] = mapped_column(Moment)
    undone_by: Mapped[str | None] = mapped_column(String(40))
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
    undone_reason: Mapped[str | None] = mapped_column(Text)


class ExcessTask(Base):
    """More was approved for an obligor under one policy than the cap, brought to light by a merge.

    Clawed back or waived, with a reason and by two people; until then every check of the ledger lists it.
    """

    __tablename__ = "excess_tasks"
    __table_args__ = (
        Index(
            "uq_excess_tasks_open",
            "policy_id",
            "obligor_id",
            unique=True,
            sqlite_where=text("state IN ('open', 'proposed')"),
            postgresql_where=text("state IN ('open', 'proposed')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # X2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    policy_id: Mapped[str] = mapped_column(ForeignKey("policies.id"))
    obligor_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"), index=True)
    merge_id: Mapped[str | None] = mapped_column(ForeignKey("obligor_merges.id"))
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    excess_minor: Mapped[int] = mapped_column(BigInteger)  # cents, as found
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10))  # open, proposed, done, gone (no excess is left)
    opened_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    assigned_to: Mapped[str | None] = mapped_column(String(40), index=True)
    outcome: Mapped[str | None] = mapped_column(String(12))  # claw_back, waive
    reason: Mapped[str | None] = mapped_column(Text)
    proposed_by: Mapped[str | None] = mapped_column(String(40))
    proposed_at: Mapped[datetime | None] = mapped_column(Moment)
    approved_by: Mapped[str | None] = mapped_column(String(40))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)


class Exclusion(Base):
    """A country or party that a scheme does not cover, or that is under sanctions, as one version has it."""

    __tablename__ = "exclusions"
    __table_args__ = (Index("ix_exclusions_scheme_country", "scheme", "country"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("exclusion_versions.id"), index=True)
    scheme: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(8))  # country, party
    reason: Mapped[str] = mapped_column(String(10))  # excluded, sanctioned
    country: Mapped[str | None] = mapped_column(String(2))
    name: Mapped[str | None] = mapped_column(String(200))
    name_key: Mapped[str | None] = mapped_column(String(200), index=True)
    registration_number: Mapped[str | None] = mapped_column(String(40), index=True)
    holds_from: Mapped[date] = mapped_column(Date)
    holds_to: Mapped[date | None] = mapped_column(Date)  # first day on which it no longer holds
    source: Mapped[str | None] = mapped_column(String(200))


class ExclusionSetAside(Base):
    """An exclusion that a person found not to be this obligor, although it has a like name; for that pair only.

    It names what the entry says, not its row: a new import repeats the rows, and a changed entry asks anew, as
    does another name of the obligor that the entry is like. One that was taken back counts no more, and stays.
    """

    __tablename__ = "exclusion_set_asides"
    __table_args__ = (Index("ix_exclusion_set_asides_obligor_entry", "obligor_id", "entry_sha256"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    obligor_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"))  # what the record had become on that day
    entry_sha256: Mapped[str] = mapped_column(String(64))  # of everything that the entry says
    names: Mapped[str] = mapped_column(Text)  # JSON: the names of the obligor that the entry is like
    reason: Mapped[str] = mapped_column(Text)  # of obligors, so no person's key seals it
    set_by: Mapped[str] = mapped_column(String(40))
    set_at: Mapped[datetime] = mapped_column(Moment)
    taken_back_by: Mapped[str | None] = mapped_column(String(40))
    taken_back_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_back_reason: Mapped[str | None] = mapped_column(Text)


class ExclusionVersion(Base):
    """One import of a scheme's exclusions: complete, it replaces the one before it."""

    __tablename__ = "exclusion_versions"
    __table_args__ = (Index("uq_exclusion_versions_scheme_number", "scheme", "number", unique=True),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    scheme: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(Integer)
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime] = mapped_column(Moment)
    imported_by: Mapped[str] = mapped_column(String(40))
    read: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)


class ObligorConcern(Base):
    """That staff confirmed trouble with an obligor: from then on other firms that deal with it are warned."""

    __tablename__ = "obligor_concerns"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    obligor_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    confirmed_by: Mapped[str] = mapped_column(String(40))
    confirmed_at: Mapped[datetime] = mapped_column(Moment)
    ended_by: Mapped[str | None] = mapped_column(String(40))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    automatic: Mapped[bool] = mapped_column(Boolean)  # follows from an event that staff entered
