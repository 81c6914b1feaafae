"""A document is told by what it holds, never by its name, and only its pixels are kept."""

import pytest

from portal.documents import file_reader
from portal.documents.check import JPEG, MOST_PDF, MOST_PHOTO, PDF, DocumentRefused, check_file, page_image
from tests.documents import papers


def refused(name: str, data: bytes) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as caught:
        check_file(name, data)
    return caught.value


def test_a_photo_is_turned_upright_and_loses_where_it_was_taken() -> None:
    data = papers.phone_photo()
    assert papers.GPS in papers.opened(data).getexif()
    kept = check_file("执照.jpg", data)
    assert papers.opened(kept.data).size == (480, 640)
    assert not dict(papers.opened(kept.data).getexif())
    assert kept.media_type == JPEG
    assert kept.sha256 != check_file("执照.jpg", papers.photo()).sha256


def test_whatever_hides_behind_a_photo_does_not_come_along() -> None:
    kept = check_file("a.jpg", papers.photo() + b"<script>alert(1)</script>" + papers.program())
    assert b"script" not in kept.data
    assert b"DOS mode" not in kept.data


def test_a_photo_of_thirty_megabytes_is_made_small() -> None:
    data = papers.large_photo()
    assert 30_000_000 < len(data) < MOST_PHOTO
    kept = check_file("photo.jpg", data)
    assert max(papers.opened(kept.data).size) == 2200
    assert kept.size < 3_000_000


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "L", "I;16", "RGB"])
def test_a_png_of_any_kind_becomes_a_jpeg(mode: str) -> None:
    kept = check_file("licence.png", papers.png(mode))
    assert kept.name == "licence.jpg"
    assert papers.opened(kept.data).format == "JPEG"
    assert papers.opened(kept.data).mode == "RGB"


def test_what_was_see_through_is_white() -> None:
    assert papers.opened(check_file("a.png", papers.png("RGBA")).data).getpixel((5, 5)) == (255, 255, 255)


def test_a_pdf_is_kept_as_it_is_and_each_page_can_be_seen() -> None:
    data = papers.pdf(20)
    kept = check_file("证明", data)
    assert (kept.name, kept.media_type, kept.pages, kept.data) == ("证明.pdf", PDF, 20, data)
    assert max(papers.opened(page_image(kept.data, 20)).size) == 1600


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("licence.pdf", papers.program(), "document_unknown"),
        ("licence.jpg", papers.program(), "document_unknown"),
        ("licence.pdf", b"", "document_empty"),
        ("licence.jpg", b"<!doctype html><script>", "document_unknown"),
        ("licence.jpg", papers.heic(), "document_heic"),
        ("licence.jpg", b"GIF89a" + bytes(100), "document_other_picture"),
        ("licence.jpg", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "document_other_picture"),
        ("licence.pdf", b"PK\x03\x04" + bytes(100), "document_office"),
        ("licence.jpg", papers.photo()[:700], "broken_picture"),
        ("licence.png", papers.png()[:60], "broken_picture"),
        ("licence.pdf", papers.pdf()[:60], "broken_pdf"),
        ("licence.pdf", papers.locked_pdf(), "encrypted_pdf"),
        ("licence.pdf", papers.pdf(21), "too_many_pages"),
        ("licence.pdf", papers.pdf() + bytes(MOST_PDF), "document_too_large"),
        ("licence.jpg", papers.photo() + bytes(MOST_PHOTO), "document_too_large"),
        ("licence.png", papers.png_bomb(), "too_many_pixels"),
        ("licence.jpg", papers.endless_jpeg(), "broken_picture"),
    ],
)
def test_anything_else_is_refused_with_what_to_do(name: str, data: bytes, code: str) -> None:
    error = refused(name, data)
    assert error.code == code
    assert name in error.problem.english()


def test_a_renamed_program_is_told_so_in_plain_words() -> None:
    assert str(refused("执照.pdf", papers.program())) == (
        "“执照.pdf” is no PDF, JPG or PNG, whatever its name says. Take a photo of it."
    )


def test_a_file_that_is_too_large_is_told_its_size() -> None:
    said = str(refused("a.pdf", papers.pdf() + bytes(12_000_000)))
    assert "12.0\u00a0MB" in said
    assert "10\u00a0MB" in said


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\陈\\执照.JPG", "执照.JPG"),
        ("\u202egpj.执照\u0000.jpg", "gpj.执照.jpg"),
        ("", "file.jpg"),
        ("漳" * 300 + ".jpg", "漳" * 116 + ".jpg"),
        ("洪䶮𬭎😀.png", "洪䶮𬭎😀.jpg"),
        ("licence.pdf", "licence.jpg"),
    ],
)
def test_a_name_keeps_what_people_can_see_of_it(given: str, kept: str) -> None:
    assert check_file(given, papers.photo()).name == kept


def test_a_usual_photo_has_fewer_scans_than_are_allowed() -> None:
    assert file_reader.picture(papers.photo(200, 100, progressive=True))
    with pytest.raises(file_reader.Refused):
        file_reader.picture(papers.endless_jpeg())


def test_the_reader_finds_nothing_of_the_portal() -> None:
    source = file_reader.__file__
    assert source is not None
    with open(source) as file:
        assert "portal" not in "".join(line for line in file if line.startswith(("import", "from")))
