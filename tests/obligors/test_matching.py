"""Which names a person should look at together: invented pairs, mechanical changes, and keys that stay apart."""

import csv
import random
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from portal.obligors.matching import THRESHOLD, compare, name_key
from tests.availability import shared_data

INVENTED = Path(__file__).parent / "pairs.csv"
REAL = "company_name_pairs.csv"

OWN_WORDS = (
    "Nordwind", "Kestrel", "Ostermark", "Petrel", "Bluegum", "Haldenvik", "Solmar", "Lindqvist",
    "Marbella", "Tarkovsky", "Okonkwo", "Zephyrine", "Quillon", "Brightmere", "Caldera", "Dunmore",
    "Esperanza", "Fontaine", "Grimaldi", "Hartwell", "Ishikawa", "Jovanovic", "Kowalczyk", "Larkspur",
    "Montrose", "Navarro", "Oleander", "Pemberton", "Ravenscar", "Silvano", "Thornbury", "Ullswater",
    "Valverde", "Wexcombe", "Yarrow", "Zambrano",
)  # fmt: skip
TRADES = (
    "Trading",
    "Furniture",
    "Electronics",
    "Logistics",
    "Textile",
    "Foods",
    "Lighting",
    "Shoes",
    "Toys",
    "Tools",
)
FORMS = (
    ("GmbH", "G.m.b.H.", "Gesellschaft mit beschränkter Haftung"),
    ("Ltd", "Limited", "LTD."),
    ("Inc.", "Incorporated", "INC"),
    ("LLC", "L.L.C.", "Limited Liability Company"),
    ("S.p.A.", "SpA", "Società per Azioni"),
    ("S.A.", "SA", "Société Anonyme"),
    ("B.V.", "BV", "besloten vennootschap"),
    ("ООО", "ooo", "Общество с ограниченной ответственностью"),
)


class Quality(NamedTuple):
    """How well a threshold parts pairs that a person should see from others."""

    precision: float
    recall: float
    f1: float


def _pairs(path: Path, label: str) -> list[tuple[str, str, bool]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["name1"], row["name2"], row[label] == "true") for row in csv.DictReader(file)]


def _quality(pairs: list[tuple[str, str, bool]], threshold: Decimal = THRESHOLD) -> Quality:
    judged = [(compare(first, second, threshold).lookalike, wanted) for first, second, wanted in pairs]
    both = sum(shown and wanted for shown, wanted in judged)
    shown, wanted = sum(shown for shown, _ in judged), sum(wanted for _, wanted in judged)
    return Quality(both / shown, both / wanted, 2 * both / (shown + wanted))


@pytest.mark.parametrize("threshold", ["0.75", "0.78", "0.81"])
def test_invented_pairs_in_many_languages_are_told_apart_with_little_regard_to_the_threshold(
    threshold: str,
) -> None:
    pairs = _pairs(INVENTED, "lookalike")
    assert len(pairs) > 110
    assert _quality(pairs, Decimal(threshold)).f1 > 0.94


@pytest.mark.shared_data
@pytest.mark.parametrize("threshold", ["0.75", "0.78", "0.81"])
def test_the_public_list_of_pairs_is_told_apart_better_than_by_known_matchers(threshold: str) -> None:
    found = _quality(_pairs(shared_data() / REAL, "same_company"), Decimal(threshold))
    assert found.f1 > 0.93
    assert min(found.precision, found.recall) > 0.9


@pytest.mark.shared_data
def test_the_public_list_is_no_matter_of_which_rows_one_takes_or_of_how_they_are_written() -> None:
    pairs = _pairs(shared_data() / REAL, "same_company")
    dice = random.Random(7)
    for _round in range(40):
        assert _quality(dice.choices(pairs, k=len(pairs))).f1 > 0.89
    for changed in (
        [(second, first, wanted) for first, second, wanted in pairs],
        [(first.upper(), second.upper(), wanted) for first, second, wanted in pairs],
        [(first + " ", "  " + second.replace(" ", "  "), wanted) for first, second, wanted in pairs],
        [(first.replace(".", ""), second.replace(",", ""), wanted) for first, second, wanted in pairs],
        [(first, "The " + second, wanted) for first, second, wanted in pairs],
    ):
        assert _quality(changed).f1 > 0.92


