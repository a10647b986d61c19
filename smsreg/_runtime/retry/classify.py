# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# The two: botocore ships no types, and inferred ones are partly unknown.
"""Classifies a failed attempt: a small value for whatever exception was raised."""

from __future__ import annotations

import asyncio
import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore import exceptions as boto

from smsreg import errors
from smsreg._text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from smsreg._redact import Withheld

THROTTLING_CODES = frozenset({
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "ThrottledRequestException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
})  # fmt: skip
TRANSIENT_CODES = frozenset({
    "PriorRequestNotComplete",
    "RequestTimeout",
    "RequestTimeoutException",
})  # fmt: skip
TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})
TOO_MANY_REQUESTS = 429
_NAMELESS = frozenset({"", str(TOO_MANY_REQUESTS)})
REDIRECTS = range(300, 400)
CLIENT_ERRORS = range(400, 500)
SKEW_CODES = frozenset({
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
})  # fmt: skip
EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException"})


class RefusedError(Exception):
    """The service responded with an error: botocore's ``ClientError`` without its message.

    Attributes:
        response: The parsed response, in the form of ``ClientError.response``.
    """

    def __init__(self, response: dict[str, Any]) -> None:
        self.response = response


class Kind(enum.Enum):
    """How a failure is to be handled."""

    THROTTLED = "throttled"
    """Refused before any work, to be sent again later."""
    UNSENT = "unsent"
    """The request was not handed to a connection."""
    AMBIGUOUS = "ambiguous"
    """The request may have been carried out."""
    TIMEOUT = "timeout"
    """The time for the call is over."""
    SKEWED = "skewed"
    """Refused for its time or its signature: the clock may be wrong."""
    EXPIRED = "expired"
    """Refused for credentials that have expired."""
    REFUSED = "refused"
    """A definite refusal: another attempt would end the same way."""


