"""What people do at a browser, told once for all journeys: with a mouse, or by the keyboard alone."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import NamedTuple, Protocol

from playwright.sync_api import Page

from portal.demo.sample import DemoFirm, firms
from tests.documents import papers
from tests.journeys.conftest import Served, Visitor

ARRIVES_WITHIN = 20  # seconds for a text or mail to leave the portal
LOOKS_EVERY = 0.1  # seconds
FARTHEST = 120  # presses of Tab
SUBMIT = "main form button[type=submit]:not([name])"
FILE = "main input[type=file]:not([capture])"
CODE, LINK = re.compile(r"\b(\d{6})\b"), re.compile(r"https?://[^/\s]+(/[^\s<>]+)")


class Hand(Protocol):
    """How somebody works a page: what follows is told the same for every hand."""

    page: Page

    def types(self, selector: str, text: str) -> None:
        """Put this text into a field instead of what stands there."""

    def ticks(self, selector: str) -> None:
        """Tick a box or choose a radio button."""

    def chooses(self, selector: str, value: str) -> None:
        """Choose from a list."""

    def attaches(self, selector: str, path: Path) -> None:
        """Choose a file."""

    def presses(self, selector: str) -> None:
        """Press a button or follow a link, and wait for the page that comes."""


class Mouse:
    """Somebody with a mouse or a finger."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def types(self, selector: str, text: str) -> None:
        """Click into it and type."""
        self.page.fill(selector, text)

    def ticks(self, selector: str) -> None:
        """Click it, if it is not ticked."""
        self.page.check(selector)

    def chooses(self, selector: str, value: str) -> None:
        """Click it in the list."""
        self.page.select_option(selector, value)

    def attaches(self, selector: str, path: Path) -> None:
        """Choose the file in the dialogue."""
        self.page.set_input_files(selector, path)

    def presses(self, selector: str) -> None:
        """Click it."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def sends(self, selector: str) -> None:
        """Click the button under files: without a new page, the answer takes this one's place."""
        self.page.evaluate("document.body.dataset.before = 'yes'")
        self.page.locator(selector).first.click()
        self.page.locator("body:not([data-before])").wait_for(state="attached")
        self.page.wait_for_load_state()

    def unfolds(self, selector: str) -> None:
        """Open what is folded around this, if it is closed."""
        folded = self.page.locator(f"details:not([open]):has({selector})")
        if folded.count():
            folded.first.locator("summary").first.click()


