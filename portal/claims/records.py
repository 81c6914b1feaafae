"""Notices of probable loss, the claims that follow from them, and what the firm hands in and asks for."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment

LIVE_CLAIM = text("state <> 'withdrawn'")


class Notice(Base):
    """A firm's first word of trouble with one obligor: everything unpaid and in transit to it.

    A draft is saved step by step. A notice that was sent gives one claim for each policy its shipments fall under.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_notified_on_serial", "notified_on", "serial"),
        Index("ix_notices_state_notified_on", "state", "notified_on"),
        Index("ix_notices_uscc_obligor", "uscc", "obligor_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str | None] = mapped_column(String(20), unique=True)  # N2026-00001, once sent
    serial: Mapped[int | None] = mapped_column(Integer)
    uscc: Mapped[str] = mapped_column(String(18))
    firm_name: Mapped[str] = mapped_column(String(200))
    scheme: Mapped[str] = mapped_column(String(40))
    membership_id: Mapped[str] = mapped_column(ForeignKey("memberships.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))  # the account's person
    obligor_id: Mapped[str | None] = mapped_column(ForeignKey("obligors.id"), index=True)
    # bankruptcy, protracted_default, rejection, political, letter_of_credit
    risk: Mapped[str | None] = mapped_column(String(20))
    happened_on: Mapped[date | None] = mapped_column(Date)  # when the firm learned of it
    disposed_on: Mapped[date | None] = mapped_column(Date)  # rejected goods: when they were disposed of
    discrepant: Mapped[str | None] = mapped_column(String(3))  # LC: whether the bank names discrepancies (yes, no)
    words_sealed: Mapped[str | None] = mapped_column(Text)  # the one free line
    event_id: Mapped[str | None] = mapped_column(String(26))  # the event that offered it prefilled
    state: Mapped[str] = mapped_column(String(10))  # draft, watched, claimed, settled, withdrawn, dropped
    steps_done: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(Integer)  # rises with every save: two tabs notice each other
    begun_at: Mapped[datetime] = mapped_column(Moment)
    saved_at: Mapped[datetime] = mapped_column(Moment)
    notified_on: Mapped[date | None] = mapped_column(Date)
    notified_by: Mapped[str | None] = mapped_column(String(40))
    due_on: Mapped[date | None] = mapped_column(Date)  # until when it was due
    late_reason_sealed: Mapped[str | None] = mapped_column(Text)
    estimate: Mapped[str | None] = mapped_column(Text)  # canonical JSON of the worksheets, as shown when sent
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    state_changed_at: Mapped[datetime] = mapped_column(Moment)


class Shipment(Base):
    """One unpaid or in-transit shipment of a notice: kept even where it lies outside cover, with the reasons."""

    __tablename__ = "shipments"
    __table_args__ = (
        Index("ix_shipments_invoice", "invoice_key", "amount_minor"),
        Index("ix_shipments_notice_position", "notice_id", "position"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"))
    position: Mapped[int] = mapped_column(Integer)
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claims.id"), index=True)
    policy_id: Mapped[str | None] = mapped_column(ForeignKey("policies.id"))  # whose year the shipment falls in
    invoice_number: Mapped[str] = mapped_column(String(60))
    invoice_key: Mapped[str] = mapped_column(String(60))  # folded, so that the same invoice is known again
    invoiced_on: Mapped[date] = mapped_column(Date)
    shipped_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # unpaid, in cents of `currency`
    currency: Mapped[str] = mapped_column(String(3))
    # open_account, documents_against_payment, documents_against_acceptance, letter_of_credit
    payment_term: Mapped[str] = mapped_column(String(30))
    in_transit: Mapped[str] = mapped_column(String(3))  # yes, no
    own_declaration: Mapped[str] = mapped_column(String(3))  # yes, no: declared to customs by the firm itself
    declaration_number: Mapped[str | None] = mapped_column(String(30))
    outside: Mapped[str] = mapped_column(String(200))  # codes of why it lies outside cover, space-separated
    removed_at: Mapped[datetime | None] = mapped_column(Moment)


class Claim(Base):
    """A request for indemnity: one notice under one policy. Its clocks stand still while it is the firm's turn."""

    __tablename__ = "claims"
    __table_args__ = (
        Index(
            "uq_claims_live",
            "notice_id",
            "policy_id",
            unique=True,
            sqlite_where=LIVE_CLAIM,
            postgresql_where=LIVE_CLAIM,
        ),
        Index("ix_claims_state_country_assigned_to", "state", "country", "assigned_to"),
        Index("ix_claims_state_due_on", "state", "due_on", "number"),
        Index("ix_claims_policy_obligor", "policy_id", "obligor_id"),
        Index("ix_claims_scheme_policy_year", "scheme", "policy_year"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # C2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"))
    policy_id: Mapped[str] = mapped_column(ForeignKey("policies.id"))
    scheme: Mapped[str] = mapped_column(String(40))
    policy_year: Mapped[int] = mapped_column(Integer)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    obligor_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"), index=True)  # as named; see merged_into
    country: Mapped[str] = mapped_column(String(2))
    risk: Mapped[str] = mapped_column(String(20), index=True)
    payment_term: Mapped[str] = mapped_column(String(30))
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # claimed, in the scheme's currency, for lists
    currency: Mapped[str] = mapped_column(String(3))
    # preparing, assessing, asked, suspended, proposed, approved, objected, agreed, paying, paid, closed, withdrawn
    state: Mapped[str] = mapped_column(String(12))
    opened_on: Mapped[date] = mapped_column(Date)
    waiting_until: Mapped[date | None] = mapped_column(Date)  # last day of the waiting period, if one runs
    claim_due_on: Mapped[date] = mapped_column(Date)  # until when it must be filed
    filed_on: Mapped[date | None] = mapped_column(Date)
    filed_by: Mapped[str | None] = mapped_column(String(40))
    complete_on: Mapped[date | None] = mapped_column(Date)  # documents were found complete
    due_on: Mapped[date | None] = mapped_column(Date)  # until when whoever's turn it is acts
    paused_on: Mapped[date | None] = mapped_column(Date)  # the clock stands still since this day
    barred_on: Mapped[date | None] = mapped_column(Date)  # since this day an exclusion bars its payment
    late_points: Mapped[int] = mapped_column(Integer)  # hundredths taken off the ratio for being late
    late_excused_by: Mapped[str | None] = mapped_column(String(40))
    late_reason: Mapped[str | None] = mapped_column(Text)
    assigned_to: Mapped[str | None] = mapped_column(String(40), index=True)
    dispute: Mapped[str | None] = mapped_column(String(12))  # disputed, suspended, judged
    approved_minor: Mapped[int | None] = mapped_column(BigInteger)  # standing indemnity in cents, for lists
    approved_on: Mapped[date | None] = mapped_column(Date)
    answer_due_on: Mapped[date | None] = mapped_column(Date)  # until when the firm agrees or objects
    agreed_on: Mapped[date | None] = mapped_column(Date)
    agreed_by: Mapped[str | None] = mapped_column(String(40))
    paid_on: Mapped[date | None] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    closed_code: Mapped[str | None] = mapped_column(String(40))
    state_changed_at: Mapped[datetime] = mapped_column(Moment)


class Paper(Base):
    """A document handed in for one item of a claim's checklist; a replaced one stays, and says by which."""

    __tablename__ = "claim_papers"
    __table_args__ = (Index("ix_claim_papers_notice_item", "notice_id", "item"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"))
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claims.id"), index=True)
    item: Mapped[str] = mapped_column(String(40))  # code of the checklist
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    added_by: Mapped[str] = mapped_column(String(40))
    added_at: Mapped[datetime] = mapped_column(Moment)
    replaced_by: Mapped[str | None] = mapped_column(ForeignKey("claim_papers.id"))
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    accepted_by: Mapped[str | None] = mapped_column(String(40))
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)


class ClaimEvent(Base):
    """Something that happened to a claim and has no table of its own: the timeline and the trail of turns.

    filed, excused, assigned, disputed, suspended, judged, reopened, withdrawn, agreed, objected,
    objection_declined, complete, sent_back, closed. Words are sealed under the key of `person_id`.
    """

    __tablename__ = "claim_events"
    __table_args__ = (Index("ix_claim_events_claim_at", "claim_id", "at", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claims.id"))
    kind: Mapped[str] = mapped_column(String(24))
    code: Mapped[str | None] = mapped_column(String(40))  # the coded sentence that the firm may read
    on: Mapped[date] = mapped_column("happened_on", Date)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column("done_by", String(40))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person_keys.id"))
    words_sealed: Mapped[str | None] = mapped_column(Text)
    documents: Mapped[str] = mapped_column(String(400))


class ConsentRequest(Base):
    """What a firm may not do without consent: it asks, and the answer is on record."""

    __tablename__ = "consent_requests"
    __table_args__ = (Index("ix_consent_requests_state_due_on", "state", "due_on"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # K2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"), index=True)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))  # extension, discount, instalments, resale, return
    shipment_id: Mapped[str | None] = mapped_column(ForeignKey("shipments.id"))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    until: Mapped[date | None] = mapped_column(Date)  # the new due date that is asked for
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))
    words_sealed: Mapped[str] = mapped_column(Text)
    documents: Mapped[str] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(String(10))  # open, granted, refused, taken_back
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_on: Mapped[date] = mapped_column(Date)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    due_on: Mapped[date] = mapped_column(Date)
    assigned_to: Mapped[str | None] = mapped_column(String(40), index=True)
    answer_code: Mapped[str | None] = mapped_column(String(40))
    reason_sealed: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[str | None] = mapped_column(String(40))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class Payee(Base):
    """An account to which a firm's indemnity is paid; a new one replaces it, the old ones stay."""

    __tablename__ = "payees"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claims.id"), index=True)  # None: for all its claims
    kind: Mapped[str] = mapped_column(String(8))  # firm, bank (proceeds are assigned)
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))
    sealed: Mapped[str] = mapped_column(Text)  # fields: holder, bank, bank_code, account
    account_index: Mapped[str] = mapped_column(String(64), index=True)  # keyed
    recorded_by: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    replaced_by: Mapped[str | None] = mapped_column(ForeignKey("payees.id"))


class Assignment(Base):
    """Proceeds assigned to a bank: until it releases them, the payee of the claim cannot be changed."""

    __tablename__ = "assignments"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claims.id"), index=True)
    payee_id: Mapped[str] = mapped_column(ForeignKey("payees.id"))
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))  # the deed
    state: Mapped[str] = mapped_column(String(10))  # told, recorded, released, refused
    told_by: Mapped[str] = mapped_column(String(40))
    told_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[str | None] = mapped_column(String(40))
    recorded_at: Mapped[datetime | None] = mapped_column(Moment)
    release_document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))  # the bank's consent
    released_by: Mapped[str | None] = mapped_column(String(40))
    released_at: Mapped[datetime | None] = mapped_column(Moment)


class Receipt(Base):
    """Money, or goods sold, that lessen a loss before its indemnity is approved; afterwards it is a recovery."""

    __tablename__ = "receipts"
    __table_args__ = (Index("uq_receipts_money", "money_index", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"), index=True)
    shipment_id: Mapped[str | None] = mapped_column(ForeignKey("shipments.id"))  # None: the payer named no invoice
    kind: Mapped[str] = mapped_column(String(8))  # payment, resale, credit
    received_on: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(String(80))  # of the bank's advice or the contract
    money_index: Mapped[str] = mapped_column(String(120))  # the same money counts once; changes when struck out
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # in `currency`
    costs_minor: Mapped[int] = mapped_column(BigInteger)  # agreed costs, taken off
    currency: Mapped[str] = mapped_column(String(3))
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    state: Mapped[str] = mapped_column(String(10))  # told (by the firm), counted, struck
    recorded_by: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    struck_by: Mapped[str | None] = mapped_column(String(40))
    struck_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str | None] = mapped_column(Text)


class Assessment(Base):
    """One assessment of a claim. Once it is submitted its worksheet is frozen: the canonical bytes are it."""

    __tablename__ = "assessments"
    __table_args__ = (Index("uq_assessments_claim_sequence", "claim_id", "sequence", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claims.id"))
    sequence: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10))  # draft, submitted, returned, approved, reversed, dropped
    how: Mapped[str] = mapped_column(String(6))  # person, fast (proposed at once)
    version: Mapped[int] = mapped_column(Integer)
    saved_by: Mapped[str] = mapped_column(String(40))
    saved_at: Mapped[datetime] = mapped_column(Moment)
    assessed_by: Mapped[str | None] = mapped_column(String(40))
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    approver: Mapped[str | None] = mapped_column(String(40), index=True)  # to whom it was given
    judged_on: Mapped[date | None] = mapped_column(Date)
    loss_minor: Mapped[int | None] = mapped_column(BigInteger)  # recognised, rounded for lists
    indemnity_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    terms_fingerprint: Mapped[str | None] = mapped_column(String(64))
    claim_terms_fingerprint: Mapped[str | None] = mapped_column(String(64))
    rules_version: Mapped[str | None] = mapped_column(String(20))
    canonical: Mapped[str | None] = mapped_column(Text)  # JSON: inputs and worksheet, no personal value
    canonical_sha256: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text)  # for staff and auditors
    decided_by: Mapped[str | None] = mapped_column(String(40))  # approved or returned
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decision_code: Mapped[str | None] = mapped_column(String(40))
    decision_note: Mapped[str | None] = mapped_column(Text)
    entry_id: Mapped[str | None] = mapped_column(ForeignKey("ledger_entries.id"))
    letter: Mapped[str | None] = mapped_column(Text)  # JSON: what the letter tells besides the sheet
    letter_sha256: Mapped[str | None] = mapped_column(String(64))  # of that: the letter can be made again


class AssessmentLine(Base):
    """What an assessment makes of one shipment, with a reason from the list where it is not taken as it stands."""

    __tablename__ = "assessment_lines"

    assessment_id: Mapped[str] = mapped_column(ForeignKey("assessments.id"), primary_key=True)
    shipment_id: Mapped[str] = mapped_column(ForeignKey("shipments.id"), primary_key=True)
    verdict: Mapped[str] = mapped_column(String(8))  # open, accepted, reduced, refused
    reason_code: Mapped[str | None] = mapped_column(String(40))
    recognised_minor: Mapped[int] = mapped_column(BigInteger)  # in the shipment's currency


class InvoiceAnswer(Base):
    """What a person said last of two shipments that look like one invoice: two, or one typed twice."""

    __tablename__ = "invoice_answers"

    first_id: Mapped[str] = mapped_column(ForeignKey("shipments.id"), primary_key=True)  # the smaller id
    second_id: Mapped[str] = mapped_column(ForeignKey("shipments.id"), primary_key=True, index=True)
    code: Mapped[str] = mapped_column(String(9))  # different, same
    reason: Mapped[str] = mapped_column(Text)  # for staff and auditors
    answered_by: Mapped[str] = mapped_column(String(40))
    answered_at: Mapped[datetime] = mapped_column(Moment)
