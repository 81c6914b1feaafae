"""The texts that people agree to or declare when they apply on the web, in both languages, every version kept.

What was shown when somebody ticked a box must be readable later, word for word. So these texts are not translated
like other words: a changed one is a new version at the end of its row, and the old ones stay.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

REPRESENTATIVE_NAME, REPRESENTATIVE_NUMBER = "representative_name", "representative_number"
CONSENTS = (REPRESENTATIVE_NAME, REPRESENTATIVE_NUMBER)
"""Each use of the representative's values that is agreed to by itself."""


class Text(NamedTuple):
    """One version of one text."""

    version: str
    zh: str
    en: str

    def words(self, language: str) -> str:
        """The text as it is shown in `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    def version_in(self, language: str) -> str:
        """Version and language, as kept with a consent: `1.zh`."""
        return f"{self.version}.{'zh' if language == 'zh' else 'en'}"

    def fingerprint(self, language: str) -> str:
        """SHA-256 of exactly the text that was shown."""
        return sha256(self.words(language).encode()).hexdigest()


TEXTS: Mapping[str, tuple[Text, ...]] = {
    REPRESENTATIVE_NAME: (
        Text(
            "1",
            "法定代表人同意：姓名用于同企业登记和失信、涉黑名单核对，并记入这份申请，不作他用。",
            "The legal representative agrees that the name is compared with the company registry and with the "
            "dishonest and organised-crime lists, and is kept with this application. It serves nothing else.",
        ),
    ),
    REPRESENTATIVE_NUMBER: (
        Text(
            "1",
            "法定代表人同意：证件号码只用于分辨名单上的同名人。号码加密保存，提交后页面只显示首尾几位，"
            "只有复核员能看全，每次查看都有记录。",
            "The legal representative agrees that the number of the document serves only to tell people of the "
            "same name on the lists apart. It is kept encrypted; after sending, pages show only its first and "
            "last places; only a reviewer can see all of it, and each look is recorded.",
        ),
    ),
    "own_contracts_and_goods": (
        Text(
            "1",
            "投保的合同由本企业自己签订，货物由本企业自己报关出口。",
            "This firm itself signed the contracts to be insured, and itself declared the goods to customs.",
        ),
    ),
    "credit_term_within_one_year": (
        Text(
            "1",
            "投保合同的信用期不超过一年。",
            "The credit term of every contract to be insured is at most one year.",
        ),
    ),
    "contents_true": (
        Text(
            "1",
            "所填的内容和所传的文件都真实、完整。",
            "Everything entered and every file handed in is true and complete.",
        ),
    ),
}
"""By kind of consent or code of declaration, every version, the oldest first."""


def current(kind: str) -> Text:
    """The text that is shown now; `KeyError` for a kind or declaration that has none."""
    return TEXTS[kind][-1]


def shown(kind: str, text_version: str) -> str | None:
    """The words that a kept consent names, None for a version that never was."""
    version, _point, language = text_version.rpartition(".")
    return next((text.words(language) for text in TEXTS.get(kind, ()) if text.version == version), None)
