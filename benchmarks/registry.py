"""Importing a registry of 15,458 rows against a bare openpyxl read-only pass over the same file."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import Workbook, load_workbook

from benchmarks.results import Result
from portal.common.config import Settings
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.reference.actions import import_source
from portal.setup import initialise
from tests.samples import valid_uscc

ROWS = 15_458
LIMIT = 4.0
ROUNDS = 3
SCOPE = "货物进出口；技术进出口；五金产品批发；建筑材料销售；日用百货批发（示例经营范围，第{}号）；" * 3


def write_registry(path: Path) -> None:
    """A made-up registry of the size of a real one."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("商事主体")
    sheet.append(
        [
            "企业名称",
            "统一社会信用代码",
            "成立日期",
            "企业类型",
            "注册资本",
            "登记地",
            "登记状态",
            "住所",
            "经营范围",
        ]
    )
    for number in range(ROWS):
        name = f"厦门第{number}号贸易有限公司"
        address = f"厦门市思明区示例路{number}号"
        kind = "有限责任公司" if number % 9 == 0 else None
        capital = f"{number % 900}万人民币"
        scope = SCOPE.format(number, number, number)
        sheet.append([name, valid_uscc(number), "2010-05-06", kind, capital, "厦门", "存续", address, scope])
    book.save(path)


def run() -> list[Result]:
    """Import in turns with the bare pass; the ratio is that of the quickest runs, in processor time."""
    bare, ours = [], []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "registry.xlsx"
        write_registry(path)
        for number in range(ROUNDS):
            started = time.process_time()
            book = load_workbook(path, read_only=True)
            for _row in book.worksheets[0].iter_rows(values_only=True):
                pass
            book.close()
            bare.append(time.process_time() - started)
            instance = _fresh(Path(folder) / f"instance-{number}")
            started = time.process_time()
            result = import_source(instance, COMMAND, "registry", path.read_bytes(), path.name)
            ours.append(time.process_time() - started)
            instance.database.engine.dispose()
            if result.counts.added != ROWS:
                raise AssertionError(f"{result.counts} instead of {ROWS} rows added")
    ratio = min(ours) / min(bare)
    text = f"registry {ROWS:,} rows imported: {ratio:.2f} × a bare read-only pass (limit {LIMIT:.0f})"
    return [Result(text, ratio <= LIMIT)]


def _fresh(folder: Path) -> Instance:
    instance = Instance(Settings(instance=folder, database_url=f"sqlite:///{folder / 'portal.db'}"))
    initialise(instance)
    return instance


if __name__ == "__main__":
    for result in run():
        print(result.text)
