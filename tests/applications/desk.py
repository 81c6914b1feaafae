"""Small helpers for working at the reviewer's desk as its people do: through the pages."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from portal.applications.records import Application
from portal.common.instance import Instance
from tests.accounts.pages import text_of
from tests.samples import Firm, apply_all, import_one, lists_book, registry_book, registry_line

QUEUE = "/desk/queue"
CASES = "/desk/applications"
REASON = "看了身份证，出生日期与名单上的不同。"


def application_of(instance: Instance, firm: Firm) -> Application:
    """The newest application of a firm, as it stands now."""
    with instance.database.reading() as session:
        query = select(Application).where(Application.uscc == firm.uscc).order_by(Application.number.desc())
        return session.execute(query.limit(1)).scalar_one()


def state_of(instance: Instance, firm: Firm) -> str:
    """The state of a firm's newest application."""
    return application_of(instance, firm).state


def address_of(instance: Instance, firm: Firm) -> str:
    """The page of a firm's newest application."""
    return f"{CASES}/{application_of(instance, firm).number}"


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of the page."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found is not None, f"the page has no field {name}"
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""


def decide(
    client: FlaskClient, address: str, outcome: str, page: str | None = None, **more: object
) -> TestResponse:
    """Send the form of a case as it stands on the page (by default as it is now)."""
    page = page if page is not None else text_of(client.get(address))
    form: dict[str, object] = {
        "seen_decision": hidden(page, "seen_decision"),
        "outcome": outcome,
        "reason": REASON,
        **more,
    }
    return client.post(address, data=form)


def rows_of(page: str) -> list[str]:
    """The numbers of the cases in the table, in its order."""
    table = page.split("<tbody")[1] if "<tbody" in page else ""
    return re.findall(r'class="tb-row-link" href="/desk/[a-z]+/([^"?]+)', table)


def holder_of(kind: str, number: str) -> str:
    """Where a case is taken, handed over and put back."""
    return f"{QUEUE}/{kind}/{number}/holder"


def tabs_of(page: str) -> dict[str, int]:
    """The views with their counts."""
    nav = re.search(r'<nav class="tb-tabs".*?</nav>', page, re.S)
    assert nav is not None
    found = re.findall(r"<a [^>]*>(.*?) ([\d,]+)</a>", nav[0])
    return {label: int(count.replace(",", "")) for label, count in found}


def refer_many(instance: Instance, firms: Iterable[Firm]) -> None:
    """Enter applications of firms that registry and customs may or may not know; the others are referred."""
    firms = list(firms)
    lines = [registry_line(firm.uscc, firm.name) for firm in firms]
    import_one(instance, "registry", registry_book(lines))
    import_one(instance, "lists", lists_book())
    apply_all(instance, firms)


def options_of(page: str, name: str) -> Mapping[str, str]:
    """The choices of a select: value → words."""
    found = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.S)
    assert found is not None, f"the page has no choice {name}"
    return dict(re.findall(r'<option value="([^"]*)"[^>]*>(.*?)</option>', found[0]))


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """The statements that the app sends while the block runs."""
    seen: list[str] = []
    engine = app.extensions["tongbao"].database.engine

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
