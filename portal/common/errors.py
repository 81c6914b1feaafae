"""Error pages: what happened, what is kept, what to do, and a reference number that is also in the log."""

import logging
import os
from typing import Any

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from portal.common import audit, clock, kept_form, uploads
from portal.common.database import NotInitialised, was_busy
from portal.common.roles import NotAllowed
from portal.common.web import actor, instance

log = logging.getLogger("portal")
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: people read it out on the telephone


def new_reference() -> str:
    """A short number to quote, as in 7K3Q-2F."""
    letters = "".join(ALPHABET[b % len(ALPHABET)] for b in os.urandom(6))
    return f"{letters[:4]}-{letters[4:]}"


def register(app: Flask) -> None:
    """Answer every error with a page of our own, or with JSON under /api/."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(NotAllowed, _not_allowed)
    app.register_error_handler(NotInitialised, _not_initialised)
    app.register_error_handler(OperationalError, _database_busy)
    app.register_error_handler(Exception, _unexpected)


def answer(code: int, **more: Any) -> Response:
    """The page, or under /api/ the JSON, of one error; logs the reference it shows."""
    reference = new_reference()
    level = logging.ERROR if code >= 500 else logging.INFO
    # The rule and not the address: an address may hold a one-time token, or whatever somebody typed.
    route = request.url_rule.rule if request.url_rule is not None else "no route"
    log.log(level, "%s %s %s -> %s", reference, request.method, route, code)
    if request.path.startswith("/api/"):
        body = {"code": code, "message": _api_message(code), "reference": reference, **more}
        return make_response(jsonify(body), code)
    page = render_template("errors/error.html", code=code, reference=reference, at=clock.now(), **more)
    return make_response(page, code)


def _api_message(code: int) -> str:
    """What the API says of an error of which nothing closer is known."""
    known = {
        401: _("Sign in first."),
        403: _("This is not open to you."),
        404: _("There is nothing at this address. The addresses there are stand in /api/v1/openapi.json."),
        405: _("This address does not take that method. The header Allow names those it takes."),
        413: _("The body is too long."),
    }
    if code >= 500:
        return _("The portal made a mistake. Nothing was saved. Quote the reference if it happens again.")
    return known.get(code) or _("The request cannot be answered as it is.")


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return make_response(error.get_response())
    said = _said(error)
    if error.code == 413 and uploads.may_take_documents():
        uploads.drain()
        said["documents"] = True
    response = answer(error.code, **said)
    for name, value in error.get_headers():
        if name.lower() in ("retry-after", "allow"):
            response.headers[name] = value
    return response


def _said(error: HTTPException) -> dict[str, Any]:
    """What an API abort said of the fields, in the names that flask-smorest gives it."""
    data: dict[str, Any] = getattr(error, "data", None) or {}
    said = {}
    if "message" in data:
        said["message"] = data["message"]
    if "errors" in data or "messages" in data:
        said["errors"] = data.get("errors") or data["messages"]
    return said


def _csrf(error: CSRFError) -> Response:
    kept = kept_form.from_another_session(error)
    if kept is not None:
        return make_response(kept)
    return answer(400, message=_("This form was open too long, or in another session. Load it again."))


def _not_allowed(error: NotAllowed) -> Response:
    if error.who.role == "anonymous" and not request.path.startswith("/api/"):
        return make_response(redirect(url_for("accounts.sign_in", next=request.path)))
    try:
        audit.note(instance().database, actor(), "access", request.path, audit.REFUSED, refused=error.action)
    except OperationalError as busy:
        # What cannot be recorded now is refused all the same, and stands in the log instead.
        log.warning("refused but not recorded: %s may not %s", error.who.id, error.action)
        return _database_busy(busy)
    return answer(403, **({"tied": True} if error.tied else {}))


def _not_initialised(error: NotInitialised) -> Response:
    log.error("not initialised: %s", error)
    return answer(503, message=_("The portal is not set up yet. The operator runs the init command first."))


def _database_busy(error: OperationalError) -> Response:
    if was_busy(error):
        log.warning("the write lock was not free in time: %s", error)
        return answer(503, message=_("Another long piece of work is running. Nothing was saved; try again soon."))
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    log.error("unexpected: %s", type(error).__name__, exc_info=error)
    return answer(500)
