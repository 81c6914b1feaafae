"""Time comes from one clock, and the rulebook has none: a date is an argument."""

import ast
from collections.abc import Iterator

from tests.house.source import Module, modules, told

ASKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("time", "strftime"),
    ("time", "ctime"),
    ("func", "now"),
    ("func", "current_date"),
    ("func", "current_timestamp"),
}


def asking(module: Module) -> Iterator[str]:
    """Where a module asks the machine, or the database, for the time."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = (
                owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            )
            if (name, node.attr) in ASKS:
                yield f"{module.at(node.lineno)}: {name}.{node.attr}"
    for line, imported in module.imports():
        if tuple(imported.split(".")) in {("time", "time"), ("time", "localtime"), ("time", "gmtime")}:
            yield f"{module.at(line)}: imports {imported}"


def test_nothing_but_the_clock_asks_for_the_time() -> None:
    faults = [fault for module in modules() if module.name != "portal.common.clock" for fault in asking(module)]
    told(
        faults, "use clock.now() or clock.today() of portal/common/clock.py, which tests and the demonstration set"
    )


def test_the_rulebook_never_reads_a_clock() -> None:
    faults = [
        f"{module.at(line)} imports {name}"
        for module in modules()
        if module.area == "scheme"
        for line, name in module.imports()
        if name.split(".")[0] == "time"
    ]
    faults += [fault for module in modules() if module.area == "scheme" for fault in asking(module)]
    told(faults, "take the date as an argument")


def test_the_rule_itself_finds_what_it_looks_for() -> None:
    clock = next(module for module in modules() if module.name == "portal.common.clock")
    assert [fault.split(": ")[1] for fault in asking(clock)] == ["datetime.now"]
