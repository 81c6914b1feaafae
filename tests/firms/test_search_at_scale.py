"""A hundred thousand firms are searched at once: by walking an index, in a bounded number of queries."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.firms.search import PER_PAGE, search_firms
from portal.reference.records import RegistryRow, SourceVersion
from portal.scheme.names import name_key
from tests.conftest import A_MORNING, settings_in
from tests.samples import Firm, apply_all, valid_uscc

FIRMS = 100_000
TODAY = clock.day_of(A_MORNING)
SYLLABLES = "恒达华兴澄屿鹭汐青礁泊溪砚石舟漾岚屏樟汀榕栈望岬禾砺帆序澜沐"


def name_of(n: int) -> str:
    """The name of the n-th firm: three syllables and its number, so that none repeats."""
    turns = (n, n // 31, n // 961)
    return "厦门" + "".join(SYLLABLES[turn % len(SYLLABLES)] for turn in turns) + f"{n}（集团）有限公司"


@pytest.fixture(scope="module")
def large(prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance whose registry has a hundred thousand firms, one of which applied under another name."""
    folder = tmp_path_factory.mktemp("large") / "instance"
    shutil.copytree(prepared_folder, folder)
    made = Instance(settings_in(folder))
    with clock.fixed(A_MORNING):
        fill(made)
        apply_all(made, [Firm("厦门另名示例有限公司", valid_uscc(7), "陈若舟", "", None)])
    yield made
    made.database.engine.dispose()


def fill(instance: Instance) -> None:
    """Write the firms as an import would, without a workbook of them."""
    version = {"read": FIRMS, "added": FIRMS, "changed": 0, "unchanged": 0, "rejected": 0, "absent": 0}
    with audit.write(instance.database, COMMAND, "test.fill") as session:
        session.add(
            SourceVersion(
                id=1,
                source="registry",
                number=1,
                file_name="large.xlsx",
                file_sha256="0" * 64,
                imported_at=clock.now(),
                imported_by=COMMAND.id,
                **version,
            )
        )
        session.flush()
        empty = {column.key: None for column in RegistryRow.__table__.columns}
        audit.insert_many(
            session,
            RegistryRow,
            [
                {
                    **empty,
                    "id": n + 1,
                    "version_id": 1,
                    "uscc": valid_uscc(n),
                    "name": name_of(n),
                    "name_key": name_key(name_of(n)),
                    "address": "厦门市思明区示例路 1 号",
                    "business_scope": "货物进出口；" * 20,
                    "content_index": "0" * 64,
                }
                for n in range(FIRMS)
            ],
        )


@pytest.fixture
def session(large: Instance) -> Iterator[Session]:
    """A read session on it."""
    with large.database.reading() as opened:
        yield opened


def statements(session: Session) -> list[tuple[str, Any]]:
    """Every statement the session sends from now on, with its values."""
    sent: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        sent.append((statement, values))

    event.listen(session.get_bind(), "before_cursor_execute", keep)
    return sent


def test_a_hundred_thousand_firms_are_searched_by_the_index_of_names_alone(session: Session) -> None:
    sent = statements(session)
    for text, total in (
        (name_of(4321)[:8], None),
        ("厦", FIRMS + 1),
        ("恒达", None),
        ("集团 有限公司", FIRMS),
        (valid_uscc(99_999).lower(), 1),
        (valid_uscc(7), 2),
        ("无此企业", 0),
        ("", FIRMS + 1),
    ):
        sent.clear()
        found = search_firms(session, text, 1, TODAY)
        assert total is None or found.total == total, text
        assert len(found.firms) == min(found.total, PER_PAGE)
        assert len(sent) <= 7, f"{len(sent)} queries for {text!r}"
        for statement, values in list(sent):
            raw = session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values)
            plan = [row[3] for row in raw if "registry_rows" in row[3]]
            assert all("ix_registry_rows_name" in step or step.endswith("(uscc=?)") for step in plan), plan


def test_every_page_of_a_broad_search_is_reached_and_none_repeats(session: Session) -> None:
    first, last = search_firms(session, "厦门", 1, TODAY), search_firms(session, "厦门", 10**9, TODAY)
    assert last.page == -(-last.total // PER_PAGE)
    second = search_firms(session, "厦门", 2, TODAY)
    assert not {firm.uscc for firm in first.firms} & {firm.uscc for firm in second.firms}
    assert [firm.name for firm in first.firms] == sorted(firm.name for firm in first.firms)


def test_a_search_costs_little_more_than_one_walk_over_the_names(session: Session) -> None:
    def best(work: Any) -> float:
        times = []
        for _time in range(5):
            started = perf_counter()
            work()
            times.append(perf_counter() - started)
        return min(times)

    walk = (
        "SELECT count(*) FROM registry_rows INDEXED BY ix_registry_rows_name "
        "WHERE replaced_version IS NULL AND name LIKE '%达%'"
    )
    once = best(lambda: session.connection().exec_driver_sql(walk).scalar())
    assert best(lambda: search_firms(session, "恒达", 1, TODAY)) < 8 * once + 0.05
