"""What an entry of the audit trail is about, in the reader's words, linked where an auditor may look at it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from portal.programme.claim_names import CLAIM_PARAMETER_NAMES
from portal.programme.names import PARAMETER_NAMES, SUBJECT_NAMES

SOURCES = ("registry", "customs", "lists")
_VERSION = re.compile(r"(registry|customs|lists) version (\d{1,9})")


@dataclass(frozen=True)
class Subject:
    """``words`` say what kind of thing it is, ``code`` which one; ``url`` leads to its page where it has one."""

    words: str
    code: str = ""
    url: str | None = None


def account_ids(subjects: Iterable[str]) -> set[str]:
    """The accounts that these subjects speak of."""
    return {subject.split(" ", 1)[1] for subject in subjects if subject.startswith("account ")}


def shown_subject(subject: str, accounts: Mapping[str, str]) -> Subject:
    """A subject as people read it; ``accounts`` are the names that can be read, by account id."""
    kind, _space, rest = subject.partition(" ")
    if version := _VERSION.fullmatch(subject):
        source, number = version.groups()
        words = _("%(source)s, version %(version)s", source=SUBJECT_NAMES[source], version=number)
        return Subject(words, url=url_for("reference.version", source=source, number=int(number)))
    if kind in SOURCES and not rest:
        return Subject(str(SUBJECT_NAMES[kind]), url=url_for("reference.versions", source=kind))
    if kind == "account" and rest in accounts:
        return Subject(accounts[rest], rest)
    if kind == "terms":
        scheme, _space, path = rest.partition(" ")
        words = str({**PARAMETER_NAMES, **CLAIM_PARAMETER_NAMES}.get(path, SUBJECT_NAMES["terms"]))
        return Subject(words, rest, url_for("programme.terms", _anchor=f"{scheme}-{path}" if path else scheme))
    if kind == "list" and rest.startswith("entry "):
        return Subject(str(SUBJECT_NAMES["list"]), rest.removeprefix("entry "))
    if kind in SUBJECT_NAMES:
        return Subject(str(SUBJECT_NAMES[kind]), rest, _page_of(kind, rest))
    return Subject("", subject)


PAGES = {
    "appeal": "desk.appeal",
    "application": "applications.case",
    "batch": "payments.batch",
    "claim": "desk.claim",
    "consent": "desk.consent",
    "event": "warnings.event",
    "excess": "recoveries.excess",
    "membership": "desk.membership",
    "notice": "desk.notice",
    "obligor": "desk.obligor",
    "policy": "policies.policy",
    "recovery": "recoveries.recovery",
    "screening": "desk.screening",
}
"""The page of what has a number of its own, an auditor's to read."""


def _page_of(kind: str, number: str) -> str | None:
    """Where it stands; a subject that names several at once, or none, has no page."""
    return url_for(PAGES[kind], number=number) if kind in PAGES and number and " " not in number else None
