"""The metadata of a response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from smsreg._public import publish

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REQUEST_ID = "x-amzn-requestid"
_RAW_ID = REQUEST_ID.encode()
_ID_LENGTH = len(REQUEST_ID)


def _no_headers() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseMetadata:
    """The facts of one call that had a response.

    Attributes:
        request_id: The service's id of the request, which AWS Support asks for.
        http_status: The HTTP status of the response.
        attempts: How many times the request was sent, 1 where the first one succeeded.
        headers: The headers of the response, names in lower case.
        client_token: The ClientToken that the call carried; None for operations without one.
    """

    request_id: str | None = None
    http_status: int | None = None
    attempts: int = 1
    headers: Mapping[str, str] = field(default_factory=_no_headers, repr=False)
    client_token: str | None = None

    @classmethod
    def from_boto(
        cls, metadata: Mapping[str, Any], *, attempts: int = 1, client_token: str | None = None
    ) -> ResponseMetadata:
        """Read the ``ResponseMetadata`` dictionary that botocore adds to a response."""
        return cls(
            request_id=metadata.get("RequestId"),
            http_status=metadata.get("HTTPStatusCode"),
            attempts=attempts,
            headers=metadata.get("HTTPHeaders") or _no_headers(),
            client_token=client_token,
        )


class RawHeaders(Mapping[str, str]):
    """The headers of a response, decoded on first access.

    Args:
        raw: The headers, as received.
    """

    __slots__ = ("_raw", "_text")

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        self._raw = raw
        self._text: dict[str, str] | None = None

    @property
    def request_id(self) -> str | None:
        """The service's id of the request."""
        found = None
        for name, value in self._raw:
            if len(name) == _ID_LENGTH and name.lower() == _RAW_ID:
                found = value.decode("utf-8", "replace")
        return found

    def _decoded(self) -> dict[str, str]:
        if self._text is None:
            self._text = decoded(self._raw)
        return self._text

    def decoded(self) -> dict[str, str]:
        """Return them as a dictionary, names in lower case."""
        return self._decoded().copy()

    def __getitem__(self, name: str) -> str:
        return self._decoded()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded())

    def __len__(self) -> int:
        return len(self._decoded())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def decoded(raw_headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return received headers as text, names in lower case."""
    return {
        name.decode("utf-8", "replace").lower(): value.decode("utf-8", "replace")
        for name, value in raw_headers
    }


class Received(NamedTuple):
    """The facts of a response, converted to ``ResponseMetadata`` on first access.

    Attributes:
        status: The HTTP status.
        raw_headers: The headers, as received.
        attempts: How many times the request was sent.
        client_token: The ClientToken that the call carried.
    """

    status: int
    raw_headers: Sequence[tuple[bytes, bytes]]
    attempts: int
    client_token: str | None

    def metadata(self) -> ResponseMetadata:
        """Return the metadata."""
        headers = RawHeaders(self.raw_headers)
        return ResponseMetadata(
            request_id=headers.request_id,
            http_status=self.status,
            attempts=self.attempts,
            headers=headers,
            client_token=self.client_token,
        )


publish("smsreg.types", ResponseMetadata)
