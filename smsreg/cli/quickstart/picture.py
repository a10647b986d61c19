"""A picture to upload: a ticked opt-in box, drawn here so that no file has to be shipped."""

from __future__ import annotations

import struct
import zlib

WIDTH = 320
HEIGHT = 200

PAPER = b"\xf7\xf7\xf2"
LINE = b"\x8a\x8a\x80"
INK = b"\x1f\x6f\x4a"

SHAPES = (
    # left, top, width and height, colour
    ((30, 70, 60, 60), INK),
    ((34, 74, 52, 52), PAPER),
    ((115, 76, 170, 8), LINE),
    ((115, 96, 150, 8), LINE),
    ((115, 116, 110, 8), LINE),
)
TICK = (*((42 + i, 98 + i) for i in range(15)), *((56 + i, 112 - i) for i in range(22)))
PEN = 6


def opt_in_picture() -> bytes:
    """Draw the box beside three lines of writing, as a PNG."""
    rows = [bytearray(PAPER * WIDTH) for _ in range(HEIGHT)]
    for box, colour in SHAPES:
        _fill(rows, box, colour)
    for left, top in TICK:
        _fill(rows, (left, top, PEN, PEN), INK)
    # Each row begins with its filter, which is none.
    pixels = b"".join(b"\x00" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _fill(rows: list[bytearray], box: tuple[int, int, int, int], colour: bytes) -> None:
    left, top, width, height = box
    size = len(colour)
    for row in rows[top : top + height]:
        row[left * size : (left + width) * size] = colour * width


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
