"""The certificate: one page with its text, its fonts, its address; and what its public page gives away."""

import re
from datetime import timedelta
from hashlib import sha256

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.common.audit import AuditEntry, AuditRow
from portal.common.instance import Instance
from portal.policies.certificate import FONTS, certificate_pdf
from portal.policies.certificate_actions import (
    MISTAKE,
    NAME_CHANGED,
    my_certificate,
    newest_certificate,
    replace_certificate,
)
from portal.policies.certificate_pages import PER_MINUTE
from portal.policies.certificate_status import masked_holder
from portal.policies.document import document_of
from portal.scheme.terms import available_terms, load_terms
from tests.accounts.pages import heading_of, in_english, text_of
from tests.conftest import signed_in
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO, ZHOU_HE
from tests.policies.firms import exporter_acting, member_of, stored, stranger_insured
from tests.policies.papers import a_policy, pages_of
from tests.policies.stories import acting, actions_on, issue, on_day
from tests.samples import HARBOUR, apply_all, import_all, import_one, registry_book, registry_line

ADDRESS = "https://tongbao.example.com/c/0123456789abcdef0123456789abcdef"
# Of the packages that requirements.txt pins: a small project may be taken over, its files are not to change.
FONT_FILES = {
    "NotoSansSC-Regular.otf": "faa6c9df652116dde789d351359f3d7e5d2285a2b2a1f04a2d7244df706d5ea9",
    "NotoSansCJKjp-Bold.otf": "e53dcb0dcb2922e45d01aae1ebd2f382bb81d4229b18b6b883bd170678af1f76",
}


@pytest.fixture
def insured(instance: Instance) -> Instance:
    """A firm with its policy."""
    import_all(instance)
    apply_all(instance, [HARBOUR])
    issue(instance)
    return instance


@pytest.fixture
def member(insured: Instance, app: Flask) -> FlaskClient:
    """A confirmed member of the insured firm, reading English."""
    return member_of(app)


def token_of(instance: Instance) -> str:
    """The token of the firm's present certificate."""
    with instance.database.reading() as session:
        found = newest_certificate(session, stored(instance).id)
    assert found is not None
    return found.token


def test_the_fonts_are_the_ones_that_were_looked_at() -> None:
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in FONTS} == FONT_FILES


@pytest.mark.parametrize("key", available_terms())
@pytest.mark.parametrize("name", ["厦门拾光家居用品有限公司", "厦门䶮𬭎" + "拾光家居用品贸易" * 7, "龘" * 200])
def test_it_is_one_page_whatever_the_name_and_the_terms(key: str, name: str) -> None:
    terms = load_terms(key)
    policy = a_policy(name, f"{terms.first_date.year}-05-23")
    pages = pages_of(certificate_pdf(document_of(policy, terms), terms, ADDRESS))
    assert len(pages) == 1
    assert name[:20] in pages[0].replace("\r\n", "")


def test_its_text_can_be_selected_in_both_languages_with_dates_unbroken_and_rare_characters() -> None:
    terms = load_terms("xiamen-2022")
    document = document_of(a_policy("厦门䶮𬭎拾光家居有限公司"), terms)
    (page,) = pages_of(certificate_pdf(document, terms, ADDRESS))
    for said in (
        "厦门䶮𬭎拾光家居有限公司",
        "2022年5月23日至2022年12月31日（223天）",
        "2022年1月1日至2022年5月22日（142天）",
        "23 May 2022 to 31 Dec 2022 (223 days)",
        "91999999MA0000001N",
        "P2022-000486",
        "先看不保的",
        "First, what is not covered",
        "USD 50,000.00",
        document.fingerprint[:16],
        ADDRESS,
    ):
        assert said in page.replace("\xa0", " "), said


def test_it_names_neither_exports_nor_premium() -> None:
    terms = load_terms("xiamen-2022")
    (page,) = pages_of(certificate_pdf(document_of(a_policy(), terms), terms, ADDRESS))
    for told in ("1,286,400", "514.56", "0.04", "保费", "remium"):
        assert told not in page, told


def test_a_member_takes_it_and_its_address_leads_to_its_public_page(
    insured: Instance, app: Flask, member: FlaskClient
) -> None:
    answer = member.get(f"/my/policies/{stored(insured).number}/certificate.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={stored(insured).number}.pdf"
    (page,) = pages_of(answer.data)
    found = re.search(r"http://localhost(/c/[0-9a-f]{32})\b", page)
    assert found is not None, page
    public = text_of(in_english(app.test_client()).get(found[1]))
    assert heading_of(public) == "In force"
    assert "厦****司" in public


def test_taken_twice_it_has_one_token_of_128_bits_and_one_entry(insured: Instance, member: FlaskClient) -> None:
    number = stored(insured).number
    for _again in range(2):
        assert member.get(f"/my/policies/{number}/certificate.pdf").status_code == 200
    assert re.fullmatch("[0-9a-f]{32}", token_of(insured))
    assert actions_on(insured, f"policy {number}").count(("policies.certificate", "done")) == 1


def test_the_token_stands_in_the_trail_only_as_a_hash(insured: Instance, member: FlaskClient) -> None:
    member.get(f"/my/policies/{stored(insured).number}/certificate.pdf")
    replace_certificate(insured, acting(insured, LIN_ZHIYAO), stored(insured).number, MISTAKE)
    with insured.database.reading() as session:
        token = token_of(insured)
        trail = "".join(
            f"{row.before}{row.after}" for row in session.query(AuditRow).filter_by(table_name="certificates")
        ) + "".join(entry.details for entry in session.query(AuditEntry))
    assert token not in trail


def test_its_public_page_tells_the_state_and_the_masked_holder_and_nothing_else(
    insured: Instance, app: Flask, member: FlaskClient
) -> None:
    policy = stored(insured)
    member.get(f"/my/policies/{policy.number}/certificate.pdf")
    answer = in_english(app.test_client()).get(f"/c/{token_of(insured)}")
    page = text_of(answer)
    for secret in (policy.number, policy.firm_name, policy.uscc, "31\xa0Dec\xa02022", "USD"):
        assert secret not in page, secret
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("厦门拾光有限公司", "厦****司"), ("𬭎门公司䶮", "𬭎****䶮"), ("A", "A****"), ("AB", "A****")],
)
def test_a_holder_is_masked_to_its_first_and_last_character(name: str, shown: str) -> None:
    assert masked_holder(name) == shown


