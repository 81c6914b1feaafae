"""The catalogue of translations: English stands in the source, Chinese in `zh_Hans_CN`, both complete.

`python -m portal.translations` (`make messages`) reads every message out of the source, keeps the Chinese that
is there, adds what is new without words, drops what is gone, and compiles. A test fails while words are missing.
"""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from portal.common.config import ROOT

LOCALE = "zh_Hans_CN"
STAMP = datetime(2026, 1, 1, tzinfo=UTC)  # the catalogue changes with its words, not with the day
PO = Path(__file__).parent / LOCALE / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "_l": None,
    "_n": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}


def extracted() -> Catalog:
    """Every message that the source and the templates hold, with where it stands."""
    catalog = Catalog(project="Tongbao", charset="utf-8")
    for folder in ("portal", "templates"):
        found = extract_from_dir(ROOT / folder, METHODS, OPTIONS, KEYWORDS)
        for name, line, message, comments, context in sorted(found, key=lambda f: (f[0], f[1])):
            catalog.add(message, None, [(f"{folder}/{name}", line)], auto_comments=comments, context=context)
    return catalog


def kept() -> Catalog:
    """The catalogue as it stands in the repository."""
    if not PO.exists():
        return Catalog(locale=LOCALE)
    with PO.open("rb") as file:
        return read_po(file, locale=LOCALE)


def updated() -> Catalog:
    """The catalogue as it should stand: today's messages with the words already known, never a guess."""
    fresh, before = extracted(), kept()
    catalog = Catalog(
        locale=LOCALE,
        project="Tongbao 统保",
        header_comment="# Chinese of the portal. Kept by `make messages`; write the words, not the rest.",
        last_translator="the project",
        language_team="the project",
        msgid_bugs_address="the project's issues",
        charset="utf-8",
        fuzzy=False,
    )
    catalog.creation_date = catalog.revision_date = STAMP
    for message in fresh:
        if message.id:
            known = before.get(message.id, message.context)
            plural = isinstance(message.id, list | tuple)
            words = known.string if known is not None else (("",) if plural else "")
            catalog.add(message.id, words, message.locations, context=message.context)
    return catalog


def missing(catalog: Catalog) -> list[str]:
    """The messages that have no words, or none for one of their forms."""
    lacking = []
    for message in catalog:
        words = message.string if isinstance(message.string, list | tuple) else (message.string,)
        if message.id and (message.fuzzy or not all(words)):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def po_bytes(catalog: Catalog) -> bytes:
    """The catalogue as text; locations without line numbers, so that moving code changes nothing."""
    out = BytesIO()
    write_po(out, catalog, width=115, sort_output=True, include_lineno=False)
    return out.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The compiled catalogue."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()
