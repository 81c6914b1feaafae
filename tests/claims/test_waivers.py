"""A waiver covers the excess it was given for and no other: it goes with it, and a new excess is a new task."""

import re
from datetime import date

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, text

from portal.claims.approving import reverse
from portal.claims.merging import effects, merge, seen, undo_merge
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.accounts import Kind
from portal.ledger.queries import waived
from portal.ledger.records import Entry
from portal.obligors.queries import group_of
from portal.obligors.records import ExcessTask, Merge, Obligor
from portal.scheme import stages
from tests.accounts.pages import hidden_values, in_english
from tests.appeals.stories import staff
from tests.claims.deciding import approved, assessed, assessment_of, decided, no_fast_lane
from tests.claims.stories import buyer, claim_of, insured, shipment
from tests.conftest import signed_in, signed_in_exporter
from tests.ledger.stories import agreed, holds
from tests.people import CHEN_HAIXIA, QIAN_PEI, SHI_PING
from tests.policies.stories import on_day
from tests.samples import SCHEME

DAY = date(2022, 12, 22)
NAMES = ("Haldenvik Living AS", "Orkla Gruve Import AS", "Tromsdal Sjømat AS")
WHY = "两条记录是同一家买方。"
FORTY = 5_000_000  # cents lost; of these 40,000.00 are indemnified


@pytest.fixture
def who(instance: Instance) -> Actor:
    """Somebody of the firm."""
    made = insured(instance)
    no_fast_lane(instance)
    return made


@pytest.fixture
def owes(instance: Instance, who: Actor) -> list[str]:
    """Three buyers of the firm."""
    return [buyer(instance, who, name=name) for name in NAMES]


@pytest.fixture
def two(instance: Instance, who: Actor, owes: list[str]) -> list[str]:
    """Claims against the first two buyers: of each, 40,000.00 stand."""
    return [indemnified(instance, who, one, n) for n, one in enumerate(owes[:2])]


def indemnified(instance: Instance, who: Actor, obligor_id: str, n: int, lost: int = FORTY) -> str:
    """A claim that was decided on, against one buyer; its number."""
    return decided(instance, who, obligor_id, [shipment(f"INV-2022-00{n}", amount_minor=lost)])


def made_one(instance: Instance, kept: str, gone: str) -> Merge:
    """Two buyers are found to be one."""
    officer = staff(instance, QIAN_PEI)
    with instance.database.reading() as session:
        first, second = (session.get_one(Obligor, one).number for one in (kept, gone))
        shown = seen(effects(session, kept, gone))
    with on_day(DAY):
        return merge(instance, officer, first, second, "other_spelling", WHY, shown)


def parted(instance: Instance, done: Merge) -> None:
    """They were two after all."""
    with on_day(DAY):
        undo_merge(instance, staff(instance, QIAN_PEI), done.number, "登记机关答复：两家公司。")


def reversed_(instance: Instance, number: str) -> None:
    """An approver takes the indemnity of a claim back."""
    sheet = assessment_of(instance, number).canonical_sha256 or ""
    with on_day(DAY):
        reverse(instance, staff(instance, SHI_PING), number, sheet, "wrong_amount", "核对后金额有误。")


def excess_decided(app: Flask, number: str, outcome: str = "waive") -> None:
    """Two people decide about an excess on its page."""
    with on_day(DAY):
        path = f"/desk/excesses/{number}"
        asked = {"outcome": outcome, "reason": WHY}
        assert signed_in(app, QIAN_PEI).post(path, data=asked).status_code == 302
        approver = signed_in(app, SHI_PING)
        looked = hidden_values(approver.get(path).get_data(as_text=True), "seen", "amounts")
        assert approver.post(f"{path}/approve", data=looked).status_code == 302


def tasks(instance: Instance) -> list[tuple[str, int]]:
    """The state of every excess task and what it is about, in cents, oldest first."""
    with instance.database.reading() as session:
        found = session.execute(select(ExcessTask).order_by(ExcessTask.serial)).scalars()
        return [(one.state, one.excess_minor) for one in found]