@pytest.mark.parametrize("token", ["0" * 32, "none", "P2022-000001", "x" * 500])
def test_an_address_that_was_never_given_out_is_told_so(insured: Instance, app: Flask, token: str) -> None:
    answer = in_english(app.test_client()).get(f"/c/{token}")
    assert answer.status_code == 404
    assert heading_of(text_of(answer)) == "No such certificate"


def test_whoever_tries_many_addresses_is_held_up(insured: Instance, app: Flask) -> None:
    client = in_english(app.test_client())
    codes = [client.get(f"/c/{n:032x}").status_code for n in range(PER_MINUTE + 1)]
    assert codes == [404] * PER_MINUTE + [429]
    assert client.get("/c/x").headers["Retry-After"]


def test_it_says_ended_after_the_last_day_and_after_a_withdrawal(
    insured: Instance, app: Flask, member: FlaskClient
) -> None:
    number = stored(insured).number
    member.get(f"/my/policies/{number}/certificate.pdf")
    address = f"/c/{token_of(insured)}"
    anybody = in_english(app.test_client())
    with on_day(stored(insured).ends_on):
        assert heading_of(text_of(anybody.get(address))) == "In force"
    with on_day(stored(insured).ends_on + timedelta(days=1)):
        assert heading_of(text_of(anybody.get(address))) == "Ended"
    member.post(f"/my/policies/{number}/withdraw")
    assert heading_of(text_of(anybody.get(address))) == "Ended"
    assert member.get(f"/my/policies/{number}/certificate.pdf").status_code == 302, "none of a withdrawn policy"


def test_made_anew_after_a_change_of_name_the_old_one_is_replaced_and_the_new_one_bears_the_new_name(
    insured: Instance, app: Flask, member: FlaskClient
) -> None:
    number = stored(insured).number
    member.get(f"/my/policies/{number}/certificate.pdf")
    old = token_of(insured)
    import_one(insured, "registry", registry_book([registry_line(HARBOUR.uscc, "厦门新名示例贸易有限公司")]))
    reviewer = in_english(signed_in(app, LIN_ZHIYAO))
    page = reviewer.post(
        f"/desk/policies/{number}/certificate", data={"reason": NAME_CHANGED}, follow_redirects=True
    )
    assert "The certificate is made anew" in text_of(page)
    (printed,) = pages_of(member.get(f"/my/policies/{number}/certificate.pdf").data)
    assert "厦门新名示例贸易有限公司" in printed
    anybody = in_english(app.test_client())
    assert heading_of(text_of(anybody.get(f"/c/{old}"))) == "Replaced by a newer certificate"
    assert heading_of(text_of(anybody.get(f"/c/{token_of(insured)}"))) == "In force"


@pytest.mark.parametrize(
    ("taken", "reason", "told"),
    [
        (False, MISTAKE, "No certificate was taken yet"),
        (True, NAME_CHANGED, "The registry has the same name"),
        (True, "nonsense", "Choose why the certificate is made anew"),
    ],
)
def test_what_cannot_be_replaced_is_told_and_stays(
    insured: Instance, app: Flask, member: FlaskClient, taken: bool, reason: str, told: str
) -> None:
    number = stored(insured).number
    if taken:
        my_certificate(insured, exporter_acting(insured, CHEN_HAIXIA), number)
    reviewer = in_english(signed_in(app, LIN_ZHIYAO))
    answer = reviewer.post(f"/desk/policies/{number}/certificate", data={"reason": reason}, follow_redirects=True)
    assert told in text_of(answer)
    assert ("policies.replace_certificate", "done") not in actions_on(insured, f"policy {number}")


def test_a_sponsor_replaces_nothing(insured: Instance, app: Flask) -> None:
    answer = signed_in(app, ZHOU_HE).post(f"/desk/policies/{stored(insured).number}/certificate")
    assert answer.status_code == 403


def test_an_unconfirmed_member_takes_one_that_tells_no_premium(instance: Instance, app: Flask) -> None:
    import_all(instance)
    apply_all(instance, [HARBOUR])
    client = stranger_insured(app)
    (page,) = pages_of(client.get(f"/my/policies/{stored(instance).number}/certificate.pdf").data)
    assert "1,250,000" not in page
    assert "500.00" not in page.replace("62,500.00", "").replace("12,500.00", ""), "the premium would be 500.00"
