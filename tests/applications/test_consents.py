"""What the firm ticked is kept by text and hash, and an auditor reads it on the case."""

from flask import Flask
from sqlalchemy import select

from portal.applications import consents
from portal.applications.records import Consent
from portal.common.instance import Instance
from tests.accounts.pages import in_english, text_of
from tests.conftest import signed_in
from tests.members.applying import DECLARATIONS, apply
from tests.members.binding import bind, exporter
from tests.people import CHEN_HAIXIA, FANG_SHEN
from tests.samples import import_all


def test_an_auditor_reads_on_the_case_which_texts_were_ticked(app: Flask, instance: Instance) -> None:
    import_all(instance)
    bind(exporter(app, CHEN_HAIXIA))
    number = apply(app)
    page = text_of(in_english(signed_in(app, FANG_SHEN)).get(f"/desk/applications/{number}"))
    with instance.database.reading() as session:
        kept = list(session.execute(select(Consent)).scalars())
    assert {one.kind for one in kept} == {*consents.CONSENTS, *DECLARATIONS}
    for one in kept:
        assert f"text {one.text_version}, SHA-256 {one.text_sha256[:16]}" in page
    assert "Consent to the use of the representative’s identity number" in page
    assert "Declaration ticked: all statements are true" in page