def newest(instance: Instance) -> str:
    """The number of the newest excess task."""
    with instance.database.reading() as session:
        query = select(ExcessTask.number).order_by(ExcessTask.serial.desc())
        return session.execute(query.limit(1)).scalar_one()


def waived_for(instance: Instance, claim: str) -> int:
    """What two people let stand above the cap for the buyer of a claim, in cents."""
    found = claim_of(instance, claim)
    with instance.database.reading() as session:
        return waived(session, found.policy_id, group_of(session, found.obligor_id)).minor


def verify(app: Flask) -> Result:
    """`ledger verify`."""
    return app.test_cli_runner().invoke(args=["ledger", "verify"])


def test_a_waiver_goes_with_its_excess_and_the_next_excess_is_a_task_of_its_own(
    app: Flask, instance: Instance, who: Actor, owes: list[str], two: list[str]
) -> None:
    made_one(instance, owes[0], owes[1])
    excess_decided(app, newest(instance))
    assert (waived_for(instance, two[0]), tasks(instance)) == (3_000_000, [(stages.DONE, 3_000_000)])
    assert holds(instance)
    reversed_(instance, two[1])
    assert waived_for(instance, two[0]) == 0
    assert holds(instance)
    assessed(instance, two[1], on=DAY)
    assert approved(instance, two[1], on=DAY).approved_minor == 1_000_000  # up to the cap, no further
    indemnified(instance, who, owes[2], 3)
    made_one(instance, owes[0], owes[2])
    assert tasks(instance) == [(stages.DONE, 3_000_000), (stages.OPEN, 4_000_000)]
    assert holds(instance)
    with instance.database.reading() as session:  # nothing was edited: the waiver and its end both stand
        kinds = list(session.execute(select(Entry.kind).order_by(Entry.number)).scalars())
    assert kinds.count(Kind.WAIVER) == kinds.count(Kind.WAIVER_LAPSED) == 1


def test_a_waiver_shrinks_with_its_excess(
    app: Flask, instance: Instance, who: Actor, owes: list[str], two: list[str]
) -> None:
    third = indemnified(instance, who, owes[2], 3, lost=2_000_000)
    made_one(instance, owes[0], owes[1])
    made_one(instance, owes[0], owes[2])
    excess_decided(app, newest(instance))
    assert waived_for(instance, third) == 4_600_000
    reversed_(instance, third)
    assert waived_for(instance, third) == 3_000_000
    assert [state for state, _minor in tasks(instance)] == [stages.DONE]
    assert holds(instance)


def test_a_merge_undone_and_made_again_asks_again(
    app: Flask, instance: Instance, owes: list[str], two: list[str]
) -> None:
    done = made_one(instance, owes[0], owes[1])
    excess_decided(app, newest(instance))
    parted(instance, done)
    assert [waived_for(instance, one) for one in two] == [0, 0]
    assert holds(instance)
    made_one(instance, owes[0], owes[1])
    assert tasks(instance) == [(stages.DONE, 3_000_000), (stages.OPEN, 3_000_000)]
    excess_decided(app, newest(instance))
    assert waived_for(instance, two[0]) == 3_000_000
    assert holds(instance)


def test_what_is_waived_at_the_split_stays_only_where_its_excess_is(
    app: Flask, instance: Instance, who: Actor, owes: list[str], two: list[str]
) -> None:
    made_one(instance, owes[0], owes[1])
    excess_decided(app, newest(instance))
    indemnified(instance, who, owes[2], 3)
    later = made_one(instance, owes[0], owes[2])
    excess_decided(app, newest(instance))
    assert waived_for(instance, two[0]) == 7_000_000
    parted(instance, later)
    with instance.database.reading() as session:
        open_ = [minor for state, minor in tasks(instance) if state == stages.OPEN]
        assert waived(session, claim_of(instance, two[0]).policy_id, [owes[2]]).minor == 0
    assert waived_for(instance, two[0]) + sum(open_) == 3_000_000
    assert holds(instance)


