"""Guessing passwords is slow, and whoever guesses keeps nobody else out."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import passwords
from portal.accounts.devices import COOKIE
from portal.accounts.signing import PER_ACCOUNT, PER_EMAIL, PER_NETWORK
from portal.common import clock
from portal.common.instance import Instance
from tests.accounts.pages import text_of, without_token
from tests.accounts.test_signing_in import entries
from tests.conftest import A_MORNING, signed_in
from tests.people import GUAN_LI, LIN_ZHIYAO

WRONG = "wrong-wrong-wrong"


def attempt(client: FlaskClient, email: str, password: str, address: str = "127.0.0.1") -> int:
    """One attempt to sign in from a network address; the status."""
    form = {"email": email, "password": password}
    return client.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": address}).status_code


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong passwords are told without the slow hash, for tests that need very many of them."""
    monkeypatch.setattr(passwords, "is_right", lambda _kept, password: password == GUAN_LI.password)


def test_a_stranger_who_guesses_does_not_keep_the_owner_out_elsewhere(app: Flask) -> None:
    stranger = app.test_client()
    codes = [attempt(stranger, GUAN_LI.email, WRONG, "192.0.2.7") for _time in range(PER_ACCOUNT + 1)]
    assert codes == [422] * PER_ACCOUNT + [429]
    assert attempt(app.test_client(), GUAN_LI.email, GUAN_LI.password, "198.51.100.1") == 302


@pytest.mark.usefixtures("cheap")
def test_one_network_alone_never_uses_up_the_limit_of_an_e_mail(app: Flask) -> None:
    stranger = app.test_client()
    for _time in range(PER_EMAIL + PER_ACCOUNT):
        attempt(stranger, GUAN_LI.email, WRONG, "192.0.2.7")
    assert attempt(app.test_client(), GUAN_LI.email, GUAN_LI.password, "198.51.100.1") == 302


@pytest.mark.usefixtures("cheap")
def test_many_networks_together_are_stopped_at_the_limit_of_an_e_mail(app: Flask) -> None:
    stranger = app.test_client()
    codes = [attempt(stranger, GUAN_LI.email, WRONG, f"192.0.2.{n % 20}") for n in range(PER_EMAIL + 1)]
    assert codes == [422] * PER_EMAIL + [429]
    assert attempt(stranger, GUAN_LI.email, GUAN_LI.password, "198.51.100.1") == 429


@pytest.mark.usefixtures("cheap")
def test_a_browser_that_has_signed_in_before_is_kept_out_by_nobody_else(app: Flask) -> None:
    known = signed_in(app, GUAN_LI)
    known.post("/sign-out")
    stranger = app.test_client()
    for n in range(PER_EMAIL + 1):
        attempt(stranger, GUAN_LI.email, WRONG, f"192.0.2.{n % 20}")
    for n in range(PER_NETWORK + 1):
        attempt(stranger, f"nobody-{n}@example.com", WRONG)
    assert attempt(stranger, GUAN_LI.email, GUAN_LI.password) == 429
    assert attempt(known, GUAN_LI.email, GUAN_LI.password) == 302


def test_a_known_browser_has_ten_attempts_of_its_own(app: Flask, instance: Instance) -> None:
    known, other = signed_in(app, GUAN_LI), signed_in(app, GUAN_LI)
    for client in (known, other):
        client.post("/sign-out")
    codes = [attempt(known, GUAN_LI.email, WRONG) for _time in range(PER_ACCOUNT + 1)]
    assert codes == [422] * PER_ACCOUNT + [429]
    assert attempt(known, GUAN_LI.email, GUAN_LI.password) == 429
    assert attempt(other, GUAN_LI.email, GUAN_LI.password) == 302
    assert [entry.details for entry in entries(instance, "accounts.lock")] == ['{"by":"sign_in.device"}']


