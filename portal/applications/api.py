"""The interface for machines, open to all: may this firm enrol, as far as that is told without sign-in.

Verdicts only. Values, distances, and the rules about lists, people, policies and declarations stay between
the portal and the firm.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask_babel import gettext as _
from flask_smorest import Api, Blueprint, current_api

from portal.applications.api_fields import QuestionParser, QuestionSchema
from portal.applications.api_schemas import ABOUT, ERRORS, EXAMPLE, TITLE, CheckSchema, ErrorSchema
from portal.applications.checks import check_firm
from portal.applications.sentences import public_sentence
from portal.common import rate
from portal.common.errors import answer
from portal.common.problems import N_
from portal.common.web import View, instance, open_to_all, reading
from portal.scheme.eligibility import SourceMissing
from portal.scheme.findings import Finding
from portal.scheme.terms import load_terms

PER_MINUTE = 60  # checks from one network address
SOURCE_RETRY = 600  # seconds; a missing source comes when somebody imports it
_READ = ("title", "summary", "description")  # what people read in the OpenAPI document


class _Blueprint(Blueprint):
    ARGUMENTS_PARSER = QuestionParser()


class _Api(Api):
    """The documentation alone: errors are answered by the portal's own handlers, as pages outside /api/."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ErrorSchema

    def _register_error_handlers(self) -> None:
        """Leave the portal's handlers in place: the ones of the extension would turn every page into JSON."""

    def _register_pagination_header(self) -> None:
        """Nothing here comes in pages, so the document says nothing of them."""


class _ReadableJson(DefaultJSONProvider):
    """Chinese as Chinese, and fields in the order in which they are documented."""

    ensure_ascii = False
    sort_keys = False


api = _Blueprint("api", __name__, url_prefix="/api/v1", description=N_("Checks without sign-in"))


def _errors(*codes: int) -> Callable[[View], View]:
    """Document these errors of a route, or all there are."""

    def document(view: View) -> View:
        for code, description, headers in ERRORS:
            if code in codes or not codes:
                described = api.alt_response(code, schema=ErrorSchema, description=description, headers=headers)
                view = described(view)
        return view

    return document


@api.route("/eligibility-checks", methods=["POST"])
@api.doc(
    summary=N_("Check a firm by the public rules"),
    description=N_(
        "Judges the firm as if it applied on the day, by the rules about registration and exports and the "
        "enrolment window. Nothing is stored. A firm that no source knows is referred, as a person has to look."
    ),
)
@_errors()
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
@_errors(405, 500, 503)
@open_to_all
@api.response(200, {"type": "object"}, description=N_("The OpenAPI document of this interface."))
def openapi() -> Response:
    """The description of the interface, its sentences in the reader's language."""
    return jsonify(_translated(current_api.spec.to_dict()))


@api.before_request
def limit_checks() -> Response | None:
    """Count every check, also a faulty one, before anything of it is read."""
    if request.method != "POST":
        return None
    key = f"api.checks {rate.client_network(request.remote_addr)}"
    state = rate.count(instance().database, key, PER_MINUTE, rate.MINUTE)
    if state.allowed:
        return None
    refused = answer(
        429, message=_("More than %(number)s checks in a minute. Wait, then ask again.", number=PER_MINUTE)
    )
    refused.headers["Retry-After"] = str(state.retry_after)
    return refused


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


def _translated(part: Any) -> Any:
    """The document with what people read in it put into the language of the request."""
    if isinstance(part, list):
        return [_translated(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _(value) if name in _READ and isinstance(value, str) and value else _translated(value)
        for name, value in part.items()
    }


def register(app: Flask) -> None:
    """Put the interface and its description on the app; it needs no form token, as nobody is signed in."""
    app.json = _ReadableJson(app)
    documented = _Api(
        app,
        spec_kwargs={
            "title": TITLE,
            "version": "1",
            "openapi_version": "3.1.0",
            "info": {"description": ABOUT},
            "servers": [{"url": "/"}],
        },
    )
    app.extensions["csrf"].exempt(api)
    documented.register_blueprint(api)
