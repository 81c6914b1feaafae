"""Two obligors become one, and two again: rooms, excess tasks and look-alikes follow; nothing approved changes."""

import re
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from portal.claims import merging
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed
from portal.ledger.queries import approved_and_reversed, cap_of
from portal.members.queries import TiedToFirm
from portal.obligors import answering, queries
from portal.obligors.records import ExcessTask, Lookalike, Merge, Obligor
from portal.recoveries.check import verify
from portal.scheme import stages
from portal.scheme.buyer_cap import room
from tests.appeals.stories import staff, tie
from tests.claims.stories import claimed, insured, shipment
from tests.conftest import signed_in
from tests.ledger.stories import approved
from tests.obligors.stories import buyer
from tests.people import FANG_SHEN, QIAN_PEI, SHI_PING
from tests.samples import HARBOUR

WHY = "两个名称，同一注册号。"
FIFTY = 5_000_000


@pytest.fixture
def who(instance: Instance) -> Actor:
    """Somebody of the insured firm."""
    return insured(instance)


@pytest.fixture
def officer(instance: Instance) -> Actor:
    """The claims officer."""
    return staff(instance, QIAN_PEI)


@pytest.fixture
def two(instance: Instance, who: Actor) -> tuple[Obligor, Obligor]:
    """Two look-alikes, with 40,000.00 approved for each under one policy."""
    first = buyer(instance, who, "Haldenvik Living AS", "NO", HARBOUR)
    second = buyer(instance, who, "Haldenvik Livings AS", "NO", HARBOUR)
    for n, one in enumerate((first, second)):
        number = claimed(instance, who, one.id, [shipment(f"INV-{n}", amount_minor=FIFTY)])
        approved(instance, number)
    return first, second


def _merge(instance: Instance, by: Actor, kept: Obligor, merged: Obligor) -> Merge:
    with instance.database.reading() as session:
        seen = merging.seen(merging.effects(session, kept.id, merged.id))
    return merging.merge(instance, by, kept.number, merged.number, "same_registration", WHY, seen)


def _tasks(instance: Instance) -> list[ExcessTask]:
    with instance.database.reading() as session:
        return list(session.execute(select(ExcessTask).order_by(ExcessTask.serial)).scalars())


def _lookalike(instance: Instance) -> Lookalike:
    with instance.database.reading() as session:
        return session.execute(select(Lookalike)).scalar_one()


def test_before_merging_one_sees_what_it_does_to_each_firms_room(
    instance: Instance, two: tuple[Obligor, Obligor]
) -> None:
    with instance.database.reading() as session:
        (effect,) = merging.effects(session, two[0].id, two[1].id)
    assert (effect.kept.minor, effect.merged.minor) == (4_000_000, 4_000_000)
    assert (effect.room.minor, effect.excess.minor) == (0, 3_000_000)
    assert effect.uscc == HARBOUR.uscc


def test_two_of_40000_become_one_with_no_room_and_an_open_task_of_30000(
    instance: Instance, two: tuple[Obligor, Obligor], officer: Actor
) -> None:
    made = _merge(instance, officer, *two)
    (task,) = _tasks(instance)
    assert (task.state, task.excess_minor, task.obligor_id, task.merge_id) == (
        stages.OPEN,
        3_000_000,
        two[0].id,
        made.id,
    )
    with instance.database.reading() as session:
        group = queries.group_of(session, two[1].id)
        left = room(cap_of(session, task.policy_id), *approved_and_reversed(session, task.policy_id, group))
        assert left.minor == 0
        assert not queries.unanswered_lookalikes(session, two[0].id)
        assert [one.excess.minor for one in merging.effects_of(made)] == [3_000_000]
        assert not verify(session).faults
    assert _lookalike(instance).state == stages.SAME


def test_undoing_gives_back_what_was_and_asks_again(
    instance: Instance, two: tuple[Obligor, Obligor], officer: Actor
) -> None:
    made = _merge(instance, officer, *two)
    merging.undo_merge(instance, officer, made.number, "登记机关答复：两家公司。")
    merging.undo_merge(instance, officer, made.number, "登记机关答复：两家公司。")
    (task,) = _tasks(instance)
    assert task.state == stages.GONE
    asked = _lookalike(instance)
    assert (asked.state, asked.answered_by, asked.reason) == (stages.OPEN, None, None)
    with instance.database.reading() as session:
        assert queries.root_of(session, two[1].id).id == two[1].id
        assert queries.find_merge(session, made.number).undone_by == officer.id  # type: ignore[union-attr]
        assert not verify(session).faults


