"""A session that ends in the middle of a form: what was typed comes back to whoever typed it, to nobody else."""

import io
import re
from datetime import timedelta

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from werkzeug.test import TestResponse
from wtforms import BooleanField, FileField, PasswordField, StringField

from portal.accounts.devices import COOKIE
from portal.accounts.signing import end_sessions
from portal.common import clock
from portal.common.instance import Instance
from portal.common.kept_form import LASTS, show_kept
from portal.common.roles import Actor, Role
from portal.common.web import open_to
from tests.accounts.pages import in_english, text_of
from tests.conftest import A_MORNING, sign_in_by_code, signed_in, signed_in_exporter
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO, YE_XIAOTANG, Exporter

PAGE = "/my/firms/91350200MA2XYZAB3C/words"
TYPED = {"words": "买方说下个月付款", "agreed": "y", "password": "never-kept-words"}
BROUGHT_BACK = "What you had typed is here again"
CHOOSE_AGAIN = "The file did not arrive, because your session had ended. Choose it once more."


# As any page of /my/ may have one.
FIELDS = {
    "words": StringField("Words"),
    "agreed": BooleanField("Agreed"),
    "licence": FileField("Licence"),
    "password": PasswordField("Password"),
}
WordsForm = type("WordsForm", (FlaskForm,), FIELDS)


@pytest.fixture
def page(app: Flask) -> Flask:
    """The app with a page of a form, and an address that only takes forms."""

    @app.route(PAGE, methods=["GET", "POST"])
    @open_to(Role.EXPORTER)
    def words() -> str:
        form = WordsForm(data={"words": "as saved before"})
        if form.validate_on_submit():
            return "taken"
        if not form.is_submitted():
            show_kept(form)
        return render_template_string(
            '{% extends "layout.html" %}{% block content %}<p>{{ form.words() }}{{ form.agreed() }}</p>'
            "{{ form.hidden_tag() }}{% endblock %}",
            form=form,
        )

    @app.post(f"{PAGE}/sent")
    @open_to(Role.EXPORTER)
    def words_sent() -> str:
        return "taken"

    return app


def end_of(client: FlaskClient, instance: Instance) -> None:
    """The session ends, as it would after twelve hours; the browser still has its cookie."""
    with client.session_transaction() as kept:
        account_id = kept["_user_id"].split(".")[0]
    end_sessions(instance, Actor(account_id, Role.EXPORTER))


def back_after_sign_in(client: FlaskClient, answer: TestResponse, person: Exporter = CHEN_HAIXIA) -> str:
    """Sign in where the guard leads, by code, and open the page to which that leads; its text."""
    assert answer.status_code == 302
    assert answer.location == f"/sign-in?next={PAGE}"
    sign_in_by_code(client, person)
    return text_of(client.get(PAGE))


def test_what_was_typed_comes_back_after_signing_in_again(page: Flask, instance: Instance) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    end_of(client, instance)
    shown = back_after_sign_in(client, client.post(PAGE, data=TYPED))
    assert 'value="买方说下个月付款"' in shown
    assert re.search(r'<input checked[^>]*name="agreed"', shown)
    assert BROUGHT_BACK in shown
    assert CHOOSE_AGAIN not in shown
    assert client.post(PAGE, data=TYPED).status_code == 200


def test_it_comes_back_only_once(page: Flask, instance: Instance) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    end_of(client, instance)
    back_after_sign_in(client, client.post(PAGE, data=TYPED))
    again = text_of(client.get(PAGE))
    assert 'value="as saved before"' in again
    assert BROUGHT_BACK not in again


def test_signing_in_leads_back_to_the_page_of_the_form(page: Flask, instance: Instance) -> None:
    client = signed_in_exporter(page, CHEN_HAIXIA)
    end_of(client, instance)
    asked = client.post(PAGE, data=TYPED).location
    by_email = client.post(asked, data={"email": "nobody@example.com", "password": "wrong-wrong"})
    assert by_email.status_code == 422
    assert f"next={PAGE}" in text_of(by_email)


def test_the_sign_in_page_says_that_it_is_kept(page: Flask, instance: Instance) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    end_of(client, instance)
    answer = client.post(PAGE, data=TYPED)
    assert "Sign in with the same account: what you typed is kept." in text_of(client.get(answer.location))


def test_another_account_does_not_get_it_and_nobody_does_afterwards(page: Flask, instance: Instance) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    end_of(client, instance)
    shown = back_after_sign_in(client, client.post(PAGE, data=TYPED), YE_XIAOTANG)
    assert TYPED["words"] not in shown
    assert BROUGHT_BACK not in shown
    client.post("/sign-out")
    sign_in_by_code(client, CHEN_HAIXIA)
    assert TYPED["words"] not in text_of(client.get(PAGE))


def test_a_file_must_be_chosen_once_more_and_that_is_said(page: Flask, instance: Instance) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    end_of(client, instance)
    data = {**TYPED, "licence": (io.BytesIO(b"%PDF-1.7"), "执照.pdf")}
    answer = client.post(PAGE, data=data, content_type="multipart/form-data")
    assert "what you typed is kept, the file is not" in text_of(client.get(answer.location))
    shown = back_after_sign_in(client, answer)
    assert CHOOSE_AGAIN in shown
    assert 'value="买方说下个月付款"' in shown


