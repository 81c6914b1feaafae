"""To which account a firm's indemnity is paid. Its holder is the firm itself; it is sealed and shown masked."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.mine import Mine, person_of, require_mine
from portal.claims.records import Assignment, Claim, Payee
from portal.common import audit, clock, roles
from portal.common.bank_accounts import AccountInput, is_account, is_bank_code
from portal.common.instance import Instance
from portal.common.people import People, PersonKey
from portal.common.roles import Actor
from portal.members.queries import accounts_of, registered_name, require_untied
from portal.messages.actions import tell
from portal.scheme import stages
from portal.scheme.names import name_key

FIRM, BANK = "firm", "bank"
FIELDS = ("holder", "bank", "bank_code", "account")
SHOWN = 4  # last places of an account number
LONGEST_NAME = 100  # characters
CHUNK = 500  # ids in one IN (…), well under SQLite's limit


class PayeeHeld(Exception):
    """The proceeds are assigned to a bank: until it releases them the payee of the claim stays."""


class BadAccount(ValueError):
    """An account that cannot be right; `wrong` is by field the code of what is."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name} {code}" for name, code in wrong.items()))
        self.wrong = wrong


def faults(given: AccountInput, firm_names: tuple[str, ...] | None) -> dict[str, str]:
    """What is wrong with an account, by field; with `firm_names` its holder has to be the firm of these names."""
    wrong = {}
    if not 2 <= len(given.holder) <= LONGEST_NAME:
        wrong["holder"] = "holder_missing"
    elif firm_names is not None and name_key(given.holder) not in {name_key(one) for one in firm_names if one}:
        wrong["holder"] = "holder_other"
    if not 2 <= len(given.bank) <= LONGEST_NAME:
        wrong["bank"] = "bank_missing"
    if given.bank_code and not is_bank_code(given.bank_code):
        wrong["bank_code"] = "bank_code_bad"
    if not given.account:
        wrong["account"] = "account_missing"
    elif not is_account(given.account):
        wrong["account"] = "account_bad"
    return wrong


def firm_names(session: Session, mine: Mine) -> tuple[str, ...]:
    """The names under which the firm is known: the registry's and the policy's, never one that a person typed."""
    named = (registered_name(session, mine.claim.uscc), mine.claim.firm_name)
    return tuple(dict.fromkeys(one for one in named if one))


def set_payee(instance: Instance, who: Actor, number: str, given: AccountInput) -> str:
    """Record the account to which the firm's claims are paid, and keep the one before. Gives the payee's id.

    Everybody confirmed for the firm is told, each time. The same account again changes nothing. Raises
    `UnknownClaim`, `NotConfirmed`, `PayeeHeld` where this claim's proceeds are assigned, `BadAccount`.
    """
    roles.require(who, roles.APPLIES, "set the account for payment")
    with instance.database.locked() as session:
        mine = require_mine(session, who, number, "set the account for payment", confirmed=True)
        if assignment_of(session, mine.claim.id) is not None:
            raise PayeeHeld(number)
        if wrong := faults(given, firm_names(session, mine)):
            raise BadAccount(wrong)
        before = payee_of_firm(session, mine.claim.uscc)
        people = People(session, instance.keys)
        if before is not None and people.read(before.person_id, before.sealed) == kept_fields(given):
            return before.id
        with audit.audited(session, who, "claims.set_payee", f"firm {mine.claim.uscc}"):
            payee = new_payee(session, instance, who, mine.claim, FIRM, given, own=False)
            if before is not None:
                before.replaced_by = payee.id
            session.flush()
            kind = "payee_changed" if before is not None else "payee_set"
            parameters = {"firm": mine.claim.firm_name, "ends": given.account[-SHOWN:]}
            path = f"/my/claims/{number}/payee"
            subject = f"firm {mine.claim.uscc}"
            tell(session, instance, accounts_of(session, mine.claim.uscc), kind, subject, path, parameters)
        return payee.id


def new_payee(
    session: Session,
    instance: Instance,
    who: Actor,
    claim: Claim,
    kind: str,
    given: AccountInput,
    own: bool,
) -> Payee:
    """Keep an account inside an audited block, sealed under the person who gave it; `own`: for this claim only."""
    person_id = person_of(session, who)
    people = People(session, instance.keys)
    payee = Payee(
        id=str(ULID()),
        uscc=claim.uscc,
        claim_id=claim.id if own else None,
        kind=kind,
        person_id=person_id,
        sealed=people.sealer(person_id).seal_fields(kept_fields(given)),
        account_index=instance.keys.index_of("payee.account", given.account),
        recorded_by=who.id,
        recorded_at=clock.now(),
    )
    session.add(payee)
    session.flush()
    return payee


