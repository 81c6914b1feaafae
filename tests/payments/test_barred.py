"""What is excluded or under sanctions is asked again before money leaves, and a like name may be somebody else."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal.claims.barring import follow_exclusions
from portal.claims.records import ClaimEvent
from portal.common import audit
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, NotAllowed
from portal.members.queries import TiedToFirm
from portal.obligors import queries
from portal.obligors.actions import add_buyer
from portal.obligors.answering import BadReason
from portal.obligors.exclusion_files import EXCLUSION_HEADINGS
from portal.obligors.exclusion_import import import_exclusions
from portal.obligors.records import Exclusion, ExclusionSetAside, Obligor
from portal.obligors.setting_aside import (
    NotLikeByName,
    NotSetAside,
    set_exclusion_aside,
    take_set_aside_back,
)
from portal.payments import ordering
from portal.scheme import stages
from tests.appeals.stories import staff, tie
from tests.claims.stories import buyer, claim_of, claimed, insured, shipment
from tests.conftest import signed_in
from tests.ledger.stories import agreed, approved, holds, workbook
from tests.payments.batches import member_again, ordered, seen
from tests.people import QIAN_PEI, SHI_PING
from tests.policies.stories import on_day, queries_counted
from tests.samples import HARBOUR, SCHEME

DAY = date(2022, 9, 26)
NAME = "Haldenvik Living AS"
LIKE = (SCHEME, "当事方", None, "Haldenvik Livings AS", None, "制裁", "2022-01-01", None, "名单甲")
COUNTRY = (SCHEME, "国家", "NO", None, None, "不承保", "2022-01-01", None, "公告")
FIRM = (SCHEME, "当事方", None, None, HARBOUR.uscc, "制裁", "2022-01-01", None, None)
HOLDER = (SCHEME, "当事方", None, "演示公司", None, "制裁", "2022-01-01", None, None)
NOBODY = (SCHEME, "当事方", None, "Zebra Toys Trading Inc.", None, "制裁", "2022-01-01", None, None)
WHY = "注册地与股东均不同，不是同一家。"
AFTER_ALL = "工商登记已变更为该名称，是同一家。"


@pytest.fixture
def claim(instance: Instance) -> str:
    """An agreed claim against a Norwegian buyer, whose firm gave its account."""
    who = insured(instance)
    number = claimed(instance, who, buyer(instance, who, name=NAME, country="NO"))
    return agreed(instance, approved(instance, number), who)


@pytest.fixture(autouse=True)
def together(app: Flask, instance: Instance) -> None:
    """The areas are put together as in a running portal, so that claims follow what is excluded."""
    instance.after_exclusions = app.extensions["tongbao"].after_exclusions


def excluded(instance: Instance, *rows: tuple[object, ...]) -> None:
    """From now on these are the scheme's exclusions."""
    with on_day(DAY):
        file = workbook([one.name for one in EXCLUSION_HEADINGS], rows)
        import_exclusions(instance, COMMAND, file, "list.xlsx")


def entry(instance: Instance) -> int:
    """The id of the newest entry."""
    with instance.database.reading() as session:
        return session.execute(select(Exclusion.id).order_by(Exclusion.id.desc()).limit(1)).scalar_one()


def obligor_of(instance: Instance, claim: str) -> str:
    """The number of a claim's buyer."""
    with instance.database.reading() as session:
        return session.get_one(Obligor, claim_of(instance, claim).obligor_id).number


def warned(instance: Instance, claim: str) -> int:
    """How many entries warn about a claim's buyer."""
    with instance.database.reading() as session:
        owes = session.get_one(Obligor, claim_of(instance, claim).obligor_id)
        return len(queries.warnings_for(session, SCHEME, owes, DAY))


def events(instance: Instance, claim: str) -> list[str]:
    """What became of a claim's payment, as its history has it."""
    with instance.database.reading() as session:
        query = select(ClaimEvent.kind).where(ClaimEvent.claim_id == claim_of(instance, claim).id)
        kinds = session.execute(query.order_by(ClaimEvent.id)).scalars()
        return [one for one in kinds if one in ("payment_barred", "payment_free")]


