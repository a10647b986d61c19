"""Attachments are checked by their content, before any request."""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from smsreg.registration import Attachment
from smsreg.registration.attachments import AttachmentError
from smsreg.registration.file_facts import facts_of, without_metadata

from .forms import form_of, type_of
from .test_forms import field

if TYPE_CHECKING:
    from pathlib import Path

PDF = b"%PDF-1.7\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + kind + body + check


def png(*extra: bytes, width: int = 3, height: int = 2) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(b"\0" * (width + 1) * height))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + rows + chunk(b"IEND", b"")


def tiff(order: str, *tags: int) -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, 0) for tag in tags)
    return mark + struct.pack(f"{order}IH", 8, len(tags)) + entries + b"\0" * 4


def segment(kind: int, body: bytes) -> bytes:
    return bytes([0xFF, kind]) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg(*extra: bytes, width: int = 3, height: int = 2) -> bytes:
    size = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")
    return b"\xff\xd8" + b"".join(extra) + size + segment(0xDA, b"\0") + b"\xff\xd9"


GPS = [
    jpeg(segment(0xE1, b"Exif\0\0" + tiff("<", 0x10F, 0x8825))),
    jpeg(segment(0xE1, b"Exif\0\0" + tiff(">", 0x8825))),
    jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='1'/>")),
    png(chunk(b"eXIf", tiff(">", 0x8825))),
    png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x exif:GPSLatitude='1'/>")),
]


def test_kinds_and_sizes_are_read() -> None:
    made = [facts_of(data) for data in (PDF, png(width=30, height=20), jpeg(width=30, height=20))]
    assert [(facts.kind, facts.pixels) for facts in made if facts] == [
        ("PDF", None),
        ("PNG", (30, 20)),
        ("JPEG", (30, 20)),
    ]
    assert not any(facts and facts.has_place for facts in made)
    assert facts_of(b"GIF89a") is None


@pytest.mark.parametrize("data", GPS)
def test_a_location_is_found_and_removed(data: bytes) -> None:
    before = facts_of(data)
    assert before
    assert before.has_place
    stripped = facts_of(without_metadata(data))
    assert stripped
    assert not stripped.has_place
    assert stripped.pixels == (3, 2)
    content = Attachment.from_bytes(data, strip_metadata=True).load()
    assert content
    assert content.data == without_metadata(data)


@pytest.mark.parametrize("data", [PDF, png(), jpeg(), png(chunk(b"tEXt", b"a\0b")), *GPS])
def test_no_piece_of_a_file_makes_the_reader_fail(data: bytes) -> None:
    for cut in range(len(data)):
        facts_of(data[:cut])
        without_metadata(data[:cut])
        broken = bytearray(data)
        broken[cut] ^= 0xFF
        facts_of(bytes(broken))
        without_metadata(bytes(broken))


def refusal(attachment: Attachment, **limits: int) -> tuple[str, str]:
    with pytest.raises(AttachmentError) as caught:
        attachment.load(**limits)
    return caught.value.rule, caught.value.reason


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "opt-in.png").write_bytes(jpeg())
    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "text.pdf").write_bytes(b"hello")
    (tmp_path / "large.pdf").write_bytes(PDF + b"\0" * 100)
    os.mkfifo(tmp_path / "pipe.pdf")
    expected = {
        "missing.pdf": ("attachment-file", "there is no such file"),
        ".": ("attachment-file", "a folder"),
        "pipe.pdf": ("attachment-file", "no regular file"),
        "opt-in.png": ("attachment-kind", "the content is JPEG"),
        "empty.pdf": ("attachment-size", "empty"),
        "text.pdf": ("attachment-kind", "not a PDF, JPEG or PNG"),
        "large.pdf": ("attachment-size", "109 bytes"),
    }
    for name, (rule, reason) in expected.items():
        got = refusal(Attachment.from_file(tmp_path / name), max_bytes=100)
        assert got[0] == rule
        assert reason in got[1]
    assert refusal(Attachment.from_file("/dev/zero"))[0] == "attachment-file"


def test_a_file_stays_in_its_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "in-other"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "a.pdf").write_bytes(PDF)
    (inside / "link.pdf").symlink_to(outside / "a.pdf")
    (inside / "fine.pdf").symlink_to(inside / "a.pdf")
    for name in ("link.pdf", "../in-other/a.pdf", str(outside / "a.pdf"), "/etc/passwd"):
        rule, reason = refusal(Attachment.from_file(name, folder=inside))
        assert rule == "attachment-file"
        assert "outside" in reason
    for name in ("a.pdf", "fine.pdf", "./a.pdf"):
        assert Attachment.from_file(name, folder=inside).load()


@pytest.mark.parametrize(
    "url", ["", "https://x/y.png", "s3://B/k.png", "s3://bucket", "s3://ab/a.gif"]
)
def test_references_to_s3(url: str) -> None:
    assert refusal(Attachment.from_s3(url))[0].startswith("attachment-")
    assert Attachment.from_s3("s3://bucket-1/folder/opt in.PNG").load() is None


def test_nothing_of_a_file_is_printed() -> None:
    assert "secret" not in repr(Attachment.from_file("secret.png"))
    assert "PDF" not in repr(Attachment.from_bytes(b"%PDF-secret"))


def image_form(hint: str) -> object:
    hints = {"Title": "Banner", "ShortDescription": hint}
    return form_of(type_of("T", [field("a.b", FieldType="ATTACHMENT", DisplayHints=hints)]))


@pytest.mark.parametrize(
    ("hint", "data", "rule", "severity"),
    [
        ("A PNG of 3x2 pixels, at most 5 KB.", png(), None, None),
        ("A PNG of 1440 x 448 pixels.", png(), "pixel-size", "error"),
        ("At most 1 KB: up to 1 KB.", png(chunk(b"tEXt", b"x" * 2000)), "attachment-size", "error"),
        ("A picture.", GPS[0], "attachment-place", "warning"),
    ],
)
def test_a_forms_requirements_for_an_image(
    hint: str, data: bytes, rule: str | None, severity: str | None
) -> None:
    problems = image_form(hint).check({"a.b": Attachment.from_bytes(data)})  # type: ignore[attr-defined]  # made in this module
    expected = [(rule, severity)] if rule else []
    assert [(problem.rule, problem.severity) for problem in problems] == expected
