"""The terms page and confirming provisional values."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.programme.actions import claim_terms_by_fingerprint, confirmed_paths
from portal.programme.claim_names import CLAIM_PARAMETER_NAMES, DOCUMENT_NAMES, WORD_NAMES
from portal.programme.names import AFTER_CROSSING_CAP_NAMES, COVER_STARTS_NAMES, PARAMETER_NAMES
from portal.programme.records import TermsConfirmation
from portal.scheme.claim_terms import load_claim_terms
from portal.scheme.claim_words import CostsAboveRecovery, LateCounts, PaymentsGoTo, RateDay, RoomRefilledBy
from portal.scheme.terms import AfterCrossingCap, CoverStarts, available_terms, load_terms
from tests.accounts.pages import in_english, text_of
from tests.conftest import signed_in
from tests.people import GUAN_LI, STAFF, XU_LAN, Staff

RATE = "/desk/terms/xiamen-2022/premium_rate"
NOTICE = {"reference": "Notice 12 of 2022, 3 March 2022"}


def confirmations(instance: Instance) -> int:
    with instance.database.reading() as session:
        return session.execute(select(func.count()).select_from(TermsConfirmation)).scalar_one()


@pytest.mark.parametrize("person", STAFF, ids=lambda person: str(person.role))
def test_everybody_of_staff_sees_the_terms_with_their_fingerprints(app: Flask, person: Staff) -> None:
    page = text_of(signed_in(app, person).get("/desk/terms"))
    for key in available_terms():
        assert load_terms(key).fingerprint in page
        assert load_claim_terms(key).fingerprint in page
        assert load_terms(key).title in page


def test_every_parameter_has_a_name_in_words() -> None:
    for key in available_terms():
        assert {value.path for value in load_terms(key).values()} <= PARAMETER_NAMES.keys()
        assert {value.path for value in load_claim_terms(key).values()} == CLAIM_PARAMETER_NAMES.keys()


def test_every_document_and_word_of_the_claim_terms_is_told_in_words() -> None:
    for key in available_terms():
        for value in load_claim_terms(key).values():
            if value.path.startswith("documents_"):
                assert set(value.value.split(", ")) <= DOCUMENT_NAMES.keys()
    words = (LateCounts, RateDay, PaymentsGoTo, RoomRefilledBy, CostsAboveRecovery)
    assert WORD_NAMES.keys() == {str(word) for kind in words for word in kind}


def test_every_word_that_terms_may_have_is_told_in_words() -> None:
    assert COVER_STARTS_NAMES.keys() == set(CoverStarts)
    assert AFTER_CROSSING_CAP_NAMES.keys() == set(AfterCrossingCap)


def test_when_cover_starts_and_whether_it_continues_stand_with_their_reasons(app: Flask) -> None:
    page = text_of(in_english(signed_in(app, GUAN_LI)).get("/desk/terms"))
    for shown in (
        "On the day of issue, not before",
        "the day of issue is used, as Shenzhen does",
        "Cover continues; renewal is judged on the new base year",
        "what follows when exports cross the cap in mid-year",
    ):
        assert shown in page, shown


def test_values_stand_as_people_read_them(app: Flask) -> None:
    page = text_of(in_english(signed_in(app, GUAN_LI)).get("/desk/terms"))
    for shown in ("USD\u00a06,000,000.00", "USD\u00a03,000,000.00", "80%", "0.04%", "31\u00a0Dec\u00a02023"):
        assert shown in page


def test_reasons_are_in_the_readers_language(app: Flask) -> None:
    client = signed_in(app, GUAN_LI)
    reason = next(value for value in load_terms("xiamen-2022").provisional if value.path == "premium_rate")
    assert reason.reason in text_of(client.get("/desk/terms"))
    english = text_of(in_english(client).get("/desk/terms"))
    assert reason.reason_en in english
    assert reason.reason not in english


def test_only_the_administrator_is_offered_to_confirm(app: Flask) -> None:
    assert RATE in text_of(signed_in(app, GUAN_LI).get("/desk/terms"))
    reader = signed_in(app, XU_LAN)
    assert RATE not in text_of(reader.get("/desk/terms"))
    assert reader.post(RATE, data=NOTICE).status_code == 403


def test_confirming_puts_who_when_and_reference_on_the_page(app: Flask, instance: Instance) -> None:
    client = in_english(signed_in(app, GUAN_LI))
    answer = client.post(RATE, data=NOTICE)
    assert answer.status_code == 302
    page = text_of(client.get("/desk/terms"))
    for shown in (NOTICE["reference"], "2\u00a0Mar\u00a02022", GUAN_LI.name):
        assert shown in page
    with instance.database.reading() as session:
        assert confirmed_paths(session, "xiamen-2022") == {"premium_rate"}


def test_confirming_wants_a_reference(app: Flask, instance: Instance) -> None:
    client = in_english(signed_in(app, GUAN_LI))
    for reference in ("", "   "):
        answer = client.post(RATE, data={"reference": reference})
        assert answer.status_code == 422
        assert text_of(answer).count("Name the notice or letter") == 2
    assert confirmations(instance) == 0


def test_a_double_click_confirms_once(app: Flask, instance: Instance) -> None:
    client = signed_in(app, GUAN_LI)
    assert [client.post(RATE, data=NOTICE).status_code for _time in range(2)] == [302, 302]
    assert confirmations(instance) == 1
    with instance.database.reading() as session:
        query = select(func.count()).where(AuditEntry.action == "terms.confirm")
        assert session.execute(query).scalar_one() == 1


@pytest.mark.parametrize(
    "path",
    ["xiamen-2022/export_cap", "xiamen-2022/credit_term_months", "xiamen-2022/nothing", "atlantis/export_cap"],
)
def test_what_is_published_or_unknown_cannot_be_confirmed(app: Flask, path: str) -> None:
    client = signed_in(app, GUAN_LI)
    assert client.get(f"/desk/terms/{path}").status_code == 404
    assert client.post(f"/desk/terms/{path}", data=NOTICE).status_code == 404


def test_the_claim_terms_stand_beside_those_of_enrolment_as_people_read_them(app: Flask) -> None:
    page = text_of(in_english(signed_in(app, GUAN_LI)).get("/desk/terms"))
    for shown in (
        "Claims: Xiamen basic-risk unified policy for small and micro exporters (continued)",
        "30\u00a0days",
        "4\u00a0months",
        "10 percentage points",
        "until the goods are disposed of",
        "reversals do, recoveries do not",
        "The court’s ruling on the insolvency",
        "article 23 of the Insurance Law",
    ):
        assert shown in page, shown


def test_a_clock_of_claims_is_confirmed_like_any_other_value(app: Flask, instance: Instance) -> None:
    client = in_english(signed_in(app, GUAN_LI))
    path = "/desk/terms/xiamen-2022/notice_days"
    assert "Confirm: Notice is due, after the due date" in text_of(client.get(path))
    assert [client.post(path, data=NOTICE).status_code for _time in range(2)] == [302, 302]
    assert NOTICE["reference"] in text_of(client.get("/desk/terms"))
    with instance.database.reading() as session:
        assert confirmed_paths(session, "xiamen-2022") == {"notice_days"}
        assert confirmed_paths(session, "xiamen-continued") == set()


def test_the_claim_terms_are_kept_by_their_fingerprint(instance: Instance) -> None:
    with instance.database.reading() as session:
        for key in available_terms():
            kept = claim_terms_by_fingerprint(session, load_claim_terms(key).fingerprint)
            assert kept == load_claim_terms(key)
        with pytest.raises(LookupError, match="no terms are kept"):
            claim_terms_by_fingerprint(session, "0" * 64)
