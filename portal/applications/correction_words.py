"""Corrections in words, in the reader's language: the fact, what it was, and findings that rest on one."""

from datetime import date

from flask_babel import gettext as _

from portal.common import formats
from portal.scheme import corrected as mended
from portal.scheme import findings as codes
from portal.scheme.facts import CorrectedFact
from portal.scheme.findings import Finding, Verdict
from portal.scheme.money import Money


def fact_name(fact: str) -> str:
    """What a correction changes, in a few words; ``KeyError`` for what is no fact that can be corrected."""
    return {
        mended.EXPORTS: _("Base-year exports"),
        mended.PLACE: _("Place of registration"),
        mended.STATUS: _("Registration status"),
        mended.COMPANY_TYPE: _("Kind of enterprise"),
        mended.NAME: _("Name in the registry"),
        mended.ENTRY_REMOVED: _("Removal of a list entry"),
        mended.REPRESENTATIVE_NUMBER: _("Identity number of the legal representative"),
    }[fact]


def correction_text(corrected: CorrectedFact) -> str:
    """Of a corrected fact: since when, by which correction, and what the source says instead."""
    known = {"date": formats.day(corrected.approved_on), "number": corrected.number}
    if corrected.fact == mended.REPRESENTATIVE_NUMBER:
        return _("corrected on %(date)s, correction %(number)s, was mistyped", **known)
    if corrected.was is None:
        return _("corrected on %(date)s, correction %(number)s, the source says nothing", **known)
    return _("corrected on %(date)s, correction %(number)s, was %(value)s", value=fact_value(corrected), **known)


def fact_value(corrected: CorrectedFact) -> str:
    """What the source says of a corrected fact, as people read it."""
    if corrected.was is None:
        return "—"
    if corrected.fact == mended.EXPORTS:
        return formats.money(Money.of(corrected.was, "USD"))
    if corrected.fact == mended.ENTRY_REMOVED:
        return formats.day(date.fromisoformat(corrected.was))
    return corrected.was


def corrected_sentence(finding: Finding, said: str) -> str:
    """The sentence of a finding that rests on a correction; ``said`` is that of one that does not.

    Where it is the registry that would say it, it is the correction instead.
    """
    if finding.code == codes.REGISTERED_IN_MUNICIPALITY and finding.value["record"] == "found":
        return _place(finding)
    if finding.code == codes.REGISTRATION_ACTIVE:
        return _status(finding)
    if finding.code == codes.INDEPENDENT_LEGAL_PERSON:
        return _legal_form(finding, said)
    return said


def _place(finding: Finding) -> str:
    value, number = finding.value, finding.source.version
    city = value["municipality"] if formats.in_chinese() else value["municipality_en"]
    if finding.verdict is Verdict.PASS:
        return _("By correction %(number)s the firm is registered in %(city)s.", number=number, city=city)
    if finding.verdict is Verdict.FAIL:
        return _(
            "By correction %(number)s the firm is registered in %(place)s, not in %(city)s. It can enrol once it "
            "is registered in %(city)s.",
            number=number,
            place=value["place"],
            city=city,
        )
    return _(
        "By correction %(number)s the firm is registered in %(place)s, which names no city. A person checks.",
        number=number,
        place=value["place"],
    )


def _status(finding: Finding) -> str:
    known = {"number": finding.source.version, "status": finding.value["status"]}
    if finding.verdict is Verdict.PASS:
        return _("By correction %(number)s the status is %(status)s: active.", **known)
    if finding.verdict is Verdict.FAIL:
        return _(
            "By correction %(number)s the status is %(status)s: not active. The firm can enrol once it is active.",
            **known,
        )
    return _(
        "By correction %(number)s the status is %(status)s, which says neither active nor closed. A person "
        "checks.",
        **known,
    )


def _legal_form(finding: Finding, said: str) -> str:
    by = _("The name or the kind of enterprise is that of correction %(number)s.", number=finding.source.version)
    value = finding.value
    if value["matched"] != "type":
        return _join(by, said)
    if finding.verdict is Verdict.PASS:
        return _join(by, _("The type is %(type)s: an independent legal person.", type=value["type"]))
    only = _("Only an independent enterprise legal person can enrol: a branch through its company.")
    return _join(by, _("The type is %(type)s.", type=value["type"]), only)


def _join(*parts: str) -> str:
    """Sentences one after the other: English puts a space between them, Chinese none."""
    return ("" if formats.in_chinese() else " ").join(parts)
