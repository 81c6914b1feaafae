"""What axe finds wrong with a page: all of it on every page, only contrast once for each look of text."""

from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

BESIDE_AXE = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@dataclass
class Axe:
    """axe, and the looks of text whose contrast it settled on the pages so far."""

    settled: set[str] = field(default_factory=set)

    def comes_along(self, page: Page) -> None:
        """Be there on every page that is opened from now on: no script of the page, so no policy forbids it."""
        page.add_init_script(AXE_SCRIPT + BESIDE_AXE)

    def violations(self, page: Page) -> list[tuple[str, list[str]]]:
        """Each rule that the page breaks, with the beginnings of the elements that do."""
        found = page.evaluate("known => lookedAtByAxe(known)", sorted(self.settled))
        self.settled.update(found["settled"])
        return [(name, elements) for name, elements in found["violations"]]
