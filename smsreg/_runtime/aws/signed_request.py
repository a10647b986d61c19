# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportPrivateUsage=false
# aiobotocore ships no types.
"""Requests of the aiobotocore client that are signed without botocore's request objects.

Those objects are created for handlers and tools that receive them. Where these change nothing but
to add headers, the request is sent as it was signed, with the added headers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.awsrequest import (
    AWSPreparedRequest,
    AWSRequestPreparer,
    create_request_object,
)

from smsreg._runtime.aws.lazy_headers import LazyHeaders
from smsreg._runtime.aws.request_template import SECURITY_TOKEN, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smsreg._runtime.aws.exchange import Prepared
    from smsreg._runtime.aws.http_session import HttpSession

RESERVED = frozenset({
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "transfer-encoding",
    "upgrade",
})  # fmt: skip
"""Headers that cannot be added to a request as it was signed."""
OF_ATTEMPT = frozenset({
    "X-Amz-Date",
    "Authorization",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
})  # fmt: skip
"""The headers of a single attempt."""
_WITHOUT_LENGTH = frozenset({"GET", "HEAD", "OPTIONS"})


class SignedRequest(NamedTuple):
    """A signed request.

    Attributes:
        prepared: The request, without the headers of the attempt.
        extra: The headers of the attempt.
        params: botocore's dictionary of the request.
    """

    prepared: Prepared
    extra: Mapping[str, str]
    params: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # its content is the caller's

    def headers(self) -> dict[str, str]:
        """Return the headers that botocore's request has, in its order."""
        headers = {**self.params["headers"], "X-Amz-Date": self.extra["X-Amz-Date"]}
        if SECURITY_TOKEN in self.prepared.headers:
            headers[SECURITY_TOKEN] = self.prepared.headers[SECURITY_TOKEN]
        return {**headers, **self.extra}

    def encoded_headers(self) -> dict[str, str | bytes]:
        """Return the headers of botocore's prepared request."""
        encoded: dict[str, str | bytes] = {k: v.encode() for k, v in self.headers().items()}
        if self.prepared.method not in _WITHOUT_LENGTH:
            encoded["Content-Length"] = str(len(self.prepared.body))
        return encoded

    def with_added(self, added: list[tuple[str, Any]]) -> SignedRequest | None:
        """Return the request with more headers; None where one of them cannot be added."""
        names = {*map(str.lower, self.prepared.headers), *map(str.lower, self.extra), *RESERVED}
        extra = dict(self.extra)
        for name, value in added:
            if not isinstance(value, str) or name.lower() in names:
                return None
            names.add(name.lower())
            extra[name] = value
        return self._replace(extra=extra)

    def to_request(self, model: Any) -> Any:
        """Return botocore's request, whose preparation is short where only headers are added."""
        request = create_request_object({**self.params, "headers": {}})
        headers = [*self.headers().items()]
        for name, value in headers:
            request.headers.set_raw(name, value)
        request.stream_output = streams_output(model)
        request._request_preparer = _Preparer(self, headers)
        return request

    def to_prepared(self, model: Any) -> Any:
        """Return botocore's prepared request."""
        return self.prepared_as(self.params["context"], stream_output=streams_output(model))

    def prepared_as(self, context: Any, *, stream_output: bool) -> Any:
        """Return botocore's prepared request, with these attributes."""
        method, url, *_ = self.prepared
        body = self.prepared.body or None
        headers = _SignedHeaders(self)
        return AWSPreparedRequest(method, url, headers, body, stream_output, context)

    def reset_stream(self) -> None:
        """Do nothing: the body is bytes."""

    async def send_with(self, session: HttpSession, *, left: float) -> Any:
        """Send it, and return or raise what aiobotocore's session would.

        Args:
            session: The HTTP session.
            left: Seconds until the caller's own deadline.
        """
        try:
            origin = self.prepared.origin
            exchange = session.exchanges.get(origin) or await session.exchange_with(origin)
            response = await exchange.send(self.prepared, self.extra, left=left)
        except Exception as error:  # noqa: BLE001 -- aiobotocore wraps each of them
            return await session.fail(
                self.prepared_as(self.params["context"], stream_output=False), error
            )
        return await session.response_of(self.prepared.url, response)


