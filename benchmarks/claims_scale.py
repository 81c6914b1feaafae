"""Whether the pages of losses answer as fast with 20,000 claims of 30,000 firms as with 200 of 300.

Both databases are the demonstration, with a claim in every state, copied often enough: firms, policies,
buyers, notices, claims, assessments, ledger, payments and recoveries, each copy under its own numbers. Both are
asked for the same pages in turn, in one process, and what counts is processor time, the embedded database's
included, so that whoever else works on the machine is not measured. The figure is the ratio of the two medians of
each page, and neither may need more database queries than the other. The overview keeps what it worked out until
something is written; what it takes then is asked for too, with a limit of its own.
"""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import thread_time
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Connection, Table, event, insert, select

from benchmarks.results import Result
from portal.claims.records import Claim
from portal.common import audit
from portal.common.config import Settings
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.common.types import Base
from portal.demo.load import load_demo, logins_file
from portal.factory import create_app
from portal.setup import initialise

FEW, MANY = (200, 300), (20_000, 30_000)  # claims, firms
LIMIT = 1.5  # how many times the median of a page may grow
LIMIT_AFTER_WRITING = 0.5  # seconds for the overview when something was written since it was last asked for
ROUNDS, ROUNDS_AFTER_WRITING = 21, 7
OVERVIEW, SPONSOR = "/desk/claims-overview", "sponsor_commerce"
AFTER_WRITING = f"{OVERVIEW} just after a write"
NUMBERED = 100_000  # copies are numbered so far apart
LOSSES = (
    *("applications", "policies", "obligors", "obligor_names", "firm_buyers", "lookalikes", "obligor_merges"),
    *(
        "notices",
        "claims",
        "shipments",
        "claim_papers",
        "claim_events",
        "consent_requests",
        "payees",
        "assignments",
    ),
    *("receipts", "ledger_entries", "ledger_lines", "assessments", "assessment_lines", "payment_batches"),
    *("payment_lines", "recoveries", "recovery_shares", "excess_tasks", "obligor_concerns"),
)
"""What a claim and its firm are made of; people, accounts and papers' contents stay single."""

Row = Mapping[str, Any]
Rows = dict[str, list[Row]]


@dataclass
class Portal:
    """One portal to be asked: its clients by login, and what each page took."""

    instance: Instance
    clients: dict[str, FlaskClient]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    queries: dict[str, int] = field(default_factory=dict)
    asked: int = 0

    def count(self, *_of_the_statement: object) -> None:
        """One more query was asked of the database."""
        self.asked += 1


def run() -> list[Result]:
    """Make both databases, and ask both for every page; about four minutes on one core."""
    with TemporaryDirectory() as folder:
        first = Path(folder) / "few"
        app = create_app(_settings(first))
        instance: Instance = app.extensions["tongbao"]
        initialise(instance)
        with app.app_context():
            load_demo(instance)
        instance.database.engine.dispose()
        shutil.copytree(first, Path(folder) / "many")
        portals = [_portal(Path(folder) / name, size) for name, size in (("few", FEW), ("many", MANY))]
        pages = _pages(_claim_of(first))
        for path, login in pages:
            for _ in range(ROUNDS + 1):
                for portal in portals:
                    _ask(portal, login, path)
        for _ in range(ROUNDS_AFTER_WRITING):
            for portal in portals:
                audit.note(portal.instance.database, COMMAND, "demo.loaded", "benchmark", audit.DONE)
                _ask(portal, SPONSOR, OVERVIEW, AFTER_WRITING)
    return [*(_result(path, *portals) for path, _login in pages), _after_writing(*portals)]


def main() -> int:
    """Print the figures; the exit status says whether every limit was kept."""
    results = run()
    for result in results:
        print(result.text if result.kept else f"{result.text}  OVER THE LIMIT")
    return 0 if all(result.kept for result in results) else 1


def _settings(folder: Path) -> Settings:
    return Settings(folder, f"sqlite:///{folder}/portal.db")


def _portal(folder: Path, size: tuple[int, int]) -> Portal:
    """The demonstration copied to this size, with everybody signed in who is needed."""
    app = create_app(_settings(folder))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    instance: Instance = app.extensions["tongbao"]
    with instance.database.engine.begin() as connection:
        _copied(connection, *size)
    logins = dict(_logins(instance))
    clients = {}
    for role in ("claims_officer", SPONSOR, "exporter:noroom"):
        clients[role] = app.test_client()
        email, password = logins[role]
        answer = clients[role].post("/sign-in", data={"email": email, "password": password})
        if answer.status_code != 302:
            raise RuntimeError(f"{role} could not sign in: {answer.status_code}")
    portal = Portal(instance, clients)
    event.listen(instance.database.engine, "before_cursor_execute", portal.count)
    return portal


def _logins(instance: Instance) -> Iterator[tuple[str, tuple[str, str]]]:
    for line in logins_file(instance).read_text().splitlines():
        role, email, password = line.split("\t")
        yield role, (email, password)