def test_signing_in_again_does_not_begin_a_new_count_for_the_same_browser(app: Flask) -> None:
    known = signed_in(app, GUAN_LI)
    known.post("/sign-out")
    for _time in range(PER_ACCOUNT - 1):
        attempt(known, GUAN_LI.email, WRONG)
    assert attempt(known, GUAN_LI.email, GUAN_LI.password) == 302
    known.post("/sign-out")
    assert [attempt(known, GUAN_LI.email, WRONG) for _time in range(2)] == [422, 429]


def test_a_browser_known_for_one_account_is_a_stranger_to_another(app: Flask) -> None:
    stranger = app.test_client()
    for _time in range(PER_ACCOUNT):
        attempt(stranger, LIN_ZHIYAO.email, WRONG)
    known = signed_in(app, GUAN_LI)
    known.post("/sign-out")
    assert attempt(known, LIN_ZHIYAO.email, LIN_ZHIYAO.password) == 429


def close_the_door(app: Flask) -> None:
    """Ten wrong passwords for one account, from the network that every test browser is in."""
    stranger = app.test_client()
    for _time in range(PER_ACCOUNT):
        attempt(stranger, GUAN_LI.email, WRONG)


def test_an_altered_cookie_makes_no_browser_known(app: Flask) -> None:
    known = signed_in(app, GUAN_LI)
    cookie = known.get_cookie(COOKIE)
    assert cookie is not None
    close_the_door(app)
    altered = app.test_client()
    altered.set_cookie(COOKIE, cookie.value[:-2] + ("AA" if cookie.value[-2:] != "AA" else "BB"))
    assert attempt(altered, GUAN_LI.email, GUAN_LI.password) == 429
    whole = app.test_client()
    whole.set_cookie(COOKIE, cookie.value)
    assert attempt(whole, GUAN_LI.email, GUAN_LI.password) == 302


@pytest.mark.parametrize(("days", "code"), [(179, 302), (180, 429)])
def test_a_browser_is_known_for_half_a_year(app: Flask, days: int, code: int) -> None:
    known = signed_in(app, GUAN_LI)
    cookie = known.get_cookie(COOKIE)
    assert cookie is not None
    later = app.test_client()
    later.set_cookie(COOKIE, cookie.value)
    with clock.fixed(A_MORNING + timedelta(days=days)):
        close_the_door(app)
        assert attempt(later, GUAN_LI.email, GUAN_LI.password) == code


def test_the_cookie_of_a_known_browser_is_closed_to_scripts_and_other_sites(app: Flask) -> None:
    app.config["SESSION_COOKIE_SECURE"] = True
    form = {"email": GUAN_LI.email, "password": GUAN_LI.password}
    answer = app.test_client().post("/sign-in", data=form)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(f"{COOKIE}="))
    for part in ("HttpOnly", "SameSite=Lax", "Secure", f"Max-Age={180 * 24 * 3600}"):
        assert part in cookie
    assert GUAN_LI.email not in cookie


def test_a_wrong_password_makes_no_browser_known(client: FlaskClient) -> None:
    attempt(client, GUAN_LI.email, WRONG)
    assert client.get_cookie(COOKIE) is None


def test_a_known_browser_is_told_what_everybody_is_told(app: Flask) -> None:
    known = signed_in(app, GUAN_LI)
    known.post("/sign-out")
    known.get("/sign-in")  # takes the words about signing out
    stranger = app.test_client()
    pages = [
        client.post("/sign-in", data={"email": GUAN_LI.email, "password": WRONG}) for client in (known, stranger)
    ]
    assert without_token(text_of(pages[0])) == without_token(text_of(pages[1]))


def test_the_whole_network_of_an_ipv6_customer_is_one_asker(client: FlaskClient) -> None:
    codes = [attempt(client, GUAN_LI.email, WRONG, f"2001:db8:1:2::{n + 1:x}") for n in range(PER_ACCOUNT + 1)]
    assert codes == [422] * PER_ACCOUNT + [429]
    assert attempt(client, GUAN_LI.email, GUAN_LI.password, "2001:db8:1:3::1") == 302
