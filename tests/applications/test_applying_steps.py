"""The steps of applying: saved as one goes, found again anywhere, and every fault told in words that mend it."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask

from portal.applications.drafts import entries_kept
from portal.common import clock
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND
from portal.programme.people_actions import ASKED_FOR, erase_person
from tests.accounts.pages import heading_of, in_english, text_of
from tests.applications.steps import (
    DECLARED,
    again,
    applicant,
    applications,
    drafts,
    is_ticked,
    value_of,
)
from tests.applications.web import confirm
from tests.conftest import sign_in_by_code
from tests.people import WU_GUOLIANG
from tests.samples import HARBOUR, import_all, import_one, registry_book, registry_line


@pytest.fixture
def sources(instance: Instance) -> Instance:
    """The instance with the three sources."""
    import_all(instance)
    return instance


def test_what_the_registry_and_the_account_know_is_not_typed_again(sources: Instance, app: Flask) -> None:
    page = applicant(app).open("firm")
    assert HARBOUR.name in page
    assert 'name="firm_name"' not in page
    assert value_of(page, "address") == "厦门市思明区示例路 1 号"
    assert value_of(page, "mobile") == "13800000001"


def test_whoever_left_goes_on_at_another_device_where_it_was_left(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    chen.post("firm", chen.firm_fields())
    left = chen.post("representative", {"representative": "陈若舟", "agree_name": "y", "then": "leave"})
    assert left.location == "/my"
    assert "Saved. Go on whenever you like" in text_of(chen.client.get("/my"))
    phone = again(app, chen)
    assert phone.client.get(phone.url()).location == phone.url("representative")
    page = phone.open("representative")
    assert value_of(page, "representative") == "陈若舟"
    assert is_ticked(page, "agree_name")
    assert not is_ticked(page, "agree_number")
    assert "Saved 09:30" in page.replace("\xa0", " ")


def test_what_is_not_right_yet_is_kept_as_it_was_typed(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    answer = chen.post("firm", chen.firm_fields(mobile="1380000"))
    assert answer.status_code == 422
    page = chen.open("firm")
    assert value_of(page, "mobile") == "1380000"
    assert chen.client.get(chen.url()).location == chen.url("firm")


def test_the_older_of_two_windows_is_told_and_what_was_typed_in_it_is_not_lost(
    sources: Instance, app: Flask
) -> None:
    chen = applicant(app)
    older = newer = chen.open("firm")
    assert chen.post("firm", chen.firm_fields(contact="陈海霞", address="甲路"), page=newer).status_code == 302
    answer = chen.post("firm", chen.firm_fields(contact="陈海霞", address="乙路"), page=older)
    assert answer.status_code == 409
    page = text_of(answer)
    assert "This step was saved in another window" in page
    assert value_of(page, "address") == "乙路"
    assert "甲路" in page
    assert value_of(chen.open("firm"), "address") == "甲路"
    assert chen.post("firm", chen.firm_fields(contact="陈海霞", address="乙路"), page=page).status_code == 302
    assert value_of(chen.open("firm"), "address") == "乙路"


def test_the_same_from_two_windows_is_no_quarrel(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    page = chen.open("firm")
    for _twice in range(2):
        assert chen.post("firm", chen.firm_fields(), page=page).location == chen.url("representative")
    assert [one.version for one in drafts(sources)] == [1]


def test_windows_on_different_steps_do_not_hinder_each_other(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    chen.post("firm", chen.firm_fields())
    first, second = chen.open("firm"), chen.open("representative")
    assert chen.post("representative", chen.representative_fields(), page=second).status_code == 302
    assert chen.post("firm", chen.firm_fields(address="丙路"), page=first).status_code == 302


def test_what_was_read_back_is_what_is_sent(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    chen.fill()
    page = chen.open("check")
    chen.post("firm", chen.firm_fields(address="改过的路"))
    answer = chen.send(page)
    assert answer.status_code == 409
    assert "改过的路" in text_of(answer)
    assert applications(sources) == []
    assert chen.send(text_of(answer)).status_code == 303


def test_a_session_that_ended_in_mid_form_loses_nothing(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    page = chen.open("firm")
    chen.client.delete_cookie("session")
    answer = chen.post("firm", chen.firm_fields(address="写到一半的路"), page=page)
    assert answer.status_code == 302
    assert "/sign-in" in answer.location
    sign_in_by_code(chen.client, chen.person)
    back = chen.open("firm")
    assert value_of(back, "address") == "写到一半的路"
    assert chen.post("firm", chen.firm_fields(address="写到一半的路"), page=back).status_code == 302


def test_a_firm_that_is_not_confirmed_reads_no_total_anywhere(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    chen.fill()
    pages = [chen.open(step) for step in ("firm", "representative", "declarations", "check")]
    assert not any("1,250,000" in page or "tb-loadline" in page for page in pages)


def test_a_confirmed_firm_sees_the_total_and_cannot_type_it(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    confirm(sources, HARBOUR)
    page = chen.open("firm").replace("\xa0", " ")
    assert "USD 1,250,000.00" in page
    assert "4,750,000.00 below the cap" in page
    assert "This figure is wrong" in page
    assert "exports" not in page.split("<form method", 2)[-1].split("</form>")[0].lower()


def test_the_representative_whom_the_registry_names_is_shown_to_confirmed_members_only(
    instance: Instance, app: Flask
) -> None:
    lines = [registry_line(HARBOUR.uscc, HARBOUR.name, representative=HARBOUR.representative)]
    import_one(instance, "registry", registry_book(lines))
    chen = applicant(app)
    assert HARBOUR.representative not in chen.open("representative")
    confirm(instance, HARBOUR)
    assert value_of(chen.open("representative"), "representative") == HARBOUR.representative


def test_the_representative_who_applies_types_no_name_twice(sources: Instance, app: Flask) -> None:
    wu = applicant(app, person=WU_GUOLIANG, position="representative")
    wu.post("firm", wu.firm_fields())
    page = wu.open("representative")
    assert is_ticked(page, "own")
    assert value_of(page, "representative") == WU_GUOLIANG.name
    answer = wu.post("representative", wu.representative_fields(own="y", representative=""))
    assert answer.status_code == 302
    assert value_of(wu.open("representative"), "representative") == WU_GUOLIANG.name


def test_in_the_next_year_a_confirmed_firm_types_almost_nothing(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    chen.apply()
    confirm(sources, HARBOUR)
    with clock.fixed(datetime(2023, 1, 5, 2, 0, tzinfo=UTC)):
        later = again(app, chen)
        page = later.open("representative")
        assert value_of(page, "representative") == HARBOUR.representative
        assert value_of(page, "number") == ""
        masked = f"{HARBOUR.number[:10]}****{HARBOUR.number[-4:]}"
        assert masked in page
        assert HARBOUR.number not in page
        later.post("firm", later.firm_fields())
        fields = {"representative": HARBOUR.representative, "agree_name": "y", "agree_number": "y", "number": ""}
        assert later.post("representative", fields).location == later.url("declarations")
        saved = later.open("representative")
        assert value_of(saved, "number") == "", "saved, it is no more in clear than before"
        assert masked in saved
        assert HARBOUR.number not in saved
        older = later.post("representative", fields | {"representative": "旧窗口", "version": "0"})
        assert older.status_code == 409
        assert HARBOUR.number not in older.get_data(as_text=True)
        later.post("declarations", dict.fromkeys(DECLARED, "y"))
        later.send()
    newest = applications(sources)[-1]
    assert newest.policy_year == 2023
    with sources.database.reading() as session:
        people = People(session, sources.keys)
        fields_kept = people.read(newest.representative_id, newest.representative_sealed)
    assert fields_kept["id_number"] == HARBOUR.number


def test_what_was_begun_in_december_is_gone_on_with_in_january(sources: Instance, app: Flask) -> None:
    with clock.fixed(datetime(2022, 12, 30, 2, 0, tzinfo=UTC)):
        chen = applicant(app)
        chen.fill(firm={"address": "年底的路"})
    with clock.fixed(datetime(2023, 1, 3, 2, 0, tzinfo=UTC)):
        later = again(app, chen)
        assert value_of(later.open("firm"), "address") == "年底的路"
        later.post("firm", later.firm_fields(address="年底的路"))
        assert later.client.get(later.url()).location == later.url("declarations")
        later.post("declarations", dict.fromkeys(DECLARED, "y"))
        later.send()
    (application,) = applications(sources)
    assert application.policy_year == 2023
    assert [one.state for one in drafts(sources)] == ["dropped", "sent"]


def test_erasing_the_representative_reaches_the_draft_too(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    chen.fill()
    (draft,) = drafts(sources)
    with sources.database.reading() as session:
        people = People(session, sources.keys)
        person = people.read(draft.person_id, draft.sealed)["person"]
        assert entries_kept(people, draft)["number"] == HARBOUR.number
    erase_person(sources, COMMAND, person, ASKED_FOR)
    page = chen.open("representative")
    assert value_of(page, "number") == ""
    assert chen.client.get(chen.url("check")).location == chen.url("representative")


def test_the_pages_read_in_both_languages(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    assert heading_of(chen.open("firm")) == "Your firm and how to reach you"
    chen.client.get("/preferences/language/zh")
    page = chen.open("declarations")
    assert "投保合同的信用期不超过一年。" in page
    in_english(chen.client)
    assert "The credit term of every contract" in chen.open("declarations")


def test_a_firm_types_three_values_ticks_five_boxes_takes_one_photo_and_presses_four_buttons(
    sources: Instance, app: Flask
) -> None:
    chen = applicant(app)
    empty: list[str] = []
    boxes: list[str] = []
    for step, fields in (
        ("firm", chen.firm_fields()),
        ("representative", chen.representative_fields()),
        ("declarations", dict.fromkeys(DECLARED, "y")),
    ):
        page = chen.open(step)
        texts = [name for name in fields if f' name="{name}"' in page]
        empty += [name for name in texts if fields[name] and not is_box(page, name) and not value_of(page, name)]
        boxes += [name for name in texts if is_box(page, name)]
        assert chen.post(step, fields, page).status_code == 302
    assert empty == ["contact", "representative", "number", "licence"]
    assert boxes == ["agree_name", "agree_number", *DECLARED]
    assert chen.send().status_code == 303


def is_box(page: str, name: str) -> bool:
    """Whether a field of the page is a box to tick."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    return found is not None and 'type="checkbox"' in found[0]