def _copied(connection: Connection, claims: int, firms: int) -> None:
    """Copy the demonstration's losses until there are so many claims, and one more firm until so many firms."""
    rows = {name: _rows(connection, name) for name in LOSSES}
    keys = {str(row["id"]) for name in LOSSES for row in rows[name] if "id" in row}
    with_losses = {row["uscc"] for row in rows["notices"]}
    plain = next(row for row in rows["policies"] if row["uscc"] not in with_losses)
    rows["policies"] = [row for row in rows["policies"] if row["uscc"] in with_losses]
    rows["applications"] = [row for row in rows["applications"] if row["uscc"] in with_losses]
    copies = -(-claims // len(rows["claims"])) - 1
    for number in range(1, copies + 1):
        for name, some in rows.items():
            _insert(connection, name, [_copy(row, number, keys) for row in some])
    have = len({row["uscc"] for row in _rows(connection, "policies")})
    (applied,) = (row for row in _rows(connection, "applications") if row["id"] == plain["application_id"])
    for name, row in (("applications", applied), ("policies", plain)):
        _insert(connection, name, [_copy(row, copies + place, keys) for place in range(1, firms - have + 1)])
    connection.exec_driver_sql("ANALYZE")


def _rows(connection: Connection, name: str) -> list[Row]:
    return [dict(row) for row in connection.execute(select(_table(name))).mappings()]


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _insert(connection: Connection, name: str, rows: list[Row]) -> None:
    if rows:
        connection.execute(insert(_table(name)), rows)


def _copy(row: Row, number: int, keys: set[str]) -> Row:
    """The row as the n-th copy has it: its own ids, numbers and firm, leading to the copies of what it led to."""
    return {name: _value(name, value, number, keys) for name, value in row.items()}


def _value(name: str, value: Any, number: int, keys: set[str]) -> Any:
    if value is None:
        return None
    if isinstance(value, str) and value in keys:
        return f"{number:010d}{value[10:]}"  # the time of a ULID makes way; what is random tells rows apart
    if name == "uscc":
        return f"{number:08d}{value[8:]}"
    if name == "serial" or (name == "number" and isinstance(value, int)):
        return value + number * NUMBERED
    if name in ("number", "reference", "policy_number"):
        return re.sub(r"(\d+)((?:-\d+)?)$", lambda at: f"{int(at[1]) + number * NUMBERED}{at[2]}", value, count=1)
    if name in ("once", "money_index", "name_key", "content_index"):
        return f"{value[:50]} {number}"
    if name in ("name", "firm_name"):
        return f"{value} {number}"
    return value


def _claim_of(folder: Path) -> Claim:
    """The claim for which no room was left, of the firm whose exporter is signed in; it is the same in both."""
    with Instance(_settings(folder)).database.reading() as session:
        query = select(Claim).where(Claim.approved_minor == 0).order_by(Claim.serial)
        return session.execute(query.limit(1)).scalar_one()


def _pages(shown: Claim) -> tuple[tuple[str, str], ...]:
    """Every page that is measured, and who opens it."""
    return (
        ("/desk/claims", "claims_officer"),
        ("/desk/notices", "claims_officer"),
        ("/desk/obligors", "claims_officer"),
        (f"/desk/claims/{shown.number}", "claims_officer"),
        (OVERVIEW, SPONSOR),
        ("/my", "exporter:noroom"),
        (f"/my/firms/{shown.uscc}/buyers", "exporter:noroom"),
        (f"/my/claims/{shown.number}", "exporter:noroom"),
    )


def _ask(portal: Portal, login: str, path: str, name: str = "") -> None:
    portal.asked = 0
    begun = thread_time()
    answer = portal.clients[login].get(path)
    portal.seconds.setdefault(name or path, []).append(thread_time() - begun)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}")
    portal.queries[name or path] = portal.asked


def _result(path: str, few: Portal, many: Portal) -> Result:
    before, after = (median(one.seconds[path][1:]) * 1000 for one in (few, many))
    ratio = after / before
    same = few.queries[path] == many.queries[path]
    text = (
        f"{path}: {before:.1f} ms with {FEW[0]} claims, {after:.1f} ms with {MANY[0]:,}: {ratio:.2f} times "
        f"(limit {LIMIT}); queries {few.queries[path]} and {many.queries[path]}"
    )
    return Result(text, ratio <= LIMIT and same)


def _after_writing(few: Portal, many: Portal) -> Result:
    before, after = (median(one.seconds[AFTER_WRITING][1:]) for one in (few, many))
    same = few.queries[AFTER_WRITING] == many.queries[AFTER_WRITING]
    text = (
        f"{AFTER_WRITING}: {before * 1000:.1f} ms with {FEW[0]} claims, {after * 1000:.1f} ms with {MANY[0]:,} "
        f"(limit {LIMIT_AFTER_WRITING * 1000:g} ms); queries {few.queries[AFTER_WRITING]} and "
        f"{many.queries[AFTER_WRITING]}"
    )
    return Result(text, after <= LIMIT_AFTER_WRITING and same)


if __name__ == "__main__":
    sys.exit(main())