def test_merging_and_undoing_again_and_again_leaves_one_task_at_most(
    instance: Instance, two: tuple[Obligor, Obligor], officer: Actor
) -> None:
    for kept, merged in (two, two[::-1], two):
        made = _merge(instance, officer, kept, merged)
        assert [one.state for one in _tasks(instance)].count(stages.OPEN) == 1
        merging.undo_merge(instance, officer, made.number, "登记机关答复：两家公司。")
        assert [one.state for one in _tasks(instance)].count(stages.OPEN) == 0


def test_a_chain_of_merges_counts_together_and_comes_apart_from_its_middle(
    instance: Instance, who: Actor, two: tuple[Obligor, Obligor], officer: Actor
) -> None:
    third = buyer(instance, who, "Ganz Anders GmbH", "DE", HARBOUR)
    first = _merge(instance, officer, *two)
    second = _merge(instance, officer, third, two[0])
    tasks = {one.obligor_id: one.state for one in _tasks(instance)}
    assert tasks == {two[0].id: stages.GONE, third.id: stages.OPEN}
    merging.undo_merge(instance, officer, first.number, "登记机关答复：两家公司。")
    assert {one.state for one in _tasks(instance)} == {stages.GONE}
    with instance.database.reading() as session:
        assert queries.root_of(session, two[0].id).id == third.id
        assert queries.root_of(session, two[1].id).id == two[1].id
        assert not verify(session).faults
    merging.undo_merge(instance, officer, second.number, "登记机关答复：两家公司。")


def test_the_same_merge_sent_twice_is_one(
    instance: Instance, two: tuple[Obligor, Obligor], officer: Actor
) -> None:
    with instance.database.reading() as session:
        seen = merging.seen(merging.effects(session, two[0].id, two[1].id))
    numbers = {
        merging.merge(instance, officer, two[0].number, two[1].number, "renamed", WHY, seen).number
        for _ in range(2)
    }
    assert len(numbers) == 1
    assert len(_tasks(instance)) == 1


def test_nobody_confirms_what_they_have_not_seen(
    instance: Instance, two: tuple[Obligor, Obligor], officer: Actor
) -> None:
    with pytest.raises(merging.StaleMerge):
        merging.merge(instance, officer, two[0].number, two[1].number, "renamed", WHY, merging.seen([]))
    assert not _tasks(instance)


def test_a_merged_one_is_not_merged_again_and_none_into_itself(
    instance: Instance, two: tuple[Obligor, Obligor], officer: Actor
) -> None:
    with pytest.raises(merging.CannotMerge):
        _merge(instance, officer, two[0], two[0])
    _merge(instance, officer, *two)
    with pytest.raises(merging.CannotMerge):
        _merge(instance, officer, two[1], two[0])


def test_whoever_is_tied_to_a_firm_that_deals_with_one_decides_nothing(
    instance: Instance, two: tuple[Obligor, Obligor], officer: Actor
) -> None:
    tie(instance, QIAN_PEI, HARBOUR)
    with pytest.raises(TiedToFirm):
        _merge(instance, officer, *two)
    with pytest.raises(TiedToFirm):
        answering.answer_lookalike(instance, officer, _lookalike(instance).number, "sister_company", WHY)
    assert _merge(instance, staff(instance, SHI_PING), *two)


def test_only_who_minds_obligors_answers_and_merges(instance: Instance, two: tuple[Obligor, Obligor]) -> None:
    auditor = staff(instance, FANG_SHEN)
    with pytest.raises(NotAllowed):
        _merge(instance, auditor, *two)
    with pytest.raises(NotAllowed):
        answering.answer_lookalike(instance, auditor, _lookalike(instance).number, "sister_company", WHY)


def test_an_answer_frees_both_and_can_be_asked_again(
    instance: Instance, two: tuple[Obligor, Obligor], officer: Actor
) -> None:
    number = _lookalike(instance).number
    for _twice in range(2):
        answering.answer_lookalike(instance, officer, number, "sister_company", WHY)
    with instance.database.reading() as session:
        assert not queries.unanswered_lookalikes(session, two[0].id)
    with pytest.raises(answering.StaleLookalike):
        answering.answer_lookalike(instance, staff(instance, SHI_PING), number, "other_address", WHY)
    answering.ask_again(instance, officer, number, "答错了，再看一次。")
    with instance.database.reading() as session:
        assert queries.unanswered_lookalikes(session, two[1].id)


def test_an_answer_needs_a_reason_of_the_list_and_words(instance: Instance, two: object, officer: Actor) -> None:
    for code, words in (("nonsense", WHY), ("sister_company", " "), ("sister_company", "x" * 1001)):
        with pytest.raises(answering.BadReason):
            answering.answer_lookalike(instance, officer, _lookalike(instance).number, code, words)