def test_a_reversal_closes_the_task_of_an_excess_that_is_gone(
    app: Flask, instance: Instance, owes: list[str], two: list[str]
) -> None:
    made_one(instance, owes[0], owes[1])
    reversed_(instance, two[1])
    assert tasks(instance) == [(stages.GONE, 3_000_000)]
    with on_day(DAY):
        page = signed_in(app, QIAN_PEI).get(f"/desk/excesses/{newest(instance)}").get_data(as_text=True)
    assert "超出部分已不存在" in page
    assert holds(instance)


def test_a_claw_back_leaves_what_was_waived_before(
    app: Flask, instance: Instance, who: Actor, owes: list[str], two: list[str]
) -> None:
    made_one(instance, owes[0], owes[1])
    excess_decided(app, newest(instance))
    indemnified(instance, who, owes[2], 3)
    made_one(instance, owes[0], owes[2])
    excess_decided(app, newest(instance), "claw_back")
    assert waived_for(instance, two[0]) == 3_000_000
    assert holds(instance)


def test_the_letter_of_a_decision_that_a_claw_back_lowered_says_to_what_sum(
    app: Flask, instance: Instance, owes: list[str], two: list[str]
) -> None:
    made_one(instance, owes[0], owes[1])
    excess_decided(app, newest(instance), "claw_back")
    told = []
    for number in two:
        with on_day(DAY):
            mine = in_english(signed_in_exporter(app, CHEN_HAIXIA)).get(f"/my/claims/{number}")
            desk = in_english(signed_in(app, QIAN_PEI)).get(f"/desk/claims/{number}")
        pages = [one.get_data(as_text=True).replace("\u00a0", " ") for one in (mine, desk)]
        lowered = [re.findall(r"it holds, lowered since to (USD [\d,.]+)<", page) for page in pages]
        assert lowered[0] == lowered[1], "the firm and the desk read the same"
        assert ('id="letters"' in pages[0]) is bool(lowered[0])
        assert ("<span>it holds</span>" in pages[1]) is (not lowered[1])
        told.append(lowered[0])
    assert told == [[], ["USD 10,000.00"]], "the newest decision is lowered first"


def test_verifying_fails_for_a_waiver_that_outlives_its_excess_and_for_an_excess_beyond_it(
    app: Flask, instance: Instance, owes: list[str], two: list[str]
) -> None:
    made_one(instance, owes[0], owes[1])
    excess_decided(app, newest(instance))
    assert verify(app).exit_code == 0
    for factor, named in (("* 2", "waived beyond"), ("/ 4", "above the cap")):
        with instance.database.engine.begin() as connection:
            sql = "UPDATE ledger_lines SET amount_minor = amount_minor {} WHERE account IN ('over_cap', 'waived')"
            connection.execute(text(sql.format(factor)))
        done = verify(app)
        assert (done.exit_code, named in done.stderr) == (1, True), done.output


def test_what_may_have_to_be_clawed_back_is_not_paid_before_two_people_decided(
    app: Flask, instance: Instance, who: Actor, owes: list[str], two: list[str]
) -> None:
    for number in two:
        agreed(instance, number, who)
    made_one(instance, owes[0], owes[1])
    with on_day(DAY):
        client = in_english(signed_in(app, QIAN_PEI))
        assert client.get("/desk/payments/new").get_data(as_text=True).count("an excess over the cap is") == 2
        refused = client.post("/desk/payments/new", data={"scheme": SCHEME, "claims": two})
        assert refused.status_code == 409
    excess_decided(app, newest(instance))
    with on_day(DAY):
        client = in_english(signed_in(app, QIAN_PEI))
        assert "an excess over the cap is" not in client.get("/desk/payments/new").get_data(as_text=True)
        assert client.post("/desk/payments/new", data={"scheme": SCHEME, "claims": two}).status_code == 302
