"""Every refusal of a claim has words of its own in both languages, and every code that refuses is among them."""

import ast
import inspect
import re
from collections.abc import Mapping
from types import ModuleType

import pytest
from flask import Flask
from flask_babel import force_locale
from flask_babel.speaklater import LazyString

from portal.claims import (
    assessing,
    assessment_codes,
    assignments,
    claim_names,
    consents,
    payees,
    proposing,
    questions,
)
from portal.common.preferences import LOCALES
from portal.desk import claim_names as desk_names
from portal.payments import names as payment_names
from portal.payments import queries as payment_queries
from portal.payments import results
from portal.recoveries import names as recovery_names
from portal.recoveries import receiving

Words = Mapping[str, LazyString]
CODE = re.compile(r"[a-z_]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
REFUSALS: dict[str, Words] = {
    "what is not recognised": {code: one.words for code, one in assessment_codes.LINE_REASONS.items()},
    "sent back": assessment_codes.SEND_BACK,
    "reversed": assessment_codes.REVERSALS,
    "an objection": assessment_codes.OBJECTION_ANSWERS,
    "changed since": assessment_codes.CHANGES,
    **{f"a request for consent to {kind}": claim_names.consent_answers(kind) for kind in consents.KINDS},
    "an assignment": claim_names.ASSIGNMENT_REFUSALS,
    "suspended": claim_names.SUSPENSION_SENTENCES,
    "closed": claim_names.CLOSED_SENTENCES,
    "an account": claim_names.ACCOUNT_FAULTS,
    "approving": desk_names.BARS,
    "handing over": desk_names.LEFT,
    "a line of an assessment": desk_names.LINE_PROBLEMS,
    "ordering a payment": payment_names.IN_THE_WAY,
    "a row of the bank's file": payment_names.RESULT_CODES,
    "money that a firm told of": recovery_names.REFUSALS,
}


def named(module: ModuleType) -> set[str]:
    """The codes that a module gives a name of its own."""
    return {
        value
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and CODE.fullmatch(value)
    }


def set_beside(module: ModuleType, holder: str) -> set[str]:
    """The codes that a module writes beside something: `problems[line] = "amount_missing"`."""
    return {
        str(node.value.value)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(target := node.targets[0], ast.Subscript)
        and isinstance(target.value, ast.Name)
        and target.value.id == holder
    }


@pytest.mark.parametrize("refusing", REFUSALS)
def test_every_refusal_says_something_of_its_own_in_both_languages(app: Flask, refusing: str) -> None:
    told: dict[str, list[str]] = {}
    for language, locale in LOCALES.items():
        with app.test_request_context(), force_locale(locale):
            told[language] = [str(words) for words in REFUSALS[refusing].values()]
    for words in (*told["zh"], *told["en"]):
        assert words.strip() == words != ""
    assert [words for words in told["zh"] if not CHINESE.search(words)] == []
    assert [words for words in told["en"] if CHINESE.search(words)] == []
    for each in told.values():
        assert len(set(each)) == len(each), "two refusals that read the same are one"
        assert [code for code in REFUSALS[refusing] if "_" in code and any(code in one for one in each)] == []


def test_every_code_that_refuses_has_words() -> None:
    assert {*set_beside(payees, "wrong"), assignments.UNLIKE_BEFORE} == set(claim_names.ACCOUNT_FAULTS)
    assert set(receiving.REFUSAL_CODES) <= set(recovery_names.REFUSALS)
    assert set(desk_names.BARS) <= named(questions)
    assert set(desk_names.LEFT) <= named(proposing)
    assert named(results) <= set(payment_names.RESULT_CODES)
    assert set(payment_names.IN_THE_WAY) - {"moved"} <= named(payment_queries)
    told = set(re.findall(r"[a-z]+(?:_[a-z]+)+|verdict", (assessing.BadLines.__doc__ or "").rpartition("\n\n")[2]))
    assert told == set(desk_names.LINE_PROBLEMS)
