"""Differences of two versions as pages list them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from portal.common.formats import mark_differences
from portal.common.people import People
from portal.reference.actions import ImportResult
from portal.reference.customs_differences import CustomsFound
from portal.reference.differences import Found, of_preview, shown
from portal.reference.names import DIFFERENCE_KINDS, DIFFERENCE_NAMES, FIELD_NAMES
from portal.reference.sides import KINDS, Difference


def changes_of(session: Session, result: ImportResult) -> list[Found | CustomsFound]:
    """What a previewed file would change or no longer has, in the order in which it is listed."""
    compared = result.compared
    if compared is None or result.same_file_again:
        return []
    if compared.customs is not None:
        return ordered([one for one in compared.customs.found if one.before is not None])
    assert compared.snapshot is not None  # it is one or the other
    return ordered(of_preview(session, result.source, compared.snapshot))


def rows_of(
    session: Session, people: People, source: str, found: Sequence[Found | CustomsFound], sees_people: bool
) -> list[dict[str, Any]]:
    """Differences as the table draws them; whoever may not see listed people reads only that there is one."""
    return [row_of(one) for one in shown(session, people, source, found, sees_people)]


def row_of(one: Difference) -> dict[str, Any]:
    """One difference as the table draws it: in each field the newer text, with what differs in it marked."""
    return {
        "kind": DIFFERENCE_KINDS[one.kind],
        "words": str(DIFFERENCE_NAMES[one.kind]),
        "name": one.name,
        "code": one.code,
        "year": one.year,
        "lines": [
            {
                "field": str(FIELD_NAMES[line.field]),
                "before": line.before,
                "now": mark_differences(line.before, line.now) if line.before and line.now else line.now,
            }
            for line in one.lines
        ],
    }


def ordered(found: Sequence[Found | CustomsFound]) -> list[Found | CustomsFound]:
    """Differences in the order in which they are listed: by kind, then by code and name."""
    places = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(found, key=lambda one: (places[one.kind], one.code or "", one.name or "", _last(one)))


def _last(one: Found | CustomsFound) -> int:
    return (
        one.year if isinstance(one, CustomsFound) else one.before or (one.now if isinstance(one.now, int) else 0)
    )
