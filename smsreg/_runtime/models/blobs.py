"""Blobs: bytes, passed as such, as a file, as a stream or as base64 text."""

from __future__ import annotations

import binascii
import inspect
import os
import stat
from typing import IO, TYPE_CHECKING, Any, TypeAlias, cast

from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

BlobInput: TypeAlias = bytes | bytearray | memoryview | os.PathLike[Any] | IO[bytes]
"""What a blob parameter accepts, besides the base64 text of parsed JSON."""

LARGEST_BLOB = 16 * 1024 * 1024
"""Most bytes read from a file or stream where the service's model states no limit."""

READS = "smsreg_reads"
"""Marks, in a schema's metadata, a function that converts a value and is no validation rule."""

_BUFFERS: tuple[Any, ...] = (bytearray, memoryview)
_CHUNK = 1024 * 1024
_URL_SAFE = str.maketrans("-_+/", "+/  ")


class BlobMarker:
    """Marker of a member that holds bytes.

    Args:
        min_length: Fewest bytes; None where the service's model states no limit.
        max_length: Most bytes; None where the service's model states no limit.
    """

    __slots__ = ("_limit", "_max", "_min")

    def __init__(self, *, min_length: int | None = None, max_length: int | None = None) -> None:
        self._min = min_length
        self._max = max_length
        self._limit = LARGEST_BLOB if max_length is None else max_length

    def read(self, value: Any) -> object:
        """Return the bytes of a value; pydantic reports values that are no blob."""
        if isinstance(value, bytes):
            return value
        if isinstance(value, _BUFFERS):
            return bytes(value)
        if isinstance(value, str):
            return self._decoded(value)
        if isinstance(value, os.PathLike):
            return self._file(cast("Any", value))
        read = getattr(value, "read", None)
        if callable(read):
            return self._stream(read)
        raise PydanticCustomError(
            "blob_type",
            "Input should be bytes, a bytearray, a memoryview, a path, an open binary stream or"
            " base64 text",
        )

    def _decoded(self, text: str) -> bytes:
        if self._max is not None and len(text) > _base64_length(self._max):
            raise self._too_long()
        padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
        if "-" in text or "_" in text:  # in place of + and /, never beside them
            padded = padded.translate(_URL_SAFE)
        try:
            blob = binascii.a2b_base64(padded.encode("ascii"))
        except ValueError:
            blob = None
        # Python skips characters that are not base64, and accepts non-canonical encodings.
        if blob is None or encoded(blob) != padded:
            raise PydanticCustomError(
                "blob_base64",
                "Text should be base64; pass any other text as bytes, for example by text.encode()",
            )
        return blob

    def _file(self, path: os.PathLike[Any]) -> bytes:
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 -- Path takes no bytes
                raise _no_regular_file()
            # The path may have become a FIFO since the check: opening must not block.
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 -- opens a descriptor
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):
                    raise _no_regular_file()
                if found.st_size > self._limit:
                    raise self._too_long()
                return self._bounded(file.read)
        except OSError as error:
            raise _unreadable("file", error.strerror or type(error).__name__) from None

    def _stream(self, read: Callable[..., object]) -> bytes:
        if inspect.iscoroutinefunction(read):
            raise PydanticCustomError(
                "blob_stream", "Input should be an open binary stream; await an asynchronous one"
            )
        try:
            return self._bounded(read)
        except PydanticCustomError:
            raise
        except Exception as error:  # noqa: BLE001 -- a stream of the caller may raise anything
            raise _unreadable("stream", type(error).__name__) from None

    def _bounded(self, read: Callable[..., object]) -> bytes:
        """Read to the end, or to the first byte too many."""
        parts = bytearray()
        while len(parts) <= self._limit:
            part = read(min(_CHUNK, self._limit + 1 - len(parts)))
            if not isinstance(part, (bytes, bytearray, memoryview)):
                raise PydanticCustomError(
                    "blob_stream",
                    "Input should be an open binary stream; open a file in mode 'rb'",
                )
            if not part:
                return bytes(parts)
            parts += part
        raise self._too_long()

    def _too_long(self) -> PydanticCustomError:
        return PydanticCustomError(
            "blob_too_long", "Blob should have at most {limit} bytes", {"limit": self._limit}
        )

    def __get_pydantic_core_schema__(
        self,
        source: Any,
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(
            self.read,
            core_schema.bytes_schema(strict=True, min_length=self._min, max_length=self._max),
            metadata={READS: True},
            serialization=core_schema.plain_serializer_function_ser_schema(
                encoded, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described: JsonSchemaValue = {
            "type": "string",
            "format": "base64",
            "contentEncoding": "base64",
        }
        if self._min:
            described["minLength"] = -(-self._min * 4 // 3)  # padding may be missing
        if self._max is not None:
            described["maxLength"] = _base64_length(self._max)
        return described


def encoded(blob: bytes) -> str:
    """Return bytes as base64 in the standard alphabet, as JSON carries them."""
    return binascii.b2a_base64(blob, newline=False).decode("ascii")


def _base64_length(size: int) -> int:
    return -(-size // 3) * 4


def _no_regular_file() -> PydanticCustomError:
    return PydanticCustomError("blob_file", "Path should lead to a regular file")


def _unreadable(kind: str, reason: str) -> PydanticCustomError:
    return PydanticCustomError(
        "blob_unreadable", "The {kind} cannot be read: {reason}", {"kind": kind, "reason": reason}
    )
