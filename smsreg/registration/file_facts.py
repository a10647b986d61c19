"""Facts from the bytes of a PDF, JPEG or PNG file: kind, pixel size, and geolocation.

Only headers are read, with every length checked: the content is untrusted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PDF, PNG, JPEG = b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"

_GPS_TAG = 0x8825
_EXIF = b"Exif\x00\x00"
_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""JPEG segments with the size of the image."""
_JPEG_METADATA = frozenset({0xE1, 0xED, 0xFE})
"""APP1 (EXIF, XMP), APP13 (IPTC) and comments."""
_PNG_METADATA = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The facts of a file.

    Attributes:
        kind: ``PDF``, ``JPEG`` or ``PNG``.
        size: Length in bytes.
        pixels: Width and height of an image; None where it does not say, and for a PDF.
        has_place: Whether the metadata contains the location of the picture.
    """

    kind: str
    size: int
    pixels: tuple[int, int] | None = None
    has_place: bool = False


def facts_of(data: bytes) -> FileFacts | None:
    """Read the facts of a file; None where it is none of the three kinds."""
    if data.startswith(PDF):
        return FileFacts("PDF", len(data))
    if data.startswith(PNG):
        return _png_facts(data)
    return _jpeg_facts(data) if data.startswith(JPEG) else None


def without_metadata(data: bytes) -> bytes:
    """Return an image without EXIF, XMP, IPTC and comments; a PDF as it is."""
    if data.startswith(PNG):
        cut = [(start, end) for kind, start, end in _chunks(data) if kind in _PNG_METADATA]
    elif data.startswith(JPEG):
        cut = [(start, end) for kind, start, end in _segments(data) if kind in _JPEG_METADATA]
    else:
        cut = []
    kept, at = bytearray(), 0
    for start, end in cut:
        kept += data[at:start]
        at = end
    return bytes(kept + data[at:])


def _png_facts(data: bytes) -> FileFacts:
    pixels, place = None, False
    for kind, start, end in _chunks(data):
        body = data[start + 8 : end - 4]
        if kind == b"IHDR" and len(body) >= 8:  # noqa: PLR2004 -- width and height
            pixels = struct.unpack(">II", body[:8])
        elif kind == b"eXIf":
            place = place or _tiff_has_gps(body)
        elif kind in _PNG_METADATA:
            place = place or _names_gps(body)
    return FileFacts("PNG", len(data), pixels, place)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield each PNG chunk as (kind, start, end)."""
    at = len(PNG)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            return
        yield data[at + 4 : at + 8], at, end
        at = end


def _jpeg_facts(data: bytes) -> FileFacts:
    pixels, place = None, False
    for kind, start, end in _segments(data):
        body = data[start + 4 : end]
        if kind in _SIZES and len(body) >= 5:  # noqa: PLR2004 -- precision, height, width
            height, width = struct.unpack(">HH", body[1:5])
            pixels = (width, height)
        elif kind in _JPEG_METADATA:
            exif = body.startswith(_EXIF)
            found = _tiff_has_gps(body[len(_EXIF) :]) if exif else _names_gps(body)
            place = place or found
    return FileFacts("JPEG", len(data), pixels, place)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each JPEG segment before the image's data as (kind, start, end)."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 -- the mark of a segment
        kind = data[at + 1]
        if kind == 0xFF:  # noqa: PLR2004 -- padding
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if kind in (0xDA, 0xD9) or end > len(data) or end < at + 4:
            return
        yield kind, at, end
        at = end


def _tiff_has_gps(tiff: bytes) -> bool:
    """Return whether the first directory of an EXIF block references GPS data."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:  # noqa: PLR2004 -- a TIFF header
        return False
    (first,) = struct.unpack(f"{order}I", tiff[4:8])
    (count,) = struct.unpack(f"{order}H", tiff[first : first + 2].ljust(2, b"\0"))
    tags = (tiff[first + 2 + 12 * index :][:2] for index in range(min(count, 1000)))
    return any(tag == struct.pack(f"{order}H", _GPS_TAG) for tag in tags)


def _names_gps(body: bytes) -> bool:
    return b"GPSLatitude" in body or b"GPSLongitude" in body
