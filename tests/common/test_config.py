"""Settings come from the environment, and one that cannot be is told in a line before anything starts."""

import pytest

from portal.common.config import LOCAL_URL, BadSetting, Post, settings_from_environment


def test_with_nothing_set_texts_and_mails_are_files_and_the_portal_is_local() -> None:
    found = settings_from_environment({})
    assert found.post == Post()
    assert (found.post.sms, found.post.mail, found.portal_url) == ("file", "file", LOCAL_URL)


def test_a_gateway_and_a_mail_server_are_named_by_settings() -> None:
    found = settings_from_environment(
        {
            "PORTAL_SMS": "http",
            "PORTAL_SMS_URL": "https://sms.example.com/send",
            "PORTAL_SMS_TOKEN": "secret",
            "PORTAL_MAIL": "smtp",
            "PORTAL_MAIL_FROM": "tongbao@example.com",
            "PORTAL_SMTP_HOST": "mail.example.com",
            "PORTAL_SMTP_PORT": "25",
            "PORTAL_SMTP_STARTTLS": "0",
            "PORTAL_URL": "https://tongbao.example.com/",
        }
    )
    assert found.portal_url == "https://tongbao.example.com"
    assert (found.post.smtp_host, found.post.smtp_port, found.post.smtp_starttls) == (
        "mail.example.com",
        25,
        False,
    )
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"PORTAL_SMS": "pigeon"}, "PORTAL_SMS must be file or http"),
        ({"PORTAL_SMS": "http"}, "PORTAL_SMS_URL"),
        ({"PORTAL_SMS": "http", "PORTAL_SMS_URL": "http://sms.example.com/"}, "https://"),
        ({"PORTAL_SMS": "http", "PORTAL_SMS_URL": "file:///etc/passwd"}, "PORTAL_SMS_URL"),
        ({"PORTAL_MAIL": "smtp"}, "PORTAL_MAIL_FROM"),
        (
            {
                "PORTAL_MAIL": "smtp",
                "PORTAL_MAIL_FROM": "a@example.com",
                "PORTAL_SMTP_HOST": "mail.example.com",
                "PORTAL_SMTP_USER": "portal",
                "PORTAL_SMTP_STARTTLS": "0",
            },
            "PORTAL_SMTP_STARTTLS",
        ),
        ({"PORTAL_SMTP_PORT": "smtp"}, "PORTAL_SMTP_PORT must be a whole number"),
        ({"PORTAL_URL": "tongbao.example.com"}, "PORTAL_URL"),
        ({"PORTAL_PROXIES": "-1"}, "PORTAL_PROXIES"),
    ],
)
def test_a_setting_that_cannot_be_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        settings_from_environment(environment)


def test_a_gateway_on_this_machine_may_be_spoken_to_in_clear() -> None:
    given = {"PORTAL_SMS": "http", "PORTAL_SMS_URL": "http://127.0.0.1:8080/"}
    assert settings_from_environment(given).post.sms == "http"
