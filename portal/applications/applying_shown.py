"""What the pages of applying show besides their forms: the customs total, the licence, the read-back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.applications import consents
from portal.applications.applying_forms import StepForm
from portal.applications.drafts import (
    DECLARATIONS,
    FIRM,
    REPRESENTATIVE,
    Opened,
    customs_total,
    shown_number,
)
from portal.applications.entries import YES
from portal.common.codes import mask_identity_number, mask_mobile
from portal.common.formats import amount, file_size, money
from portal.common.people import People
from portal.common.preferences import locale_name
from portal.documents.queries import ShownDocument, documents
from portal.scheme import stages

Fact = dict[str, Any]


@dataclass(frozen=True)
class ShownTotal:
    """The base-year total of a confirmed firm beside its cap, in minor units of US dollars and in words."""

    year: int
    version: int | None
    value: int | None  # None: customs has no line of the firm
    cap: int
    words: str
    cap_words: str
    distance: str
    over: bool


def customs_shown(session: Session, found: Opened, today: date) -> ShownTotal | None:
    """The total as customs has it; nothing at all before it is confirmed who acts for the firm."""
    if found.membership.state != stages.CONFIRMED:
        return None
    total = customs_total(session, found, today)
    cap = found.on_date.cap
    value = total.exports.total.minor if total.exports else None
    over = value is not None and value > cap.minor
    words = _("%(amount)s over the cap") if over else _("%(amount)s below the cap")
    return ShownTotal(
        year=found.on_date.base_year,
        version=total.version,
        value=value,
        cap=cap.minor,
        words=money(value) if value is not None else "",
        cap_words=_("cap %(amount)s", amount=amount(cap.minor)),
        distance=words % {"amount": amount(abs(cap.minor - value))} if value is not None else "",
        over=over,
    )


def licence_shown(session: Session, people: People, found: Opened) -> ShownDocument | None:
    """The licence that goes with the application, if it is there."""
    wanted = found.licence_id or ""
    return documents(session, [wanted], people).get(wanted)


def saved_words(found: Opened, form: StepForm) -> list[Fact]:
    """What stands saved of a step where it is something else than what was typed now."""
    if form.step == DECLARATIONS:
        ticked = set(form.ticked())
        return [
            {"label": consents.current(code).words(locale_name()), "value": _yes_or_no(code in found.declared)}
            for code in found.on_date.declarations
            if (code in ticked) != (code in found.declared)
        ]
    shown = []
    saved = found.entries.part(tuple(form.values()))
    if "number" in saved:
        saved["number"] = shown_number(found)
    for name, typed in form.values().items():
        stands = saved[name]
        if stands != typed.strip():
            value = _yes_or_no(stands == YES) if isinstance(form[name].data, bool) else stands or _("(empty)")
            shown.append({"label": form[name].label.text, "value": value})
    return shown


def _yes_or_no(ticked: bool) -> str:
    return _("ticked") if ticked else _("not ticked")


@dataclass(frozen=True)
class ReadBack:
    """Everything that is sent, by where it comes from."""

    firm: list[Fact]
    registered: bool
    customs: ShownTotal | None
    typed: list[Fact]
    declared: list[str]
    declared_by: str
    declared_at: datetime | None


def read_back(session: Session, people: People, found: Opened, today: date) -> ReadBack:
    """What the last page shows: only what was typed has a way to change it."""
    entries, membership = found.entries, found.membership
    confirmed = membership.state == stages.CONFIRMED

    def change(step: str) -> str:
        return url_for("applications.step", uscc=membership.uscc, step=step)

    unverified = None if confirmed else _("entered by you, not verified yet")
    name: Fact = {"label": _("Name of the firm"), "value": found.firm_name}
    if found.registry is None:
        name |= {"change_url": change(FIRM), "source": unverified}
    firm = [name, {"label": _("Unified social credit code"), "value": membership.uscc, "code": True}]
    if confirmed and found.registry is not None:
        said = [part for part in (found.registry.place, found.registry.status) if part]
        firm.append({"label": _("Registered in, status"), "value": _(", ").join(said) or "—"})
    licence = licence_shown(session, people, found)
    number = mask_identity_number(entries.number)
    typed: list[Fact] = [
        {
            "label": _("Legal representative"),
            "value": entries.representative,
            "lines": [number],
            "change_url": change(REPRESENTATIVE),
            "source": unverified,
        },
        {
            "label": _("Business licence"),
            "value": f"{licence.name}{_(', ')}{file_size(licence.size)}" if licence else "—",
            "change_url": change(REPRESENTATIVE),
        },
        {
            "label": _("You, and how to reach you"),
            "value": entries.contact,
            "lines": [line for line in (mask_mobile(entries.mobile), entries.email) if line],
            "change_url": change(FIRM),
        },
        {"label": _("Address"), "value": entries.address or "—", "change_url": change(FIRM)},
    ]
    agreed = [one for one in map(found.agreed_to, found.declared) if one is not None]
    return ReadBack(
        firm=firm,
        registered=found.registry is not None,
        customs=customs_shown(session, found, today),
        typed=typed,
        declared=[consents.current(code).words(locale_name()) for code in found.declared],
        declared_by=entries.contact,
        declared_at=max((one.given_at for one in agreed), default=None),
    )
