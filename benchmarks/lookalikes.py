"""Finding what looks like a new buyer among 50,000, and comparing a list of pairs."""

import random
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.results import Result
from portal.common import audit, clock
from portal.common.config import Settings
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.obligors.matching import compare, name_key
from portal.obligors.records import Obligor, ObligorName
from portal.obligors.searching import candidates
from portal.setup import initialise

OBLIGORS = 50_000
ASKED = 40
LIMIT = 250  # milliseconds, the median of one search once the names are read
PAIRS = 2_000
PAIR_LIMIT = 3.0  # milliseconds of one pair of names that were never seen
SYLLABLES = (
    "ba",
    "co",
    "du",
    "fa",
    "ge",
    "hi",
    "jo",
    "ka",
    "lu",
    "ma",
    "ne",
    "po",
    "ra",
    "si",
    "to",
    "vu",
    "wick",
)
TRADES = ("Trading", "Furniture", "Lighting", "Textile", "Foods", "Toys", "Logistics")
FORMS = ("GmbH", "Ltd", "Inc.", "S.p.A.", "B.V.", "LLC")


def _names(count: int) -> list[str]:
    dice = random.Random(5)
    return [
        f"{''.join(dice.choices(SYLLABLES, k=4)).title()} {dice.choice(TRADES)} {dice.choice(FORMS)}"
        for _number in range(count)
    ]


def run() -> list[Result]:
    """The first search reads every name; the ones after it are what people wait for."""
    names = _names(OBLIGORS)
    with TemporaryDirectory() as folder:
        where = Path(folder) / "instance"
        instance = Instance(Settings(instance=where, database_url=f"sqlite:///{where / 'portal.db'}"))
        initialise(instance)
        _fill(instance, names)
        spent = []
        with instance.database.reading() as session:
            began = time.perf_counter()
            candidates(session, names[0], "DE")
            first = time.perf_counter() - began
            for name in random.Random(6).sample(names, ASKED):
                began = time.perf_counter()
                found = candidates(session, name[:3] + name[4:], "DE")
                spent.append((time.perf_counter() - began) * 1000)
                if not any(one.obligor.name == name for one in found):
                    raise RuntimeError(f"{name} was not found again after one slip")
        instance.database.engine.dispose()
    middle = statistics.median(spent)
    began = time.perf_counter()
    for one, other in zip(_names(PAIRS), reversed(names[-PAIRS:]), strict=True):
        compare(one + " Asia", other + " Europe")
    each = (time.perf_counter() - began) * 1000 / PAIRS
    return [
        Result(
            f"look-alikes among {OBLIGORS:,}: {middle:.0f} ms, the first {first:.1f} s (limit {LIMIT} ms)",
            middle <= LIMIT,
        ),
        Result(f"one pair of names compared in {each:.2f} ms (limit {PAIR_LIMIT} ms)", each <= PAIR_LIMIT),
    ]


def _fill(instance: Instance, names: list[str]) -> None:
    now = clock.now()
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        audit.insert_many(
            session,
            Obligor,
            [
                {
                    "id": f"{n:026d}",
                    "number": f"O2026-{n:05d}",
                    "serial": n,
                    "kind": "buyer",
                    "name": name,
                    "name_key": name_key(name),
                    "country": "DE",
                    "registration_number": None,
                    "lei": None,
                    "bic": None,
                    "address": None,
                    "state": "live",
                    "merged_into": None,
                    "made_by": "command",
                    "made_at": now,
                }
                for n, name in enumerate(names)
            ],
        )
        audit.insert_many(
            session,
            ObligorName,
            [
                {
                    "id": f"{n:026d}",
                    "obligor_id": f"{n:026d}",
                    "name": name,
                    "name_key": name_key(name),
                    "given_by": "command",
                    "given_at": now,
                }
                for n, name in enumerate(names)
            ],
        )


if __name__ == "__main__":
    for result in run():
        print(result.text)
