"""Everything that the portal records has words in the audit trail."""

import ast
from importlib import import_module

from flask import Flask

from portal.applications.reviews import APPROVE, REJECT, SET_ASIDE
from portal.applications.screening import COVER_STAYS
from portal.common.audit import KEYS_MADE
from portal.programme.names import ACTION_NAMES
from portal.programme.subjects import shown_subject
from portal.scheme import stages
from tests.house.source import Module, modules

RECORDS = {"write", "audited", "note"}
MADE = {  # of an outcome: every action that can come of it
    "f'applications.{outcome}'": {f"applications.{outcome}" for outcome in (APPROVE, REJECT, SET_ASIDE)},
    "f'screenings.{outcome}'": {f"screenings.{outcome}" for outcome in (COVER_STAYS, SET_ASIDE)},
    "f'claims.{verb}_notice'": {"claims.settle_notice", "claims.withdraw_notice"},
    "f'claims.money_{wanted}'": {f"claims.money_{state}" for state in (stages.COUNTED, stages.STRUCK)},
}


def recorded(module: Module) -> set[str]:
    """The actions that a module records: texts, known names of texts, and those made of an outcome."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or len(node.args) < 3:
            continue
        if node.func.attr not in RECORDS or ast.unparse(node.func.value) != "audit":
            continue
        action = node.args[2]
        if isinstance(action, ast.Constant):
            found.add(str(action.value))
        elif isinstance(action, ast.Name):
            found.add(getattr(import_module(module.name), action.id))
        else:
            assert ast.unparse(action) in MADE, ast.unparse(action)
            found |= MADE[ast.unparse(action)]
    return found


def test_every_recorded_action_has_words() -> None:
    every = {KEYS_MADE, *(action for module in modules() for action in recorded(module))}
    assert len(every) > 30
    assert every - ACTION_NAMES.keys() == set()


def test_subjects_are_told_in_words_and_lead_to_what_an_auditor_may_see(app: Flask) -> None:
    with app.test_request_context("/"):
        case = shown_subject("application A2022-00001", {})
        assert (case.code, case.url) == ("A2022-00001", "/desk/applications/A2022-00001")
        assert shown_subject("policy P2022-000001", {}).url == "/desk/policies/P2022-000001"
        assert shown_subject("registry version 2", {}).url == "/desk/sources/registry/2"
        assert shown_subject("terms xiamen-2022 obligor_cap", {}).url == "/desk/terms#xiamen-2022-obligor_cap"
        account = shown_subject("account 01X", {"01X": "林知遥"})
        assert (account.words, account.code, account.url) == ("林知遥", "01X", None)
        assert shown_subject("/desk/staff", {}).code == "/desk/staff"
