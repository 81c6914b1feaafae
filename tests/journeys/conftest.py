"""A served demonstration and a real Chromium, shared by every journey."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

from tests.availability import ROOT, chromium

pytest.register_assert_rewrite("tests.journeys.steps")

STARTS_WITHIN = 60  # seconds
# Chromium's own calls home would be refused many at a time, and prove nothing about our pages.
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True)
class Served:
    """A running portal with the demonstration in it."""

    url: str
    folder: Path

    def login(self, role: str) -> tuple[str, str]:
        """E-mail and password of this instance's person in a role."""
        for line in (self.folder / "demo-logins.txt").read_text().splitlines():
            found, email, password = line.split("\t")
            if found == role:
                return email, password
        raise LookupError(role)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the portal's commands on this instance."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *arguments],
            cwd=ROOT,
            env={**os.environ, "PORTAL_INSTANCE": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """gunicorn on a free port, as `make run` starts it."""
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    portal = Served(f"http://127.0.0.1:{port}", folder)
    for command in ("init", "demo"):
        done = portal.command(command)
        assert done.returncode == 0, done.stderr
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "app:app", "--bind", f"127.0.0.1:{port}", "--threads", "4"],
        cwd=ROOT,
        env={**os.environ, "PORTAL_INSTANCE": str(folder)},
        stdout=log,
        stderr=log,
    )
    try:
        _wait_until_served(portal.url, server)
        yield portal
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def _wait_until_served(url: str, server: subprocess.Popen[bytes]) -> None:
    for _attempt in range(STARTS_WITHIN * 5):
        assert server.poll() is None, "the server ended at once"
        try:
            with urllib.request.urlopen(f"{url}/sign-in", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError("the server did not answer in time")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    path = chromium()
    assert path is not None
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield made
        made.close()


@dataclass
class Visitor:
    """Someone at a browser; whatever the pages complain of or ask of other hosts is remembered."""

    page: Page
    portal: Served
    complaints: list[str]
    language: str = "zh-Hans"  # as pages give it

    def goes_to(self, path: str) -> int:
        """Open a page by its address; gives the status."""
        answer = self.page.goto(self.portal.url + path)
        assert answer is not None
        return answer.status

    def signs_in(self, role: str) -> None:
        """Sign in as the demonstration's person in a role."""
        email, password = self.portal.login(role)
        self.goes_to("/sign-in?by=email")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", password)
        self.page.click("main button[type=submit]")

    def reads(self, language: str) -> None:
        """Switch the language, `zh` or `en`."""
        self.language = "en" if language == "en" else "zh-Hans"
        self.goes_to(f"/preferences/language/{language}?next=/")


def _complains(message: ConsoleMessage) -> bool:
    return message.type in ("error", "warning") and "responded with a status of" not in message.text


def _lacks(response: Response) -> bool:
    return response.status >= 400 and response.request.resource_type != "document"


@pytest.fixture
def visitor(browser: Browser, served: Served) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; at the end none of their pages may have complained or called another host."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(width: int = 1280, dark: bool = False, scripts: bool = True) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        # A page that answers 404 or 422 is a page; a picture, style or script that does is a fault.
        page.on("console", lambda m: complaints.append(m.text) if _complains(m) else None)
        page.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if _lacks(r) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((served.url, "data:")) else complaints.append(r.url))
        return Visitor(page, served, complaints)

    yield make
    for context in contexts:
        context.close()
    assert complaints == [], "pages complained, or asked another host"
