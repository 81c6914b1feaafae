"""Credit codes are put right and checked; personal numbers are masked."""

import pytest
from stdnum.cn import uscc

from portal.common.cells import UNCALCULATED, CellProblem
from portal.common.codes import mask_identity_number, mask_mobile, normalise_uscc
from tests.sheets.books import GOOD_CODE


def problem_of(value: object) -> CellProblem:
    with pytest.raises(CellProblem) as found:
        normalise_uscc(value)
    assert found.value.problem.english()
    return found.value


@pytest.mark.parametrize(
    "written",
    [
        GOOD_CODE,
        GOOD_CODE.lower(),
        f"  {GOOD_CODE}\n",
        " ".join(GOOD_CODE),
        f"{GOOD_CODE[:8]}\u3000{GOOD_CODE[8:]}\u200b",
        "".join(chr(ord(letter) + 0xFEE0) for letter in GOOD_CODE),
    ],
)
def test_a_credit_code_is_put_right(written: str) -> None:
    assert normalise_uscc(written) == GOOD_CODE


def test_codes_of_other_kinds_of_bodies_are_accepted() -> None:
    for beginning in ("N1350200MA2XN3KE6", "Y1350200MA2XN3KE6", "1A350200MA2XN3KE6", "93350200MA2XN3KE6"):
        code = beginning + uscc.calc_check_digit(beginning)
        assert normalise_uscc(code) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "cell_empty"),
        ("", "cell_empty"),
        (UNCALCULATED, "cell_uncalculated"),
        ("#N/A", "cell_error"),
        (913502006120479428, "code_is_number"),
        (9.1350200612048e17, "code_is_number"),
        (GOOD_CODE[:-1], "uscc_length"),
        (GOOD_CODE + "1", "uscc_length"),
        ("913502006120479", "uscc_length"),
        (GOOD_CODE.replace("X", "O", 1), "uscc_letter"),
        ("91350A00MA2XN3KE6X", "uscc_letter"),
        ("9135020-MA2XN3KE6X", "uscc_letter"),
        ("91350200MA2XN3KE6٣", "uscc_letter"),
        ("91350200MA2XN3KE60", "uscc_check"),
        ("91350200MA2XN3EK6X", "uscc_check"),
    ],
)
def test_a_wrong_credit_code_is_named(value: object, code: str) -> None:
    assert problem_of(value).problem.code == code


def test_a_letter_that_never_occurs_is_shown_with_its_place() -> None:
    params = problem_of("91350200MA2IN3KE6X").problem.params

    assert (params["letter"], params["place"]) == ("I", "12")


def test_every_single_wrong_character_is_found() -> None:
    for place in range(8, 18):
        for letter in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            if letter != GOOD_CODE[place]:
                problem_of(GOOD_CODE[:place] + letter + GOOD_CODE[place + 1 :])


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("350203197901010012", "3502031979****0012"),
        ("3502031979****0012", "3502031979****0012"),
        (" 35020319790101001x ", "3502031979****001X"),
        ("350203790101001", "35020379****001"),
        ("E12345678", "E1****78"),
        ("H123456", "H****6"),
        ("1234", "****"),
        ("1", "****"),
        ("", ""),
    ],
)
def test_an_identity_number_shows_its_ends_only(number: str, masked: str) -> None:
    assert mask_identity_number(number) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13703984988", "137****4988"),
        ("137 0398-4988", "137****4988"),
        ("+86 137 0398 4988", "+86137****4988"),
        ("0592-5551234", "059****1234"),
        ("5551234", "****34"),
        ("110", "****"),
        ("", ""),
    ],
)
def test_a_telephone_number_shows_its_ends_only(number: str, masked: str) -> None:
    assert mask_mobile(number) == masked
