"""What the page of one application shows, to whom, and what of looking is on record."""

import re
from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient

from portal.common.audit import LOOKED
from portal.common.instance import Instance
from portal.programme.people_actions import erase_person
from tests.accounts.pages import heading_of, text_of, title_of
from tests.accounts.test_signing_in import account_of, entries
from tests.applications.desk import CASES, QUEUE, address_of, application_of, decide, holder_of
from tests.conftest import signed_in
from tests.people import FANG_SHEN, LIN_ZHIYAO, QIAN_PEI, SHI_PING, XU_LAN
from tests.samples import (
    DEBTOR,
    GIANT,
    HARBOUR,
    ISLET,
    SILENT,
    apply_all,
    customs_book,
    customs_line,
    import_all,
    import_one,
    list_line,
    lists_book,
    masked_number,
    registry_book,
    registry_line,
)

LOOKS = "applications.identity_numbers"


def test_the_reviewer_sees_the_whole_number_and_looking_is_on_record(
    reviewer: FlaskClient, decided: Instance
) -> None:
    page = text_of(reviewer.get(address_of(decided, ISLET)))
    assert ISLET.number in page
    assert "that you looked is on record" in page
    (look,) = entries(decided, LOOKS)
    assert look.outcome == LOOKED
    assert look.actor_id == account_of(decided, LIN_ZHIYAO).id
    assert look.subject == f"application {application_of(decided, ISLET).number}"
    assert ISLET.number not in look.details


def test_everybody_else_at_the_desk_sees_it_masked_and_no_look_is_recorded(app: Flask, decided: Instance) -> None:
    for person in (FANG_SHEN, QIAN_PEI, SHI_PING, XU_LAN):
        page = text_of(signed_in(app, person).get(address_of(decided, ISLET)))
        assert ISLET.number not in page
        head, tail = masked_number(ISLET.number).split("****")
        assert f'{head}<span class="tb-masked">****</span>{tail}' in page
    assert entries(decided, LOOKS) == []


def test_once_a_case_is_decided_the_number_is_masked_for_the_reviewer_too(
    reviewer: FlaskClient, decided: Instance
) -> None:
    for firm in (HARBOUR, GIANT):
        assert firm.number not in text_of(reviewer.get(address_of(decided, firm)))
    assert entries(decided, LOOKS) == []


def test_a_turned_back_form_shows_the_number_again_and_that_is_on_record_too(
    reviewer: FlaskClient, decided: Instance
) -> None:
    decide(reviewer, address_of(decided, ISLET), "")
    assert len(entries(decided, LOOKS)) == 2


def test_differing_characters_are_marked_and_an_equal_name_key_is_noted(
    reviewer: FlaskClient, instance: Instance
) -> None:
    written = HARBOUR.name.replace("厦门", "厦门市", 1)
    import_one(instance, "registry", registry_book())
    import_one(instance, "customs", customs_book([customs_line(HARBOUR.uscc, written, "1250000.00")]))
    import_one(instance, "lists", lists_book([list_line(written)]))
    apply_all(instance, [HARBOUR])
    page = text_of(reviewer.get(address_of(instance, HARBOUR)))
    marked = '厦门<mark class="tb-differs">市</mark>港湾示例贸易有限公司'
    assert page.count(marked) == 2, "customs and the list write the name with 市"
    assert page.count("same name key") == 2
    assert re.search(r'class="tb-disputed"[^>]*><th [^>]*><span [^>]*>in question: </span>Firm name', page)


def test_the_page_shows_what_was_decided_on_even_after_the_sources_changed(
    reviewer: FlaskClient, decided: Instance
) -> None:
    before = text_of(reviewer.get(address_of(decided, GIANT)))
    assert "USD 6,212,340.00" in before.replace("\u00a0", " ")
    import_one(decided, "customs", customs_book([customs_line(GIANT.uscc, "另一个名字", "5.00")]))
    import_one(decided, "registry", registry_book([registry_line(GIANT.uscc, "改名以后的公司", "福州市")]))
    after = text_of(reviewer.get(address_of(decided, GIANT)))
    assert "改名以后的公司" not in after
    assert "USD 6,212,340.00" in after.replace("\u00a0", " ")


