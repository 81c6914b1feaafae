"""What has happened to one application, in the order in which it happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.applications import consents
from portal.applications.names import OCCASION_NAMES, REQUEST_ITEMS, REVIEW_NAMES, STATE_NAMES
from portal.applications.queries import findings
from portal.applications.records import Application, Consent, Decision, Request, Review
from portal.applications.shown import tags_of
from portal.common.formats import day, moment
from portal.common.roles import Role
from portal.programme.names import DECLARATION_NAMES
from portal.scheme import stages


def history_of(
    application: Application,
    decisions: Sequence[Decision],
    reviews: Sequence[Review],
    names: Mapping[str, str],
    reasons: Mapping[str, str],
    asked: Sequence[Request] = (),
    agreed: Sequence[Consent] = (),
) -> list[dict[str, Any]]:
    """Steps of a timeline, oldest first: entered, each run of the rules, each review with its reason, the end.

    What can be insured still has its policy to come, as a step of the future.
    """
    steps: list[tuple[datetime, int, dict[str, Any]]] = [(application.entered_at, 0, _entered(application, names))]
    steps += [(one.made_at, 1, _decided(one)) for one in decisions]
    steps += [(one.reviewed_at, 2, _reviewed(one, names, reasons)) for one in reviews]
    steps += [(one.given_at, 0, _agreed(one, names)) for one in agreed]
    for request in asked:
        steps += _request_steps(request, names)
    ordered = [step for _at, _kind, step in sorted(steps, key=lambda step: step[:2])]
    if application.state in (stages.ELIGIBLE, stages.CLEARED):
        ordered.append({"state": "future", "title": _("Policy to be issued"), "when": None, "note": None})
    elif application.state not in stages.OPEN_APPLICATION_STATES:
        ordered.append(_closed(application))
    return ordered


def who_is(account_id: str, names: Mapping[str, str]) -> str:
    """A person's name, or what stands for the command line or someone erased."""
    if account_id == Role.COMMAND:
        return _("the command line")
    return names.get(account_id) or _("someone erased")


def _entered(application: Application, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "state": "done",
        "title": _("Entered from a file") if application.channel == "file" else _("Sent by the firm"),
        "when": moment(application.entered_at),
        "note": _("By %(who)s", who=who_is(application.entered_by, names)),
    }


def _agreed(consent: Consent, names: Mapping[str, str]) -> dict[str, Any]:
    """A consent of the representative's or a declaration, with the text that was ticked, by version and hash."""
    title = {
        consents.REPRESENTATIVE_NAME: _("Consent to the use of the representative’s name"),
        consents.REPRESENTATIVE_NUMBER: _("Consent to the use of the representative’s identity number"),
    }.get(consent.kind) or _(
        "Declaration ticked: %(code)s", code=DECLARATION_NAMES.get(consent.kind, consent.kind)
    )
    note = _(
        "Ticked by %(who)s, text %(version)s, SHA-256 %(hash)s",
        who=who_is(consent.given_by, names),
        version=consent.text_version,
        hash=consent.text_sha256[:16],
    )
    return {"state": "done", "title": title, "when": moment(consent.given_at), "note": note}


def _decided(decision: Decision) -> dict[str, Any]:
    found = [finding for finding in findings(decision) if finding.verdict != "pass"]
    points = [words for _kind, words in tags_of(found, "refer")]
    outcome = str(STATE_NAMES[decision.outcome])
    judged = _("Judged on %(date)s", date=day(decision.judged_on))
    return {
        "state": "done",
        "title": _("%(occasion)s: %(outcome)s", occasion=OCCASION_NAMES[decision.occasion], outcome=outcome),
        "when": moment(decision.made_at),
        "note": _(", ").join([judged, *points]),
    }


def _reviewed(review: Review, names: Mapping[str, str], reasons: Mapping[str, str]) -> dict[str, Any]:
    what = REVIEW_NAMES[review.outcome]
    reason = reasons.get(review.id) or _("erased")
    return {
        "state": "done",
        "title": _("%(who)s %(what)s", who=who_is(review.reviewed_by, names), what=what),
        "when": moment(review.reviewed_at),
        "note": _("Reason: %(reason)s", reason=reason),
    }


def _request_steps(request: Request, names: Mapping[str, str]) -> list[tuple[datetime, int, dict[str, Any]]]:
    """What was asked for, and what became of it: answered, taken back, or still open."""
    items = _("; ").join(str(REQUEST_ITEMS[item]) for item in request.items.split())
    who = who_is(request.asked_by, names)
    title = _("%(who)s asked the firm for more", who=who)
    asked: dict[str, Any] = {"state": "done", "title": title, "when": moment(request.asked_at), "note": items}
    steps = [(request.asked_at, 3, asked)]
    ended, words = request.answered_at, _("The firm answered")
    if ended is None:
        ended, words = request.closed_at, _("The request was taken back")
    if ended is not None:
        steps.append((ended, 0, {"state": "done", "title": words, "when": moment(ended), "note": None}))
    return steps


def _closed(application: Application) -> dict[str, Any]:
    note = None
    if application.policy_number:
        note = _("Policy %(number)s", number=application.policy_number)
    return {
        "state": "done",
        "title": str(STATE_NAMES[application.state]),
        "when": moment(application.state_changed_at),
        "note": note,
    }
