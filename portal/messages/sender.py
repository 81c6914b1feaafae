"""One thread in each process that serves pages: sends what the pages have queued, and what was left over.

It starts with the first request, never on import, so that a server may fork after loading the app. Commands have
no such thread: they would end in the middle of a delivery. What they queue is sent by the next round of any
server process, or by `flask --app app messages send`.
"""

import atexit
import logging
import os
from threading import Event, Lock, Thread

from flask import Flask, has_request_context
from sqlalchemy.exc import OperationalError

from portal.common.database import was_busy
from portal.common.instance import Instance
from portal.messages.post_office import send_due

log = logging.getLogger("portal")

ROUND = 60.0  # seconds after which it looks again without being called: for retries, and for commands
ENDING = 15.0  # seconds a process that ends waits for the delivery under way


class Sender:
    """Wakes with every write that queued something, sends until nothing is due, and sleeps again."""

    def __init__(self, app: Flask, instance: Instance) -> None:
        self._app = app
        self._instance = instance
        self._lock = Lock()
        self._bell = Event()
        self._closing = False
        self._thread: Thread | None = None
        self._process = 0

    def begin(self) -> None:
        """Start, if this process has not yet. Does nothing outside of a request, or in tests that do not ask."""
        if not has_request_context() or (self._app.testing and not self._app.config.get("SENDS_IN_TESTS")):
            return
        with self._lock:
            # A fork copies this object but not its thread.
            if self._thread is None or not self._thread.is_alive() or self._process != os.getpid():
                self._process, self._closing = os.getpid(), False
                self._thread = Thread(target=self._run, name="post-office", daemon=True)
                self._thread.start()
                atexit.register(self.close)

    def wake(self) -> None:
        """Have it look now, starting it if need be."""
        self.begin()
        self._bell.set()

    def close(self) -> None:
        """Let the delivery under way come to its end, and stop."""
        if self._thread is None or self._process != os.getpid():
            return
        self._closing = True
        self._bell.set()
        self._thread.join(ENDING)

    def _run(self) -> None:
        while not self._closing:
            self._bell.clear()
            self._look()
            if not self._closing:
                self._bell.wait(ROUND)

    def _look(self) -> None:
        try:
            with self._app.app_context():
                send_due(self._instance, lambda: self._closing)
        except OperationalError as error:
            if not was_busy(error):
                log.exception("the post office stopped in the middle of a round")
            else:
                log.info("the post office waits: the database is busy")
        except Exception:
            # Whatever it was, the next round must come: others' texts do not wait for one that is broken.
            log.exception("the post office stopped in the middle of a round")