class Effect(enum.Enum):
    """The possible effect of a failed attempt at the service, as far as its failure shows."""

    NONE = "none"
    """None; the error says so for the whole call."""
    REFUSED = "refused"
    """None: the service refused it with a reason."""
    UNKNOWN = "unknown"
    """It cannot be determined."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Failure:
    """One failed attempt.

    Attributes:
        error: The SmsregError that represents it.
        kind: How it is to be handled.
        hint: The delay that the server requested, in seconds.
    """

    error: errors.SmsregError
    kind: Kind
    hint: float | None = None

    @property
    def request_id(self) -> str | None:
        """The id of the response, where there was one."""
        return getattr(self.error, "request_id", None)

    @property
    def effect(self) -> Effect:
        """The possible effect of the attempt at the service."""
        error = self.error
        if self.kind is Kind.AMBIGUOUS:
            return Effect.UNKNOWN
        if self.kind is Kind.TIMEOUT:
            sent = isinstance(error, errors.CallTimeoutError) and error.sent
            return Effect.UNKNOWN if sent else Effect.NONE
        responded = isinstance(error, (errors.ServiceError, errors.InvalidResponseError))
        return Effect.REFUSED if self.kind is Kind.REFUSED and responded else Effect.NONE


def failure_of(
    error: BaseException,
    operation_name: str,
    known: Mapping[str, type[errors.ServiceError]],
    secrets: Callable[[], Iterable[str] | Withheld] = tuple,
    *,
    sent: bool | None = None,
) -> Failure | None:
    """Classify an exception; None for one that is not a failure of the call.

    Args:
        error: The exception that an attempt raised.
        operation_name: The service's name of the operation.
        known: The class of each error code that the service models.
        secrets: Returns the strings of the request that must not appear in a message.
        sent: Whether the request was handed to an established connection; None where that is
            unknown, so that the exception decides.
    """
    if isinstance(error, (RefusedError, boto.ClientError)):
        return _service_failure(error.response, operation_name, known, secrets)
    found = _inner(error)
    if isinstance(found, errors.SmsregError):
        return _classified(found)
    failure = _transport_failure(error, operation_name)
    if failure is None:
        return None
    if sent is False and failure.kind is Kind.AMBIGUOUS:
        return _unsent(found, operation_name)
    if sent and isinstance(failure.error, errors.ConnectError):
        # aiohttp resends some requests on a new connection by itself: the first may have arrived.
        return _broken(found)
    return failure


def _inner(error: Any) -> BaseException:  # noqa: ANN401 -- botocore ships no types
    """Return the exception that a botocore error wraps, or else the exception itself."""
    wraps = isinstance(error, boto.BotoCoreError)
    inner = cast("object", error.kwargs.get("error")) if wraps else None
    return inner if isinstance(inner, Exception) else error


def _transport_failure(error: BaseException, operation_name: str) -> Failure | None:
    if isinstance(error, boto.BotoCoreError):
        return _boto_failure(error, operation_name)
    failure = _http_failure(error, operation_name) if isinstance(error, Exception) else None
    if failure is None and isinstance(error, ConnectionError):
        return _broken(error)
    return failure


def _service_failure(
    response: dict[str, Any],
    operation_name: str,
    known: Mapping[str, type[errors.ServiceError]],
    secrets: Callable[[], Iterable[str] | Withheld],
) -> Failure:
    code = str((response.get("Error") or {}).get("Code") or "")
    metadata: dict[str, Any] = response.get("ResponseMetadata") or {}
    status = metadata.get("HTTPStatusCode")
    headers: Mapping[str, str] = metadata.get("HTTPHeaders") or {}
    # For a response without a code, botocore and ``read_error`` set its status as the code.
    nameless = code in _NAMELESS
    throttled = code in THROTTLING_CODES or (status == TOO_MANY_REQUESTS and nameless)
    fallback = errors.ThrottlingError if throttled else errors.ServiceError
    raised = known.get(code, fallback)(response, operation_name, withheld=secrets())
    return Failure(error=raised, kind=kind_of(raised), hint=retry_after(headers))


_REFUSALS = {
    **dict.fromkeys(SKEW_CODES, Kind.SKEWED),
    **dict.fromkeys(EXPIRED_CODES, Kind.EXPIRED),
}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read the server's hint, milliseconds in a header, as seconds; None if unusable."""
    text = headers.get("x-amz-retry-after", "")
    # It may have any number of digits: an int of thousands of them cannot be parsed or divided.
    return float(text) / 1000 if text.isascii() and text.isdigit() else None


def _boto_failure(error: Any, operation_name: str) -> Failure:  # noqa: ANN401 -- no types
    """Classify botocore's errors: by the wrapped error, where that is one of aiohttp's."""
    inner = _inner(error)
    if isinstance(inner, Exception) and (failure := _http_failure(inner, operation_name)):
        return failure
    if isinstance(error, (boto.ConnectTimeoutError, boto.ProxyConnectionError)):
        return _unsent(error, operation_name)
    if isinstance(error, boto.ReadTimeoutError):
        return _no_response(operation_name)
    if isinstance(error, boto.HTTPClientError):
        return _no_http(inner, operation_name)
    return Failure(error=setup_error(error), kind=Kind.REFUSED)


def _http_failure(error: Exception, operation_name: str) -> Failure | None:
    """Classify aiohttp's errors; those of its connector mean that nothing was sent."""
    import aiohttp  # noqa: PLC0415 -- loaded by then, slow before

    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _no_tunnel(error.status, operation_name)
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        untrusted = isinstance(error, aiohttp.ClientSSLError)
        return (_untrusted if untrusted else _unsent)(error, operation_name)
    if isinstance(error, asyncio.TimeoutError):
        return _no_response(operation_name)
    if isinstance(error, (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)):
        return _broken(error)
    if isinstance(error, (aiohttp.ClientError, aiohttp.http.HttpProcessingError)):
        return _no_http(error, operation_name)
    return None


def _unsent(error: BaseException, operation_name: str) -> Failure:
    text = f"{operation_name} was not sent: no connection ({type(error).__name__})"
    return Failure(error=errors.ConnectError(text), kind=Kind.UNSENT)