@pytest.mark.parametrize("chosen", [0, 1], ids=["the camera's", "the folder's"])
def test_of_two_fields_for_one_file_it_does_not_matter_which_was_used(
    page: Flask, instance: Instance, chosen: int
) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    end_of(client, instance)
    files = [(io.BytesIO(b""), ""), (io.BytesIO(b""), "")]
    files[chosen] = (io.BytesIO(b"%PDF-1.7"), "执照.pdf")
    data = {**TYPED, "licence": files}
    answer = client.post(PAGE, data=data, content_type="multipart/form-data")
    assert CHOOSE_AGAIN in back_after_sign_in(client, answer)


def test_a_session_that_ended_in_a_photo_too_large_is_told_the_same(page: Flask, instance: Instance) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    end_of(client, instance)
    head = b'--x\r\nContent-Disposition: form-data; name="licence"; filename="photo.jpg"\r\n\r\n'
    photo = head + bytes(13 * 1024 * 1024) + b"\r\n--x--\r\n"
    answer = client.post(PAGE, data=photo, content_type="multipart/form-data; boundary=x")
    assert CHOOSE_AGAIN in back_after_sign_in(client, answer)


def test_the_form_of_a_session_whose_cookie_is_gone_is_kept_for_the_known_browser(page: Flask) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    page.config["WTF_CSRF_ENABLED"] = True
    client.delete_cookie("session")
    answer = client.post(PAGE, data={**TYPED, "csrf_token": "of a session long ago"})
    page.config["WTF_CSRF_ENABLED"] = False
    assert 'value="买方说下个月付款"' in back_after_sign_in(client, answer)


def test_a_form_that_another_site_sends_leaves_nothing(page: Flask) -> None:
    client = page.test_client()  # a browser keeps its cookies back from it
    answer = client.post(PAGE, data=TYPED)
    assert answer.status_code == 302
    assert "kept_form" not in str(answer.headers)


def test_a_form_of_the_session_before_is_shown_again_with_what_was_typed(page: Flask, instance: Instance) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    page.config["WTF_CSRF_ENABLED"] = True
    answer = client.post(PAGE, data={**TYPED, "csrf_token": "of the session before"})
    assert (answer.status_code, answer.location) == (302, PAGE)
    shown = text_of(client.get(PAGE))
    assert 'value="买方说下个月付款"' in shown
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', shown)
    assert found is not None
    assert text_of(client.post(PAGE, data={**TYPED, "csrf_token": found.group(1)})) == "taken"


def test_a_form_sent_to_an_address_without_a_page_leads_back_to_the_page_it_stood_on(
    page: Flask, instance: Instance
) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    end_of(client, instance)
    answer = client.post(f"{PAGE}/sent", data=TYPED, headers={"Referer": f"http://localhost{PAGE}"})
    assert 'value="买方说下个月付款"' in back_after_sign_in(client, answer)


@pytest.mark.parametrize(
    "referrer", [None, "https://elsewhere.example/my/firms/x", "http://localhost/no-such-page"]
)
def test_a_form_of_unknown_origin_leads_to_the_first_page(page: Flask, referrer: str | None) -> None:
    headers = {"Referer": referrer} if referrer else {}
    answer = page.test_client().post(f"{PAGE}/sent", data=TYPED, headers=headers)
    assert answer.location == "/sign-in?next=/"


def test_it_is_kept_for_an_hour(page: Flask, instance: Instance) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    end_of(client, instance)
    answer = client.post(PAGE, data=TYPED)
    with clock.fixed(A_MORNING + timedelta(seconds=LASTS)):
        assert TYPED["words"] not in back_after_sign_in(client, answer)


def test_what_is_kept_is_sealed_and_holds_no_password(page: Flask, instance: Instance) -> None:
    client = signed_in_exporter(page, CHEN_HAIXIA)
    end_of(client, instance)
    client.post(PAGE, data=TYPED)
    cookie = client.get_cookie("kept_form_0", path=PAGE)
    assert cookie is not None
    assert cookie.http_only
    assert cookie.path == PAGE
    assert "words" not in cookie.value
    client.set_cookie("kept_form_0", cookie.value[:-4] + "AAAA", path=PAGE)
    sign_in_by_code(client, CHEN_HAIXIA)
    assert 'value="as saved before"' in text_of(client.get(PAGE)), "altered, it opens no more"


def test_a_text_too_long_to_keep_is_left_out_and_that_is_said(page: Flask, instance: Instance) -> None:
    client = in_english(signed_in_exporter(page, CHEN_HAIXIA))
    end_of(client, instance)
    long = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(8000))
    answer = client.post(PAGE, data={**TYPED, "more": long})
    shown = back_after_sign_in(client, answer)
    assert 'value="买方说下个月付款"' in shown
    assert "but for a text that was too long to keep" in shown


def test_a_long_text_of_two_thousand_characters_is_kept(page: Flask, instance: Instance) -> None:
    client = signed_in_exporter(page, CHEN_HAIXIA)
    end_of(client, instance)
    long = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(1600))
    assert long in back_after_sign_in(client, client.post(PAGE, data={"words": long}))


def test_the_forms_of_staff_are_not_kept(app: Flask) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    client.delete_cookie("session")
    assert client.get_cookie(COOKIE) is not None
    answer = client.post("/desk/staff/add", data={"name": "新人"})
    assert answer.location == "/sign-in?next=/desk/staff/add"
    assert "kept_form" not in str(answer.headers)
