"""Identity numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.scheme.id_numbers import Likeness, fits_mask, is_valid_identity_number, likeness
from tests.scheme.invented import NUMBER, identity_number

any_number = st.builds(
    lambda district, day, order: identity_number(f"{district:06d}{day:%Y%m%d}{order:03d}"),
    st.integers(110000, 659999),
    st.dates(date(1900, 1, 1)),
    st.integers(0, 999),
)


@given(any_number)
def test_a_number_with_the_right_check_character_is_valid_whatever_its_district(number: str) -> None:
    assert is_valid_identity_number(number)
    assert is_valid_identity_number(f" {number.lower()} ")


@given(any_number, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, shift: int) -> None:
    wrong = str((int(number[place]) + shift) % 10)
    assert not is_valid_identity_number(number[:place] + wrong + number[place + 1 :])


def test_the_published_example_is_valid() -> None:
    assert is_valid_identity_number("11010519491231002X")
    assert is_valid_identity_number("11010519491231002x")
    assert is_valid_identity_number("１１０１０５１９４９１２３１００２Ｘ")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "35020319790816001",
        "3502031979081600155",
        "350203197908160018",
        identity_number("35020319790230001"),
        identity_number("35020319791301001"),
        identity_number("35020300000101001"),
        "3502031979****0015",
        "E12345678",
        "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X",
        "X5020319790816001X",
    ],
)
def test_other_texts_are_not(text: str | None) -> None:
    assert not is_valid_identity_number(text)


def test_the_thirtieth_of_february_is_no_birth_date_but_a_leap_day_is() -> None:
    assert not is_valid_identity_number(identity_number("35020320010229001"))
    assert is_valid_identity_number(identity_number("35020320000229001"))


@given(any_number, st.sets(st.integers(0, 17)))
def test_a_mask_of_a_number_fits_it_wherever_its_signs_are_hidden(number: str, hidden: set[int]) -> None:
    mask = "".join("*" if place in hidden else sign for place, sign in enumerate(number))
    assert fits_mask(mask, number)


@given(any_number, st.integers(0, 16), st.integers(1, 9))
def test_a_mask_with_one_other_visible_digit_does_not_fit(number: str, place: int, shift: int) -> None:
    wrong = str((int(number[place]) + shift) % 10)
    mask = number[:place] + wrong + number[place + 1 :]
    hidden = 3 if place != 3 else 5
    assert not fits_mask(mask[:hidden] + "*" + mask[hidden + 1 :], number)


@pytest.mark.parametrize(
    ("listed", "wanted"),
    [
        (NUMBER, Likeness.SAME),
        ("3502031979****0015", Likeness.FITS),
        ("3502031979＊＊＊＊0015", Likeness.FITS),
        ("3502031979XXXX0015", Likeness.FITS),
        ("3502031979●●●●0015", Likeness.FITS),
        ("350***0015", Likeness.FITS),
        ("******************", Likeness.FITS),
        ("350203790816001", Likeness.FITS),
        ("350203**0816001", Likeness.FITS),
        ("3502031978****0015", Likeness.DIFFERS),
        ("3502031979****001X", Likeness.DIFFERS),
        ("350***0016", Likeness.DIFFERS),
        ("350203790816002", Likeness.DIFFERS),
        ("11010519491231002X", Likeness.DIFFERS),
        ("350203197908160018", Likeness.DIFFERS),
        ("E12345678", Likeness.NO_IDENTITY_NUMBER),
        ("EX123456", Likeness.NO_IDENTITY_NUMBER),
        ("12345678", Likeness.NO_IDENTITY_NUMBER),
        ("", Likeness.NO_IDENTITY_NUMBER),
        (None, Likeness.NO_IDENTITY_NUMBER),
    ],
)
def test_a_listed_number_is_the_same_fits_differs_or_says_nothing(listed: str | None, wanted: Likeness) -> None:
    assert likeness(listed, NUMBER) is wanted


def test_the_check_character_matches_in_either_case() -> None:
    assert fits_mask("1101051949****002x", "11010519491231002X")
    assert fits_mask("1101051949****002X", "11010519491231002x")
