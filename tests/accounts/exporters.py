"""What the tests of exporters' accounts ask again and again."""

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.codes import mobile_index
from portal.accounts.records import Account
from portal.common.instance import Instance
from portal.common.people import People
from tests.accounts.pages import text_of
from tests.outbox import newest_words


def wrong(code: str) -> str:
    """Another code of six digits."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def ask_for_code(client: FlaskClient, instance: Instance, mobile: str) -> str:
    """Ask for a code on the sign-in page; the code that was put on its way."""
    answer = client.post("/sign-in?by=mobile", data={"mobile": mobile})
    assert (answer.status_code, answer.location) == (302, "/sign-in/code"), text_of(answer)[:500]
    return newest_words(instance, "code", mobile)["code"]


def enter(client: FlaskClient, code: str) -> int:
    """Enter a code on the page; the status: 302 is signed in."""
    return client.post("/sign-in/code", data={"code": code}).status_code


def accounts_of_mobile(instance: Instance, mobile: str) -> list[Account]:
    """The accounts that a mobile has: one, or none."""
    with instance.database.reading() as session:
        query = select(Account).where(Account.mobile_index == mobile_index(instance.keys, mobile))
        return list(session.execute(query).scalars())


def fields_of(instance: Instance, account: Account) -> dict[str, str]:
    """The opened personal values of an account, as they stand now."""
    with instance.database.reading() as session:
        fresh = session.get_one(Account, account.id)
        return People(session, instance.keys).read(fresh.person_id, fresh.sealed)
