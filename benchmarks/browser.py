"""A plain client that fills in forms as a person without scripts does: hidden fields kept, the rest by name."""

import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from urllib.parse import urlencode, urljoin, urlsplit

from lxml import html

Timed = Callable[[str, float], None]
BOUNDARY = "a-boundary-that-no-form-holds"


class Unexpected(Exception):
    """The portal answered something other than the next page."""


class Browser:
    """One person's browser: cookies, the page in hand, and how long each request took.

    `network` is the address that the portal is told of, as its proxy would.
    """

    def __init__(self, host: str, port: int, network: str, timed: Timed) -> None:
        self.connection = HTTPConnection(host, port, timeout=60)
        self.headers = {"X-Forwarded-For": network, "Accept-Language": "zh"}
        self.cookies: dict[str, str] = {}
        self.timed = timed
        self.path = "/"
        self.page = html.fromstring("<p>nothing yet</p>")

    def get(self, path: str, step: str = "") -> None:
        """Open a page, following where it leads."""
        self._request("GET", path, None, None, step)

    def send(self, values: Mapping[str, str], files: Mapping[str, tuple[str, bytes]], step: str) -> None:
        """Fill in the form in hand, tick every box not said to be empty, and press the first button."""
        forms = self.page.xpath("//main//form")
        if not forms:
            raise Unexpected(f"no form on {self.path}")
        form = max(forms, key=lambda one: len(one.inputs.keys()))
        fields: list[tuple[str, str]] = []
        chosen: set[str] = set()
        for field in form.xpath(".//input|.//textarea|.//select"):
            name, kind = field.get("name"), field.get("type", "text")
            if not name or kind in ("file", "submit"):
                continue
            if kind == "checkbox":
                fields += [(name, field.get("value", "y"))] if values.get(name) != "" else []
            elif kind == "radio":
                if values.get(name, field.get("value")) == field.get("value") and name not in chosen:
                    chosen.add(name)
                    fields.append((name, field.get("value")))
            else:
                fields.append((name, values.get(name, field.value or "")))
        for button in form.xpath(".//button")[:1]:
            if button.get("name"):
                fields.append((button.get("name"), button.get("value", "")))
        wanted = [field.get("name") for field in form.xpath(".//input[@type='file']")]
        attached = {name: files[name] for name in wanted if name in files}
        target = urljoin(self.path, form.get("action") or self.path)
        if (form.get("method") or "get").lower() == "get":
            self._request("GET", f"{target}?{urlencode(fields)}", None, None, step)
            return
        if form.get("enctype") == "multipart/form-data":
            body, kind = _multipart(fields, attached), f"multipart/form-data; boundary={BOUNDARY}"
        else:
            body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        self._request("POST", target, body, kind, step)

    def text(self) -> str:
        """What the page in hand says."""
        return " ".join(self.page.text_content().split())

    def _request(self, method: str, path: str, body: bytes | None, kind: str | None, step: str) -> None:
        for _hop in range(6):
            headers = {**self.headers, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
            if kind:
                headers["Content-Type"] = kind
            begun = time.perf_counter()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            content = answer.read()
            self.timed(f"{method} {step}", time.perf_counter() - begun)
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _equals, value = cookie.split(";")[0].partition("=")
                self.cookies[name] = value
            if answer.status in (302, 303):
                target = urlsplit(urljoin(path, answer.headers["Location"]))
                path = target.path + (f"?{target.query}" if target.query else "")
                method, body, kind = "GET", None, None
                continue
            if answer.status != 200:
                raise Unexpected(f"{method} {path}: {answer.status} {content[:3000].decode(errors='replace')}")
            self.path = path
            self.page = html.fromstring(content.decode())
            return
        raise Unexpected(f"{path} leads round and round")


def _multipart(fields: list[tuple[str, str]], files: Mapping[str, tuple[str, bytes]]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    for name, (file_name, data) in files.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        parts.append(f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + data + b"\r\n")
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
