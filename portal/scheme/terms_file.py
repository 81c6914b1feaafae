"""A terms file: its text by its key, its header, its dated parameters, and what it says of each of them.

The terms of enrolment and those of claims are read by this one way, each with its own parameters and fingerprint.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from portal.scheme import dated
from portal.scheme.dated import Reason, Series, TermsError


class UnknownTerms(LookupError):
    """No terms file has that key; the text lists those there are."""


class BeforeFirstTerms(ValueError):
    """The scheme has no terms yet on the day asked for; the text names the scheme and both days."""

    def __init__(self, key: str, asked: date, first_date: date) -> None:
        """Keep the scheme's key and both days for whoever words it for people."""
        super().__init__(f"{key} has no terms on {asked}: its first terms are of {first_date}")
        self.key, self.asked, self.first_date = key, asked, first_date


class ProvisionalValue(NamedTuple):
    """A parameter that no public source settles, with the reason for the value chosen."""

    path: str
    reason: str
    reason_en: str


class TermValue(NamedTuple):
    """One dated value as a page shows it: ``value`` is the file's text, ``provisional`` the reason."""

    path: str
    starts_on: date
    value: str
    article: str
    provisional: Reason | None


def keys_in(folder: Traversable) -> tuple[str, ...]:
    """The keys of the terms files of a folder, in alphabetical order."""
    names = (file.name for file in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def text_in(folder: Traversable, key: str, what: str) -> str:
    """The text of a folder's file; :class:`UnknownTerms` if there is none, naming ``what`` there is none of."""
    known = keys_in(folder)
    if key not in known:
        raise UnknownTerms(f"no {what} {key!r}; there are {', '.join(known)}")
    return (folder / f"{key}.toml").read_text(encoding="utf-8")


def content_of(text: str, what: str, keys: Iterable[str]) -> dict[str, Any]:
    """What a file says, with exactly these keys; :class:`TermsError` for anything unknown or missing."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TermsError(f"not a {what} file: {error}") from error
    dated.table(raw, what, set(keys))
    return raw


def articles_of(raw: object, codes: Sequence[str]) -> dict[str, str]:
    """The article of each of these codes, and of no other, in their order."""
    articles = dated.table(raw, "articles", set(codes))
    return {code: dated.text(articles[code], f"articles.{code}") for code in codes}


def first_date_of(read: Iterable[Series[Any]]) -> date:
    """The day from which every parameter has a value; :class:`TermsError` where they do not begin on one day."""
    first_dates = {steps[0].starts_on for steps in read}
    if len(first_dates) != 1:
        raise TermsError(f"the first values are of unlike dates: {', '.join(map(str, sorted(first_dates)))}")
    return first_dates.pop()


def values_of(read: Mapping[str, Series[Any]]) -> tuple[TermValue, ...]:
    """Every dated value of a file, by the names that its parameters have there."""
    return tuple(
        TermValue(path, step.starts_on, step.text, step.article, step.provisional)
        for path, steps in read.items()
        for step in steps
    )


def provisional_of(values: Iterable[TermValue]) -> tuple[ProvisionalValue, ...]:
    """Those of the values that are provisional."""
    return tuple(ProvisionalValue(one.path, *one.provisional) for one in values if one.provisional)
