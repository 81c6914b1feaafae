"""What a firm may not do without consent: it asks, staff answer, and both read the answer afterwards."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.mine import LONGEST_WORDS, hand_in, person_of
from portal.claims.notice_drafts import UnknownNotice, shipments_of
from portal.claims.records import ConsentRequest, Notice
from portal.claims.sending import notice_of_member
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.people import People, PersonErased
from portal.common.roles import Actor, NotAllowed
from portal.documents.actions import CheckedFile
from portal.members.queries import accounts_of, membership, require_untied
from portal.members.records import Membership
from portal.messages.actions import tell
from portal.programme import service_levels
from portal.programme.working_days import due
from portal.scheme import stages

EXTENSION, DISCOUNT, INSTALMENTS, RESALE, RETURN = "extension", "discount", "instalments", "resale", "return"
KINDS = (EXTENSION, DISCOUNT, INSTALMENTS, RESALE, RETURN)
NEEDS_UNTIL = (EXTENSION, INSTALMENTS)
NEEDS_AMOUNT = (DISCOUNT, RESALE)
GRANTED = "as_asked"
REFUSALS = ("not_shown", "too_little", "buyer_can_pay", "worse_than_waiting", "other_way")
SHORTEST_WORDS = 4  # characters


class UnknownConsent(LookupError):
    """There is no such request for consent, or it is none of this account's business."""


class StaleConsent(Exception):
    """The request was answered or taken back meanwhile; `state` is where it is now."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"{number} is {state} now")
        self.number = number
        self.state = state


class Wanted(NamedTuple):
    """What the firm would like to do: for one shipment or (None) all of them; amounts in cents of `currency`."""

    kind: str
    shipment_id: str | None
    amount_minor: int | None
    currency: str | None
    until: date | None
    words: str


def ask_consent(
    instance: Instance,
    who: Actor,
    notice_number: str,
    wanted: Wanted,
    files: Sequence[CheckedFile] = (),
    kept: Sequence[str] = (),
) -> str:
    """Ask for consent on a loss that was reported; gives the number. The very same asked again is the one open.

    Raises `UnknownNotice`, `NotAllowed`, ``ValueError`` for a request that lacks something, `TooManyFiles`, and
    `StaleConsent` when the notice is closed.
    """
    roles.require(who, roles.APPLIES, "ask for consent")
    with instance.database.locked() as session:
        notice, _member = notice_of_member(session, who, notice_number)
        wanted = wanted._replace(words=visible(wanted.words)[:LONGEST_WORDS])
        _require_whole(session, notice, wanted)
        if notice.state not in (stages.WATCHED, stages.CLAIMED):
            raise StaleConsent(notice_number, notice.state)
        people = People(session, instance.keys)
        for known in consents_of(session, notice.id):
            if known.state == stages.OPEN and known.asked_by == who.id and _as_wanted(people, known) == wanted:
                return known.number
        with audit.audited(session, who, "claims.ask_consent", f"notice {notice_number}") as entry:
            today = clock.today()
            person_id = person_of(session, who)
            serial = _next_serial(session, today)
            request = ConsentRequest(
                id=str(ULID()),
                number=f"K{today.year}-{serial:05d}",
                serial=serial,
                notice_id=notice.id,
                uscc=notice.uscc,
                firm_name=notice.firm_name,
                kind=wanted.kind,
                shipment_id=wanted.shipment_id,
                amount_minor=wanted.amount_minor,
                currency=wanted.currency if wanted.amount_minor is not None else None,
                until=wanted.until,
                person_id=person_id,
                words_sealed=people.sealer(person_id).seal("words", wanted.words),
                documents=" ".join(hand_in(session, instance, who, notice.uscc, files, kept)),
                state=stages.OPEN,
                asked_by=who.id,
                asked_on=today,
                asked_at=clock.now(),
                due_on=due(session, today, service_levels.days(session, service_levels.CONSENT_DAYS, today)).day,
            )
            session.add(request)
            entry.details["consent"] = request.number
        return request.number


def answer_consent(
    instance: Instance, who: Actor, number: str, granted: bool, code: str, reason: str = ""
) -> None:
    """Answer a request, as a claims officer: `code` is what the firm reads, `reason` is for staff and auditors.

    The same answer twice is one. Raises `UnknownConsent`, `StaleConsent`, `TiedToFirm`, ``ValueError`` for a code
    that is none of this answer.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "answer a request for consent")
    reason = visible(reason)
    if code not in ((GRANTED,) if granted else REFUSALS) or len(reason) > LONGEST_WORDS:
        raise ValueError(f"{code} with {len(reason)} characters")
    state = stages.GRANTED if granted else stages.REFUSED
    with instance.database.locked() as session:
        request = consent_of(session, number)
        if (request.state, request.answer_code, request.answered_by) == (state, code, who.id):
            return
        require_untied(session, who, request.uscc, "answer a request for consent")
        if request.state != stages.OPEN:
            raise StaleConsent(number, request.state)
        with audit.audited(session, who, "claims.answer_consent", f"consent {number}", code=code):
            stages.require(stages.CONSENT, request.state, state)
            request.state, request.answer_code = state, code
            request.answered_by, request.answered_at = who.id, clock.now()
            if reason:
                sealer = People(session, instance.keys).sealer(request.person_id)
                request.reason_sealed = sealer.seal("reason", reason)
            path = f"/my/notices/{session.get_one(Notice, request.notice_id).number}/consents"
            accounts = [request.asked_by, *accounts_of(session, request.uscc)]
            if membership(session, request.asked_by, request.uscc) is None:
                accounts = accounts[1:]
            kind = "consent_granted" if granted else "consent_refused"
            tell(session, instance, accounts, kind, f"consent {number}", path, {"number": number})


