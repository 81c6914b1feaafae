"""An invented firm whose case passes every rule, and the ways in which a test may change it."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from portal.scheme.facts import Exports, Facts, ListEntry, Person, RegistryRecord, SourceVersions
from portal.scheme.money import Money

CASES = Path(__file__).parent / "cases"
USCC = "91350200MA0TEST01X"
DECLARATIONS = ("own_contracts_and_goods", "credit_term_within_one_year", "contents_true")
DAY = date(2022, 3, 1)


def identity_number(first_seventeen: str) -> str:
    """Complete an identity number by the congruence of ISO 7064: the weighted sum of all 18 is 1 modulo 11."""
    known = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(first_seventeen))
    check = (1 - known) % 11
    return first_seventeen + ("X" if check == 10 else str(check))


NUMBER = identity_number("35020319790816001")


def entry(**given: Any) -> ListEntry:
    """A list entry in force since 2020 about nobody, changed; ``person`` and ``number`` make it a person's."""
    person = given.pop("person", None)
    number = given.pop("number", None)
    values: dict[str, Any] = {
        "entry_id": "e1",
        "name": None,
        "uscc": None,
        "person": Person("list-person", person, number) if person is not None else None,
        "list_type": "失信被执行人",
        "listed_on": date(2020, 1, 1),
        "removed_on": None,
        "set_aside": (),
    }
    given["set_aside"] = tuple(given.pop("set_aside", ()))
    return ListEntry(**{**values, **given})


def facts(**given: Any) -> Facts:
    """The passing case, changed. Keys are those of the case files; an unknown one is an error.

    ``record`` is none, found or absent; ``exports`` a total in USD or none; ``number`` the representative's.
    """
    given = dict(given)
    record = given.pop("record", "found")
    name = given.pop("declared_name", "厦门鹭杉进出口有限公司")
    registered = given.pop("registered_representative", None)
    registry = RegistryRecord(
        name=given.pop("name", name),
        uscc=given.get("uscc", USCC),
        company_type=given.pop("type", "有限责任公司"),
        place=given.pop("place", "厦门"),
        status=given.pop("status", "存续"),
        representative=Person("registered", registered, given.pop("registered_number", None))
        if registered
        else None,
        absent=record == "absent",
    )
    total = given.pop("exports", "1250000.00")
    year = given.pop("year", 2021)
    declared_by = given.pop("declared_by", "苏映川")
    applied_on = given.pop("applied_on", DAY)
    built = Facts(
        uscc=given.pop("uscc", USCC),
        declared_name=name,
        representative=Person(
            "declared", given.pop("representative", "陈若舟"), given.pop("number", NUMBER) or None
        ),
        registry=None if record == "none" else registry,
        exports=None if total == "none" else Exports(year, Money.of(total, "USD"), 2),
        list_entries=tuple(entry(**item) for item in given.pop("entries", ())),
        live_policy=given.pop("live_policy", None),
        declared_by=Person("operator", declared_by, None) if declared_by else None,
        declarations=tuple(given.pop("declarations", DECLARATIONS)),
        applied_on=applied_on,
        judged_on=given.pop("judged_on", applied_on),
        sources=SourceVersions(registry=3, customs=2, lists=5),
    )
    if given:
        raise ValueError(f"unknown in a case: {', '.join(given)}")
    return built


def cases(file: str) -> list[Mapping[str, Any]]:
    """The cases of a file; each needs a name, a rule and a verdict."""
    read = tomllib.loads((CASES / file).read_text(encoding="utf-8"))["case"]
    for case in read:
        if missing := {"name", "rule", "verdict"} - case.keys():
            raise ValueError(f"{file}: a case lacks {missing}")
    return list(read)
