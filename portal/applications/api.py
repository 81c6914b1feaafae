"""The interface for machines, open to all: may this firm enrol, as far as that is told without sign-in.

Verdicts only. Values, distances, and the rules about lists, people, policies and declarations stay between
the portal and the firm.
"""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_smorest import Blueprint, current_api

from portal.applications.api_fields import QuestionParser, QuestionSchema
from portal.applications.api_schemas import EXAMPLE, CheckSchema
from portal.applications.checks import check_firm
from portal.applications.sentences import public_sentence
from portal.common.errors import answer
from portal.common.interface import PREFIX, documents_errors, limits_posts, translated
from portal.common.problems import N_
from portal.common.web import open_to_all, reading
from portal.scheme.eligibility import SourceMissing
from portal.scheme.findings import Finding
from portal.scheme.terms import load_terms

PER_MINUTE = 60  # checks from one network address
SOURCE_RETRY = 600  # seconds; a missing source comes when somebody imports it


class _Blueprint(Blueprint):
    ARGUMENTS_PARSER = QuestionParser()


api = _Blueprint("api", __name__, url_prefix=PREFIX, description=N_("Checks without sign-in"))


limits_posts(
    api,
    "api.checks",
    PER_MINUTE,
    _l("More than %(number)s checks in a minute. Wait, then ask again.", number=PER_MINUTE),
)


@api.route("/eligibility-checks", methods=["POST"])
@api.doc(
    summary=N_("Check a firm by the public rules"),
    description=N_(
        "Judges the firm as if it applied on the day, by the rules about registration and exports and the "
        "enrolment window. Nothing is stored. A firm that no source knows is referred, as a person has to look."
    ),
)
@documents_errors(api)
@open_to_all
@api.arguments(QuestionSchema)
@api.response(200, CheckSchema, description=N_("What is told of the firm."), example=EXAMPLE)
def eligibility_check(question: Mapping[str, Any]) -> dict[str, object] | Response:
    """Answer one question; 503 naming the sources that are missing."""
    terms = load_terms(question["scheme"])
    try:
        check = check_firm(reading(), terms, question["uscc"], question["on"])
    except SourceMissing as error:
        return _sources_missing(error)
    return {
        "decision": str(check.outcome),
        "findings": [_told(finding) for finding in check.findings],
        "left_out": check.left_out,
    }


@api.route("/openapi.json")
@api.doc(summary=N_("This description"))
@documents_errors(api, 405, 500, 503)
@open_to_all
@api.response(200, {"type": "object"}, description=N_("The OpenAPI document of this interface."))
def openapi() -> Response:
    """The description of the interface, its sentences in the reader's language."""
    return jsonify(translated(current_api.spec.to_dict()))


def _told(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "verdict": str(finding.verdict),
        "value": None,
        "source": {"kind": finding.source.kind, "version": finding.source.version},
        "article": finding.article,
        "message": public_sentence(finding),
    }


def _sources_missing(error: SourceMissing) -> Response:
    response = answer(
        503,
        message=_("Nothing can be told yet: a source of the public bodies is missing. Ask again later."),
        missing=list(error.missing),
    )
    response.headers["Retry-After"] = str(SOURCE_RETRY)
    return response
