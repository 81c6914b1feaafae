"""Findings in words, in the reader's language: the full sentence, the firm's, the public's, and a tag.

The rulebook gives codes and values; nothing here decides anything.
"""

from collections.abc import Callable, Mapping
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.applications.correction_words import corrected_sentence
from portal.common import formats
from portal.scheme import findings as codes
from portal.scheme.corrected import CORRECTION
from portal.scheme.findings import PUBLIC_CODES, Finding, Source, Verdict
from portal.scheme.money import Money

LIST_CODES = (codes.FIRM_NOT_LISTED, codes.REPRESENTATIVE_NOT_LISTED)


def rule_title(code: str) -> str:
    """What a rule asks, in a few words; ``KeyError`` for a code that is no rule."""
    return {
        codes.REGISTERED_IN_MUNICIPALITY: _("Registered in the municipality"),
        codes.REGISTRATION_ACTIVE: _("Registration active"),
        codes.INDEPENDENT_LEGAL_PERSON: _("Independent legal person"),
        codes.EXPORTS_ABOVE_ZERO: _("Base-year exports above zero"),
        codes.EXPORTS_WITHIN_CAP: _("Base-year exports within the cap"),
        codes.FIRM_NOT_LISTED: _("Firm on no list"),
        codes.REPRESENTATIVE_NOT_LISTED: _("Legal representative on no list"),
        codes.NOT_ALREADY_ENROLLED: _("Not yet enrolled in the policy year"),
        codes.WITHIN_ENROLMENT_WINDOW: _("Within the enrolment window"),
        codes.DECLARATIONS_COMPLETE: _("Declarations complete"),
    }[code]


def sentence(finding: Finding) -> str:
    """The whole finding for staff and auditors: values, distance, and what would change the result."""
    said = _SENTENCES[finding.code](finding)
    return corrected_sentence(finding, said) if finding.source.kind == CORRECTION else said


def exporter_sentence(finding: Finding) -> str:
    """The finding for a confirmed member of the firm: everything, but of lists only that there is a question."""
    if finding.code not in LIST_CODES:
        return sentence(finding)
    if finding.verdict is Verdict.PASS:
        return _("There is no question about the public lists.")
    if finding.code == codes.FIRM_NOT_LISTED:
        return _(
            "There is a question about the public lists and your firm. To answer it, send the reviewer a "
            "paper of the court or authority which shows that the entry is not your firm, or has been "
            "removed."
        )
    return _(
        "There is a question about the public lists and your legal representative. To answer it, send the "
        "reviewer the identity card, or a paper of the court or authority which shows that the entry is "
        "somebody else, or has been removed."
    )


def public_sentence(finding: Finding) -> str:
    """The finding without sign-in: nothing but the verdict. ``ValueError`` for a rule that is not public."""
    if finding.code not in PUBLIC_CODES:
        raise ValueError(f"{finding.code} is not told without sign-in")
    rule = rule_title(finding.code)
    match finding.verdict:
        case Verdict.PASS:
            return _("%(rule)s: yes.", rule=rule)
        case Verdict.FAIL:
            return _("%(rule)s: no.", rule=rule)
        case Verdict.REFER:
            return _("%(rule)s: a person has to look.", rule=rule)


def source_text(source: Source) -> str:
    """Where a finding's value came from, with the version if the source has any, or the correction's number."""
    if source.kind == CORRECTION:
        return _("Correction %(number)s", number=source.version)
    name = {
        "registry": _("Company registry"),
        "customs": _("Customs exports"),
        "lists": _("Public lists"),
        "policies": _("Policies in this portal"),
        "terms": _("Terms of the scheme"),
        "application": _("Application"),
        "declared_unverified": _("Declared by the firm, unverified"),
    }[source.kind]
    if source.version is None:
        return name
    return _("%(source)s, version %(version)s", source=name, version=source.version)