def aside(instance: Instance, claim: str, who: Actor | None = None, reason: str = WHY) -> None:
    """The claims officer finds that the newest entry is somebody else."""
    by = who or staff(instance, QIAN_PEI)
    with on_day(DAY):
        set_exclusion_aside(instance, by, obligor_of(instance, claim), entry(instance), reason)


def again(instance: Instance, claim: str, who: Actor | None = None, reason: str = AFTER_ALL) -> None:
    """The claims officer finds that the newest entry is this one after all."""
    by = who or staff(instance, QIAN_PEI)
    with on_day(DAY):
        take_set_aside_back(instance, by, obligor_of(instance, claim), entry(instance), reason)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (LIKE, "买方、银行或其国家"),
        (COUNTRY, "买方、银行或其国家"),
        (FIRM, "企业或收款账户户名"),
        (HOLDER, "企业或收款账户户名"),
    ],
    ids=["a like buyer", "its country", "the firm", "who holds the account"],
)
def test_what_is_excluded_after_the_approval_is_not_ordered_and_says_why(
    app: Flask, instance: Instance, claim: str, row: tuple[object, ...], words: str
) -> None:
    excluded(instance, row)
    with on_day(DAY):
        officer = signed_in(app, QIAN_PEI)
        assert words in officer.get("/desk/payments/new").get_data(as_text=True)
        answer = officer.post("/desk/payments/new", data={"scheme": SCHEME, "claims": [claim]})
        assert answer.status_code == 409
        assert words in answer.get_data(as_text=True)
        assert "赔付受阻" in officer.get("/desk/claims?view=pay").get_data(as_text=True)
        page = officer.get(f"/desk/claims/{claim}").get_data(as_text=True)
        assert "暂不能赔付" in page
        assert "上面的问题解决或排除之前，不付款。" in page
        assert "赔款在付款途中" not in page
    found = claim_of(instance, claim)
    assert (found.state, found.barred_on) == (stages.AGREED, DAY)
    assert events(instance, claim) == ["payment_barred"]
    assert holds(instance)


def test_who_holds_the_account_is_asked_about_as_soon_as_the_list_is_there(
    app: Flask, instance: Instance, claim: str
) -> None:
    excluded(instance, HOLDER)
    assert claim_of(instance, claim).barred_on == DAY
    with on_day(DAY):
        assert "赔付受阻" in signed_in(app, SHI_PING).get("/desk/claims?view=pay").get_data(as_text=True)
    excluded(instance, HOLDER, NOBODY)
    assert claim_of(instance, claim).barred_on == DAY
    excluded(instance, NOBODY)
    assert claim_of(instance, claim).barred_on is None
    assert events(instance, claim) == ["payment_barred", "payment_free"]


def test_six_claims_that_wait_to_be_paid_are_asked_about_in_as_many_queries_as_one(
    instance: Instance, claim: str
) -> None:
    counted = []
    excluded(instance, NOBODY)
    for more in (0, 5):
        for place in range(more):
            who = member_again(instance)
            owes = buyer(instance, who, name=f"Buyer {place} Stahlbau GmbH", country="DE")
            agreed(instance, approved(instance, claimed(instance, who, owes, [shipment(f"B-{place}")])), who)
        with on_day(DAY), audit.write(instance.database, COMMAND, "demo.loaded") as session:
            with queries_counted(instance) as asked:
                follow_exclusions(session, instance, COMMAND)
            counted.append(len(asked))
    assert counted[0] == counted[1] > 0


