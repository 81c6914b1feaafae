"""300 firms apply through the real forms, 30 at once, against gunicorn on the embedded database.

Each signs in with e-mail and password, says for which firm it acts, goes through every step with a licence of its
own, reads back and sends, and reads the answer. Nothing may fail, get lost or be there twice. The figure is the
95th percentile of a step as a ratio to that of a bare Flask page, which as many at once ask the same kind of
server for in the same run.
"""

import os
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from openpyxl import Workbook
from PIL import Image
from sqlalchemy import func, select
from ulid import ULID

from benchmarks.browser import Browser
from benchmarks.results import Result
from portal.accounts.exporters import make_account
from portal.accounts.passwords import hashed
from portal.applications.records import Application
from portal.common import audit, clock
from portal.common.audit_check import verify_audit
from portal.common.config import ROOT, Settings
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.policies.records import Policy
from portal.reference.actions import import_source
from portal.setup import initialise
from tests.samples import valid_identity_number, valid_uscc

FIRMS = 300
AT_ONCE = 30
PASSWORD = "a-password-for-measuring-1"  # noqa: S105 - of accounts that live as long as this run
LIMIT = 150.0  # times a bare page; a step locks, writes, seals and appends to the trail, a bare page does nothing

Times = dict[str, list[float]]


def run() -> list[Result]:
    """Apply with every firm, then measure the bare page in the same way."""
    times: Times = defaultdict(list)
    lock = Lock()

    def timed(step: str, seconds: float) -> None:
        with lock:
            times[step].append(seconds)

    with TemporaryDirectory() as folder:
        instance = Instance(Settings(Path(folder), f"sqlite:///{folder}/portal.db"))
        _prepare(instance)
        with _served("app:app", {"PORTAL_INSTANCE": folder, "PORTAL_PROXIES": "1"}) as port:
            faults = _all_at_once(FIRMS, lambda number: _apply(number, port, timed))
        told = _counted(instance)
        instance.database.engine.dispose()
    with _served("benchmarks.bare_page:app", {}) as port:
        bare: list[float] = []

        def ask(number: int) -> None:
            browser = Browser("127.0.0.1", port, "10.0.0.1", lambda _step, seconds: bare.append(seconds))
            for _ in range(10):
                browser.get("/")

        faults += _all_at_once(FIRMS, ask)
    every = [seconds for found in times.values() for seconds in found]
    ratio = _p95(every) / _p95(bare)
    slowest = max(times, key=lambda step: _p95(times[step]))
    text = (
        f"{FIRMS} firms apply through the forms, {AT_ONCE} at once: {told}, {len(faults)} errors; {len(every)} "
        f"requests, p95 {_p95(every) * 1000:.0f} ms, {ratio:.1f} times a bare page ({_p95(bare) * 1000:.1f} ms), "
        f"limit {LIMIT:g}; slowest step {slowest} with p95 {_p95(times[slowest]) * 1000:.0f} ms"
    )
    kept = not faults and told == _wanted() and ratio <= LIMIT
    return [Result("\n      ".join([text, *faults[:3]]), kept)]


def _p95(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def _wanted() -> str:
    return f"{FIRMS} applications, {FIRMS} firms, {FIRMS} policies, trail unbroken"


def _counted(instance: Instance) -> str:
    with instance.database.reading() as session:
        states = Counter(session.execute(select(Application.state)).scalars())
        firms = session.execute(select(func.count(func.distinct(Application.uscc)))).scalar_one()
        policies = session.execute(select(func.count()).select_from(Policy)).scalar_one()
        broken = verify_audit(session).first_break
    return f"{states.total()} applications, {firms} firms, {policies} policies, trail {broken or 'unbroken'}"


def _prepare(instance: Instance) -> None:
    initialise(instance)
    year = clock.today().year
    registry = [
        (name, code, "2010-05-06", "有限责任公司", "100万人民币", "厦门", "存续", "厦门市示例路1号", "货物进出口")
        for name, code in ((f"厦门第{n}号示例贸易有限公司", valid_uscc(n)) for n in range(FIRMS))
    ]
    customs = [[valid_uscc(n), f"厦门第{n}号示例贸易有限公司", year - 1, 850000 + n] for n in range(FIRMS)]
    listed = [["某某示例公司", valid_uscc(FIRMS + 1), None, None, "失信被执行人", date(2020, 1, 1), None, "示例"]]
    for source, headings, rows in (
        (
            "registry",
            "企业名称 统一社会信用代码 成立日期 企业类型 注册资本 登记地 登记状态 住所 经营范围",
            registry,
        ),
        ("customs", "统一社会信用代码 企业名称 年度 出口额（美元）", customs),
        ("lists", "名称 统一社会信用代码 自然人姓名 证件号码 名单类型 列入日期 移出日期 来源", listed),
    ):
        import_source(instance, COMMAND, source, _workbook(headings.split(), rows), f"{source}.xlsx", None)
    kept = hashed(PASSWORD)
    with audit.write(instance.database, COMMAND, "accounts.sign_up", "accounts") as session:
        for number in range(FIRMS):
            make_account(session, instance, str(ULID()), "zh", email=_email(number), password_hash=kept)


def _workbook(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (headings, *rows):
        sheet.append(list(row))
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _email(number: int) -> str:
    return f"firm{number}@example.com"


def _licence(number: int) -> bytes:
    target = BytesIO()
    Image.effect_noise((900, 600), 40 + number % 50).convert("RGB").save(target, "JPEG", quality=80)
    return target.getvalue()


def _apply(number: int, port: int, timed: Callable[[str, float], None]) -> None:
    browser = Browser("127.0.0.1", port, f"10.{number % 250}.{number // 250}.7", timed)
    uscc = valid_uscc(number)
    values: Mapping[str, str] = {
        "email": _email(number),
        "password": PASSWORD,
        "uscc": uscc,
        "position": "operator",
        "contact": f"示例{number}",
        "mobile": f"139{number:08d}",
        "representative": f"代表{number}",
        "number": valid_identity_number(number),
        "own": "",
        "other_document": "",
    }
    files = {"licence": ("licence.jpg", _licence(number))}
    browser.get("/sign-in?by=email", "sign-in page")
    browser.send(values, files, "sign in")
    browser.get("/my/firms/new", "firm page")
    browser.send(values, files, "which firm")
    browser.send(values, files, "act for it")
    for _step in range(8):
        if "/apply/" not in browser.path:
            break
        browser.send(values, files, browser.path.rsplit("/", 1)[1])
    if "/my/policies/" not in browser.path and "/my/applications/" not in browser.path:
        raise AssertionError(f"firm {number} ended at {browser.path}: {browser.text()[:300]}")


def _all_at_once(count: int, work: Callable[[int], None]) -> list[str]:
    """Do the work for each number, so many at once; what went wrong, in words."""
    faults: list[str] = []

    def one(number: int) -> None:
        try:
            work(number)
        except Exception as error:  # whatever it is, it is a fault to be counted and shown
            faults.append(f"{number}: {type(error).__name__} {str(error)[:600]}")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(count)))
    return faults


@contextmanager
def _served(app: str, environment: Mapping[str, str]) -> Iterator[int]:
    """gunicorn as `make run` starts it, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    server = subprocess.Popen(
        [*command, "--threads", "4", "--log-level", "warning"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        for _attempt in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)
