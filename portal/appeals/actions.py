"""What a firm does about an appeal: filing it, answering what it is asked for, and taking it back."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.records import Account
from portal.appeals import queries
from portal.appeals.records import Appeal
from portal.applications import requests
from portal.applications.appealable import AGAINST, codes_in_question, last_day
from portal.applications.corrections import DECLINED
from portal.applications.records import Application, Request
from portal.applications.reviews import UnknownApplication, latest_decision
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.documents.actions import EVIDENCE, CheckedFile, keep
from portal.documents.records import Document
from portal.members.queries import members_of, require_member
from portal.messages.actions import tell
from portal.programme import service_levels
from portal.programme.working_days import due, working_days_between
from portal.scheme import stages

SHORTEST_WORDS, LONGEST_WORDS = 4, 2000  # characters
MOST_PAPERS = 10  # of one appeal, and of one answer


class UnknownAppeal(LookupError):
    """There is no appeal of this number."""


class NotPossible(Exception):
    """The firm cannot appeal; `code` says why: nothing_to_appeal, too_late."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AlreadyFiled(Exception):
    """An appeal against this decision is open already, and says something else."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class StaleAppeal(Exception):
    """The appeal moved on since somebody looked at it."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"{number} is {state} now")
        self.number = number
        self.state = state


def file(
    instance: Instance,
    who: Actor,
    application_number: str,
    codes: Sequence[str],
    words: str,
    evidence: Sequence[CheckedFile],
    kept: Sequence[str] = (),
) -> str:
    """File an appeal and give its number. The very same sent twice gives the one that is there.

    `codes` are the rules whose fact is said to be wrong, `evidence` the papers that show it, beside those that
    `keep_papers` kept already (`kept`, their ids; somebody else's are passed over). Raises
    `UnknownApplication`, `NotAllowed` for anybody but a confirmed member, `NotPossible`, `AlreadyFiled`, and
    ``ValueError`` for an appeal about nothing, in no words or, where the rules decided, without a paper.
    """
    roles.require(who, roles.APPLIES, "file an appeal")
    with instance.database.locked() as session:
        query = select(Application).where(Application.number == application_number)
        application = session.execute(query).scalar()
        if application is None:
            raise UnknownApplication(application_number)
        require_member(session, who, application.uscc, "file an appeal", confirmed=True)
        people = People(session, instance.keys)
        words = visible(words)
        known = queries.open_appeal(session, application.id)
        if known is not None:
            if known.filed_by != who.id or queries.words_of(people, known) != words:
                raise AlreadyFiled(known.number)
            return known.number
        decision = latest_decision(session, application.id)
        until = last_day(session, application)
        if decision is None or until is None:
            raise NotPossible("nothing_to_appeal")
        if clock.today() > until:
            raise NotPossible("too_late")
        offered = codes_in_question(decision)
        wrong = [code for code in offered if code in codes]
        own = _own_papers(session, who, application.uscc, kept)
        _require_said(application, wrong, codes, words, len(own) + len(evidence))
        with audit.audited(session, who, "appeals.file", f"application {application.number}") as entry:
            own += [keep(session, instance, who, application.uscc, EVIDENCE, one).id for one in evidence]
            account = session.get_one(Account, who.id)
            today = clock.today()
            serial = _next_serial(session, today)
            appeal = Appeal(
                id=str(ULID()),
                number=f"B{today.year}-{serial:05d}",
                serial=serial,
                application_id=application.id,
                decision_id=decision.id,
                uscc=application.uscc,
                firm_name=application.firm_name,
                codes=" ".join(wrong),
                person_id=account.person_id,
                words_sealed=people.sealer(account.person_id).seal("words", words),
                documents=" ".join(dict.fromkeys(own)),
                state=stages.OPEN,
                filed_by=who.id,
                filed_on=today,
                filed_at=clock.now(),
                due_on=_due(session, today),
                state_changed_at=clock.now(),
            )
            session.add(appeal)
            entry.details["appeal"] = appeal.number
            tell_firm(session, instance, appeal, "appeal_received", {"due_on": appeal.due_on.isoformat()})
        return appeal.number


def keep_papers(
    instance: Instance, who: Actor, uscc: str, papers: Sequence[CheckedFile], before: Sequence[str]
) -> list[str]:
    """Keep papers of an appeal that could not be filed yet, so that nobody has to choose them again; their ids.

    `before` are those kept earlier; together at most `MOST_PAPERS`, the rest is not kept. Raises `NotAllowed` for
    anybody but a confirmed member.
    """
    roles.require(who, roles.APPLIES, "file an appeal")
    with audit.write(instance.database, who, "appeals.keep_papers", f"firm {uscc}") as session:
        require_member(session, who, uscc, "file an appeal", confirmed=True)
        own = _own_papers(session, who, uscc, before)
        room = max(0, MOST_PAPERS - len(own))
        own += [keep(session, instance, who, uscc, EVIDENCE, one).id for one in papers[:room]]
    return list(dict.fromkeys(own))