def _untrusted(error: BaseException, operation_name: str) -> Failure:
    name = type(error).__name__
    tls_error = errors.ConnectError(f"{operation_name}: TLS with the server failed ({name})")
    tls_error.untrusted = True
    return Failure(error=tls_error, kind=Kind.REFUSED)


def _no_tunnel(status: int, operation_name: str) -> Failure:
    """Return the failure of a proxy that refused to connect; a 4xx would be refused again."""
    text = f"{operation_name} was not sent: the proxy refused to connect (HTTP {status})"
    definite = status in CLIENT_ERRORS and status != TOO_MANY_REQUESTS
    return Failure(error=errors.ConnectError(text), kind=Kind.REFUSED if definite else Kind.UNSENT)


def _classified(error: errors.SmsregError) -> Failure:
    """Classify an error that this package raised."""
    return Failure(error=error, kind=kind_of(error))


def kind_of(error: errors.SmsregError) -> Kind:
    """Classify an error where nothing else is known of its attempt."""
    if isinstance(error, errors.ServiceError):
        return _service_kind(error)
    if isinstance(error, errors.InvalidResponseError):  # of these, only a redirect is definite
        return Kind.REFUSED if error.http_status in REDIRECTS else Kind.AMBIGUOUS
    if isinstance(error, errors.ConnectError):
        return Kind.REFUSED if error.untrusted else Kind.UNSENT
    if isinstance(error, errors.CallTimeoutError):
        return Kind.TIMEOUT
    return Kind.AMBIGUOUS if isinstance(error, errors.TransportError) else Kind.REFUSED


def _service_kind(error: errors.ServiceError) -> Kind:
    if isinstance(error, errors.ThrottlingError) or error.code in THROTTLING_CODES:
        return Kind.THROTTLED
    if error.code in TRANSIENT_CODES or error.http_status in TRANSIENT_STATUSES:
        return Kind.AMBIGUOUS
    return _REFUSALS.get(error.code, Kind.REFUSED)


_PASSING = frozenset({Kind.THROTTLED, Kind.UNSENT, Kind.AMBIGUOUS, Kind.TIMEOUT})


def passes(error: errors.SmsregError) -> bool:
    """Whether a read that failed with this error may succeed later."""
    if isinstance(error, errors.OutcomeUnknownError):  # of a read, only its cause matters
        cause = error.__cause__
        return isinstance(cause, errors.SmsregError) and passes(cause)
    return kind_of(error) in _PASSING


def _no_response(operation_name: str) -> Failure:
    text = f"{operation_name}: no response within the read timeout"
    return Failure(error=errors.CallTimeoutError(text, sent=True), kind=Kind.AMBIGUOUS)


def _no_http(error: BaseException, operation_name: str) -> Failure:
    name = type(error).__name__
    text = f"{operation_name}: the response is not HTTP that can be read ({name})"
    return Failure(error=errors.InvalidResponseError(text), kind=Kind.AMBIGUOUS)


def _broken(error: BaseException) -> Failure:
    text = f"the connection broke before the response ({type(error).__name__})"
    return Failure(error=errors.TransportError(text), kind=Kind.AMBIGUOUS)


_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.SSOError,
    boto.UnauthorizedSSOTokenError,
    boto.MetadataRetrievalError,
)


def setup_error(error: BaseException) -> errors.SmsregError:
    """Return the error for an unusable setting, which says what to set."""
    if isinstance(error, boto.NoCredentialsError):
        return errors.CredentialsError(
            "no AWS credentials were found: pass aws_access_key_id and aws_secret_access_key, "
            "name a profile_name, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if isinstance(error, _CREDENTIALS):
        return errors.CredentialsError(
            f"AWS credentials could not be retrieved ({type(error).__name__}): check the profile, "
            "the environment and the provider they come from"
        )
    if isinstance(error, boto.NoRegionError):
        return errors.ConfigurationError(
            "no AWS region is set: pass region_name, set AWS_DEFAULT_REGION, "
            "or put a region into the profile"
        )
    return errors.ConfigurationError(f"{type(error).__name__}: {escape(str(error))}")
