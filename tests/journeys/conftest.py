"""A served demonstration and a real Chromium, shared by every journey of one process of tests."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest
from playwright._impl._api_structures import Cookie, SetCookieParam
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

from tests.availability import ROOT, chromium

pytest.register_assert_rewrite("tests.journeys.steps")

STARTS_WITHIN = 60  # seconds
# A machine busy with other things is no reason to end a worker in mid-answer, and the servers of several processes
# of tests do not share gunicorn's one control socket. Connections stay open while axe looks at a page.
SERVING = ("--threads", "4", "--timeout", "300", "--keep-alive", "75", "--no-control-socket")
BROKEN_OFF = re.compile(r"WORKER TIMEOUT|was sent SIG|exited with code|Socket error|Exception in worker")
"""What gunicorn says where it closes a connection without an answer."""
PREFERENCES = ("language", "text_size")  # cookies of whoever sits there, signed in or not
LANGUAGES = {"zh": "zh-Hans", "en": "en"}  # as pages give theirs
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
    sessions: dict[str, tuple[list[Cookie], str]] = field(default_factory=dict)
    """Of each role that signed in: the cookies it has since, and the page it came to."""

    def login(self, role: str) -> tuple[str, str]:
        """E-mail and password of this instance's person in a role."""
        for line in (self.folder / "demo-logins.txt").read_text().splitlines():
            found, email, password = line.split("\t")
            if found == role:
                return email, password
        raise LookupError(role)

    def broken_off(self) -> list[str]:
        """The lines in which the server tells that it ended a worker or a connection without an answer."""
        log = (self.folder / "server.log").read_text(encoding="utf-8")
        return [line for line in log.splitlines() if BROKEN_OFF.search(line)]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the portal's commands on this instance."""
        return _command(self.folder, *arguments)


def _command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *arguments],
        cwd=ROOT,
        env={**os.environ, "PORTAL_INSTANCE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration as it is loaded: made by the first process of tests, found there by the others."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, loaded = shared / "demonstration", shared / "demonstration.loaded"
    with (shared / "demonstration.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not loaded.exists():
            for command in ("init", "demo"):
                done = _command(folder, command)
                assert done.returncode == 0, done.stderr
            loaded.touch()
    return folder


@pytest.fixture(scope="session")
def served(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """gunicorn on a free port, as `make run` starts it, on a copy of the demonstration."""
    folder = tmp_path_factory.mktemp("served") / "instance"
    shutil.copytree(demonstration, folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    portal = Served(f"http://127.0.0.1:{port}", folder)
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "app:app", "--bind", f"127.0.0.1:{port}", *SERVING],
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
        except OSError:  # not there yet, or too busy to answer
            time.sleep(0.2)
    raise AssertionError("the server did not answer in time")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window: one for all journeys, each visitor with cookies of their own."""
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
        """Sign in as the demonstration's person in a role; whoever did so before goes on with that session."""
        if role in self.portal.sessions:
            cookies, came_to = self.portal.sessions[role]
            self.page.context.add_cookies([_set_again(one) for one in cookies])
            self.page.goto(came_to)
            return
        email, password = self.portal.login(role)
        self.goes_to("/sign-in?by=email")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", password)
        with self.page.expect_navigation():
            self.page.click("main button[type=submit]")
        assert "/sign-in" not in self.page.url, f"{role} was not let in"
        kept = [one for one in self.page.context.cookies() if one.get("name") not in PREFERENCES]
        self.portal.sessions[role] = kept, self.page.url

    def reads(self, language: str) -> None:
        """Have the pages in a language, `zh` or `en`, as the link in the header remembers it."""
        self.language = LANGUAGES[language]
        self.remembers("language", language)

    def remembers(self, name: str, value: str) -> None:
        """Keep a preference as the portal does: in a cookie that says nothing about the person."""
        self.page.context.add_cookies([{"name": name, "value": value, "url": self.portal.url}])


def _set_again(cookie: Cookie) -> SetCookieParam:
    """A cookie that one browser was given, as another sets it."""
    return {"name": cookie["name"], "value": cookie["value"], "domain": cookie["domain"], "path": cookie["path"]}


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
    assert served.broken_off() == [], "the server broke off"
