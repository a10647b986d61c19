"""From bytes or text to JSON documents, within bounds of size, depth and number."""

import json
import re
import zlib
from base64 import b64decode
from dataclasses import dataclass
from typing import NamedTuple

from smsreg._json import read_json

MAX_BYTES = 32 * 1024 * 1024
"""Most bytes of JSON that are read from one payload, unpacked content included."""
MAX_RECORDS = 100_000
"""Most records that are read from one payload."""
MAX_GZIP_MEMBERS = 64
"""Most gzip members in one text: each costs a copy of the remaining bytes."""
MAX_NESTING = 12
"""Most envelopes and encodings around an event."""

NOT_JSON = "text that is not JSON"
TOO_LARGE = "more than 32 MiB of JSON"
TOO_NESTED = "nested too deeply"
TOO_MANY = "more than 100,000 records"

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
_BASE64 = str.maketrans("-_", "+/", " \t\r\n")


class UnreadableError(Exception):
    """Text that is not JSON, with the reason; it never leaves this package."""


class TooManyError(Exception):
    """The payload has more records than are read; it never leaves this package."""


@dataclass
class Budget:
    """The bytes and records that may still be read from a payload."""

    bytes: int = MAX_BYTES
    records: int = MAX_RECORDS

    def spend_bytes(self, number: int) -> None:
        """Count bytes of JSON.

        Raises:
            UnreadableError: They exceed the budget.
        """
        if number > self.bytes:
            raise UnreadableError(TOO_LARGE)
        self.bytes -= number

    def spend_record(self) -> None:
        """Count a record, or a list of them.

        Raises:
            TooManyError: It is one too many.
        """
        if not self.records:
            raise TooManyError(TOO_MANY)
        self.records -= 1


class Sealed(NamedTuple):
    """Content that is not to be parsed, with the reason where it is broken."""

    content: object
    reason: str | None = None


def load_json(text: str) -> object:
    """Read one JSON document.

    Raises:
        ValueError: It is not JSON, or is nested more deeply than 200 levels.
    """
    return read_json(text.encode("utf-8", "backslashreplace"))


def read_documents(data: bytes | str, budget: Budget) -> list[object]:
    """Read JSON documents: one, or many, in lines or concatenated.

    They may be compressed with gzip, and encoded in base64.

    Raises:
        UnreadableError: There is no JSON in it, or it is too large.
    """
    text = _to_text(data, budget)
    try:
        return [load_json(text)]
    except ValueError:
        pass
    unpacked = _from_base64(text)
    if unpacked is None:
        return _read_stream(text)
    text = _to_text(unpacked, budget)
    try:
        return [load_json(text)]
    except ValueError:
        return _read_stream(text)


def _to_text(data: bytes | str, budget: Budget) -> str:
    if isinstance(data, bytes) and data.startswith(_GZIP):
        data = _inflate(data, budget.bytes)
    budget.spend_bytes(len(data))
    if isinstance(data, bytes):
        try:
            data = data.decode()
        except UnicodeDecodeError:
            raise UnreadableError(NOT_JSON) from None
    return data.removeprefix("\ufeff")


def _inflate(data: bytes, most: int) -> bytes:
    """Decompress gzip, which may consist of several members."""
    parts: list[bytes] = []
    for _ in range(MAX_GZIP_MEMBERS):
        if not data.startswith(_GZIP):
            break
        stream = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = stream.decompress(data, most + 1)
        except zlib.error:
            raise UnreadableError("gzip that is damaged") from None
        most -= len(part)
        if most < 0:
            raise UnreadableError(TOO_LARGE)
        if not stream.eof:
            raise UnreadableError("gzip that is cut off")
        parts.append(part)
        data = stream.unused_data
    return b"".join(parts)


def _from_base64(text: str) -> bytes | None:
    try:
        return b64decode(text.translate(_BASE64), validate=True) or None
    except ValueError:
        return None


def _read_stream(text: str) -> list[object]:
    """Read documents that follow one another, with or without line breaks."""
    found = _decode_all(text)
    if found is None:
        found = list[object]()
        for line in text.split("\n"):
            if line.strip():
                found += _decode_all(line) or [Sealed(line, NOT_JSON)]
    if all(isinstance(document, Sealed) for document in found):
        raise UnreadableError(NOT_JSON)
    return found


_decoder = json.JSONDecoder()
_blank = re.compile(r"[ \t\r\n]*")


def _decode_all(text: str) -> list[object] | None:
    """Read every document in a text; None where it contains anything else."""
    found: list[object] = []
    end, stop = 0, len(text.rstrip())
    while end < stop:
        start = _blank.match(text, end).end()  # type: ignore[union-attr] # it matches nothing, too
        try:
            _, end = _decoder.raw_decode(text, start)
            found.append(load_json(text[start:end]))
        except (ValueError, RecursionError):
            return None
    return found