def short_reason(finding: Finding) -> str:
    """The finding as a tag in a queue: why a person must look, or why the firm cannot enrol.

    A rule that passed gives its title: it has nothing to be looked at.
    """
    if finding.verdict is Verdict.PASS:
        return rule_title(finding.code)
    return _refer_tag(finding) if finding.verdict is Verdict.REFER else _fail_tag(finding.code)


def _refer_tag(finding: Finding) -> str:
    value = finding.value
    if finding.code == codes.REPRESENTATIVE_NOT_LISTED and value["match"] == "same_document_number":
        return _("Same document number on a list")
    return question_tag(finding.code, str(value.get("record", "")))


def question_tag(code: str, record: str = "") -> str:
    """The tag of a referred rule; ``record`` is what the registry has of the firm: none, absent or found."""
    if code == codes.REGISTRATION_ACTIVE and record == "none":
        return _("No registry record")
    if code == codes.REGISTERED_IN_MUNICIPALITY and record == "absent":
        return _("Gone from the registry")
    if code == codes.REGISTERED_IN_MUNICIPALITY and record == "found":
        return _("Place of registration unclear")
    return {
        codes.REGISTERED_IN_MUNICIPALITY: _("No registry record"),
        codes.REGISTRATION_ACTIVE: _("Registration status unclear"),
        codes.INDEPENDENT_LEGAL_PERSON: _("Legal form unclear"),
        codes.EXPORTS_ABOVE_ZERO: _("No customs record"),
        codes.EXPORTS_WITHIN_CAP: _("No customs record"),
        codes.FIRM_NOT_LISTED: _("Same name key on a list"),
        codes.REPRESENTATIVE_NOT_LISTED: _("Same name on a list"),
    }[code]


def _fail_tag(code: str) -> str:
    return {
        codes.REGISTERED_IN_MUNICIPALITY: _("Registered elsewhere"),
        codes.REGISTRATION_ACTIVE: _("Not active"),
        codes.INDEPENDENT_LEGAL_PERSON: _("No independent legal person"),
        codes.EXPORTS_ABOVE_ZERO: _("No exports"),
        codes.EXPORTS_WITHIN_CAP: _("Above the cap"),
        codes.FIRM_NOT_LISTED: _("Firm on a list"),
        codes.REPRESENTATIVE_NOT_LISTED: _("Representative on a list"),
        codes.NOT_ALREADY_ENROLLED: _("Already enrolled"),
        codes.WITHIN_ENROLMENT_WINDOW: _("Outside the window"),
        codes.DECLARATIONS_COMPLETE: _("Declarations missing"),
    }[code]


def _registered_in_municipality(finding: Finding) -> str:
    value = finding.value
    city = value["municipality"] if formats.in_chinese() else value["municipality_en"]
    if finding.verdict is Verdict.PASS:
        return _("The registry has the firm in %(city)s.", city=city)
    if finding.verdict is Verdict.FAIL:
        return _(
            "The registry has the firm in %(place)s, not in %(city)s. It can enrol once it is registered in "
            "%(city)s.",
            place=value["place"],
            city=city,
        )
    if value["record"] == "none":
        return _("The registry has no record with this code. A person checks whether the firm is registered here.")
    if value["record"] == "absent":
        return _(
            "The newest registry no longer has the firm. A person checks whether it is still registered here."
        )
    return _("The registry does not say in which city the firm is registered. A person checks.")


def _registration_active(finding: Finding) -> str:
    status = finding.value["status"]
    if finding.verdict is Verdict.PASS:
        return _("The registry gives the status %(status)s: active.", status=status)
    if finding.verdict is Verdict.FAIL:
        return _(
            "The registry gives the status %(status)s: not active. The firm can enrol once the registry has "
            "it as active.",
            status=status,
        )
    if finding.value["record"] == "none":
        return _("The registry does not have the firm, so its status cannot be looked up. A person checks.")
    if not status:
        return _("The registry gives no status for the firm. A person checks whether it is active.")
    return _(
        "The registry gives the status %(status)s, which says neither active nor closed. A person checks.",
        status=status,
    )


