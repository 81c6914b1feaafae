"""What somebody typed into a page of /my/ when their session ended: kept for an hour, shown once, to them alone.

The guard sees a form arrive without a session, keeps its fields and leads to the sign-in; whoever then signs in
with the same account comes back to the page on which the form stood. The fields travel sealed in cookies of that
page alone. Files, passwords and form tokens are never kept; that a file must be chosen once more is told without
the page doing anything.

A page with a form shows what was kept with one line, on GET and after giving the form its own values:

    form = StepForm(data=draft.values)
    if not form.is_submitted():
        show_kept(form)

Without WTForms ask `kept_form()`, which gives the fields as they were sent, the first time it is asked. Checks of
the values are the next POST's business, as ever.
"""

import base64
import json
import zlib
from typing import Any
from urllib.parse import quote, urlsplit

from flask import after_this_request, current_app, flash, g, redirect, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from portal.common import clock, uploads
from portal.common.keys import CannotOpen
from portal.common.roles import Role
from portal.common.web import actor, instance

FIRMS = "/my/"  # the pages of which forms are kept
COOKIE = "kept_form_"
PARTS, PART = 2, 3500  # cookies, and characters in each: browsers take 4096, servers about 8000 in all
LASTS = 3600  # seconds
NEVER = frozenset({"csrf_token"})
PLACE = "cookie.kept_form"


def page_of_form() -> str:
    """Where to come back to after signing in: this address, or the page whose form was sent to it, else "/"."""
    adapter = current_app.create_url_adapter(request)
    if request.method in ("GET", "HEAD") or (adapter is not None and adapter.test(request.path, "GET")):
        return request.full_path.rstrip("?")
    before = urlsplit(request.referrer or "")
    if before.netloc == request.host and adapter is not None and adapter.test(before.path, "GET"):
        return f"{before.path}?{before.query}" if before.query else before.path
    return "/"


def keep(answer: Response, account_id: str | None, page: str) -> None:
    """Keep the form that came without its session, for this account and page, in cookies of the answer.

    Does nothing for other pages, without an account (a form that another site sent brings none along), and
    where nothing was typed.
    """
    if request.method != "POST" or account_id is None or not page.startswith(FIRMS):
        return
    fields, file = _sent()
    if not fields and not file:
        return
    said = {
        "account": account_id,
        "page": page,
        "at": int(clock.now().timestamp()),
        "file": file,
        "fields": fields,
    }
    sealed = _seal({**said, "whole": True})
    while len(sealed) > PARTS * PART:
        del fields[max(fields, key=lambda name: sum(map(len, fields[name])))]
        sealed = _seal({**said, "whole": False})
    for number in range(PARTS):
        part = sealed[number * PART : (number + 1) * PART]
        if part:
            _set(answer, number, page, part, LASTS)
    if file:
        flash(
            _("Your session has ended. Sign in with the same account: what you typed is kept, the file is not."),
            "warning",
        )
    else:
        flash(_("Your session has ended. Sign in with the same account: what you typed is kept."), "warning")


def look() -> None:
    """Take what was kept for this page, if whoever is signed in is the one it is kept for; either way it ends.

    The guard calls it on every page; says at once that a file did not arrive.
    """
    if request.method != "GET" or not request.path.startswith(FIRMS) or f"{COOKIE}0" not in request.cookies:
        return
    after_this_request(_forget)
    kept = _open("".join(request.cookies.get(f"{COOKIE}{number}", "") for number in range(PARTS)))
    if kept is None or kept["account"] != actor().id or urlsplit(kept["page"]).path != request.path:
        return
    if clock.now().timestamp() >= kept["at"] + LASTS:
        return
    if kept["file"]:
        flash(_("The file did not arrive, because your session had ended. Choose it once more."), "warning")
    g.kept_form = kept


def kept_form() -> dict[str, list[str]] | None:
    """The fields that this person had typed into this page when the session ended, once; None without any."""
    kept = g.pop("kept_form", None)
    if kept is None or not kept["fields"]:
        return None
    if kept["whole"]:
        flash(_("What you had typed is here again. Nothing was sent yet: check it and send it."), "warning")
    else:
        flash(
            _("What you had typed is here again, but for a text that was too long to keep. Nothing was sent yet."),
            "warning",
        )
    fields: dict[str, list[str]] = kept["fields"]
    return fields


def show_kept(*forms: FlaskForm) -> bool:
    """Put what had been typed into the page's forms, over the values they have; whether there was anything."""
    fields = kept_form()
    if fields is None:
        return False
    sent: MultiDict[str, str] = MultiDict((name, one) for name, given in fields.items() for one in given)
    for form in forms:
        values = {name: value for name, value in form.data.items() if name not in NEVER}
        form.process(sent, data=values)
    return True


def from_another_session(error: CSRFError) -> Response | None:
    """For a form of a page that was open before its reader signed in anew: keep it and show the page again.

    None where the form is not to be kept: then the error stands as it is.
    """
    page = page_of_form()
    who = actor()
    about_address = "referrer" in str(error.description)  # a proxy set up wrongly: the next try fails too
    if request.method != "POST" or who.role is not Role.EXPORTER or about_address or not page.startswith(FIRMS):
        return None
    answer = redirect(page)
    keep(answer, who.id, page)
    return answer


def _sent() -> tuple[dict[str, list[str]], bool]:
    """The fields that may be kept, and whether a file was among what was sent."""
    try:
        fields = {
            name: request.form.getlist(name)
            for name in request.form
            if name not in NEVER and "password" not in name
        }
        # Camera and folder are two fields of one name: the file may be in the second.
        return fields, any(file.filename for _name, file in request.files.items(multi=True))
    except RequestEntityTooLarge:  # that it is, is told when it is sent with a session
        uploads.drain()
        return {}, True


def _set(answer: Response, number: int, page: str, value: str, lasts: int) -> None:
    answer.set_cookie(
        f"{COOKIE}{number}",
        value,
        max_age=lasts,
        path=quote(urlsplit(page).path),
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )


def _forget(answer: Response) -> Response:
    for number in range(PARTS):
        answer.delete_cookie(
            f"{COOKIE}{number}",
            path=quote(request.path),
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
    return answer


def _seal(said: dict[str, Any]) -> str:
    packed = zlib.compress(json.dumps(said, ensure_ascii=False).encode(), 9)
    return base64.urlsafe_b64encode(instance().keys.seal_bytes(PLACE, packed)).decode()


def _open(sealed: str) -> dict[str, Any] | None:
    """What was sealed; None where a part is missing, altered, or of other keys: then nothing was kept."""
    try:
        packed = instance().keys.open_bytes(PLACE, base64.urlsafe_b64decode(sealed))
    except (CannotOpen, ValueError):
        return None
    kept: dict[str, Any] = json.loads(zlib.decompress(packed))
    return kept
