"""The desk's pages about claims ask the database as few questions with many rows as with one of each kind."""

from datetime import date, timedelta
from itertools import count
from typing import TypeVar

from flask import Flask
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.consents import RESALE, Wanted, ask_consent
from portal.claims.records import Claim, ConsentRequest, Notice
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.common.types import Base
from portal.ledger.rate_import import import_rates
from portal.ledger.records import Entry, ExchangeRate, Line, RateVersion
from portal.obligors.exclusion_files import EXCLUSION_HEADINGS
from portal.obligors.exclusion_import import import_exclusions
from portal.obligors.records import ExcessTask, Exclusion, ExclusionVersion, Obligor
from portal.payments.records import Batch, PaymentLine
from portal.recoveries.records import Recovery, Share
from portal.scheme import stages
from portal.warnings.actions import enter_event
from portal.warnings.names import INSOLVENCY
from portal.warnings.records import Event
from tests.accounts.pages import in_english, text_of
from tests.appeals.stories import staff
from tests.claims.stories import claim_of
from tests.conftest import signed_in
from tests.ledger.stories import workbook
from tests.people import CHEN_HAIXIA, QIAN_PEI
from tests.policies.firms import exporter_acting
from tests.policies.stories import on_day, queries_counted
from tests.recoveries.test_whole_way import recovered
from tests.samples import HARBOUR, SCHEME, SILENT

DAY = date(2023, 2, 3)
MORE = 12
UNLIKE = count(5001)  # numbers that no row has yet
Row = TypeVar("Row", bound=Base)


def test_lists_of_claims_money_and_buyers_take_as_many_queries_with_many_rows(
    app: Flask, instance: Instance
) -> None:
    number = recovered(instance)
    with on_day(DAY):
        one_of_each(instance, number)
        client = signed_in(app, QIAN_PEI)
        pages = [
            "/desk/consents",
            "/desk/consents?view=answered",
            "/desk/payments",
            "/desk/payments/new",
            f"/desk/payments/{batch_of(instance)}",
            "/desk/recoveries",
            "/desk/recoveries?view=all",
            "/desk/recoveries?view=late",
            "/desk/events",
            "/desk/concerns",
            "/desk/obligors",
            "/desk/obligors?view=lookalikes",
            f"/desk/obligors/{obligor_of(instance, number)}",
            "/desk/excesses",
            "/desk/excesses?view=decided",
            "/desk/exclusions",
            "/desk/rates",
            f"/desk/claims/{number}/money",
        ]

        def asked() -> dict[str, int]:
            counted = {}
            served: Instance = app.extensions["tongbao"]
            for page in pages:
                assert client.get(page).status_code == 200, page
                with queries_counted(served) as statements:
                    client.get(page)
                counted[page] = len(statements)
            return counted

        few = asked()
        many_of_each(instance, number)
        many = asked()
    assert {page: (few[page], many[page]) for page in pages if few[page] != many[page]} == {}


def test_an_excess_that_is_late_stands_as_late_in_a_list_of_its_own(app: Flask, instance: Instance) -> None:
    number = recovered(instance)
    claim = claim_of(instance, number)
    with on_day(DAY), audit.write(instance.database, COMMAND, "demo.loaded") as session:
        session.add(excess_of(claim, stages.OPEN))
    with on_day(DAY + timedelta(days=2)):
        client = in_english(signed_in(app, QIAN_PEI))
        assert "Excesses over the cap 1" in " ".join(text_of(client.get("/desk/claims")).split())
        page = text_of(client.get("/desk/excesses"))
        assert "X2023-00001" in page
        assert "2 days late" in page.replace("\xa0", " ")
        assert "X2023-00001" not in text_of(client.get("/desk/excesses?view=decided"))


def excess_of(claim: Claim, state: str) -> ExcessTask:
    """More stands on a claim's buyer than the cap allows; due on the day."""
    return ExcessTask(
        id=str(ULID()),
        number="X2023-00001",
        serial=1,
        policy_id=claim.policy_id,
        obligor_id=claim.obligor_id,
        merge_id=None,
        uscc=claim.uscc,
        firm_name=claim.firm_name,
        excess_minor=100,
        currency="USD",
        state=state,
        opened_on=DAY,
        due_on=DAY,
    )