def test_a_name_is_known_again_under_any_way_of_writing_its_legal_form() -> None:
    for own in OWN_WORDS:
        for trade in TRADES[:3]:
            for forms in FORMS:
                name = f"{own} {trade} {forms[0]}"
                for form in forms:
                    assert compare(name, f"{own.upper()} {trade}, {form}").lookalike, (name, form)
                    assert name_key(name) == name_key(f"{own.upper()} {trade}, {form}"), (name, form)
                assert compare(name, f"{trade} {own} {forms[1]}").lookalike
                assert compare(name, f"{own} {trade}").lookalike


def test_a_slip_in_a_long_name_is_forgiven_and_another_name_is_not() -> None:
    dice = random.Random(11)
    for own in OWN_WORDS:
        at = dice.randrange(1, len(own) - 1)
        for slip in (own[:at] + own[at + 1 :], own[:at] + own[at] + own[at:], own[:at] + "o" + own[at + 1 :]):
            assert compare(f"{own} Trading Ltd", f"{slip} Trading Ltd").lookalike, slip
        for other in OWN_WORDS:
            if other != own:
                assert not compare(f"{own} Trading Ltd", f"{other} Trading Ltd").lookalike, (own, other)
        for trade in TRADES[1:]:
            assert not compare(f"{own} Trading Ltd", f"{own} {trade} Ltd").lookalike, (own, trade)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Brightwater Fund II L.P.", "Brightwater Fund III L.P."),  # a series
        ("Brightwater Fund L.P.", "Brightwater Fund I L.P."),
        ("Warehouse 7 Ltd", "Warehouse 8 Ltd"),  # a number
        ("Harbourgate Trust 2019-2", "Harbourgate Trust 2020-1"),
        ("Dragonfly USA Inc", "Dragonfly Canada Inc"),  # a country
        ("Dragonfly Inc", "Dragonfly Canada Inc"),
        ("Hansa Kontor GmbH", "Hansa Kontor AG"),  # a legal form
        ("Hansa Kontor", "Hansa Kontor AG"),
        ("ПАО «Сибирский лес»", "ООО «Сибирский лес»"),
        ("厦门晴川贸易有限公司", "厦门晴川贸易股份有限公司"),
        ("华兴贸易", "华星贸易"),  # other characters of one sound
        ("Kim & Park Trading", "Park & Kim Trading"),  # only alike
        ("Goodwill Toys", "Good Will Toys"),
    ],
)
def test_what_may_be_two_entities_never_shares_a_key(first: str, second: str) -> None:
    assert name_key(first) != name_key(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Nordwind Möbel GmbH", "NORDWIND MÖBEL, G.m.b.H."),
        ("Čapek & Syn s.r.o.", "CAPEK AND SYN S.R.O"),
        ("ООО «Ромашка»", "Общество с ограниченной ответственностью РОМАШКА"),
        ("Osprey Toys Inc.", "Osprey  Toys,Incorporated"),
        ("厦门晴川贸易有限公司", "厦门晴川贸易有限责任公司"),
        ("Ａｃｏｒｎ　Ｌｔｄ", "Acorn Limited"),
    ],
)
def test_one_name_written_in_two_ways_shares_a_key(first: str, second: str) -> None:
    assert name_key(first) == name_key(second)


@pytest.mark.parametrize("name", ["", " ", "---", "()", "\u200b", "🙂"])
def test_a_name_without_letters_is_like_none_and_has_no_key(name: str) -> None:
    assert name_key(name) == ""
    assert compare(name, name) == compare(name, "Nordwind") == (False, Decimal("0.000"))


def test_a_key_always_fits_its_column_and_long_names_stay_apart() -> None:
    names = [f"{'Very Long Name ' * 40}{n} Ltd" for n in range(3)]
    keys = {name_key(one) for one in names}
    assert len(keys) == 3
    assert all(len(key) <= 200 for key in keys)


def test_a_pair_scores_the_same_from_either_side() -> None:
    for first, second, _wanted in _pairs(INVENTED, "lookalike"):
        assert compare(first, second) == compare(second, first), (first, second)
