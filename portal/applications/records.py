"""Applications, the decisions made on them, and what reviewers resolved."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.audit import ADDED
from portal.common.types import Base, Moment

OPEN = text("state IN ('awaiting_source', 'referred', 'asked', 'eligible', 'cleared')")


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
    # Of an application made on the web: by whom it acts, and why no policy is issued though the rules allow it.
    membership_id: Mapped[str | None] = mapped_column(String(26), index=True, info=ADDED)
    hold: Mapped[str | None] = mapped_column(
        String(20), info=ADDED
    )  # firm_first: who acts for the firm is checked
    referred_on: Mapped[date | None] = mapped_column(Date, info=ADDED)  # since when a person must look
    due_on: Mapped[date | None] = mapped_column(Date, info=ADDED)  # until when staff look at it
    paused_on: Mapped[date | None] = mapped_column(Date, info=ADDED)  # the clock stands still since this day


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
    # application, review, issue, screening, confirmation, appeal, answer
    occasion: Mapped[str] = mapped_column(String(12))
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
    outcome: Mapped[str] = mapped_column(String(10))  # approve, reject, set_aside, annul
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


class Draft(Base):
    """An application that is not sent yet: saved step by step, to be gone on with on any device."""

    __tablename__ = "drafts"
    __table_args__ = (
        Index(
            "uq_drafts_open",
            "membership_id",
            "scheme",
            "policy_year",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    membership_id: Mapped[str] = mapped_column(ForeignKey("memberships.id"))
    scheme: Mapped[str] = mapped_column(String(40))
    policy_year: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))  # the account's person
    sealed: Mapped[str] = mapped_column(Text)  # fields: what was typed so far
    licence_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    declarations: Mapped[str] = mapped_column(String(400))
    steps_done: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(Integer)  # rises with every save: two tabs notice each other
    state: Mapped[str] = mapped_column(String(10))  # open, sent, dropped
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id"))
    begun_at: Mapped[datetime] = mapped_column(Moment)
    saved_at: Mapped[datetime] = mapped_column(Moment)


class Consent(Base):
    """That a person agreed to one use of personal values, and to which text of it."""

    __tablename__ = "consents"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    draft_id: Mapped[str | None] = mapped_column(ForeignKey("drafts.id"), index=True)
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))  # representative_name, representative_number
    text_version: Mapped[str] = mapped_column(String(20))
    text_sha256: Mapped[str] = mapped_column(String(64))
    given_by: Mapped[str] = mapped_column(String(40))
    given_at: Mapped[datetime] = mapped_column(Moment)


class Request(Base):
    """What staff ask the firm for: once, everything together. The firm reads the items, never the note."""

    __tablename__ = "requests"
    __table_args__ = (Index("ix_requests_subject", "subject_kind", "subject_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(12))  # application, membership, appeal
    subject_id: Mapped[str] = mapped_column(String(26))
    items: Mapped[str] = mapped_column(String(200))  # codes, space-separated
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))  # under whose key note and answer are
    note_sealed: Mapped[str | None] = mapped_column(Text)  # for staff and auditors only
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    due_on: Mapped[date] = mapped_column(Date)  # until when the firm answers
    answer_sealed: Mapped[str | None] = mapped_column(Text)  # fields: what was typed, by item
    documents: Mapped[str] = mapped_column(String(400))  # ids of documents handed in with the answer
    answered_by: Mapped[str | None] = mapped_column(String(40))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)  # no longer wanted: the case was decided


class Correction(Base):
    """A dated correction of what a source says of one firm, with evidence and by two people.

    It counts while the source still says what it corrects (`instead_of`): once that changes, it is asked again.
    """

    __tablename__ = "corrections"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    appeal_id: Mapped[str] = mapped_column(String(26), index=True)
    # exports, place, status, company_type, name, entry_removed, representative_number
    what: Mapped[str] = mapped_column(String(24))
    which: Mapped[str | None] = mapped_column(String(40))  # the year of exports, the list entry's row
    instead_of: Mapped[str | None] = mapped_column(
        Text
    )  # what the source says; a personal value only as its index
    value: Mapped[str] = mapped_column(Text)  # what holds; a personal value sealed
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))  # under whose key the reasons are
    holds_from: Mapped[date] = mapped_column(Date)
    evidence_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    state: Mapped[str] = mapped_column(String(10))  # proposed, approved, declined
    proposed_by: Mapped[str] = mapped_column(String(40))
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    reason_sealed: Mapped[str] = mapped_column(Text)
    approved_by: Mapped[str | None] = mapped_column(String(40))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)


class ScreeningTask(Base):
    """An insured firm that a new version of a source puts in question. Nothing changes until somebody looks."""

    __tablename__ = "screening_tasks"
    __table_args__ = (
        Index(
            "uq_screening_tasks_open",
            "application_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # S2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), index=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id"))
    source_version_id: Mapped[int | None] = mapped_column(ForeignKey("source_versions.id"))
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    codes: Mapped[str] = mapped_column(String(400))  # rules that no longer pass
    state: Mapped[str] = mapped_column(String(10))  # open, done
    opened_on: Mapped[date] = mapped_column(Date)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    due_on: Mapped[date] = mapped_column(Date)
    assigned_to: Mapped[str | None] = mapped_column(String(40), index=True)
    outcome: Mapped[str | None] = mapped_column(String(12))  # cover_stays, set_aside, withdrawn
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person_keys.id"))
    reason_sealed: Mapped[str | None] = mapped_column(Text)
    closed_by: Mapped[str | None] = mapped_column(String(40))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
