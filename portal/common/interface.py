"""The interface for machines below /api/v1: one description of it all, its errors, and its limits.

Areas bring blueprints of their own; :func:`register` puts them on the app together, under one OpenAPI document.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields

from portal.common import rate
from portal.common.errors import answer
from portal.common.problems import N_
from portal.common.web import View, instance

PREFIX = "/api/v1"
TITLE = N_("Tongbao: public interface")
ABOUT = N_(
    "For anybody, without sign-in: whether a firm could enrol in a scheme on a day, as far as the verdicts of "
    "the public rules tell, and what indemnity would follow from sums of money. Sentences come in the language "
    "of Accept-Language, Chinese unless English is asked for."
)
SOURCES = ("registry", "customs", "lists")
_READ = ("title", "summary", "description")  # what people read in the OpenAPI document
_RETRY = {"Retry-After": {"description": N_("Seconds to wait."), "schema": {"type": "integer", "minimum": 1}}}
_ALLOW = {"Allow": {"description": N_("The methods there are."), "schema": {"type": "string"}}}
ERRORS: Mapping[int, tuple[str, Mapping[str, Any] | None]] = {
    400: (N_("The body is no JSON object."), None),
    405: (N_("The method is not the one documented."), _ALLOW),
    413: (N_("The body is too long."), None),
    415: (N_("The body is no JSON by its content type."), None),
    422: (N_("Fields are wrong: every one is named."), None),
    429: (N_("More requests in a minute from one network address than are answered."), _RETRY),
    500: (N_("A mistake of the portal."), None),
    503: (N_("A source is missing, so nothing is told; or the portal is busy."), _RETRY),
}


class ErrorSchema(Schema):
    """Every error has this shape."""

    code = fields.Integer(required=True, metadata={"description": N_("The HTTP status.")})
    message = fields.String(required=True, metadata={"description": N_("What happened and what to do.")})
    reference = fields.String(
        required=True,
        metadata={"description": N_("The number to quote when asking about it."), "example": "7K3Q-2F"},
    )
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": N_("With 422: every field that is wrong, and what is wrong with it.")},
    )
    missing = fields.List(
        fields.String(metadata={"enum": list(SOURCES)}),
        metadata={"description": N_("With 503: the sources without which nothing is told.")},
    )


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


def documents_errors(blueprint: Blueprint, *codes: int) -> Callable[[View], View]:
    """Document these errors of a route, or all there are."""

    def document(view: View) -> View:
        for code, (description, headers) in ERRORS.items():
            if code in codes or not codes:
                described = blueprint.alt_response(
                    code, schema=ErrorSchema, description=description, headers=headers
                )
                view = described(view)
        return view

    return document


def limits_posts(blueprint: Blueprint, counter: str, most: int, refusal: LazyString) -> None:
    """Answer at most ``most`` POST requests a minute from one network; 429 says ``refusal`` and when to return.

    Every one counts under ``counter``, also a faulty one, before anything of it is read.
    """

    @blueprint.before_request
    def count() -> Response | None:
        if request.method != "POST":
            return None
        key = f"{counter} {rate.client_network(request.remote_addr)}"
        state = rate.count(instance().database, key, most, rate.MINUTE)
        if state.allowed:
            return None
        refused = answer(429, message=str(refusal))
        refused.headers["Retry-After"] = str(state.retry_after)
        return refused


def translated(part: Any) -> Any:
    """The document with what people read in it put into the language of the request."""
    if isinstance(part, list):
        return [translated(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _(value) if name in _READ and isinstance(value, str) and value else translated(value)
        for name, value in part.items()
    }


def register(app: Flask, blueprints: Sequence[Blueprint]) -> None:
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
    for blueprint in blueprints:
        app.extensions["csrf"].exempt(blueprint)
        documented.register_blueprint(blueprint)