def test_what_is_excluded_after_the_order_is_not_released_and_becomes_work(
    app: Flask, instance: Instance, claim: str
) -> None:
    number = ordered(instance, staff(instance, QIAN_PEI), claim)
    excluded(instance, LIKE)
    assert claim_of(instance, claim).barred_on == DAY
    path = f"/desk/payments/{number}"
    with on_day(DAY):
        approver = signed_in(app, SHI_PING)
        asked = {"seen": seen(instance, number)}
        page = approver.post(f"{path}/release", data=asked, follow_redirects=True).get_data(as_text=True)
        assert "未放行" in page
        assert claim in page
        assert "赔付受阻" in approver.get("/desk/claims?view=pay").get_data(as_text=True)
    with instance.database.reading() as session:
        assert ordering.batch_of(session, number).state == stages.MADE
    aside(instance, claim)
    assert claim_of(instance, claim).barred_on is None
    with on_day(DAY):
        approver.post(f"{path}/release", data=asked)
    with instance.database.reading() as session:
        assert ordering.batch_of(session, number).state == stages.RELEASED
    assert events(instance, claim) == ["payment_barred", "payment_free"]


def test_an_exclusion_that_begins_between_two_days_is_found_on_the_day_of_the_order(
    instance: Instance, claim: str
) -> None:
    excluded(instance, (*LIKE[:6], "2022-09-27", *LIKE[7:]))
    assert claim_of(instance, claim).barred_on is None
    with on_day(date(2022, 9, 27)), pytest.raises(ordering.NotReady) as refused:
        ordering.make_batch(instance, staff(instance, QIAN_PEI), SCHEME, [claim])
    assert refused.value.claims == {claim: ("excluded",)}
    assert claim_of(instance, claim).barred_on == date(2022, 9, 27)


def test_an_exclusion_that_is_gone_lets_the_claim_be_paid(instance: Instance, claim: str) -> None:
    excluded(instance, LIKE)
    excluded(instance, NOBODY)
    assert claim_of(instance, claim).barred_on is None
    assert ordered(instance, staff(instance, QIAN_PEI), claim)


def test_a_like_name_is_set_aside_on_the_page_for_that_pair_only(
    app: Flask, instance: Instance, claim: str
) -> None:
    excluded(instance, LIKE)
    who = member_again(instance)
    other = buyer(instance, who, name="Haldenvik Livinga AS", country="NO")
    path = f"/desk/obligors/{obligor_of(instance, claim)}"
    with on_day(DAY):
        officer = signed_in(app, QIAN_PEI)
        at = f"{path}/exclusions/{entry(instance)}"
        assert at in officer.get(path).get_data(as_text=True)
        assert officer.post(at, data={"reason": ""}).status_code == 422
        assert signed_in(app, SHI_PING).post(at, data={"reason": WHY}).status_code == 403
        for _twice in range(2):
            assert officer.post(at, data={"reason": WHY}).status_code == 302
        page = officer.get(path).get_data(as_text=True)
    assert WHY in page
    assert f'"{at}"' not in page
    assert warned(instance, claim) == 0
    with instance.database.reading() as session:
        assert len(queries.warnings_for(session, SCHEME, session.get_one(Obligor, other), DAY)) == 1


def test_what_was_set_aside_is_asked_again_when_the_entry_changes(instance: Instance, claim: str) -> None:
    excluded(instance, LIKE)
    aside(instance, claim)
    excluded(instance, LIKE, NOBODY)  # a new version that repeats the entry
    assert warned(instance, claim) == 0
    excluded(instance, (*LIKE[:8], "名单乙"))
    assert warned(instance, claim) == 1
    assert claim_of(instance, claim).barred_on == DAY


def test_another_name_that_is_like_the_entry_asks_again(instance: Instance, claim: str) -> None:
    excluded(instance, LIKE)
    aside(instance, claim)
    chosen = claim_of(instance, claim).obligor_id
    add_buyer(
        instance, member_again(instance), HARBOUR.uscc, "buyer", "Haldenvik Livings A/S", "NO", chosen=chosen
    )
    assert warned(instance, claim) == 1


def test_a_country_is_never_set_aside_and_no_reason_is_no_reason(instance: Instance, claim: str) -> None:
    excluded(instance, COUNTRY)
    with pytest.raises(NotLikeByName):
        aside(instance, claim)
    with pytest.raises(BadReason):
        aside(instance, claim, reason="。")
    assert warned(instance, claim) == 1