def kept_fields(given: AccountInput) -> dict[str, str]:
    """The fields of an account as they are sealed: empty ones stay out."""
    return {name: value for name, value in given._asdict().items() if value}


def payee_of_firm(session: Session, uscc: str) -> Payee | None:
    """The account that counts for a firm's claims, if it gave one."""
    query = select(Payee).where(
        Payee.uscc == uscc, Payee.kind == FIRM, Payee.claim_id.is_(None), Payee.replaced_by.is_(None)
    )
    return session.execute(query.order_by(Payee.recorded_at.desc(), Payee.id.desc()).limit(1)).scalar()


def assignment_of(session: Session, claim_id: str) -> Assignment | None:
    """The assignment that holds the payee of a claim: told or recorded, neither released nor refused."""
    query = select(Assignment).where(
        Assignment.claim_id == claim_id, Assignment.state.in_((stages.TOLD, stages.RECORDED))
    )
    return session.execute(query.order_by(Assignment.told_at.desc()).limit(1)).scalar()


def payee_for(session: Session, claim: Claim) -> Payee | None:
    """To whom a claim would be paid now: the bank of a recorded assignment, else the firm's own account.

    An account of the firm that nobody can read any more, as its person was erased, is none.
    """
    assigned = assignment_of(session, claim.id)
    if assigned is not None and assigned.state == stages.RECORDED:
        return session.get_one(Payee, assigned.payee_id)
    own = payee_of_firm(session, claim.uscc)
    return own if own is not None and not unreadable(session, [own]) else None


def payees_of(session: Session, claims: Iterable[Claim]) -> dict[str, Payee]:
    """To whom each claim is paid: the bank its proceeds are assigned to, else the account that the firm gave.

    An account given for one claim goes before the one for all claims of the firm. One that went with the erased
    person who gave it is none, and no other takes its place.
    """
    wanted = list(claims)
    found: dict[str, Payee] = {}
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        own = select(Payee).where(
            Payee.kind == "firm",
            Payee.replaced_by.is_(None),
            Payee.uscc.in_({one.uscc for one in part}),
        )
        of_firm: dict[str, Payee] = {}
        of_claim: dict[str, Payee] = {}
        for payee in session.execute(own.order_by(Payee.recorded_at, Payee.id)).scalars():
            if payee.claim_id is None:
                of_firm[payee.uscc] = payee
            else:
                of_claim[payee.claim_id] = payee
        assigned = select(Assignment.claim_id, Payee).join(Payee, Payee.id == Assignment.payee_id)
        held = assigned.where(
            Assignment.state == stages.RECORDED, Assignment.claim_id.in_([one.id for one in part])
        )
        of_bank = dict(session.execute(held).all())
        gone = unreadable(session, [*of_bank.values(), *of_claim.values(), *of_firm.values()])
        for claim in part:
            payee_of = of_bank.get(claim.id) or of_claim.get(claim.id) or of_firm.get(claim.uscc)
            if payee_of is not None and payee_of.id not in gone:
                found[claim.id] = payee_of
    return found


def unreadable(session: Session, payees: Collection[Payee]) -> set[str]:
    """The ids of those of these accounts that went with the erased person who gave them."""
    query = select(PersonKey.id).where(
        PersonKey.id.in_({one.person_id for one in payees}), PersonKey.erased_at.is_not(None)
    )
    erased = set(session.execute(query).scalars())
    return {one.id for one in payees if one.person_id in erased}


def shown_payee(people: People, payee: Payee) -> dict[str, str]:
    """The account for a page: holder and bank, and of the account number only its last places."""
    fields = people.read(payee.person_id, payee.sealed)
    return {
        "holder": fields.get("holder", ""),
        "bank": fields.get("bank", ""),
        "bank_code": fields.get("bank_code", ""),
        "ends": fields.get("account", "")[-SHOWN:],
    }


def look_at_payee(instance: Instance, who: Actor, payee_id: str) -> dict[str, str]:
    """The whole account, for a claims officer; every look is in the trail. Empty once the person is erased.

    Raises `TiedToFirm`.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "look at an account number")
    with instance.database.locked() as session:
        payee = session.get_one(Payee, payee_id)
        require_untied(session, who, payee.uscc, "look at an account number")
        with audit.audited(session, who, "claims.look_payee", f"firm {payee.uscc}") as entry:
            entry.outcome = audit.LOOKED
        return People(session, instance.keys).read(payee.person_id, payee.sealed)
