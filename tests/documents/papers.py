"""Files as firms hand them in: made here, each sound or broken in one way."""

import struct
import zlib
from functools import lru_cache
from io import BytesIO

import pypdfium2
from PIL import Image

GPS, ORIENTATION, TURNED_RIGHT = 0x8825, 0x0112, 6


def photo(width: int = 640, height: int = 480, colour: str = "white", **kept: object) -> bytes:
    """A JPEG of one colour; `kept` goes to Pillow's save."""
    return saved(Image.new("RGB", (width, height), colour), "JPEG", **kept)


def phone_photo() -> bytes:
    """A photo as phones take it: it lies on its side, and says where it was taken."""
    notes = Image.Exif()
    notes[ORIENTATION] = TURNED_RIGHT
    notes[GPS] = {1: "N", 2: (24.0, 28.0, 47.0)}
    return photo(640, 480, exif=notes)


@lru_cache(maxsize=1)
def large_photo() -> bytes:
    """A photo of more than 30 MB: noise, which does not get smaller."""
    noise = Image.effect_noise((6600, 4900), 80).convert("RGB")
    return saved(noise, "JPEG", quality=95)


def png(mode: str = "RGBA") -> bytes:
    """A small PNG, see-through where the mode can be."""
    return saved(Image.new(mode, (320, 200)), "PNG")


def png_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes that claims to be very large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(10_000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def endless_jpeg() -> bytes:
    """A JPEG with so many scans that decoding it would keep a machine busy."""
    sound = photo(64, 64, progressive=True)
    start = sound.index(b"\xff\xda")
    end = sound.index(b"\xff", start + 12)
    return sound[:start] + sound[start:end] * 500 + sound[start:]


def pdf(pages: int = 1) -> bytes:
    """A PDF of so many empty pages."""
    made = pypdfium2.PdfDocument.new()
    for _page in range(pages):
        made.new_page(595, 842)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def locked_pdf() -> bytes:
    """A PDF that opens with a password only."""
    secret = b"<" + b"41" * 32 + b">"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        b"<</Filter/Standard/V 1/R 2/O " + secret + b"/U " + secret + b"/P -4>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>"
    return (
        out
        + b"xref\n0 5\n0000000000 65535 f \n"
        + table
        + b"trailer\n%s\nstartxref\n%d\n%%%%EOF" % (trailer, len(out))
    )


def program() -> bytes:
    """What begins a Windows program, with the words of a PDF in it."""
    return b"MZ\x90\x00" + bytes(200) + b"This program cannot be run in DOS mode. %PDF-1.4" + bytes(400)


def heic() -> bytes:
    """What begins a photo of an iPhone that was not set to JPG."""
    return b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500)


def opened(data: bytes) -> Image.Image:
    """A picture, to look at."""
    return Image.open(BytesIO(data))


def saved(image: Image.Image, kind: str, **kept: object) -> bytes:
    """A picture as a file."""
    out = BytesIO()
    image.save(out, kind, **kept)
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