def answer(
    instance: Instance,
    who: Actor,
    number: str,
    request_id: str,
    fields: Mapping[str, str],
    evidence: Sequence[CheckedFile],
) -> None:
    """Answer what the firm was asked for: it is the staff's turn again, and the clock goes on.

    Raises `UnknownAppeal`, `NotAllowed`, `StaleAppeal` when nothing is asked any more, `requests.NotAnswered`.
    """
    roles.require(who, roles.APPLIES, "answer a request")
    with audit.write(instance.database, who, "appeals.answer", f"appeal {number}") as session:
        appeal = appeal_of(session, number)
        require_member(session, who, appeal.uscc, "answer a request", confirmed=True)
        request = requests.open_request(session, requests.APPEAL, appeal.id)
        if appeal.state != stages.ASKED or request is None or request.id != request_id:
            raise StaleAppeal(number, appeal.state)
        kept = [keep(session, instance, who, appeal.uscc, EVIDENCE, one) for one in evidence]
        requests.answer(session, instance, who, request, fields, list(dict.fromkeys(one.id for one in kept)))
        go_on(session, appeal)


def withdraw(instance: Instance, who: Actor, number: str) -> None:
    """Take an appeal back; doing it twice changes nothing. Raises `StaleAppeal` once it is decided."""
    roles.require(who, roles.APPLIES, "withdraw an appeal")
    with instance.database.locked() as session:
        appeal = appeal_of(session, number)
        require_member(session, who, appeal.uscc, "withdraw an appeal", confirmed=True)
        if appeal.state == stages.WITHDRAWN:
            return
        if appeal.state not in stages.OPEN_APPEAL_STATES:
            raise StaleAppeal(number, appeal.state)
        with audit.audited(session, who, "appeals.withdraw", f"appeal {number}"):
            correction = queries.proposed(session, appeal.id)
            if correction is not None:
                correction.state = DECLINED
            requests.close(session, requests.APPEAL, appeal.id)
            move(appeal, stages.WITHDRAWN)


def answered_already(session: Session, who: Actor, request_id: str) -> bool:
    """Whether the same person has answered this request: a button pressed twice."""
    request = session.get(Request, request_id)
    return request is not None and request.answered_by == who.id


def appeal_of(session: Session, number: str) -> Appeal:
    """The appeal of this number; raises `UnknownAppeal`."""
    found = queries.find_appeal(session, number)
    if found is None:
        raise UnknownAppeal(number)
    return found


def move(appeal: Appeal, state: str) -> None:
    """Take an appeal to its next state, if the state table allows it."""
    stages.require(stages.APPEAL, appeal.state, state)
    appeal.state = state
    appeal.state_changed_at = clock.now()


def go_on(session: Session, appeal: Appeal) -> None:
    """From being asked back to the staff: the due day moves by the working days that the clock stood still."""
    if appeal.paused_on is not None:
        stood = working_days_between(session, appeal.paused_on, clock.today())
        appeal.due_on = due(session, appeal.due_on, stood).day
        appeal.paused_on = None
    move(appeal, stages.OPEN)


def tell_firm(
    session: Session,
    instance: Instance,
    appeal: Appeal,
    kind: str,
    parameters: Mapping[str, str] | None = None,
    your_turn: bool = False,
) -> None:
    """Tell everybody who is confirmed to act for the firm, inside an audited block."""
    tell(
        session,
        instance,
        [one.account_id for one in members_of(session, appeal.uscc, confirmed=True)],
        kind,
        f"appeal {appeal.number}",
        f"/my/appeals/{appeal.number}",
        {"number": appeal.number, **(parameters or {})},
        your_turn=your_turn,
    )


def _own_papers(session: Session, who: Actor, uscc: str, ids: Sequence[str]) -> list[str]:
    """Those of these ids that are evidence which this person handed in for this firm, in their order."""
    query = select(Document.id).where(
        Document.id.in_(list(ids)[:MOST_PAPERS]),
        Document.handed_in_by == who.id,
        Document.uscc == uscc,
        Document.kind == EVIDENCE,
    )
    found = set(session.execute(query).scalars())
    return [one for one in dict.fromkeys(ids) if one in found]


def _require_said(
    application: Application,
    wrong: Sequence[str],
    codes: Sequence[str],
    words: str,
    papers: int,
) -> None:
    if application.state not in AGAINST:
        raise NotPossible("nothing_to_appeal")
    if not wrong or len(wrong) != len(set(codes)):
        raise ValueError(f"an appeal about {', '.join(codes) or 'nothing'}")
    if not SHORTEST_WORDS <= len(words) <= LONGEST_WORDS:
        raise ValueError(f"an appeal in {len(words)} characters")
    if papers > MOST_PAPERS:
        raise ValueError(f"an appeal with {papers} papers")
    if not papers and application.state == stages.INELIGIBLE:
        raise ValueError("an appeal against the rules without a paper")


def _due(session: Session, on: date) -> date:
    return due(session, on, service_levels.days(session, service_levels.REVIEW_DAYS, on)).day


def _next_serial(session: Session, today: date) -> int:
    query = select(func.max(Appeal.serial)).where(Appeal.number.startswith(f"B{today.year}-"))
    return (session.execute(query).scalar() or 0) + 1
