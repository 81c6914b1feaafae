"""The certificate of a policy as a PDF: one page, Chinese and English, its text selectable, fonts within.

Set by typst from `certificate.typ`; the fonts come with two packages of the registry and nothing else is looked
at, so the page is the same on every machine. What is printed is what `document.py` says, and nothing of premium
or exports.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from threading import Lock

import segno
import typst
from noto_cjk_sans_jp_bold import FONT_PATH as BOLD
from pylopdf_fonts_zh_cn import sans_path

from portal.common import formats
from portal.common.drawing import year_bar
from portal.policies import wording
from portal.policies.document import Document, Line
from portal.policies.wording import Both
from portal.scheme.terms import Terms

TEMPLATE = Path(__file__).with_name("certificate.typ")
FONTS: tuple[Path, ...] = (sans_path(), Path(str(BOLD)))
_one_at_a_time = Lock()
# By the length of the firm's name: its size and that of the text, so that it all stays on one page.
SIZES = ((26, 14.0, 9.3), (80, 10.5, 8.9), (200, 8.0, 8.3))


def certificate_pdf(document: Document, terms: Terms, address: str) -> bytes:
    """The certificate of a policy; `address` is the whole address of its public page, which the QR code holds."""
    data = json.dumps(_data(document, terms, address), ensure_ascii=False)
    with _one_at_a_time:  # a compiler is not made for several threads
        pdf = _compiler().compile(format="pdf", sys_inputs={"data": data})
    if not isinstance(pdf, bytes):
        raise RuntimeError("typst gave no single document")
    return pdf


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """One compiler a process: reading the fonts takes longer than setting a page."""
    return typst.Compiler(
        input=str(TEMPLATE), font_paths=[str(path.parent) for path in FONTS], ignore_system_fonts=True
    )


def qr_code(address: str) -> str:
    """The address as a QR code, an SVG text."""
    out = BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=1, xmldecl=False, dark="#1B2326")
    return out.getvalue().decode()


def chinese_day(value: date) -> str:
    """A day as a Chinese document writes it: 2022年5月23日."""
    return f"{value.year}年{value.month}月{value.day}日"


def _sizes(name: str) -> tuple[float, float]:
    """In points, the size of a firm's name and of the text beside it."""
    return next(((of_name, of_text) for longest, of_name, of_text in SIZES if len(name) <= longest), SIZES[-1][1:])


def _both(text: Both, **values: str) -> dict[str, str]:
    return {"zh": text.zh.format(**values), "en": text.en.format(**values)}


def _days(first: date, last: date) -> dict[str, str]:
    days = (last - first).days + 1
    return {
        "zh": f"{chinese_day(first)}至{chinese_day(last)}（{days}天）",
        "en": f"{_english(first)} to {_english(last)} ({days} {'day' if days == 1 else 'days'})",
    }


def _english(value: date) -> str:
    return f"{value.day} {formats.ENGLISH_MONTHS[value.month - 1]} {value.year}"


def _data(document: Document, terms: Terms, address: str) -> dict[str, object]:
    """Everything the template prints."""
    zh, en = document.zh, document.en
    marked = set(document.provisional)
    bar = year_bar(document.period_start, document.period_end, document.starts_on, document.ends_on)
    return {
        "title": _both(wording.CERTIFICATE_TITLE),
        "size": _sizes(document.firm_name)[1],
        "author": f"{terms.city}市商务局",
        "scheme": {"zh": zh.scheme, "en": en.scheme},
        "number": document.number,
        "number_label": _both(wording.NUMBER),
        "facts": _facts(document, marked),
        "bar": {
            "gap": float(bar.gap),
            "cover": float(bar.cover),
            "first": chinese_day(document.period_start),
            "last": chinese_day(document.period_end),
        },
        "why_gap": {"zh": zh.why_gap, "en": en.why_gap},
        "exclusions": _listed(zh.exclusions_title, en.exclusions_title, zh.exclusions, en.exclusions),
        "inclusions": _listed(zh.inclusions_title, en.inclusions_title, zh.inclusions, en.inclusions),
        "amounts": [_amount(one, other, marked) for one, other in zip(zh.amounts, en.amounts, strict=True)],
        "order": {"zh": zh.order, "en": en.order},
        "example_heads": [
            {"zh": one, "en": other} for one, other in zip(zh.example_heads, en.example_heads, strict=True)
        ],
        "example": [asdict(one) for one in document.example],
        "trouble": {
            "title": {"zh": zh.trouble_title, "en": en.trouble_title},
            "text": {
                "zh": "".join((*zh.trouble, f"{zh.do_not_title}：{zh.do_not}")),
                "en": " ".join((*en.trouble, f"{en.do_not_title}: {en.do_not}")),
            },
        },
        "provisional": _both(wording.PROVISIONAL),
        "any_provisional": bool(marked),
        "provisional_note": _both(wording.PROVISIONAL_NOTE),
        "run_by": _both(wording.RUN_BY, zh_city=terms.city, en_city=terms.city_en),
        "document": _both(wording.DOCUMENT, version=document.version, fingerprint=document.fingerprint[:16]),
        "qr": qr_code(address),
        "qr_hint": _both(wording.QR_HINT),
        "address": address,
    }


def _facts(document: Document, marked: set[str]) -> list[dict[str, object]]:
    gap = document.gap_from is not None and document.gap_to is not None
    without = (
        _days(document.gap_from, document.gap_to)
        if document.gap_from and document.gap_to
        else _both(wording.NO_GAP)
    )
    name: Mapping[str, str | None] = {"zh": document.firm_name, "en": None}
    return [
        {
            "label": _both(wording.INSURED),
            "value": name,
            "provisional": False,
            "wide": True,
            "size": _sizes(document.firm_name)[0],
        },
        {
            "label": _both(wording.CREDIT_CODE),
            "value": {"zh": document.uscc, "en": None},
            "provisional": False,
        },
        {
            "label": _both(wording.ISSUED),
            "value": {"zh": chinese_day(document.issued_on), "en": _english(document.issued_on)},
            "provisional": False,
        },
        {
            "label": _both(wording.COVERED),
            "value": _days(document.starts_on, document.ends_on),
            "provisional": bool(marked & {"cover_starts", "policy_year_start"}),
        },
        {"label": _both(wording.UNCOVERED), "value": without, "provisional": False, "gap": gap},
    ]


def _amount(zh: Line, en: Line, marked: set[str]) -> dict[str, object]:
    return {
        "label": {"zh": zh.label, "en": en.label},
        "value": {"zh": zh.value, "en": en.value},
        "provisional": zh.path in marked,
    }


def _listed(zh_title: str, en_title: str, zh: tuple[str, ...], en: tuple[str, ...]) -> dict[str, object]:
    return {
        "title": {"zh": zh_title, "en": en_title},
        "items": [{"zh": one, "en": other} for one, other in zip(zh, en, strict=True)],
    }
