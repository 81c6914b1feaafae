"""Types of what we use of flask-smorest, which ships none. A decorated view keeps the type it was written with."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from apispec import APISpec
from flask import Blueprint as FlaskBlueprint
from flask import Flask
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

_View = TypeVar("_View", bound=Callable[..., Any])

def abort(http_status_code: int, **data: Any) -> NoReturn: ...

class Api:
    DEFAULT_ERROR_RESPONSE_NAME: str | None
    ERROR_SCHEMA: type[Schema]
    spec: APISpec
    def __init__(self, app: Flask, *, spec_kwargs: Mapping[str, Any] | None = ...) -> None: ...
    def register_blueprint(self, blp: Blueprint) -> None: ...
    def _register_error_handlers(self) -> None: ...
    def _register_pagination_header(self) -> None: ...

class Blueprint(FlaskBlueprint):
    ARGUMENTS_PARSER: FlaskParser
    def __init__(self, name: str, import_name: str, *, url_prefix: str, description: str) -> None: ...
    def route(self, rule: str, **options: Any) -> Callable[[_View], _View]: ...
    def arguments(self, schema: type[Schema]) -> Callable[[_View], _View]: ...
    def response(
        self,
        status_code: int,
        schema: type[Schema] | Mapping[str, Any],
        *,
        description: str,
        example: Mapping[str, Any] | None = ...,
    ) -> Callable[[_View], _View]: ...
    def alt_response(
        self,
        status_code: int,
        *,
        schema: type[Schema],
        description: str,
        headers: Mapping[str, Any] | None = ...,
    ) -> Callable[[_View], _View]: ...
    @staticmethod
    def doc(**kwargs: Any) -> Callable[[_View], _View]: ...

current_api: Api
