"""A picture to upload: a drawn opt-in box, made here so that no file has to be shipped."""

from __future__ import annotations

import struct
import zlib

WIDTH = 320
HEIGHT = 200

_PAPER = b"\xf7\xf7\xf2"
_FRAME = b"\xc9\xc9\xbf"
_INK = b"\x1f\x6f\x4a"
_LINE = b"\x8a\x8a\x80"


def opt_in_picture() -> bytes:
    """Draw a ticked box beside three lines of writing, as a PNG."""
    rows = (b"\x00" + b"".join(_colour(x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def _colour(x: int, y: int) -> bytes:
    if not (4 <= x < WIDTH - 4 and 4 <= y < HEIGHT - 4):
        return _FRAME
    across, down = x - 30, y - 70
    if 0 <= across < 60 and 0 <= down < 60:
        on_edge = min(across, down, 59 - across, 59 - down) < 4
        return _INK if on_edge or _on_tick(across, down) else _PAPER
    writing = 115 <= x < WIDTH - (30 if y < 115 else 90)
    return _LINE if writing and (y - 70) % 26 < 8 and 70 <= y < 130 else _PAPER


def _on_tick(across: int, down: int) -> bool:
    falling = 12 <= across <= 26 and abs(down - across - 17) < 5
    rising = 26 < across <= 48 and abs(down - (69 - across)) < 5
    return falling or rising
