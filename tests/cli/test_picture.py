"""The picture is a PNG that readers accept."""

from __future__ import annotations

import struct
import zlib

from smsreg.cli.quickstart.picture import HEIGHT, INK, PAPER, WIDTH, opt_in_picture


def chunks(png):
    at = 8
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        (checksum,) = struct.unpack_from(">I", png, at + 8 + size)
        assert checksum == zlib.crc32(kind + data)
        yield kind, data
        at += size + 12


def test_its_parts():
    png = opt_in_picture()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    parts = dict(chunks(png))
    assert list(parts) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", parts[b"IHDR"]) == (WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    pixels = zlib.decompress(parts[b"IDAT"])
    line = 1 + 3 * WIDTH
    assert len(pixels) == HEIGHT * line
    assert pixels[1:4] == PAPER
    assert pixels[70 * line + 1 + 3 * 30 :][:3] == INK


def test_it_is_small_and_always_the_same():
    assert len(opt_in_picture()) < 2000
    assert opt_in_picture() == opt_in_picture()