def test_only_an_untied_claims_officer_sets_aside(instance: Instance, claim: str) -> None:
    excluded(instance, LIKE)
    with pytest.raises(NotAllowed):
        aside(instance, claim, staff(instance, SHI_PING))
    tie(instance, QIAN_PEI, HARBOUR)
    with pytest.raises(TiedToFirm):
        aside(instance, claim)
    assert warned(instance, claim) == 1


def test_what_was_set_aside_wrongly_counts_again_on_the_page_and_bars_the_claim_at_once(
    app: Flask, instance: Instance, claim: str
) -> None:
    excluded(instance, LIKE)
    aside(instance, claim)
    assert claim_of(instance, claim).barred_on is None
    path = f"/desk/obligors/{obligor_of(instance, claim)}"
    at = f"{path}/exclusions/{entry(instance)}/again"
    with on_day(DAY):
        officer = signed_in(app, QIAN_PEI)
        assert at in officer.get(path).get_data(as_text=True)
        assert at not in signed_in(app, SHI_PING).get(path).get_data(as_text=True)
        assert signed_in(app, SHI_PING).post(at, data={"reason": AFTER_ALL}).status_code == 403
        assert officer.post(at, data={"reason": ""}).status_code == 422
        for _twice in range(2):
            assert officer.post(at, data={"reason": AFTER_ALL}).status_code == 302
        page = officer.get(path).get_data(as_text=True)
    assert at not in page
    assert WHY in page
    assert AFTER_ALL in page
    assert warned(instance, claim) == 1
    assert claim_of(instance, claim).barred_on == DAY
    assert events(instance, claim) == ["payment_barred", "payment_free", "payment_barred"]
    with instance.database.reading() as session:
        by_hand = select(AuditEntry).where(AuditEntry.action == "obligors.take_set_aside_back")
        assert len(session.execute(by_hand).scalars().all()) == 1
        (kept,) = session.execute(select(ExclusionSetAside)).scalars().all()
    officer_id = staff(instance, QIAN_PEI).id
    assert (kept.set_by, kept.reason) == (officer_id, WHY)
    assert (kept.taken_back_by, kept.taken_back_reason) == (officer_id, AFTER_ALL)


def test_what_counts_again_can_be_set_aside_anew_and_each_time_is_kept(
    app: Flask, instance: Instance, claim: str
) -> None:
    excluded(instance, LIKE)
    for _time in range(2):
        aside(instance, claim)
        again(instance, claim)
    aside(instance, claim)
    assert warned(instance, claim) == 0
    with instance.database.reading() as session:
        kept = session.execute(select(ExclusionSetAside).order_by(ExclusionSetAside.id)).scalars().all()
    assert [one.taken_back_at is None for one in kept] == [False, False, True]
    with on_day(DAY):
        page = signed_in(app, SHI_PING).get(f"/desk/obligors/{obligor_of(instance, claim)}").get_data(as_text=True)
    assert page.count(AFTER_ALL) == 2


def test_an_older_finding_about_fewer_names_does_not_hold_again_by_itself(instance: Instance, claim: str) -> None:
    excluded(instance, LIKE)
    aside(instance, claim)
    chosen = claim_of(instance, claim).obligor_id
    who = member_again(instance)
    add_buyer(instance, who, HARBOUR.uscc, "buyer", "Haldenvik Livings A/S", "NO", chosen=chosen)
    aside(instance, claim)
    again(instance, claim)
    with instance.database.reading() as session:
        kept = session.execute(select(ExclusionSetAside)).scalars().all()
    assert [one.taken_back_at is not None for one in kept] == [True, True]


def test_only_an_untied_claims_officer_with_a_reason_lets_it_count_again(instance: Instance, claim: str) -> None:
    excluded(instance, LIKE)
    with pytest.raises(NotSetAside):
        again(instance, claim)
    aside(instance, claim)
    with pytest.raises(BadReason):
        again(instance, claim, reason="。")
    with pytest.raises(NotAllowed):
        again(instance, claim, staff(instance, SHI_PING))
    tie(instance, QIAN_PEI, HARBOUR)
    with pytest.raises(TiedToFirm):
        again(instance, claim)
    assert warned(instance, claim) == 0
