"""Headers of every answer: nothing from another host, nothing inline, nothing personal kept in a cache."""

from flask import Flask, Response, request

from portal.common.compressed import STATIC

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


def register(app: Flask, https: bool) -> None:
    """Put the headers on every response of the app."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        # A document that somebody handed in comes with a stricter policy of its own.
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers.setdefault("Referrer-Policy", "same-origin")  # a page may say less, never more
        response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        # A page shows the language and size the reader chose, and mostly a person's own case: keep no copy.
        if request.endpoint not in STATIC:
            response.headers["Cache-Control"] = "no-store"
        return response