def streams_output(model: Any) -> bool:
    """Whether the response of an operation is a stream."""
    return bool(model.has_streaming_output or model.has_event_stream_output)


def signed_object(request: Any) -> SignedRequest | None:
    """Return botocore's request, once it is signed, as it can be sent without its preparation.

    Returns:
        None where that is not possible.
    """
    pairs: list[tuple[str, Any]] = request.headers.items()
    names = {name.lower() for name, _ in pairs}
    if (
        request.params
        or type(request.data) is not bytes
        or len(names) != len(pairs)
        or not names.isdisjoint(RESERVED)
        or not {str}.issuperset(type(value) for _, value in pairs)
        or request.context.get("read_timeout") is not None
    ):
        return None
    extra = {name: value for name, value in pairs if name in OF_ATTEMPT}
    if len(extra) != len(OF_ATTEMPT):
        return None
    headers = tuple(pair for pair in pairs if pair[0] not in OF_ATTEMPT)
    prepared = shared_part(request.method, request.url, headers, None)
    params = {"headers": dict(headers), "context": request.context}
    return SignedRequest(prepared._replace(body=request.data), extra, params)


@lru_cache(maxsize=64)
def shared_part(
    method: str, url: str, headers: tuple[tuple[str, str], ...], token: str | None
) -> Prepared:
    """Prepare the part that requests share; see ``prepare``."""
    return prepare(method, url, dict(headers), token)


class _SignedHeaders(LazyHeaders):
    """The headers of botocore's object for a signed request."""

    def __init__(self, signed: SignedRequest) -> None:
        super().__init__(signed.encoded_headers)
        self.signed = signed


def unchanged(request: Any) -> SignedRequest | None:
    """Return the signed request that botocore's prepared one was created for.

    Returns:
        None where other code may have changed it, or has created it.
    """
    headers: Any = request.headers
    if type(headers) is not _SignedHeaders or not headers.is_untouched:
        return None
    signed = headers.signed
    method, url, *_ = signed.prepared
    sent = (request.method, request.url, request.body or b"")
    same = sent == (method, url, signed.prepared.body)
    context: Mapping[str, Any] = request.context or {}
    return signed if same and context.get("read_timeout") is None else None


class _Preparer(AWSRequestPreparer):  # type: ignore[misc] # botocore has no types
    """Prepares a request as botocore's preparer does, for a request that is signed already.

    Args:
        signed: The signed request.
        headers: The headers of botocore's request.
    """

    def __init__(self, signed: SignedRequest, headers: list[tuple[str, str]]) -> None:
        self._signed = signed
        self._headers = headers

    def prepare(self, original: Any) -> Any:
        """Return the prepared request for botocore's request."""
        signed = self._with_added(original)
        if signed is None:
            return super().prepare(original)
        return signed.prepared_as(original.context, stream_output=original.stream_output)

    def _with_added(self, original: Any) -> SignedRequest | None:
        """Return the signed request with the headers that were added; None for other changes."""
        signed = self._signed
        prepared = signed.prepared
        if (
            original.params
            or (original.method, original.url) != (prepared.method, prepared.url)
            or original.data != prepared.body
        ):
            return None
        pairs: list[tuple[str, Any]] = [*original.headers.raw_items()]
        middle, own = len(pairs) // 2, len(self._headers)
        # botocore adds an encoded copy of each header to those that are there.
        is_encoded = pairs[middle:] == [(name, _encoded(value)) for name, value in pairs[:middle]]
        if not is_encoded or pairs[:own] != self._headers:
            return None
        return signed.with_added(pairs[own:middle]) if own < middle else signed


def _encoded(value: object) -> object:
    return value.encode() if isinstance(value, str) else value
