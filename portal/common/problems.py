"""What is wrong with a file or a cell, kept as a code with its values and put into words only when shown.

A :class:`Problem` can be stored, compared and counted. Its two sentences (what is there and what is wanted;
how to mend it) are found by the code: in English for commands and logs, in the reader's language on a page.
They are marked with :func:`N_`, which the extraction of messages knows, and translated at the last moment,
so no application is needed to make a problem.

An area that needs codes of its own adds them with :func:`add_sentences` where its module is imported.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from flask_babel import gettext

CJK_FULL_STOP = "。"
NO_PARAMS: Mapping[str, str] = MappingProxyType({})


def N_(message: str) -> str:
    """Mark a sentence for translation without translating it here; returns it unchanged."""
    return message


LIST_JOINT = N_("”, “")
"""What stands between quoted names in a value: where the sentence is translated, this is as well."""


class Sentence(NamedTuple):
    """The two sentences of one code, English source with ``%(name)s`` placeholders.

    ``wrong`` says what is there and what is wanted, ``mend`` says how to mend it.
    """

    wrong: str
    mend: str


_SENTENCES: dict[str, Sentence] = {}


def add_sentences(sentences: Mapping[str, Sentence]) -> None:
    """Make codes known; codes are public, so one that already has other words raises ``ValueError``."""
    for code, sentence in sentences.items():
        if _SENTENCES.setdefault(code, sentence) != sentence:
            raise ValueError(f"the problem code {code!r} already has other words")


def known_codes() -> frozenset[str]:
    """Every code that has sentences, of the modules imported so far."""
    return frozenset(_SENTENCES)


class Problem(NamedTuple):
    """One thing that is wrong: a stable public code and the values its sentences need, all of them text.

    An unknown code or a missing value raises ``KeyError`` when the problem is put into words.
    """

    code: str
    params: Mapping[str, str] = NO_PARAMS

    def wrong(self, translate: Callable[[str], str] = N_) -> str:
        """What is there and what is wanted; in English unless a translating function is given."""
        return self._filled(_SENTENCES[self.code].wrong, translate)

    def mend(self, translate: Callable[[str], str] = N_) -> str:
        """How to mend it; in English unless a translating function is given."""
        return self._filled(_SENTENCES[self.code].mend, translate)

    def english(self) -> str:
        """Both sentences in English, on one line, for commands and logs."""
        return self._both(N_)

    def text(self) -> str:
        """Both sentences in the language of the present request (English where there is none)."""
        return self._both(gettext)

    def _filled(self, sentence: str, translate: Callable[[str], str]) -> str:
        return (translate(sentence) % self.params).replace(LIST_JOINT, translate(LIST_JOINT))

    def _both(self, translate: Callable[[str], str]) -> str:
        wrong = self.wrong(translate)
        return wrong + ("" if wrong.endswith(CJK_FULL_STOP) else " ") + self.mend(translate)


class ProblemError(Exception):
    """Base of the errors that carry a :class:`Problem`; ``str()`` of one is the English text."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem.english()


class WorkbookRefused(ProblemError):
    """The file as a whole is refused: nothing of it may be imported."""


class CellProblem(ProblemError):
    """One cell cannot be taken as it is; the rest of the file is not touched by it."""
