"""The portal's own source, parsed, for the rules of the house."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PORTAL = ROOT / "portal"
GENERATED = PORTAL / "migrations"
FOREIGN = PORTAL / "stubs"


@dataclass(frozen=True)
class Module:
    """One module of the portal: its path and what it imports."""

    path: Path

    @property
    def name(self) -> str:
        """Dotted, as in portal.common.clock."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def area(self) -> str:
        """The folder below portal, or "" for the modules that put the portal together."""
        parts = self.path.relative_to(PORTAL).parts
        return parts[0] if len(parts) > 1 else ""

    @property
    def stem(self) -> str:
        """The last part of the name: records, actions, pages …"""
        return self.path.stem

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source."""
        return ast.parse(self.path.read_text(), str(self.path))

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full dotted name of everything imported, also inside functions."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self.at(node.lineno)}: import by the full name, as everywhere else"
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def at(self, line: int) -> str:
        """File and line, as editors open them."""
        return f"{self.path.relative_to(ROOT)}:{line}"


@lru_cache
def modules() -> tuple[Module, ...]:
    """Every module of the portal that we write ourselves."""
    paths = sorted(PORTAL.rglob("*.py"))
    return tuple(Module(p) for p in paths if GENERATED not in p.parents and FOREIGN not in p.parents)


def is_page(stem: str) -> bool:
    """Whether a module answers requests."""
    return stem.endswith("pages") or stem in ("sign_in", "api")


def told(faults: list[str], instead: str) -> None:
    """Fail with every fault in a line of its own, and with what to do instead."""
    assert not faults, "\n".join([*faults, f"→ {instead}"])
