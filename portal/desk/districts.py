"""The district in which a firm is, as far as the registry's address names one."""

import re
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import func

from portal.reference.records import RegistryRow

ADDRESS_READ = 40  # characters of an address in which its district stands
PLACE = func.substr(func.coalesce(RegistryRow.address, RegistryRow.place), 1, ADDRESS_READ)
"""As much of a registry row's address as is read here."""

# 福建省厦门市思明区…, 厦门市思明区…, 思明区…; a free-trade zone or an industrial estate names no district.
_DISTRICT = re.compile(
    r"(?:[^省市区县]{2,6}省|[^省市区县]{2,8}自治区)?(?:[^省市区县]{2,5}市)?"
    r"((?!保税|工业|开发|高新)[^省市区县]{2,3})[区县]"
)


def district_of(address: str | None) -> str | None:
    """The district an address begins with, without 区 or 县; None where it cannot be told."""
    found = _DISTRICT.match((address or "")[:ADDRESS_READ])
    return found[1] if found else None


def districts_in(addresses: Iterable[str | None]) -> dict[str, set[str]]:
    """District → the beginnings of these addresses that name it."""
    found: dict[str, set[str]] = defaultdict(set)
    for address in addresses:
        if match := _DISTRICT.match(address or ""):
            found[match[1]].add(match[0])
    return found
