"""Findings as pages show them: in words, with their source's day, the bar of the cap, and what is provisional."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.correction_words import correction_text
from portal.applications.queries import findings
from portal.applications.records import Application, Decision
from portal.applications.sentences import rule_title, sentence, short_reason, source_text
from portal.common.formats import day, money, percent
from portal.programme.actions import terms_by_fingerprint
from portal.programme.queries import confirmations
from portal.reference.records import SourceVersion
from portal.scheme import findings as codes
from portal.scheme.canonical import corrected_facts
from portal.scheme.corrected import CONCERNS, CORRECTION
from portal.scheme.facts import CorrectedFact
from portal.scheme.findings import Finding, Verdict
from portal.scheme.money import Money

LEAST_SHARE = Decimal("0.0005")  # what rounds to 0.1 %
# The parameters of the terms that each rule reads; while one is provisional, so is what the rule says.
PARAMETERS = {
    codes.EXPORTS_ABOVE_ZERO: ("base_year_lag",),
    codes.EXPORTS_WITHIN_CAP: ("base_year_lag", "export_cap"),
    codes.NOT_ALREADY_ENROLLED: ("policy_year_start",),
    codes.WITHIN_ENROLMENT_WINDOW: ("window_opens", "window_closes"),
    codes.DECLARATIONS_COMPLETE: ("declarations",),
}


def shown_findings(
    session: Session, application: Application, decision: Decision, reason_url: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Each finding with what its template macro draws; `reason_url` leads to why a parameter is provisional."""
    days = source_days(session, decision)
    corrected = corrected_facts(decision.canonical.encode())
    provisional = provisional_parameters(session, application, decision)
    shown = []
    for finding in findings(decision):
        paths = [path for path in PARAMETERS.get(finding.code, ()) if path in provisional]
        shown.append(
            {
                "verdict": str(finding.verdict),
                "title": rule_title(finding.code),
                "short": short_reason(finding),
                "question": question(finding) if finding.verdict is Verdict.REFER else None,
                "sentence": sentence(finding),
                "code": finding.code,
                "source": source_words(finding, days, corrected),
                "article": finding.article,
                "provisional": reason_url(paths[0]) if paths else None,
                "bar": bar_of(finding),
            }
        )
    return shown


def question(finding: Finding) -> str:
    """What a person must look at, as a heading with the fact in it; the tag where there is no more to say.

    ``ValueError`` for a finding that is not referred.
    """
    if finding.verdict is not Verdict.REFER:
        raise ValueError(f"{finding.code} is not referred")
    value = finding.value
    if finding.code in (codes.EXPORTS_ABOVE_ZERO, codes.EXPORTS_WITHIN_CAP):
        return _("Customs has no exports of the firm in %(year)s", year=value["year"])
    if finding.code == codes.FIRM_NOT_LISTED:
        return _("A list entry without a code has the firm's name")
    if finding.code == codes.REPRESENTATIVE_NOT_LISTED:
        return _match_heading(str(value["match"]))
    if finding.code == codes.INDEPENDENT_LEGAL_PERSON:
        return _("Name and type do not show whether the firm is an independent legal person")
    if value["record"] == "none":
        return _("The registry does not have this firm")
    if value["record"] == "absent" and finding.code == codes.REGISTERED_IN_MUNICIPALITY:
        return _("The newest registry no longer has this firm")
    return short_reason(finding)


def _match_heading(match_found: str) -> str:
    return {
        "masked_number_fits": _("The legal representative has a listed person's name, and the number fits"),
        "no_number_on_list": _("The legal representative has a listed person's name; the list gives no number"),
        "no_valid_number_declared": _(
            "The legal representative has a listed person's name; no valid number was given"
        ),
        "same_document_number": _("The legal representative's document number is on a list"),
    }[match_found]


