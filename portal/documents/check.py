"""What a firm may hand in, told by content and never by name: a photo (JPEG, PNG) or a PDF.

Photos are made smaller and lose everything but their pixels; a PDF is kept as it is. The opening itself is done by
`file_reader.py` in a process of its own.
"""

import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from threading import BoundedSemaphore

from portal.common.cells import visible
from portal.common.formats import NBSP, file_size
from portal.common.problems import N_, Problem, ProblemError, Sentence, add_sentences
from portal.documents.file_reader import LONGEST_SIDE, MOST_PAGES, MOST_PIXELS, REFUSED

JPEG, PDF = "image/jpeg", "application/pdf"
MOST_PHOTO = 40_000_000  # bytes, before it is made smaller
MOST_PDF = 10_000_000
LONGEST_NAME = 120  # characters kept
SHOWN_NAME = 40
WAITS = 60  # seconds, of which the reader may reckon 20
READERS = 2  # at once in each worker process, so that many large photos do not fill the memory

_READER = Path(__file__).with_name("file_reader.py")
_readers = BoundedSemaphore(READERS)
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif")
_OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf")
_OTHER_PICTURES = (b"GIF8", b"BM", b"II*\x00", b"MM\x00*")

_TAKE_A_PHOTO = N_("Take a photo of it, or save it as a PDF.")
SENTENCES = {
    "document_empty": Sentence(N_("“%(name)s” holds nothing at all (0 bytes)."), _TAKE_A_PHOTO),
    "document_unknown": Sentence(
        N_("“%(name)s” is no PDF, JPG or PNG, whatever its name says."), N_("Take a photo of it.")
    ),
    "document_office": Sentence(
        N_("“%(name)s” is a Word or Excel file or an archive; a PDF, JPG or PNG is wanted."), _TAKE_A_PHOTO
    ),
    "document_heic": Sentence(
        N_("“%(name)s” is a photo in HEIC, which cannot be opened here."),
        N_("Take a screenshot of it, or set the camera to “Most compatible” (JPG) and take the photo again."),
    ),
    "document_other_picture": Sentence(
        N_("“%(name)s” is a picture of another kind; a JPG, a PNG or a PDF is wanted."),
        N_("Take a screenshot of it, or save it as JPG."),
    ),
    "broken_picture": Sentence(
        N_("The photo “%(name)s” cannot be opened; part of it is missing or damaged."),
        N_("Take it again, or save it as JPG once more."),
    ),
    "too_many_pixels": Sentence(
        N_("The picture “%(name)s” has too many pixels; at most %(pixels)s million are accepted."),
        N_("Take the photo again at a usual size, or a screenshot of it."),
    ),
    "broken_pdf": Sentence(
        N_("The PDF “%(name)s” cannot be opened; part of it is missing or damaged."),
        N_("Save it once more, or take a photo of the paper."),
    ),
    "encrypted_pdf": Sentence(
        N_("The PDF “%(name)s” is locked with a password."),
        N_("Save it without a password, or take a photo of the paper."),
    ),
    "too_many_pages": Sentence(
        N_("The PDF “%(name)s” has too many pages; at most %(pages)s are accepted."),
        N_("Keep only the pages that matter."),
    ),
    "too_many_documents": Sentence(
        N_("“%(name)s” was not taken: very many files came from this account today."),
        N_("Go on tomorrow, or write to the desk."),
    ),
    "document_too_large": Sentence(
        N_("“%(name)s” has %(size)s; a photo may have %(photo)s, a PDF %(pdf)s."),
        N_("Take a photo of it with your phone at its usual setting."),
    ),
}
add_sentences(SENTENCES)


class DocumentRefused(ProblemError):
    """This file is not taken; `code` says why, `problem.text()` says it to the reader with what to do."""

    def __init__(self, code: str, **parameters: str) -> None:
        super().__init__(Problem(code, parameters))
        self.code = code