def one_of_each(instance: Instance, number: str) -> None:
    """Beside a claim that was paid and recovered: consent asked for, an event, an excess, exclusions, a rate."""
    who, officer = exporter_acting(instance, CHEN_HAIXIA), staff(instance, QIAN_PEI)
    with instance.database.reading() as session:
        claim = claim_of(instance, number)
        notice = session.get_one(Notice, claim.notice_id)
        obligor = session.get_one(Obligor, claim.obligor_id)
    ask_consent(
        instance, who, notice.number or "", Wanted(RESALE, None, 1_000_000, "USD", None, "在当地转卖给另一家。")
    )
    enter_event(instance, officer, INSOLVENCY, None, obligor.number, DAY, "opened", "法院公告")
    excluded = (SCHEME, "国家", "BY", None, None, "不承保", "2022-01-01", None, "公告")
    import_exclusions(
        instance, officer, workbook([one.name for one in EXCLUSION_HEADINGS], [excluded]), "exclusions.xlsx"
    )
    rates = workbook(["币种", "日期", "汇率"], [("EUR", DAY.isoformat(), "1.02")])
    import_rates(instance, officer, rates, "rates.xlsx")
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        session.add(excess_of(claim, stages.DONE))
        # Another firm reported the buyer too, and a second consent is answered.
        copy(session, notice, 0, uscc=SILENT.uscc)
        copy(session, newest(session, ConsentRequest), 0, state=stages.GRANTED, answer_code="as_asked",
             answered_by=officer.id, answered_at=clock.now())  # fmt: skip
        copied = copy(session, notice, 1)
        copy(session, session.get_one(Claim, claim.id), 0, notice_id=copied.id, state=stages.AGREED)


def many_of_each(instance: Instance, number: str) -> None:
    """Twelve more of everything, each as one that is there."""
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        claim = session.execute(select(Claim).where(Claim.number == number)).scalar_one()
        agreed = session.execute(select(Claim).where(Claim.state == stages.AGREED)).scalar_one()
        notice, obligor = session.get_one(Notice, claim.notice_id), session.get_one(Obligor, claim.obligor_id)
        asked = {state: consent(session, state) for state in (stages.OPEN, stages.GRANTED)}
        batch, recovery = newest(session, Batch), newest(session, Recovery)
        line, event, excess = newest(session, PaymentLine), newest(session, Event), newest(session, ExcessTask)
        shares = session.execute(select(Share).where(Share.recovery_id == recovery.id)).scalars().all()
        entry = newest(session, Entry)
        lines = session.execute(select(Line).where(Line.entry_id == entry.id)).scalars().all()
        exclusion, rate = newest(session, Exclusion), newest(session, ExchangeRate)
        exclusions, rates = newest(session, ExclusionVersion), newest(session, RateVersion)
        for place in range(10, 10 + MORE):
            for one in asked.values():
                copy(session, one, place)
            owes = copy(session, obligor, place)
            for uscc in (HARBOUR.uscc, SILENT.uscc):
                copy(session, notice, place, obligor_id=owes.id, uscc=uscc)
            claimed = copy(session, notice, place)
            to_pay = copy(session, agreed, place, notice_id=claimed.id)
            copy(session, batch, place)
            made = copy(session, recovery, place)
            for share in shares:
                copy(session, share, place, recovery_id=made.id)
            copy(session, event, place)
            copy(session, excess, place)
            more = copy(session, entry, place)
            for booked in lines:
                copy(session, booked, place, entry_id=more.id, position=booked.position)
            copy(session, line, place, entry_id=more.id, claim_id=to_pay.id)
            copy(session, rate, place)
            newer = copy(session, exclusions, place, scheme=exclusions.scheme)
            for again in (1, 2):
                copy(session, exclusion, 100 * again + place, version_id=newer.id)
            copy(session, rates, place)


def copy(session: Session, row: Row, place: int, **changed: object) -> Row:
    """A row once more, with keys and numbers of its own, and with changed values."""
    session.flush()
    table = inspect(type(row))
    indexes = Base.metadata.tables[type(row).__tablename__].indexes
    alone = {column.name for index in indexes if index.unique for column in index.columns}
    values = {}
    for column in table.columns:
        name = table.get_property_by_column(column).key
        value = getattr(row, name)
        if name in changed:
            value = changed[name]
        elif name == "id":
            value = str(ULID()) if isinstance(value, str) else value + 1000 + place
        elif value is not None and not column.foreign_keys and (column.unique or column.name in alone):
            value = f"{value[:24]}-{next(UNLIKE)}" if isinstance(value, str) else next(UNLIKE)
        values[name] = value
    made = type(row)(**values)
    session.add(made)
    session.flush()
    return made


def newest(session: Session, kind: type[Row]) -> Row:
    """One row of a kind."""
    return session.execute(select(kind).limit(1)).scalar_one()


def consent(session: Session, state: str) -> ConsentRequest:
    """A request in a state."""
    return session.execute(select(ConsentRequest).where(ConsentRequest.state == state)).scalar_one()


def batch_of(instance: Instance) -> str:
    """The number of the one batch."""
    with instance.database.reading() as session:
        return newest(session, Batch).number


def obligor_of(instance: Instance, number: str) -> str:
    """The number of who owes."""
    with instance.database.reading() as session:
        return session.get_one(Obligor, claim_of(instance, number).obligor_id).number
