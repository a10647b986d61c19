"""What is known of an answer besides its content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smsreg._public import publish

if TYPE_CHECKING:
    from collections.abc import Mapping


def _no_headers() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseMetadata:
    """The facts of one answered call.

    Attributes:
        request_id: The service's id of the request, which AWS Support asks for.
        http_status: The HTTP status of the answer.
        attempts: How many times the request was sent, 1 where the first one succeeded.
        headers: The headers of the answer, names in lower case.
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
        """Read the ``ResponseMetadata`` dictionary that botocore adds to an answer."""
        return cls(
            request_id=metadata.get("RequestId"),
            http_status=metadata.get("HTTPStatusCode"),
            attempts=attempts,
            headers=metadata.get("HTTPHeaders") or _no_headers(),
            client_token=client_token,
        )


publish("smsreg.types", ResponseMetadata)
