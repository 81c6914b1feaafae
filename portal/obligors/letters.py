"""From a name as somebody wrote it to plain letters: what is the same in any script, case or punctuation."""

import re
import unicodedata

from anyascii import anyascii

HAN = re.compile(r"[㐀-鿿豈-﫿぀-ヿー가-힣]+")  # Chinese characters, Japanese and Korean syllables
_CONSONANTS_ONLY = re.compile(r"[\u0590-\u08ff]")  # Hebrew, Arabic and their like leave vowels out
_ARTICLES = re.compile(r"(?<!\w)و?(?:ال|لل)(?=\w{2})")  # the Arabic article, and "for the", are part of their word
_APOSTROPHES = re.compile(r"['’‘`´ʼʹʻ\"“”„«»]")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b", re.IGNORECASE)
_DOTTED = re.compile(r"(?<!\w)(?:\w[./]\s?)+\w(?!\w)\.?")
_ORDINAL = re.compile(r"(?<!\w)(\d+)(?:st|nd|rd|th)(?!\w)", re.IGNORECASE)
_GLUED_CAPITALS = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z]{2,4}\b)")
_DIGITS_BESIDE = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")
_OTHER = re.compile(r"[^0-9a-z㐀-鿿豈-﫿぀-ヿー가-힣]+")


def writes_consonants_only(name: str) -> bool:
    """Whether a name is in a script that leaves short vowels out, as Arabic does."""
    return bool(_CONSONANTS_ONLY.search(name))


def letters(name: str) -> str:
    """Small Latin letters, digits and single spaces; Chinese and Japanese characters stay as they are.

    Accents and other scripts become Latin letters, initials with dots become one word (S.p.A. is spa), and a word
    and digits that touch are two.
    """
    text = unicodedata.normalize("NFKC", name)
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cc", "So"))
    text = _ARTICLES.sub("", _POSSESSIVE.sub("", text))
    text = _DOTTED.sub(lambda found: " " + re.sub(r"[./\s]", "", found.group()) + " ", text)
    text = _GLUED_CAPITALS.sub(" ", text)
    text = text.replace("%", " percent").replace("&", " and ").replace("+", " and ")
    text = _APOSTROPHES.sub(_apart_or_together, text)
    text = _ORDINAL.sub(r"\1 ", text)
    text = _DIGITS_BESIDE.sub(" ", text)
    latin = "".join(part if HAN.fullmatch(part) else anyascii(part) for part in _runs(text))
    return _OTHER.sub(" ", _APOSTROPHES.sub("", latin).casefold()).strip()


def latin(word: str) -> str:
    """A word of Chinese or Japanese characters as one word of Latin letters."""
    return re.sub(r"[^0-9a-z]", "", anyascii(word).casefold())


def _apart_or_together(found: re.Match[str]) -> str:
    """Quotation marks part words; an apostrophe inside a word does not."""
    return " " if found.group() in '"“”„«»' else ""


def _runs(text: str) -> list[str]:
    """The text in runs of Chinese and other characters, with spaces where they meet."""
    parts: list[str] = []
    at = 0
    for found in HAN.finditer(text):
        parts += [text[at : found.start()], " ", found.group(), " "]
        at = found.end()
    return [part for part in [*parts, text[at:]] if part]
