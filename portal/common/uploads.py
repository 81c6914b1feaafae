"""How large a request may be: workbooks and forms little, the photos of documents more, each route as it says."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

View = TypeVar("View", bound=Callable[..., Any])
MOST_DOCUMENT_REQUEST = 45 * 1024 * 1024  # bytes: a photo of 40 MB and the form around it
MOST_DRAINED = 256 * 1024 * 1024
_TAKES_DOCUMENTS = "takes_documents"


def takes_documents(view: View) -> View:
    """Declare a route that photos are sent to: its requests may have `MOST_DOCUMENT_REQUEST` bytes.

    Stands below the route, as `@open_to` does.
    """
    setattr(view, _TAKES_DOCUMENTS, True)
    return view


def may_take_documents() -> bool:
    """Whether the route that was asked for takes documents."""
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, _TAKES_DOCUMENTS, False))


def register(app: Flask) -> None:
    """Set each request's limit before anything reads its form; so it comes before the check of its token."""

    @app.before_request
    def limit_of_route() -> None:
        if may_take_documents():
            request.max_content_length = MOST_DOCUMENT_REQUEST


def drain() -> None:
    """Read what is too large to its end and keep nothing: a browser shows no answer before it has sent all."""
    left = min(request.content_length or 0, MOST_DRAINED)
    stream = request.environ["wsgi.input"]
    while left > 0 and (part := stream.read(min(left, 65536))):
        left -= len(part)
