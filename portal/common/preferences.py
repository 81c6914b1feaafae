"""Language and text size: two cookies, set by plain links, that say nothing about the person."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, redirect, request
from flask_babel import get_locale
from werkzeug.wrappers import Response as BaseResponse

from portal.common.web import open_to_all

preferences = Blueprint("preferences", __name__, url_prefix="/preferences")

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
TEXT_SIZES = (1, 2, 3)
YEAR = 365 * 24 * 3600


def chosen_locale() -> str:
    """The reader's language: what was switched to, else Chinese; for the API what the caller asks for."""
    if request.path.startswith("/api/"):
        for wanted, quality in request.accept_languages:
            known = LOCALES.get(wanted.replace("_", "-").split("-")[0].lower())
            if known and quality > 0:
                return known
        return LOCALES["zh"]
    return LOCALES.get(request.cookies.get("language", ""), LOCALES["zh"])


def locale_name() -> str:
    """`zh` or `en`, for templates."""
    return "en" if str(get_locale()) == "en" else "zh"


def text_size() -> int:
    """1, 2 or 3, as the reader chose."""
    chosen = request.cookies.get("text_size", "")
    return int(chosen) if chosen in {str(n) for n in TEXT_SIZES} else 1


def safe_next(target: str | None) -> str:
    """The address to go on to, if it is one of ours, else the front page; never another host."""
    if not target:
        return "/"
    # Browsers drop tabs and line breaks and read \ as /, so either could hide a second slash.
    cleaned = "".join(c for c in target if ord(c) > 31).replace("\\", "/")
    parts = urlsplit(cleaned)
    if parts.scheme or parts.netloc or not cleaned.startswith("/") or cleaned.startswith("//"):
        return "/"
    return cleaned


def _remember(name: str, value: str) -> BaseResponse:
    response: BaseResponse = redirect(safe_next(request.args.get("next")))
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    if isinstance(response, BaseResponse):
        response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=secure)
    return response


@preferences.get("/language/<language>")
@open_to_all
def language(language: str) -> BaseResponse | Response:
    """Switch the language and go back to where the reader was."""
    if language not in LOCALES:
        abort(404)
    return _remember("language", language)


@preferences.get("/text-size/<int:size>", endpoint="text_size")
@open_to_all
def text_size_choice(size: int) -> BaseResponse | Response:
    """Switch the text size and go back to where the reader was."""
    if size not in TEXT_SIZES:
        abort(404)
    return _remember("text_size", str(size))
