"""What staff ask a firm for: one request that names everything, and the firm's answer to it.

The same serves applications, memberships, appeals and claims. At most one request is open for each of them. A
claim is asked for documents of its own checklist, whose codes the caller knows.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.applications.actions import move
from portal.applications.deciding import AT_ANSWER
from portal.applications.records import Application, Request
from portal.applications.representatives import replace_representative
from portal.applications.rerun import decide_again
from portal.common import clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.people import People, PersonErased, Sealer
from portal.common.roles import Actor, NotAllowed, Role
from portal.documents.records import Document
from portal.members.queries import require_member
from portal.programme import service_levels
from portal.programme.working_days import due
from portal.scheme import stages
from portal.scheme.eligibility import SourceMissing

APPLICATION, MEMBERSHIP, APPEAL, CLAIM = "application", "membership", "appeal", "claim"
LICENCE, REPRESENTATIVE, EXPLAIN, CONTACT = "licence", "representative", "explain", "contact"
EVIDENCE_EXPORTS, EVIDENCE_REGISTRATION, EVIDENCE_LIST = (
    "evidence_exports",
    "evidence_registration",
    "evidence_list",
)
ITEMS = (
    LICENCE,
    REPRESENTATIVE,
    EVIDENCE_EXPORTS,
    EVIDENCE_REGISTRATION,
    EVIDENCE_LIST,
    EXPLAIN,
    CONTACT,
)
FILES = (LICENCE, EVIDENCE_EXPORTS, EVIDENCE_REGISTRATION, EVIDENCE_LIST)
"""The items that are answered by handing in a file; words to it may come under the item's own code."""

REPRESENTATIVE_NAME, REPRESENTATIVE_NUMBER = "representative_name", "representative_number"
FIELDS: Mapping[str, tuple[str, ...]] = {
    REPRESENTATIVE: (REPRESENTATIVE_NAME, REPRESENTATIVE_NUMBER),
    EXPLAIN: (EXPLAIN,),
    CONTACT: (CONTACT,),
    **{item: (item,) for item in FILES},
}
"""What may be typed in answer to each item; the first of the fields is needed unless a file is."""

LONGEST_NOTE = LONGEST_ANSWER = 2000  # characters
_ASKS: Mapping[str, tuple[Role, ...]] = {
    APPLICATION: roles.DECIDES_APPLICATIONS,
    MEMBERSHIP: roles.DECIDES_MEMBERSHIPS,
    APPEAL: roles.DECIDES_APPEALS,
    CLAIM: roles.ASSESSES_CLAIMS,
}


class NothingAsked(ValueError):
    """A request names at least one item, each of those that there are."""


class AlreadyAsked(Exception):
    """Something is asked for already; it is answered or taken back before anything else is asked."""


class NotAsked(Exception):
    """This request is answered, or no longer wanted."""


class NotAnswered(ValueError):
    """The answer leaves `items` open."""

    def __init__(self, items: Sequence[str]) -> None:
        super().__init__(", ".join(items))
        self.items = tuple(items)


def open_request(session: Session, subject_kind: str, subject_id: str) -> Request | None:
    """What the firm is asked for now, if anything."""
    query = select(Request).where(
        Request.subject_kind == subject_kind,
        Request.subject_id == subject_id,
        Request.answered_at.is_(None),
        Request.closed_at.is_(None),
    )
    return session.execute(query).scalars().first()


def requests_of(session: Session, subject_kind: str, subject_id: str) -> list[Request]:
    """Everything that was ever asked about a subject, oldest first."""
    query = select(Request).where(Request.subject_kind == subject_kind, Request.subject_id == subject_id)
    return list(session.execute(query.order_by(Request.asked_at, Request.id)).scalars())


def ask(
    session: Session,
    instance: Instance,
    who: Actor,
    subject_kind: str,
    subject_id: str,
    person_id: str,
    items: Sequence[str],
    note: str,
    known: Sequence[str] = ITEMS,
) -> Request:
    """Ask for these items, inside an audited block; the caller moves the subject and tells the firm.

    `known` are the items that can be asked for, in the order in which they are kept. Note and answer are sealed
    under the key of `person_id`; the note, which may be empty, is for staff and auditors only. The firm has so
    many working days from today (`service_levels.ANSWER_DAYS`). Raises `NothingAsked`, `AlreadyAsked`,
    `PersonErased`, and ``ValueError`` for a note that is too long.
    """
    roles.require(who, _ASKS[subject_kind], "ask a firm for more")
    wanted = [item for item in known if item in items]
    if not wanted or len(wanted) != len(set(items)):
        raise NothingAsked(" ".join(items))
    note = visible(note)
    if len(note) > LONGEST_NOTE:
        raise ValueError(f"{len(note)} characters")
    if open_request(session, subject_kind, subject_id) is not None:
        raise AlreadyAsked(subject_id)
    sealer = People(session, instance.keys).sealer(person_id)
    today = clock.today()
    request = Request(
        id=str(ULID()),
        subject_kind=subject_kind,
        subject_id=subject_id,
        items=" ".join(wanted),
        person_id=person_id,
        note_sealed=sealer.seal("note", note) if note else None,
        asked_by=who.id,
        asked_at=clock.now(),
        due_on=due(session, today, service_levels.days(session, service_levels.ANSWER_DAYS, today)).day,
        documents="",
    )
    session.add(request)
    session.flush()
    return request


