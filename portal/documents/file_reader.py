"""Opens one hostile picture or PDF in a process of its own, with little memory and time, and says what it is.

Run as `python -I file_reader.py picture`, `… pdf` or `… preview <page>` with the file on standard input. What
comes out is a JPEG, or for `pdf` the number of pages. A file that is refused ends the process with `REFUSED`, its
code on standard output. It imports nothing of the portal: a fault in a decoder finds neither keys nor database.
"""

import io
import re
import resource
import sys
from collections.abc import Sequence

import pypdfium2
from PIL import Image

REFUSED = 3  # exit status
MEMORY = 1536 * 1024 * 1024  # bytes of address space
SECONDS = 20  # of a processor
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2200  # pixels: a licence photographed whole is read easily at that
PREVIEW_SIDE = 1600
QUALITY = 82
MOST_PAGES = 20
MOST_SCANS = 64  # of one JPEG; a progressive one has about ten, one made to keep a decoder busy has thousands
NEEDS_PASSWORD = 4  # PDFium's error code
ORIENTATION = 0x0112  # EXIF
TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # the next marker; stuffed bytes and restarts are data


class Refused(Exception):
    """The file is not taken; the text is the code that says why."""


def picture(data: bytes) -> bytes:
    """The picture of a JPEG or PNG, turned upright, at most `LONGEST_SIDE` long, as a JPEG without anything else.

    What the file holds besides its pixels (place, time, camera, a thumbnail, hidden bytes) does not come along.
    """
    if data.startswith(b"\xff\xd8") and _scans(data) > MOST_SCANS:
        raise Refused("broken_picture")
    Image.MAX_IMAGE_PIXELS = None  # counted here, before a single pixel is unpacked
    opened: Image.Image = Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
    if opened.width * opened.height > MOST_PIXELS:
        raise Refused("too_many_pixels")
    turns = TURNS.get(_orientation(opened), ())
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is unpacked at half size or less where that will do
    opened.load()
    plain = _plain(opened)
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    for turn in turns:
        plain = plain.transpose(turn)
    return _jpeg(plain)


def pdf(data: bytes) -> int:
    """How many pages a PDF has that opens without a password, and whose first page can be drawn."""
    document = _opened(data)
    pages = len(document)
    if pages > MOST_PAGES:
        raise Refused("too_many_pages")
    if not pages:
        raise Refused("broken_pdf")
    _drawn(document, 0)
    return pages


def preview(data: bytes, page: int) -> bytes:
    """One page of a PDF as a JPEG; 1 is the first."""
    document = _opened(data)
    if not 1 <= page <= len(document):
        raise Refused("no_such_page")
    return _jpeg(_drawn(document, page - 1))


def _scans(data: bytes) -> int:
    """How many scans a JPEG has; a segment that overruns the file ends the count, the decoder will complain."""
    place, scans = 2, 0
    while (found := _AFTER_SCAN.search(data, place)) is not None:
        marker = data[found.end() - 1]
        if marker == 0xD9:  # the end of the picture; phones put films and second pictures behind it
            break
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        place = found.end() + max(length, 2)
        scans += marker == 0xDA
    return scans


def _orientation(opened: Image.Image) -> int:
    try:
        return int(opened.getexif().get(ORIENTATION, 1))
    except Exception:  # whatever a garbled block makes of it: the picture itself may be sound
        return 1


def _plain(opened: Image.Image) -> Image.Image:
    """In RGB, on white where it was see-through."""
    if opened.mode.startswith("I"):  # 16 bits a pixel
        opened = opened.point(lambda value: value * (1 / 256)).convert("L")
    if opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info:
        seen = opened.convert("RGBA")
        ground = Image.new("RGB", seen.size, "white")
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground
    return opened.convert("RGB")


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted_pdf" if error.err_code == NEEDS_PASSWORD else "broken_pdf") from error


def _drawn(document: pypdfium2.PdfDocument, index: int) -> Image.Image:
    try:
        page = document[index]
        width, height = page.get_size()
        scale = min(3.0, PREVIEW_SIDE / max(width, height, 1.0))
        drawn: Image.Image = page.render(scale=scale).to_pil()
        return drawn.convert("RGB")
    except pypdfium2.PdfiumError as error:
        raise Refused("broken_pdf") from error


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def main(arguments: Sequence[str], data: bytes) -> bytes:
    """Do what the arguments say; raises `Refused`."""
    if arguments[0] == "pdf":
        return str(pdf(data)).encode()
    if arguments[0] == "preview":
        return preview(data, int(arguments[1]))
    try:
        return picture(data)
    except Refused:
        raise
    except Exception as error:  # decoders raise whatever a hostile file leads them into
        raise Refused("broken_picture") from error


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        sys.stdout.buffer.write(main(sys.argv[1:], sys.stdin.buffer.read()))
    except Refused as refused:
        sys.stdout.write(str(refused))
        sys.exit(REFUSED)
