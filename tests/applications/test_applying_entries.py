"""What is entered when applying: names, numbers, consents, declarations and the licence, each held to its rule."""

import pytest
from flask import Flask

from portal.common.instance import Instance
from portal.common.people import People
from tests.accounts.pages import text_of
from tests.applications.steps import DECLARED, applicant, applications, consents_of, is_ticked, value_of, wrong_on
from tests.documents import papers
from tests.members.binding import hand_in
from tests.samples import HARBOUR, import_all


@pytest.fixture
def sources(instance: Instance) -> Instance:
    """The instance with the three sources."""
    import_all(instance)
    return instance


@pytest.mark.parametrize("name", ["洪䶮", "𬭎杰", "阿不都热合曼·买买提", "Anne-Marie O’Neill", "长" * 60])
def test_names_with_rare_characters_and_long_ones_go_the_whole_way(
    sources: Instance, app: Flask, name: str
) -> None:
    chen = applicant(app)
    chen.fill(representative={"representative": name}, firm={"contact": name})
    page = chen.open("check")
    assert page.count(name.replace("’", "’")) >= 2
    chen.send(page)
    (application,) = applications(sources)
    with sources.database.reading() as session:
        fields = People(session, sources.keys).read(
            application.representative_id, application.representative_sealed
        )
    assert fields["name"] == name


@pytest.mark.parametrize("name", ["陈😀霞", "陈\ue000霞", "<script>", "★"])
def test_signs_that_are_no_letters_are_refused_in_a_clear_word(sources: Instance, app: Flask, name: str) -> None:
    chen = applicant(app)
    answer = chen.post("firm", chen.firm_fields(contact=name))
    assert answer.status_code == 422
    (said,) = wrong_on(text_of(answer))
    assert said.endswith("cannot stand here. Leave it out.")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "The number of the document is missing. Enter the 18 characters of the identity card."),
        (
            HARBOUR.number[:17],
            "The identity number has 17 characters now; 18 are wanted. Add the one that is missing.",
        ),
        (
            HARBOUR.number[:12],
            "The identity number has 12 characters now; 18 are wanted. 6 are missing; add them.",
        ),
        (
            HARBOUR.number + "1",
            "The identity number has 19 characters now; 18 are wanted. 1 too many; take them out.",
        ),
        (
            "999999600102001",
            "The identity number has 15 digits, as on the old cards. Enter the 18 of the present card.",
        ),
        (
            "9999991984O2310012",
            "In place 11 of the identity number stands “O”; only digits, and X last. If it is no identity card of "
            "the mainland, tick that it is another document.",
        ),
        (
            "999999198402310012",
            "Places 7 to 14 of the identity number are the day of birth; 1984-02-31 is no day. Copy it from the "
            "identity card.",
        ),
        (
            HARBOUR.number[:17] + ("1" if HARBOUR.number[17] != "1" else "2"),
            "The last character of the identity number does not fit the others: one of them is wrong. Copy it "
            "from the identity card.",
        ),
    ],
)
def test_a_wrong_identity_number_is_told_in_words_that_mend_it(
    sources: Instance, app: Flask, number: str, said: str
) -> None:
    chen = applicant(app)
    answer = chen.post("representative", chen.representative_fields(number=number))
    assert answer.status_code == 422
    assert wrong_on(text_of(answer)) == [said]
    assert value_of(text_of(answer), "number") == number


def test_full_width_digits_and_spaces_are_put_right(sources: Instance, app: Flask) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() else sign.lower() for sign in HARBOUR.number)
    chen = applicant(app)
    assert (
        chen.post("representative", chen.representative_fields(number=f" {wide[:6]} {wide[6:]}")).status_code
        == 302
    )
    assert value_of(chen.open("representative"), "number") == HARBOUR.number


def test_a_foreign_document_is_taken_as_it_is(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    chen.apply(representative={"number": "e 1234567 8", "other_document": "y", "representative": "Anna Muster"})
    (application,) = applications(sources)
    assert application.state == "issued"


@pytest.mark.parametrize(
    ("left_out", "kept_name", "kept_number"), [("agree_name", "", HARBOUR.number), ("agree_number", "陈若舟", "")]
)
def test_without_a_consent_the_value_is_not_kept(
    sources: Instance, app: Flask, left_out: str, kept_name: str, kept_number: str
) -> None:
    chen = applicant(app)
    fields = chen.representative_fields()
    del fields[left_out]
    answer = chen.post("representative", fields)
    assert answer.status_code == 422
    assert len(wrong_on(text_of(answer))) == 1
    assert value_of(text_of(answer), "representative") == "陈若舟"  # what was typed is on the page all the same
    page = chen.open("representative")
    assert (value_of(page, "representative"), value_of(page, "number")) == (kept_name, kept_number)


@pytest.mark.parametrize("left_out", DECLARED)
def test_each_declaration_is_needed_and_none_is_ticked_beforehand(
    sources: Instance, app: Flask, left_out: str
) -> None:
    chen = applicant(app)
    page = chen.open("declarations")
    assert not any(is_ticked(page, code) for code in DECLARED)
    answer = chen.post("declarations", {code: "y" for code in DECLARED if code != left_out})
    assert answer.status_code == 422
    assert len(wrong_on(text_of(answer))) == 1
    page = chen.open("declarations")
    assert [is_ticked(page, code) for code in DECLARED] == [code != left_out for code in DECLARED]


def test_a_declaration_taken_back_is_no_longer_kept(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    chen.fill()
    chen.post("declarations", {DECLARED[0]: "y"})
    assert chen.client.get(chen.url("check")).location == chen.url("declarations")
    chen.post("declarations", dict.fromkeys(DECLARED, "y"))
    chen.send()
    (application,) = applications(sources)
    assert set(DECLARED) <= set(consents_of(sources, application))


def test_a_renamed_program_is_refused_and_the_rest_of_the_step_is_kept(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    fields = chen.representative_fields(licence=(b"MZ" + bytes(400), "营业执照.jpg"))
    answer = chen.post("representative", fields)
    assert answer.status_code == 422
    (said,) = wrong_on(text_of(answer))
    assert "营业执照.jpg" in said
    page = chen.open("representative")
    assert value_of(page, "representative") == HARBOUR.representative


def test_a_licence_that_was_handed_in_when_binding_is_not_asked_for_again(sources: Instance, app: Flask) -> None:
    chen = applicant(app)
    hand_in(chen.client, HARBOUR)
    page = chen.open("representative")
    assert "received" in page
    fields = chen.representative_fields()
    del fields["licence"]
    assert chen.post("representative", fields).status_code == 302


def test_the_camera_and_the_file_are_one_field_of_which_whichever_holds_something_counts(
    sources: Instance, app: Flask
) -> None:
    page = applicant(app).open("representative")
    assert page.count('type="file"') == 2
    assert page.count('name="licence"') == 2
    assert 'capture="environment"' in page


def test_a_licence_can_be_removed_and_replaced_while_nobody_is_confirmed_on_it(
    sources: Instance, app: Flask
) -> None:
    chen = applicant(app)
    chen.post("representative", chen.representative_fields())
    fields = chen.representative_fields(then="remove")
    del fields["licence"]
    assert chen.post("representative", fields).location == chen.url("representative")
    page = chen.open("representative")
    assert "received" not in page
    assert value_of(page, "representative") == HARBOUR.representative
    chen.post("representative", chen.representative_fields(licence=(papers.photo(90, 60), "新执照.png")))
    assert "新执照.jpg" in chen.open("representative")