class TestPages:
    """The desk's pages, as a claims officer walks through them."""

    def test_from_the_list_by_the_pair_to_the_merge_and_back(
        self, app: Flask, instance: Instance, two: tuple[Obligor, Obligor]
    ) -> None:
        client = signed_in(app, QIAN_PEI)
        page = client.get("/desk/obligors").get_data(as_text=True)
        assert "Haldenvik Living AS" in page
        assert client.get("/desk/obligors?q=livings").get_data(as_text=True).count("Haldenvik") == 1
        number = _lookalike(instance).number
        assert number in client.get("/desk/obligors?view=lookalikes").get_data(as_text=True)
        page = client.get(f"/desk/lookalikes/{number}").get_data(as_text=True)
        assert '<mark class="tb-differs">s</mark>' in page
        taken = client.post(f"/desk/queue/lookalike/{number}/holder", data={"step": "take", "had": ""})
        assert taken.location.startswith(f"/desk/lookalikes/{number}")
        assert number in client.get("/desk/obligors?view=mine").get_data(as_text=True)
        address = f"/desk/merges/new?kept={two[0].number}&merged={two[1].number}"
        page = client.get(address).get_data(as_text=True)
        assert "30,000.00" in page
        seen = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', page)
        assert seen is not None
        wrong = client.post(address, data={"seen": seen[1], "code": "renamed", "reason": ""})
        assert wrong.status_code == 422
        stale = client.post(address, data={"seen": "0" * 64, "code": "renamed", "reason": WHY})
        assert stale.status_code == 409
        assert WHY in stale.get_data(as_text=True)
        done = client.post(address, data={"seen": seen[1], "code": "renamed", "reason": WHY})
        assert done.status_code == 302
        assert "30,000.00" in client.get(done.location).get_data(as_text=True)
        assert "X2022-00001" in client.get(f"/desk/obligors/{two[0].number}").get_data(as_text=True)
        undone = client.post(f"{done.location}/undo", data={"reason": "登记机关答复：两家公司。"})
        assert undone.location == done.location
        assert client.get(f"/desk/obligors/{two[1].number}").status_code == 200

    def test_different_is_answered_on_the_page_once(
        self, app: Flask, instance: Instance, two: tuple[Obligor, Obligor]
    ) -> None:
        client = signed_in(app, QIAN_PEI)
        address = f"/desk/lookalikes/{_lookalike(instance).number}"
        assert client.post(address, data={"code": "", "reason": WHY}).status_code == 422
        answer = {"code": "sister_company", "reason": WHY}
        assert client.post(address, data=answer).status_code == 302
        assert client.post(address, data=answer).status_code == 302
        late = signed_in(app, SHI_PING).post(address, data=answer)
        assert late.status_code == 409
        assert WHY in late.get_data(as_text=True)
        assert client.post(f"{address}/again", data={"reason": "答错了，再看一次。"}).status_code == 302
        assert _lookalike(instance).state == stages.OPEN

    def test_half_an_answer_to_what_a_colleague_answered_meanwhile_is_told_so(
        self, app: Flask, instance: Instance, two: tuple[Obligor, Obligor]
    ) -> None:
        address = f"/desk/lookalikes/{_lookalike(instance).number}"
        signed_in(app, SHI_PING).post(address, data={"code": "sister_company", "reason": WHY})
        late = signed_in(app, QIAN_PEI).post(address, data={"code": "sister_company", "reason": "同"})
        assert late.status_code == 409
        assert "同" in late.get_data(as_text=True)
        assert _lookalike(instance).answered_by == staff(instance, SHI_PING).id

    def test_asking_again_about_what_was_merged_meanwhile_is_told_so(
        self, app: Flask, instance: Instance, two: tuple[Obligor, Obligor], officer: Actor
    ) -> None:
        number = _lookalike(instance).number
        _merge(instance, officer, *two)
        asked = signed_in(app, QIAN_PEI).post(f"/desk/lookalikes/{number}/again", data={"reason": WHY})
        assert asked.status_code == 409
        assert WHY in asked.get_data(as_text=True)

    def test_the_list_goes_home_as_excel_exactly_as_shown(
        self, app: Flask, instance: Instance, two: tuple[Obligor, Obligor]
    ) -> None:
        client = signed_in(app, FANG_SHEN)
        for asked, rows in (("q=livings", 1), ("", 2), ("view=lookalikes", 1), ("view=answered", 0)):
            sheet = load_workbook(BytesIO(client.get(f"/desk/obligors/export.xlsx?{asked}").data)).active
            assert sheet is not None
            assert sheet.max_row == rows + 1, asked

    @pytest.mark.parametrize(
        "path", ["/desk/obligors/O1", "/desk/lookalikes/L1", "/desk/merges/J1", "/desk/merges/new?kept=O1"]
    )
    def test_what_is_not_there_is_told(self, app: Flask, path: str) -> None:
        assert signed_in(app, QIAN_PEI).get(path).status_code == 404
