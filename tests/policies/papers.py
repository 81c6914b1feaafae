"""A policy that is in no database, and what a PDF says."""

from datetime import date, timedelta

import pypdfium2

from portal.policies.records import Policy


def a_policy(
    firm_name: str = "厦门拾光家居用品有限公司", starts: str = "2022-05-23", number: str = "P2022-000486"
) -> Policy:
    """An invented policy of 2022 (or the year of its first day)."""
    starts_on = date.fromisoformat(starts)
    new_year = date(starts_on.year, 1, 1)
    gap = starts_on > new_year
    return Policy(
        number=number,
        firm_name=firm_name,
        uscc="91999999MA0000001N",
        policy_year=starts_on.year,
        base_year=starts_on.year - 1,
        exports_minor=128_640_000,
        currency="USD",
        applied_on=starts_on,
        issued_on=starts_on,
        starts_on=starts_on,
        ends_on=date(starts_on.year, 12, 31),
        gap_from=new_year if gap else None,
        gap_to=starts_on - timedelta(days=1) if gap else None,
    )


def pages_of(pdf: bytes) -> list[str]:
    """The text of every page of a PDF, as a reader would select it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = []
        for page in document:
            text = page.get_textpage()
            found.append(text.get_text_range())
            text.close()
            page.close()
        return found
    finally:
        document.close()