def test_an_ineligible_case_tells_every_reason_with_its_distance(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(reviewer.get(address_of(decided, GIANT))).replace("\u00a0", " ")
    assert "Cannot enrol this time: 1 reason" in page
    assert "USD 212,340.00 above the cap of USD 6,000,000.00" in page
    assert "USD 212,340.00 over (3.5%)" in page, "the load line says it too"
    assert 'name="reason"' not in page


def test_a_listed_firm_is_told_with_the_entry(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(reviewer.get(address_of(decided, DEBTOR)))
    assert "A list entry in force has the firm&#39;s code" in page
    assert "示例人民法院" in page, "the entry's source"


def test_an_application_without_a_source_names_it(reviewer: FlaskClient, instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    import_one(instance, "customs", customs_book())
    apply_all(instance, [HARBOUR])
    page = text_of(reviewer.get(address_of(instance, HARBOUR)))
    assert "Waiting for: Dishonest and organised-crime lists" in page
    assert 'name="reason"' not in page
    assert HARBOUR.number not in page


def test_an_erased_person_is_shown_as_erased(reviewer: FlaskClient, decided: Instance) -> None:
    from portal.common.roles import COMMAND

    decide(reviewer, address_of(decided, ISLET), "set_aside")
    erase_person(decided, COMMAND, application_of(decided, ISLET).representative_id, "asked_for")
    answer = reviewer.get(address_of(decided, ISLET))
    page = text_of(answer)
    assert answer.status_code == 200
    assert "Reason: erased" in page
    assert ISLET.number not in page
    assert "\x00" not in page


def test_what_people_typed_is_shown_as_they_typed_it(reviewer: FlaskClient, instance: Instance) -> None:
    import_all(instance)
    nasty = replace(
        SILENT, name='<script>alert("1")</script>&=厦门有限公司', representative='<img src=x onerror="a">'
    )
    apply_all(instance, [nasty])
    address = address_of(instance, nasty)
    escaped = "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;=厦门有限公司"
    for path in (QUEUE, address):
        page = text_of(reviewer.get(path))
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert escaped in page
    answer = decide(reviewer, address, "approve", reason='看过 <b>执照</b> & "公章"')
    page = text_of(reviewer.get(answer.location))
    assert "看过 &lt;b&gt;执照&lt;/b&gt; &amp; &#34;公章&#34;" in page
    assert title_of(page).startswith("&lt;script&gt;")


def test_the_firms_other_applications_are_listed(reviewer: FlaskClient, decided: Instance) -> None:
    from datetime import date

    apply_all(decided, [GIANT], on=date(2022, 3, 2))
    page = text_of(reviewer.get(address_of(decided, GIANT)))
    assert "Earlier on this firm" in page
    assert page.count(">A2022-0000") >= 2


def test_the_back_link_knows_the_place_in_the_queue(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(reviewer.get(f"{address_of(decided, SILENT)}?sort=-name&q=示例"))
    assert "Cases to look at, 1 of 2" in page or "Cases to look at, 2 of 2" in page
    assert 'href="/desk/queue?q=%E7%A4%BA%E4%BE%8B&amp;sort=-name"' in page


def test_title_and_heading_are_the_firms_name(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(reviewer.get(address_of(decided, ISLET)))
    assert heading_of(page) == ISLET.name
    assert title_of(page).startswith(ISLET.name)


def test_an_unknown_number_is_a_page_not_found(reviewer: FlaskClient) -> None:
    assert reviewer.get(f"{CASES}/A2022-99999").status_code == 404
    assert reviewer.post(f"{CASES}/A2022-99999").status_code == 404
    assert reviewer.post(f"{CASES}/A2022-99999/stop-waiting").status_code == 404
    assert reviewer.post(holder_of("application", "A2022-99999")).status_code == 404
    assert reviewer.post(holder_of("nothing", "A2022-99999")).status_code == 404


def test_a_provisional_parameter_is_marked_on_the_rules_that_read_it(
    reviewer: FlaskClient, decided: Instance
) -> None:
    page = text_of(reviewer.get(address_of(decided, HARBOUR)))
    assert 'href="/desk/terms#xiamen-2022-window_opens"' in page


def test_a_firm_that_customs_does_not_know_is_one_question_of_two_rules(
    reviewer: FlaskClient, decided: Instance
) -> None:
    page = text_of(reviewer.get(address_of(decided, SILENT)))
    assert "1 point to look at" in page
    assert page.count("<span>Customs has no exports of the firm in 2021</span>") == 1
    for code in ("exports_above_zero", "exports_within_cap"):
        assert f'id="finding-{code}"' in page


def test_a_firm_without_a_registry_record_has_no_status_to_be_unclear(
    reviewer: FlaskClient, instance: Instance
) -> None:
    others = [registry_line(firm.uscc, firm.name) for firm in (HARBOUR, GIANT)]
    import_one(instance, "registry", registry_book(others))
    import_one(instance, "customs", customs_book())
    import_one(instance, "lists", lists_book())
    apply_all(instance, [SILENT])
    page = text_of(reviewer.get(address_of(instance, SILENT)))
    assert "so its status cannot be looked up" in page
    assert "gives no status" not in page
    for asked, found in (("registered_in_municipality:none", True), ("registration_active", False)):
        queue = text_of(reviewer.get(f"{QUEUE}?rule={asked}"))
        assert (SILENT.name in queue) is found, asked


def test_an_ended_case_ends_with_a_tick_and_an_eligible_one_still_has_its_policy_to_come(
    reviewer: FlaskClient, decided: Instance
) -> None:
    ended = text_of(reviewer.get(address_of(decided, GIANT)))
    assert 'aria-current="step"' not in ended
    assert "tb-future" not in ended
    coming = text_of(reviewer.get(address_of(decided, HARBOUR)))
    assert coming.count('class="tb-future"') == 1
    assert "Policy to be issued" in coming