class Keyboard:
    """Somebody without a mouse: Tab, the arrows, Space and Enter, and what has the focus can be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        # Listened for from the start: Chromium needs a while before it hands dialogues over.
        page.on("filechooser", lambda _chooser: None)

    def types(self, selector: str, text: str) -> None:
        """Tab to it, and type over what is there; a date part by part, as the browser's own field wants it."""
        self._reaches(selector)
        if self.page.locator(selector).get_attribute("type") == "date":
            year, month, day = text.split("-")
            self.page.keyboard.type(f"{month}{day}{year}")
        else:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(text)
        assert self.page.input_value(selector) == text

    def ticks(self, selector: str) -> None:
        """Tab to the box, or to the group of radio buttons and on with the arrows, then Space."""
        name = self.page.locator(selector).get_attribute("name")
        radio = self.page.locator(selector).get_attribute("type") == "radio"
        self._reaches(f"input[type=radio][name={name}]" if radio else selector)
        for _press in range(20):
            if self._has_focus(selector):
                break
            self.page.keyboard.press("ArrowDown")
        if not self.page.is_checked(selector):
            self.page.keyboard.press("Space")
        assert self.page.is_checked(selector)

    def chooses(self, selector: str, value: str) -> None:
        """Tab to it, and type the beginning of what is wanted."""
        self._reaches(selector)
        words = self.page.locator(f"{selector} option[value='{value}']").inner_text()
        self.page.keyboard.type(words)
        assert self.page.input_value(selector) == value

    def attaches(self, selector: str, path: Path) -> None:
        """Tab to it; Enter opens the dialogue."""
        self._reaches(selector)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files(path)

    def presses(self, selector: str) -> None:
        """Tab to it, then Enter."""
        self._reaches(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _reaches(self, selector: str) -> None:
        for _press in range(FARTHEST):
            if self._has_focus(selector):
                break
            self.page.keyboard.press("Tab")
        assert self._has_focus(selector), f"the keyboard never comes to {selector} on {self.page.url}"
        assert self.page.evaluate(SEEN), f"the focus on {selector} cannot be seen on {self.page.url}"

    def _has_focus(self, selector: str) -> bool:
        return bool(self.page.evaluate("s => document.activeElement.matches(s)", selector))


# The browser scrolls to what has the focus within the next frames. A file input is laid invisibly over its button,
# which shows the focus for it.
SEEN = """async () => {
    const at = document.activeElement;
    const marked = node => {
        const style = getComputedStyle(node);
        return style.outlineStyle !== "none" || style.boxShadow !== "none";
    };
    const inside = box => box.bottom > 0 && box.top < innerHeight;
    for (let frame = 0; frame < 60; frame++) {
        const around = [...document.querySelectorAll(":focus-within")].slice(-3);
        if (inside(at.getBoundingClientRect()) && (marked(at) || around.some(marked))) return true;
        await new Promise(requestAnimationFrame);
    }
    return false;
}"""


def letters(portal: Served, address: str) -> list[str]:
    """The texts and mails that left for a number or address, oldest first."""
    found = []
    folder = portal.folder / "outbox"
    for path in sorted(folder.iterdir()) if folder.exists() else []:
        if path.suffix == ".eml":
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = mail.get_body(("plain",))
            if address in str(mail["To"]) and body is not None:
                found.append(body.get_content())
        elif path.suffix == ".txt":
            to, _empty, text = path.read_text().partition("\n\n")
            if to == address:
                found.append(text)
    return found


def sent_by(portal: Served, address: str, pattern: re.Pattern[str], act: Callable[[], None]) -> str:
    """Do what sends a text or mail to this address; gives what the pattern finds in it once it is there."""
    before = len(letters(portal, address))
    act()
    until = time.monotonic() + ARRIVES_WITHIN
    while time.monotonic() < until:
        for text in letters(portal, address)[before:]:
            if found := pattern.search(text):
                return found[1]
        time.sleep(LOOKS_EVERY)
    raise AssertionError(f"nothing came to {address} that holds {pattern.pattern}")


class Firm(NamedTuple):
    """A firm of the demonstration that nobody enrolled, and its licence as a photo."""

    said: DemoFirm
    licence: Path


def spare(key: str, folder: Path) -> Firm:
    """One of the firms left for whoever tries the portal."""
    said = next(firm for firm in firms() if firm.key == f"spare_{key}")
    licence = folder / f"营业执照 {key}.jpg"
    licence.write_bytes(papers.phone_photo())
    return Firm(said, licence)


def signs_in_by_code(someone: Visitor, hand: Hand, mobile: str) -> None:
    """From the sign-in page: the number, then the code that comes by text."""
    hand.types("input[name=mobile]", mobile)
    code = sent_by(someone.portal, mobile, CODE, lambda: hand.presses(SUBMIT))
    hand.types("input[name=code]", code)
    hand.presses("main form:has(input[name=code]) button[type=submit]")


def fills_in(hand: Hand, firm: Firm) -> None:
    """From binding the firm to the read-back, with everything that is asked."""
    said = firm.said
    hand.types("input[name=uscc]", said.uscc)
    hand.presses("main form button[type=submit]")
    if said.in_registry == "n":
        hand.types("input[name=firm_name]", said.name)
    hand.ticks("input[name=position][value=operator]")
    hand.presses(SUBMIT)
    hand.types("input[name=contact]", said.contact)
    hand.presses(SUBMIT)
    hand.types("input[name=representative]", said.representative)
    hand.ticks("input[name=agree_name]")
    hand.types("input[name=number]", said.id_number)
    hand.ticks("input[name=agree_number]")
    hand.attaches(FILE, firm.licence)
    hand.presses(SUBMIT)
    declared = hand.page.locator("main form input[type=checkbox]")
    for place in range(declared.count()):
        hand.ticks(f"#{declared.nth(place).get_attribute('id')}")
    hand.presses(SUBMIT)
    read_back = hand.page.locator("main").inner_text()
    given = (said.name, said.uscc, said.representative, said.contact, said.mobile[-4:], firm.licence.name)
    assert [value for value in given if value not in read_back] == []
    assert said.id_number not in read_back, "the whole number stands nowhere once it is typed"


def applies(someone: Visitor, hand: Hand, firm: Firm) -> str:
    """From the home page to the answer; gives the address of the page that tells it."""
    someone.goes_to("/my")
    signs_in_by_code(someone, hand, firm.said.mobile)
    hand.presses("main a[href='/my/firms/new']")
    fills_in(hand, firm)
    hand.presses(SUBMIT)
    return hand.page.url.removeprefix(someone.portal.url)


def acknowledges(hand: Hand) -> None:
    """Read the policy and say so."""
    hand.ticks("input[name=read]")
    hand.presses("#acknowledgement button[type=submit]")


@contextmanager
def as_staff(visitor: Callable[..., Visitor], role: str, language: str = "zh") -> Iterator[Visitor]:
    """Somebody of the staff at a browser of their own."""
    someone = visitor()
    someone.reads(language)
    someone.signs_in(role)
    yield someone
    someone.page.close()
