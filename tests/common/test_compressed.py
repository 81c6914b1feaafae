"""Style sheets and scripts are small on the way to a phone; nothing that is somebody's own is compressed."""

import gzip

from flask import Flask
from werkzeug.test import TestResponse

from tests.conftest import signed_in
from tests.people import FANG_SHEN

SHEETS = ("/bootstrap/static/css/bootstrap.min.css", "/static/css/tongbao.css")
TAKES = {"Accept-Encoding": "gzip, deflate, br"}


def fetched(app: Flask, path: str, headers: dict[str, str] | None = None) -> TestResponse:
    """The answer, read to its end, and its file closed."""
    return app.test_client().get(path, headers=headers, buffered=True)


def test_a_style_sheet_arrives_whole_and_at_a_quarter_of_its_size(app: Flask) -> None:
    for sheet in SHEETS:
        plain = fetched(app, sheet)
        small = fetched(app, sheet, TAKES)
        assert "Content-Encoding" not in plain.headers
        assert small.headers["Content-Encoding"] == "gzip"
        assert len(small.data) < len(plain.data) / 4
        assert small.content_length == len(small.data)
        assert gzip.decompress(small.data) == plain.data
        assert "Accept-Encoding" in plain.vary
        assert "Accept-Encoding" in small.vary


def test_whoever_refuses_gzip_gets_the_file_as_it_is(app: Flask) -> None:
    answer = fetched(app, SHEETS[1], {"Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in answer.headers


def test_a_browser_that_has_the_sheet_is_told_that_it_is_unchanged(app: Flask) -> None:
    first = fetched(app, SHEETS[1], TAKES)
    again = fetched(app, SHEETS[1], {**TAKES, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_a_part_of_a_file_is_a_part_of_the_file(app: Flask) -> None:
    answer = fetched(app, SHEETS[1], {**TAKES, "Range": "bytes=0-9"})
    assert answer.status_code == 206
    assert "Content-Encoding" not in answer.headers
    assert len(answer.data) == 10


def test_no_page_is_compressed(app: Flask) -> None:
    client = signed_in(app, FANG_SHEN)
    for page in ("/", "/scheme", "/desk"):
        assert "Content-Encoding" not in client.get(page, headers=TAKES).headers
