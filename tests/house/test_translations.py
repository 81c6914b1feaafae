"""Both languages are complete: every message of the source has its Chinese, and what is compiled is fresh."""

import re

import pytest
from babel.messages.catalog import Catalog
from flask_babel import force_locale, gettext

from portal.factory import create_app
from portal.translations import LOCALE, MO, PO, extracted, kept, missing, mo_bytes
from tests.house.source import told
from tests.prepared import settings_in

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
HELPS = "write the Chinese in portal/translations/zh_Hans_CN/LC_MESSAGES/messages.po and run `make messages`"


@pytest.fixture(scope="module")
def source() -> Catalog:
    """The messages as the source has them now."""
    return extracted()


def texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def test_every_message_of_the_source_is_in_the_catalogue(source: Catalog) -> None:
    catalogue = kept()
    told(
        [
            f"{m.locations[0][0]}: {texts(m.id)[0]}"
            for m in source
            if m.id and catalogue.get(m.id, m.context) is None
        ],
        HELPS,
    )


def test_no_message_is_without_words_or_uncertain() -> None:
    told(missing(kept()), HELPS)


def test_the_catalogue_holds_nothing_that_is_gone(source: Catalog) -> None:
    told([texts(m.id)[0] for m in kept() if m.id and source.get(m.id, m.context) is None], "run `make messages`")


def test_translations_have_the_same_placeholders() -> None:
    told(
        [
            f"{english!r} → {chinese!r}"
            for message in kept()
            if message.id
            for chinese in texts(message.string)
            for english in texts(message.id)[-1:]
            if set(PLACEHOLDER.findall(english)) != set(PLACEHOLDER.findall(chinese))
        ],
        "keep every %(name)s of the English, written exactly so",
    )


def test_what_is_compiled_is_what_is_written() -> None:
    assert MO.read_bytes() == mo_bytes(kept()), "run `make messages`"


def test_the_portal_speaks_both(tmp_path: object) -> None:
    catalogue = kept()
    message = next(m for m in catalogue if isinstance(m.id, str) and m.id and "%" not in m.id)
    app = create_app(settings_in(PO.parent / "nowhere"))
    with app.test_request_context():
        with force_locale(LOCALE):
            assert gettext(str(message.id)) == message.string
        with force_locale("en"):
            assert gettext(str(message.id)) == message.id