def _independent_legal_person(finding: Finding) -> str:
    value = finding.value
    how = (finding.verdict, value["matched"])
    if how == (Verdict.PASS, "name_ending"):
        return _("The name ends in %(word)s: an independent legal person.", word=value["word"])
    if how == (Verdict.PASS, "type"):
        return _("The registry gives the type %(type)s: an independent legal person.", type=value["type"])
    if finding.verdict is Verdict.REFER:
        return _(
            "Neither the name nor the registered type shows whether the firm is an independent legal "
            "person. A person checks; the business licence shows it."
        )
    if value["matched"] == "name_ending":
        seen = _("The name ends in %(word)s.", word=value["word"])
    elif value["matched"] == "type":
        seen = _("The registry gives the type %(type)s.", type=value["type"])
    else:
        seen = _("The code begins with %(word)s, as those of individual businesses do.", word=value["word"])
    return _join(seen, _("Only an independent enterprise legal person can enrol: a branch through its company."))


def _exports_above_zero(finding: Finding) -> str:
    value = finding.value
    if finding.verdict is Verdict.REFER:
        return _no_customs_record(value)
    total = _amount(value, "total")
    if finding.verdict is Verdict.PASS:
        return _("Exports in %(year)s were %(total)s, above zero.", year=value["year"], total=total)
    return _join(
        _("Exports in %(year)s were %(total)s, and must be above zero.", year=value["year"], total=total),
        _appeal(),
    )


def _exports_within_cap(finding: Finding) -> str:
    value = finding.value
    if finding.verdict is Verdict.REFER:
        return _no_customs_record(value)
    amounts = {name: _amount(value, name) for name in ("total", "distance", "cap")}
    if finding.verdict is Verdict.PASS:
        if value["total"] == value["cap"]:
            return _("Exports in %(year)s were %(total)s, exactly at the cap.", year=value["year"], **amounts)
        return _(
            "Exports in %(year)s were %(total)s, %(distance)s below the cap of %(cap)s.",
            year=value["year"],
            **amounts,
        )
    return _join(
        _(
            "Exports in %(year)s were %(total)s, %(distance)s above the cap of %(cap)s.",
            year=value["year"],
            **amounts,
        ),
        _appeal(),
    )


def _no_customs_record(value: Mapping[str, object]) -> str:
    return _("Customs has no exports of the firm in %(year)s. A person checks.", year=value["year"])


def _appeal() -> str:
    return _("If the customs figure is wrong, appeal with the customs declarations.")


def _firm_not_listed(finding: Finding) -> str:
    match finding.value["match"]:
        case "same_uscc":
            return _("A list entry in force has the firm's code. The firm can enrol once the entry is removed.")
        case "same_name_key":
            return _(
                "A list entry in force, without a code, has the firm's name. A person checks whether it is "
                "this firm."
            )
        case "set_aside":
            return _("A list entry has the firm's name; a reviewer set it aside as another firm.")
        case "different_uscc":
            return _("A list entry has the firm's name but another code: another firm.")
        case _:
            return _("No list entry in force is about the firm.")


def _representative_not_listed(finding: Finding) -> str:
    said = _representative_match(finding.value["match"])
    if finding.value["whose"] == ["registry"]:
        return _join(said, _("This is the representative whom the registry names, not the declared one."))
    return said