class ReaderFailed(Exception):
    """A file that was taken before could not be shown again; the text is the code of the reader."""


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be kept. `data` is what is kept; `sha256` is of the bytes as they were handed in."""

    name: str
    media_type: str  # image/jpeg, application/pdf
    data: bytes
    pages: int
    sha256: str

    @property
    def size(self) -> int:
        """Bytes as kept."""
        return len(self.data)


def check_file(file_name: str, data: bytes) -> CheckedFile:
    """Tell by its content what a file is, and make of it what may be kept; raises `DocumentRefused`."""
    name = plain_name(file_name)
    said = {
        "name": shown_name(name),
        "size": file_size(len(data)),
        "photo": f"{MOST_PHOTO // 1_000_000}{NBSP}MB",
        "pdf": f"{MOST_PDF // 1_000_000}{NBSP}MB",
        "pages": str(MOST_PAGES),
        "pixels": str(MOST_PIXELS // 1_000_000),
    }
    kind = _kind(data)
    if kind not in (JPEG, PDF):
        raise DocumentRefused(kind, **said)
    if len(data) > (MOST_PDF if kind == PDF else MOST_PHOTO):
        raise DocumentRefused("document_too_large", **said)
    digest = sha256(data).hexdigest()
    if kind == PDF:
        pages = int(_read(data, "broken_pdf", said, "pdf"))
        return CheckedFile(_with_ending(name, ".pdf"), PDF, data, pages, digest)
    kept = _read(data, "broken_picture", said, "picture")
    return CheckedFile(_with_ending(name, ".jpg"), JPEG, kept, 1, digest)


def shown_name(file_name: str) -> str:
    """A file's name as a refusal says it: plain, and not long."""
    name = plain_name(file_name)
    return name if len(name) <= SHOWN_NAME else name[: SHOWN_NAME - 1] + "…"


def page_image(data: bytes, page: int) -> bytes:
    """One page of a kept PDF as a JPEG, 1 is the first; raises `ReaderFailed`."""
    status, out = _run(data, "preview", str(page))
    if status:
        raise ReaderFailed(out.decode(errors="replace") if status == REFUSED else f"status {status}")
    return out


def plain_name(file_name: str) -> str:
    """The last part of a file's name, without what cannot be seen, at most `LONGEST_NAME` characters."""
    last = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    cleaned = " ".join(visible(unicodedata.normalize("NFC", last)).split())
    if len(cleaned) > LONGEST_NAME:
        ending = PurePosixPath(cleaned).suffix[:10]
        cleaned = cleaned[: LONGEST_NAME - len(ending)] + ending
    return cleaned or "file"


def _with_ending(name: str, ending: str) -> str:
    """The name with the ending of what is kept: a PNG becomes a JPEG, and a wrong ending is put right."""
    known = (".jpg", ".jpeg") if ending == ".jpg" else (ending,)
    if name.lower().endswith(known):
        return name
    return (PurePosixPath(name).stem or "file") + ending


def _kind(data: bytes) -> str:
    """What the bytes are: a media type that is taken, or the code of the refusal."""
    if not data:
        return "document_empty"
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return JPEG
    if b"%PDF-" in data[:1024] and not data.startswith((b"MZ", b"PK")):
        return PDF
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "document_heic"
    if data.startswith(_OFFICE):
        return "document_office"
    if data.startswith(_OTHER_PICTURES) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return "document_other_picture"
    return "document_unknown"


def _read(data: bytes, otherwise: str, said: dict[str, str], *arguments: str) -> bytes:
    """What the reader makes of a file; whatever ends it before it answers counts as a broken file."""
    status, out = _run(data, *arguments)
    if status:
        code = out.decode(errors="replace") if status == REFUSED else otherwise
        raise DocumentRefused(code if code in SENTENCES else otherwise, **said)
    return out


def _run(data: bytes, *arguments: str) -> tuple[int, bytes]:
    with _readers:
        try:
            done = subprocess.run(  # noqa: S603  # our own script and fixed words; the file goes in as input
                [sys.executable, "-I", str(_READER), *arguments],
                input=data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=WAITS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return -1, b""
    return done.returncode, done.stdout


__all__ = [
    "LONGEST_SIDE",
    "MOST_PAGES",
    "CheckedFile",
    "DocumentRefused",
    "ReaderFailed",
    "check_file",
    "page_image",
    "plain_name",
    "shown_name",
]
