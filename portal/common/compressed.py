"""Style sheets and scripts leave compressed for whoever takes them so: most of what a phone waits for at first.

Only files that are the same for everybody. A page holds a secret beside words that somebody else may have chosen,
and compressed, its length would tell of the secret.
"""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

STATIC = ("static", "bootstrap.static")
"""The endpoints whose files are the same for everybody."""
TEXTS = ("text/css", "text/javascript", "image/svg+xml")


def register(app: Flask) -> None:
    """Compress the app's static texts where the browser says that it takes gzip."""

    @app.after_request
    def compress(response: Response) -> Response:
        if request.endpoint not in STATIC or response.mimetype not in TEXTS:
            return response
        response.vary.add("Accept-Encoding")
        tag, _weak = response.get_etag()
        # A part of a file (206) or "unchanged" (304) stays as it is.
        if response.status_code != 200 or tag is None or not request.accept_encodings["gzip"]:
            return response
        response.direct_passthrough = False
        response.set_data(_compressed(response.get_data()))
        response.content_encoding = "gzip"
        response.set_etag(tag, weak=True)  # the same file, but no longer the same bytes
        return response


@lru_cache(maxsize=32)
def _compressed(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)