def answer(
    session: Session,
    instance: Instance,
    who: Actor,
    request: Request,
    fields: Mapping[str, str],
    documents: Sequence[str],
) -> None:
    """Keep the firm's answer, inside an audited block of a firm's account.

    `fields` are those of `FIELDS`, `documents` ids of what this account handed in. Raises `NotAsked` and
    `NotAnswered`. An application goes back to the desk, with the representative it names now, and the rules run
    again; of another subject the caller takes care. Afterwards, outside of the block, the caller lets an
    application that became eligible be issued (`Instance.issue_at_once`).
    """
    roles.require(who, roles.APPLIES, "answer a request")
    if request.answered_at is not None or request.closed_at is not None:
        raise NotAsked(request.id)
    asked = request.items.split()
    known = {name for item in asked for name in fields_of(item)}
    typed = {name: visible(text)[:LONGEST_ANSWER] for name, text in fields.items() if name in known}
    typed = {name: text for name, text in typed.items() if text}
    # Of a claim every item is looked at by itself before: some may say in words why there is no document.
    left = [] if request.subject_kind == CLAIM else unanswered(asked, typed, documents)
    if left:
        raise NotAnswered(left)
    own = select(Document.id).where(Document.id.in_(list(documents)), Document.handed_in_by == who.id)
    if set(session.execute(own).scalars()) != set(documents):
        raise NotAllowed(who, "answer with somebody else's documents")
    people = People(session, instance.keys)
    application = session.get(Application, request.subject_id) if request.subject_kind == APPLICATION else None
    if application is not None:
        _require_answering(session, who, application)
    _keep_answer(people.sealer(request.person_id), request, who, typed, documents)
    if application is not None:
        _go_on(session, instance, who, people, application, typed)


def unanswered(items: Sequence[str], fields: Mapping[str, str], documents: Sequence[str]) -> list[str]:
    """Those of the items that an answer leaves open: a file where files are asked for, else the words."""
    return [
        item
        for item in items
        if not (bool(documents) if is_file(item) else all(fields.get(name) for name in fields_of(item)))
    ]


def is_file(item: str) -> bool:
    """Whether an item is answered by handing in a file; of a claim's checklist every document is."""
    return item in FILES or item not in ITEMS


def fields_of(item: str) -> tuple[str, ...]:
    """What may be typed in answer to an item."""
    return FIELDS.get(item, (item,))


def close(session: Session, subject_kind: str, subject_id: str) -> None:
    """Take back what is still asked for, if anything, inside an audited block: it is no longer wanted."""
    request = open_request(session, subject_kind, subject_id)
    if request is not None:
        request.closed_at = clock.now()
        session.flush()


def note_of(people: People, request: Request) -> str | None:
    """The private note, for staff and auditors; empty once its person is erased, None where there is none."""
    if request.note_sealed is None:
        return None
    try:
        return people.sealer(request.person_id).open("note", request.note_sealed)
    except PersonErased:
        return ""


def answer_fields(people: People, request: Request) -> dict[str, str]:
    """What the firm typed, by field; nothing before it answered or once its person is erased."""
    return people.read(request.person_id, request.answer_sealed) if request.answer_sealed else {}


def _require_answering(session: Session, who: Actor, application: Application) -> None:
    """The one who applied, or whoever is confirmed to act for the firm."""
    member = require_member(session, who, application.uscc, "answer a request")
    if member.state != stages.CONFIRMED and member.id != application.membership_id:
        raise NotAllowed(who, "answer a request")


def _keep_answer(
    sealer: Sealer, request: Request, who: Actor, typed: Mapping[str, str], documents: Sequence[str]
) -> None:
    # Who represents the firm is kept with the application, under that person's own key and no other.
    kept = {name: text for name, text in typed.items() if name not in FIELDS[REPRESENTATIVE]}
    request.answer_sealed = sealer.seal_fields(kept)
    request.documents = " ".join(documents)
    request.answered_by = who.id
    request.answered_at = clock.now()


def _go_on(
    session: Session,
    instance: Instance,
    who: Actor,
    people: People,
    application: Application,
    typed: Mapping[str, str],
) -> None:
    """Back to the desk, with what the answer changes; without all sources the findings stay as they were."""
    if application.state != stages.ASKED:
        return  # it was withdrawn or has lapsed meanwhile: the answer is kept, nothing follows
    if typed.get(REPRESENTATIVE_NUMBER):
        name, number = typed[REPRESENTATIVE_NAME], typed[REPRESENTATIVE_NUMBER]
        replace_representative(people, application, name, number.replace(" ", "").upper())
    try:
        decide_again(session, instance, who, application, AT_ANSWER, clock.today())
    except SourceMissing:
        move(application, stages.REFERRED)
    session.flush()
