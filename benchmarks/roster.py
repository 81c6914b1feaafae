"""The roster of 50,000 lines against a bare openpyxl write-only dump of the same cells and styles.

Both run in this process in turns, counted in processor time, so that a busy machine slows both alike; the
ratio is that of the quickest runs. The bare dump is the leanest that openpyxl's public means allow: one styled
WriteOnlyCell per column, given a value and appended again for every row; no record, no totals, no terms, no
second sheet. Cells made or styled anew for every value would be slower and flatter the roster.

Memory is the highest resident size of a process of its own that writes 50,000 lines, less that of one that
writes 1,000: what the further 49,000 lines cost.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import Workbook

from benchmarks.results import Result
from portal.sponsor.roster_lines import RosterLine, RosterTitle
from portal.sponsor.roster_sheet import COLUMN_LOOKS, write_roster
from portal.sponsor.roster_words import DECIDED_WORDS, ROSTER_SHEET, STATE_WORDS, headings
from portal.sponsor.sheet_styles import HEADING, prepared_cell

LINES = 50_000
FEW_LINES = 1_000
ROUNDS = 3
RATIO_LIMIT = 1.5
MEMORY_LIMIT = 24.0

TITLE = RosterTitle(
    scheme_key="xiamen-2022",
    scheme_title="厦门市小微出口企业统保",
    city="厦门市",
    as_of=date(2022, 12, 31),
    currency="USD",
    terms_fingerprint="5e" * 32,
    terms_summary=(("赔付比例", "80 %"), ("保费费率", "0.04 %（暂定）")),
    export_id="01HZX3Y5Q8M2N7P4R6S9T0V1WA",
    made_at=datetime(2023, 1, 3, 1, 30, tzinfo=UTC),
)


def made_up_lines(count: int) -> Iterator[RosterLine]:
    """Lines as varied as real ones, so that neither compression nor caches have it easier."""
    for number in range(count):
        applied = date(2022, 1, 1) + timedelta(days=number % 300)
        yield RosterLine(
            firm_name=f"厦门市第{number * 7_919 % 100_003}号进出口贸易有限公司",
            uscc=f"91350200{number * 15_485_863 % 10**10:010d}",
            place="厦门市",
            base_year=2021,
            exports_minor=None if number % 97 == 0 else number * 7_919_317 % 600_000_001,
            policy_number=f"XM-2022-{number:06d}",
            starts_on=applied + timedelta(days=2),
            ends_on=date(2022, 12, 31),
            applied_on=applied,
            decided_by="person" if number % 20 == 0 else "auto",
            acknowledged_on=None if number % 3 == 0 else applied + timedelta(days=5),
            state="withdrawn" if number % 211 == 0 else "in_force",
        )


def write_bare(out: Path, count: int) -> None:
    """The same thirteen cells a line, in the same styles, and nothing else."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(ROSTER_SHEET)
    heading_cells = [prepared_cell(sheet, HEADING) for _ in COLUMN_LOOKS]
    for cell, heading in zip(heading_cells, headings(), strict=True):
        cell.value = heading
    sheet.append(heading_cells)
    cells = [prepared_cell(sheet, look) for look in COLUMN_LOOKS]
    for number, line in enumerate(made_up_lines(count), 1):
        values = (
            *(number, line.firm_name, line.uscc, line.place, line.base_year),
            None if line.exports_minor is None else line.exports_minor / 100,
            *(line.policy_number, line.starts_on, line.ends_on, line.applied_on),
            *(DECIDED_WORDS[line.decided_by], line.acknowledged_on, STATE_WORDS[line.state]),
        )
        for cell, value in zip(cells, values, strict=True):
            cell.value = value
        sheet.append(cells)
    workbook.save(out)


def write_ours(out: Path, count: int) -> None:
    """The roster as the portal writes it."""
    write_roster(out, TITLE, made_up_lines(count))


def _seconds(write: Callable[[Path, int], None], out: Path) -> float:
    start = time.process_time()
    write(out, LINES)
    return time.process_time() - start


def _peak_megabytes(count: int) -> float:
    command = [sys.executable, "-m", "benchmarks.roster", "--peak", str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _print_own_peak(count: int) -> None:
    with TemporaryDirectory() as folder:
        write_ours(Path(folder) / "roster.xlsx", count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


def run() -> list[Result]:
    """Measure both figures; about two minutes on one core."""
    # Memory first: a child's peak begins with the size of the process that started it.
    growth = _peak_megabytes(LINES) - _peak_megabytes(FEW_LINES)
    bare, ours = [], []
    with TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            bare.append(_seconds(write_bare, Path(folder) / "bare.xlsx"))
            ours.append(_seconds(write_ours, Path(folder) / "roster.xlsx"))
    ratio = min(ours) / min(bare)
    text = (
        f"roster {LINES:,} lines: {ratio:.2f} × bare (limit {RATIO_LIMIT}), "
        f"peak +{growth:.0f} MB (limit {MEMORY_LIMIT:.0f})"
    )
    return [Result(text, ratio <= RATIO_LIMIT and growth <= MEMORY_LIMIT)]


def main() -> int:
    """Print the figures; the exit status says whether every limit was kept."""
    if sys.argv[1:2] == ["--peak"]:
        _print_own_peak(int(sys.argv[2]))
        return 0
    results = run()
    for result in results:
        print(result.text if result.kept else f"{result.text}  OVER THE LIMIT")
    return 0 if all(result.kept for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
