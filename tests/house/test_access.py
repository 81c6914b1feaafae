"""Every route says whom it is for, and holds to it."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from portal.areas import TABS, home_of
from portal.common.audit import AuditEntry
from portal.common.roles import STAFF_ROLES, Role
from portal.common.web import declared_roles
from tests.accounts.pages import heading_of, text_of, title_of
from tests.accounts.test_signing_in import account_of
from tests.conftest import signed_in, signed_in_exporter
from tests.people import CHEN_HAIXIA, STAFF, Exporter, Staff

EXAMPLES = {"int": "1", "string": "x", "default": "x", "path": "x", "date": "2022-03-02"}


def our_rules(app: Flask) -> list[Rule]:
    """Every rule but those of static files."""
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]


def address_of(rule: Rule) -> str:
    """An address of this rule, with something in place of each variable."""

    def example(found: re.Match[str]) -> str:
        kind, of = found.group(1) or "default", found.group(2)
        return of.split(",")[0] if kind == "any" else EXAMPLES.get(kind, "x")

    return re.sub(r"<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>", example, rule.rule)


def methods_of(rule: Rule) -> Iterator[str]:
    """The methods of a rule that do something of their own."""
    yield from sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_every_route_declares_its_roles(app: Flask) -> None:
    silent = [r.endpoint for r in our_rules(app) if declared_roles(app.view_functions[r.endpoint]) is None]
    assert not silent, f"put @open_to(Role…) or @open_to_all under the route of {', '.join(silent)}"


def test_every_route_for_staff_names_a_role_that_an_account_can_have(app: Flask) -> None:
    for rule in our_rules(app):
        roles = declared_roles(app.view_functions[rule.endpoint])
        assert roles, f"{rule.endpoint} is for nobody: name its roles in @open_to(...)"
        assert Role.COMMAND not in roles, f"{rule.endpoint} is a page: the command line opens no pages"


def test_every_tab_leads_to_a_page_that_is_open_to_whoever_sees_it(app: Flask) -> None:
    for tab in TABS:
        assert tab.endpoint in app.view_functions, f"the tab {tab.endpoint} leads nowhere"
        roles = declared_roles(app.view_functions[tab.endpoint]) or frozenset()
        seen_by = set(tab.open_to) & set(STAFF_ROLES)
        assert seen_by <= roles, f"{tab.endpoint} is shown to {seen_by - roles}, who may not open it"


def test_every_role_of_staff_has_a_first_page_of_its_own(app: Flask) -> None:
    with app.test_request_context():
        for role in STAFF_ROLES:
            assert home_of(role) != "public.home", f"{role} sees no tab: give it one in TABS"


@pytest.mark.parametrize("person", STAFF, ids=lambda person: str(person.role))
def test_a_role_is_refused_every_route_that_is_not_for_it(app: Flask, person: Staff) -> None:
    client = signed_in(app, person)
    refused = []
    for rule in our_rules(app):
        roles = declared_roles(app.view_functions[rule.endpoint]) or frozenset()
        if Role.ANONYMOUS in roles or person.role in roles:
            continue
        for method in methods_of(rule):
            answer = client.open(address_of(rule), method=method)
            assert answer.status_code == 403, f"{method} {rule.rule} answered {answer.status_code}"
            refused.append(address_of(rule))
    assert refused
    served = app.extensions["tongbao"]
    with served.database.reading() as session:
        query = select(AuditEntry.subject).where(
            AuditEntry.action == "access",
            AuditEntry.outcome == "refused",
            AuditEntry.actor_id == account_of(served, person).id,
        )
        assert list(session.execute(query.order_by(AuditEntry.seq)).scalars()) == refused


def test_an_exporter_is_refused_every_route_of_staff(app: Flask) -> None:
    client = signed_in_exporter(app, CHEN_HAIXIA)
    refused = 0
    for rule in our_rules(app):
        roles = declared_roles(app.view_functions[rule.endpoint]) or frozenset()
        if roles & {Role.ANONYMOUS, Role.EXPORTER}:
            continue
        for method in methods_of(rule):
            answer = client.open(address_of(rule), method=method)
            assert answer.status_code == 403, f"{method} {rule.rule} answered {answer.status_code}"
            refused += 1
    assert refused > 20


def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(app: Flask) -> None:
    client = app.test_client()
    asked = 0
    for rule in our_rules(app):
        roles = declared_roles(app.view_functions[rule.endpoint]) or frozenset()
        if Role.ANONYMOUS in roles:
            continue
        for method in methods_of(rule):
            answer = client.open(address_of(rule), method=method)
            if rule.rule.startswith("/api/"):
                assert answer.status_code == 401, f"{method} {rule.rule}"
            else:
                assert answer.status_code == 302, f"{method} {rule.rule} answered {answer.status_code}"
                assert answer.location.startswith("/sign-in?next=%2F") or answer.location.startswith(
                    "/sign-in?next=/"
                ), answer.location
            asked += 1
    assert asked > 10


def test_every_form_is_refused_without_its_token(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    clients = {person.role: signed_in(app, person) for person in STAFF}
    clients[Role.EXPORTER] = signed_in_exporter(app, CHEN_HAIXIA)
    app.config["WTF_CSRF_ENABLED"] = True
    tried = 0
    shown = {rule.rule for rule in our_rules(app) if "GET" in (rule.methods or ())}
    for rule in our_rules(app):
        roles = declared_roles(app.view_functions[rule.endpoint]) or frozenset()
        if rule.rule.startswith("/api/"):
            continue
        client = next((clients[role] for role in clients if role in roles), app.test_client())
        for method in methods_of(rule):
            if method == "GET":
                continue
            address = address_of(rule)
            answer = client.open(address, method=method, data={"email": "x", "password": "x"})
            if client is clients[Role.EXPORTER] and address.startswith("/my/") and rule.rule in shown:
                # Not refused in so many words: what was typed is kept, and the page asks for it once more.
                assert (answer.status_code, answer.location) == (302, address), f"{method} {rule.rule}"
                assert client.get_cookie("kept_form_0", path=address) is not None, f"{method} {rule.rule}"
            else:
                assert answer.status_code == 400, f"{method} {rule.rule} answered {answer.status_code}"
            tried += 1
    assert tried > 8


@pytest.mark.parametrize(("language", "lang"), [("zh", "zh-Hans"), ("en", "en")])
@pytest.mark.parametrize("person", [*STAFF, CHEN_HAIXIA], ids=lambda person: person.email)
def test_every_page_without_variables_has_one_heading_its_title_and_its_language(
    app: Flask, person: Staff | Exporter, language: str, lang: str
) -> None:
    role = person.role if isinstance(person, Staff) else Role.EXPORTER
    client = signed_in(app, person) if isinstance(person, Staff) else signed_in_exporter(app, person)
    client.get(f"/preferences/language/{language}")
    looked_at = 0
    for rule in our_rules(app):
        roles = declared_roles(app.view_functions[rule.endpoint]) or frozenset()
        if rule.arguments or "GET" not in (rule.methods or ()) or not roles & {role, Role.ANONYMOUS}:
            continue
        answer = client.get(rule.rule)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            assert answer.status_code < 400, f"{rule.rule} answered {answer.status_code}"
            continue
        page = text_of(answer)
        assert f'<html lang="{lang}"' in page, rule.rule
        assert title_of(page).startswith(heading_of(page)), rule.rule
        looked_at += 1
    assert looked_at >= 3