def questions_of(shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a person must look at, one card for each tag of the queue: rules that ask the same stand together.

    Each has its title, its sentences, and the rules (as `shown_findings` gives them) that ask it.
    """
    cards: dict[str, dict[str, Any]] = {}
    for finding in shown:
        if finding["verdict"] != Verdict.REFER:
            continue
        card = cards.setdefault(
            finding["short"], {"title": finding["question"], "sentences": [], "rules": [], "codes": []}
        )
        if finding["sentence"] not in card["sentences"]:
            card["sentences"].append(finding["sentence"])
        card["rules"].append(finding)
        card["codes"].append(finding["code"])
    return list(cards.values())


def tags_of(found: Sequence[Finding], state_kind: str) -> list[tuple[str, str]]:
    """The short reasons of findings that did not pass, each said once: (kind of tag, words).

    Once the question is settled the tags are grey: they tell what it was.
    """
    settled = state_kind not in ("refer", "fail")
    tags = [(str(finding.verdict), short_reason(finding)) for finding in found]
    return list(dict.fromkeys(("source" if settled else kind, words) for kind, words in tags))


def bar_of(finding: Finding) -> dict[str, object] | None:
    """The load line of the export cap: the arguments of the template's macro, in minor units."""
    value = finding.value
    if finding.code != codes.EXPORTS_WITHIN_CAP or value["total"] is None:
        return None
    currency = str(value["currency"])
    total, cap, distance = (Money.of(str(value[name]), currency) for name in ("total", "cap", "distance"))
    over = finding.verdict is Verdict.FAIL
    return {
        "value": total.minor,
        "cap": cap.minor,
        "value_text": _("%(year)s: %(amount)s", year=value["year"], amount=money(total)),
        "cap_text": _("cap %(amount)s", amount=money(cap)),
        "over_text": _over(distance, cap) if over else None,
    }


def _over(distance: Money, cap: Money) -> str:
    """By how much a cap is passed, with the share of it where that is not too small to say."""
    share = distance.amount / cap.amount
    if share < LEAST_SHARE:
        return _("%(amount)s over", amount=money(distance))
    return _("%(amount)s over (%(share)s)", amount=money(distance), share=percent(share))


def source_days(session: Session, decision: Decision) -> dict[tuple[str, int], str]:
    """The day on which each source version of a decision came in, by source and number."""
    numbers = {
        "registry": decision.registry_version,
        "customs": decision.customs_version,
        "lists": decision.lists_version,
    }
    query = select(SourceVersion.source, SourceVersion.number, SourceVersion.imported_at).where(
        SourceVersion.number.in_(set(numbers.values()))
    )
    return {
        (source, number): day(moment)
        for source, number, moment in session.execute(query)
        if numbers.get(source) == number
    }


def source_words(
    finding: Finding, days: dict[tuple[str, int], str], corrected: Sequence[CorrectedFact] = ()
) -> str:
    """Where a finding's value came from and of which day; of a corrected one also what the source says instead."""
    words = source_text(finding.source)
    if finding.source.kind == CORRECTION:
        said = [
            correction_text(one)
            for one in corrected
            if finding.code in CONCERNS[one.fact] and one.number == finding.source.version
        ]
        return _("%(source)s (%(date)s)", source=words, date=_("; ").join(said)) if said else words
    came_in = days.get((finding.source.kind, finding.source.version or 0))
    return _("%(source)s (%(date)s)", source=words, date=came_in) if came_in else words


def provisional_parameters(session: Session, application: Application, decision: Decision) -> set[str]:
    """The parameters of the decision's terms that were a choice of ours and that nobody has confirmed since."""
    terms = terms_by_fingerprint(session, decision.terms_fingerprint)
    open_ones = {value.path for value in terms.on(application.applied_on).provisional}
    confirmed = {
        path
        for scheme, path, fingerprint in confirmations(session)
        if (scheme, fingerprint) == (application.scheme, decision.terms_fingerprint)
    }
    return open_ones - confirmed