def take_back_consent(instance: Instance, who: Actor, number: str) -> None:
    """Take a request back that is not answered yet; twice is once. Raises `UnknownConsent`, `StaleConsent`."""
    roles.require(who, roles.APPLIES, "take a request back")
    with instance.database.locked() as session:
        request = consent_of_member(session, who, number)
        if request.state == stages.TAKEN_BACK:
            return
        if request.state != stages.OPEN:
            raise StaleConsent(number, request.state)
        with audit.audited(session, who, "claims.take_back_consent", f"consent {number}"):
            stages.require(stages.CONSENT, request.state, stages.TAKEN_BACK)
            request.state = stages.TAKEN_BACK


def consent_of(session: Session, number: str) -> ConsentRequest:
    """The request of this number; raises `UnknownConsent`."""
    found = session.execute(select(ConsentRequest).where(ConsentRequest.number == number)).scalar_one_or_none()
    if found is None:
        raise UnknownConsent(number)
    return found


def consent_of_member(session: Session, who: Actor, number: str) -> ConsentRequest:
    """A request that somebody of the firm may reach, as the notice it belongs to; raises `UnknownConsent`."""
    request = consent_of(session, number)
    notice = session.get_one(Notice, request.notice_id)
    try:
        notice_of_member(session, who, notice.number or "")
    except (UnknownNotice, NotAllowed) as error:
        raise UnknownConsent(number) from error
    return request


def consents_of(session: Session, notice_id: str) -> list[ConsentRequest]:
    """Every request about a loss, oldest first."""
    query = select(ConsentRequest).where(ConsentRequest.notice_id == notice_id)
    return list(session.execute(query.order_by(ConsentRequest.asked_at, ConsentRequest.id)).scalars())


def consent_words(people: People, request: ConsentRequest) -> str:
    """What the firm wrote; empty once the person is erased."""
    return _opened(people, request, "words", request.words_sealed)


def consent_reason(people: People, request: ConsentRequest) -> str:
    """What staff wrote beside their answer, for staff and auditors only."""
    return _opened(people, request, "reason", request.reason_sealed) if request.reason_sealed else ""


def may_ask(member: Membership, notice: Notice) -> bool:
    """Whether consent can be asked for: while the loss is watched or claimed."""
    return notice.uscc == member.uscc and notice.state in (stages.WATCHED, stages.CLAIMED)


def _opened(people: People, request: ConsentRequest, field: str, sealed: str) -> str:
    try:
        return people.sealer(request.person_id).open(field, sealed)
    except PersonErased:
        return ""


def _as_wanted(people: People, known: ConsentRequest) -> Wanted:
    words = consent_words(people, known)
    return Wanted(known.kind, known.shipment_id, known.amount_minor, known.currency, known.until, words)


def _require_whole(session: Session, notice: Notice, wanted: Wanted) -> None:
    """Raise ``ValueError`` for what no form of ours sends."""
    own = {one.id: one for one in shipments_of(session, notice.id)}
    shipment = own.get(wanted.shipment_id or "")
    lacks = (
        wanted.kind not in KINDS
        or (wanted.shipment_id is not None and shipment is None)
        or (wanted.kind in NEEDS_UNTIL and (wanted.until is None or wanted.until <= clock.today()))
        or (wanted.kind in NEEDS_AMOUNT and not wanted.amount_minor)
        or (wanted.amount_minor is not None and (wanted.amount_minor < 0 or not wanted.currency))
        or len(wanted.words) < SHORTEST_WORDS
    )
    if lacks:
        raise ValueError(f"a request for {wanted.kind} that lacks something")


def _next_serial(session: Session, today: date) -> int:
    query = select(func.max(ConsentRequest.serial)).where(ConsentRequest.number.startswith(f"K{today.year}-"))
    return (session.execute(query).scalar() or 0) + 1