def _representative_match(match_found: object) -> str:
    match match_found:
        case "same_id_number":
            return _(
                "A list entry in force has the representative's full identity number. The firm can enrol "
                "once the entry is removed."
            )
        case "masked_number_fits":
            return _(
                "A list entry in force has the representative's name, and its masked number fits. A person "
                "checks whether it is the same one."
            )
        case "no_number_on_list":
            return _(
                "A list entry in force has the representative's name and no identity number. A person "
                "checks whether it is the same one."
            )
        case "no_valid_number_declared":
            return _(
                "A list entry in force has the representative's name, and we have no valid identity number "
                "of 18 characters to compare. A person checks whether it is the same one."
            )
        case "same_document_number":
            return _(
                "A list entry in force has the number of the representative's document. A person checks "
                "whether it is the same one."
            )
        case "set_aside":
            return _("A list entry has the representative's name; a reviewer set it aside as somebody else.")
        case "different_number":
            return _("A list entry has the representative's name, but its number cannot be this person's.")
        case _:
            return _("No list entry in force is about the legal representative.")


def _not_already_enrolled(finding: Finding) -> str:
    value = finding.value
    if finding.verdict is Verdict.PASS:
        return _("The firm has no policy in policy year %(year)s.", year=value["policy_year"])
    return _(
        "The firm already has policy %(policy)s in policy year %(year)s. It can enrol again for the next "
        "policy year.",
        policy=value["policy"],
        year=value["policy_year"],
    )


def _within_enrolment_window(finding: Finding) -> str:
    value = finding.value
    applied, opens, closes = (
        date.fromisoformat(str(value[name])) for name in ("applied_on", "window_start", "window_end")
    )
    dates = {"applied": formats.day(applied), "opens": formats.day(opens), "closes": formats.day(closes)}
    if finding.verdict is Verdict.PASS:
        return _("Applied on %(applied)s, within the window from %(opens)s to %(closes)s.", **dates)
    if applied < opens:
        early = formats.days((opens - applied).days)
        return _(
            "Applied on %(applied)s, %(early)s before enrolment opens. Apply from %(opens)s to %(closes)s.",
            early=early,
            **dates,
        )
    late = formats.days((applied - closes).days)
    if value["programme_end"] is not None and value["programme_end"] == value["window_end"]:
        return _(
            "Applied on %(applied)s, %(late)s after the programme ended on %(closes)s. A later programme "
            "may take the firm.",
            late=late,
            **dates,
        )
    return _(
        "Applied on %(applied)s, %(late)s after enrolment closed on %(closes)s. Apply for the next policy year.",
        late=late,
        **dates,
    )


def _declarations_complete(finding: Finding) -> str:
    value = finding.value
    if finding.verdict is Verdict.PASS:
        return _("A named person made all declarations.")
    missing = value["missing"]
    open_ones = len(missing) if isinstance(missing, list) else 0
    parts = []
    if open_ones:
        parts.append(
            ngettext(
                "%(num)s declaration is not ticked: tick it to enrol.",
                "%(num)s declarations are not ticked: tick them to enrol.",
                open_ones,
            )
        )
    if not value["named"]:
        parts.append(_("The declarations carry no name: say who makes them."))
    return _join(*parts)


def _amount(value: Mapping[str, object], name: str) -> str:
    return formats.money(Money.of(str(value[name]), str(value["currency"])))


def _join(*parts: str) -> str:
    """Sentences one after the other: English puts a space between them, Chinese none."""
    return ("" if formats.in_chinese() else " ").join(parts)


_SENTENCES: Mapping[str, Callable[[Finding], str]] = {
    codes.REGISTERED_IN_MUNICIPALITY: _registered_in_municipality,
    codes.REGISTRATION_ACTIVE: _registration_active,
    codes.INDEPENDENT_LEGAL_PERSON: _independent_legal_person,
    codes.EXPORTS_ABOVE_ZERO: _exports_above_zero,
    codes.EXPORTS_WITHIN_CAP: _exports_within_cap,
    codes.FIRM_NOT_LISTED: _firm_not_listed,
    codes.REPRESENTATIVE_NOT_LISTED: _representative_not_listed,
    codes.NOT_ALREADY_ENROLLED: _not_already_enrolled,
    codes.WITHIN_ENROLMENT_WINDOW: _within_enrolment_window,
    codes.DECLARATIONS_COMPLETE: _declarations_complete,
}
