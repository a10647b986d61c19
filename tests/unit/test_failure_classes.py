"""Classification of error codes, statuses and exceptions by the table of the retry rules."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from botocore import exceptions as boto

from smsreg import (
    CallTimeoutError,
    ConfigurationError,
    ConnectError,
    CredentialsError,
    EndUserMessagingClient,
    InvalidResponseError,
    ServiceError,
    SMSVoiceClient,
    SocialMessagingClient,
    ThrottlingError,
    TransportError,
)
from smsreg._runtime.retry.classify import Failure, Kind, failure_of
from smsreg.errors import InvalidRequestError, SmsregError

SMS, SOCIAL, PROFILES = (
    client._errors() for client in (SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient)
)

THROTTLING = [
    "Throttling", "ThrottlingException", "ThrottledException", "ThrottledRequestException",
    "RequestThrottled", "RequestThrottledException", "TooManyRequestsException",
    "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown",
    "ProvisionedThroughputExceededException", "TransactionInProgressException",
    "EC2ThrottledException",
]  # fmt: skip
TRANSIENT = ["RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"]
SKEWED = [
    "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
    "SignatureDoesNotMatch",
]  # fmt: skip
EXPIRED = ["ExpiredToken", "ExpiredTokenException"]


def failure_of_response(code: str, status: int = 400, known: Any = SMS, **headers: str) -> Failure:
    content = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r", "HTTPHeaders": headers},
    }
    failure = failure_of(boto.ClientError(content, "Op"), "Op", known)
    assert failure is not None
    assert isinstance(failure.error, ServiceError)
    assert (failure.error.code, failure.error.http_status) == (code, status)
    assert failure.request_id == "r"
    return failure


@pytest.mark.sampled
@pytest.mark.parametrize("known", [SMS, SOCIAL, PROFILES], ids=["sms", "social", "profiles"])
@pytest.mark.parametrize("code", THROTTLING)
@pytest.mark.parametrize("status", [400, 429, 503])
def test_throttling_codes(code: str, status: int, known: Any) -> None:
    failure = failure_of_response(code, status, known)
    assert failure.kind is Kind.THROTTLED
    assert isinstance(failure.error, ThrottlingError)


@pytest.mark.parametrize("known", [SMS, SOCIAL, PROFILES], ids=["sms", "social", "profiles"])
@pytest.mark.parametrize("code", ["", "429"])
def test_429_without_a_code_is_a_throttle(code: str, known: Any) -> None:
    content = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 429}}
    failure = failure_of(boto.ClientError(content, "Op"), "Op", known)
    assert failure is not None
    assert failure.kind is Kind.THROTTLED
    assert isinstance(failure.error, ThrottlingError)


@pytest.mark.parametrize("status", [400, 402, 429])
def test_socialmessagings_quota_is_not_a_throttle(status: int) -> None:
    failure = failure_of_response("LimitExceededException", status, SOCIAL)
    assert failure.kind is Kind.REFUSED
    assert not isinstance(failure.error, ThrottlingError)


@pytest.mark.parametrize("known", [SMS, SOCIAL, PROFILES], ids=["sms", "social", "profiles"])
def test_an_unknown_code_is_not_a_throttle_because_of_its_status(known: Any) -> None:
    failure = failure_of_response("QuotaOfTomorrowException", 429, known)
    assert failure.kind is Kind.REFUSED
    assert not isinstance(failure.error, ThrottlingError)


@pytest.mark.parametrize("code", TRANSIENT)
@pytest.mark.parametrize("status", [400, 408, 500])
def test_transient_codes(code: str, status: int) -> None:
    assert failure_of_response(code, status).kind is Kind.AMBIGUOUS


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("code", ["InternalServerException", "Unheard", ""])
def test_transient_statuses(code: str, status: int) -> None:
    content = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    failure = failure_of(boto.ClientError(content, "Op"), "Op", SMS)
    assert failure is not None
    assert failure.kind is Kind.AMBIGUOUS


@pytest.mark.parametrize("code", SKEWED)
@pytest.mark.parametrize("status", [400, 403])
def test_clock_skew_codes(code: str, status: int) -> None:
    assert failure_of_response(code, status).kind is Kind.SKEWED


@pytest.mark.parametrize("code", EXPIRED)
@pytest.mark.parametrize("status", [400, 403])
def test_expired_credentials_codes(code: str, status: int) -> None:
    assert failure_of_response(code, status).kind is Kind.EXPIRED


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDeniedException", 400),
        ("ConflictException", 400),
        ("ResourceNotFoundException", 400),
        ("ServiceQuotaExceededException", 400),
        ("ValidationException", 400),
        ("UnrecognizedClientException", 403),
        ("Unheard", 404),
        ("404", 404),
        ("413", 413),
        ("501", 501),
        ("505", 505),
    ],
)
def test_never_retried(code: str, status: int) -> None:
    assert failure_of_response(code, status).kind is Kind.REFUSED


@pytest.mark.parametrize("known", [SMS, SOCIAL, PROFILES], ids=["sms", "social", "profiles"])
def test_every_modelled_error_arrives_as_its_class(known: Any) -> None:
    for code, error_type in known.items():
        assert type(failure_of_response(code, 400, known).error) is error_type


def test_an_unknown_code_arrives_as_the_base_class() -> None:
    assert type(failure_of_response("Unheard").error) is ServiceError


def test_a_response_without_any_member() -> None:
    failure = failure_of(boto.ClientError({}, "Op"), "Op", SMS)
    assert failure is not None
    assert failure.kind is Kind.REFUSED
    assert failure.request_id is None


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("0", 0.0),
        ("1", 0.001),
        ("2500", 2.5),
        ("-1", None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("٣", None),
        ("²", None),
    ],
)
def test_hints(value: str, hint: float | None) -> None:
    headers = {"x-amz-retry-after": value}
    assert failure_of_response("Throttling", 400, **headers).hint == hint
    assert failure_of_response("InternalServerException", 500, **headers).hint == hint


def test_a_hint_of_thousands_of_digits() -> None:
    hint = failure_of_response("Throttling", 400, **{"x-amz-retry-after": "9" * 5_000}).hint
    assert hint is not None
    assert hint > 1e300


def test_no_hint() -> None:
    assert failure_of_response("Throttling").hint is None


URL = {"endpoint_url": "https://x"}
KEY = ConnectionKey("x", 443, True, True, None, None, None)  # noqa: FBT003 -- aiohttp's form


def boto_error(name: str, inner: Exception | None, **members: Any) -> Exception:
    error: Exception = getattr(boto, name)(error=inner, **members)
    return error


NO_CONNECTION = aiohttp.ClientConnectorError(KEY, OSError(111, "refused"))
DISCONNECTED = aiohttp.ServerDisconnectedError()
CERTIFICATE = aiohttp.ClientConnectorCertificateError(KEY, ValueError("wrong host"))


@pytest.mark.parametrize(
    ("error", "kind", "expected"),
    [
        (NO_CONNECTION, Kind.UNSENT, ConnectError),
        (boto_error("EndpointConnectionError", NO_CONNECTION, **URL), Kind.UNSENT, ConnectError),
        (boto_error("ConnectTimeoutError", None, **URL), Kind.UNSENT, ConnectError),
        (boto_error("ProxyConnectionError", None, proxy_url="p"), Kind.UNSENT, ConnectError),
        (DISCONNECTED, Kind.AMBIGUOUS, TransportError),
        (boto_error("ConnectionClosedError", DISCONNECTED, **URL), Kind.AMBIGUOUS, TransportError),
        (aiohttp.ClientOSError(104, "reset"), Kind.AMBIGUOUS, TransportError),
        (aiohttp.ClientPayloadError("cut"), Kind.AMBIGUOUS, TransportError),
        (ConnectionResetError(), Kind.AMBIGUOUS, TransportError),
        (BrokenPipeError(), Kind.AMBIGUOUS, TransportError),
        (asyncio.TimeoutError(), Kind.AMBIGUOUS, TransportError),
        (boto_error("ReadTimeoutError", None, **URL), Kind.AMBIGUOUS, CallTimeoutError),
        (boto_error("HTTPClientError", ValueError()), Kind.AMBIGUOUS, InvalidResponseError),
        (InvalidResponseError("html"), Kind.AMBIGUOUS, InvalidResponseError),
        (InvalidResponseError("html", http_status=200), Kind.AMBIGUOUS, InvalidResponseError),
        (InvalidResponseError("moved", http_status=301), Kind.REFUSED, InvalidResponseError),
        (InvalidResponseError("moved", http_status=308), Kind.REFUSED, InvalidResponseError),
        (
            boto_error("HTTPClientError", InvalidResponseError("large")),
            Kind.AMBIGUOUS,
            InvalidResponseError,
        ),
        (CERTIFICATE, Kind.REFUSED, ConnectError),
        (boto_error("SSLError", CERTIFICATE, **URL), Kind.REFUSED, ConnectError),
        (InvalidRequestError("Op", []), Kind.REFUSED, InvalidRequestError),
        (boto.NoCredentialsError(), Kind.REFUSED, CredentialsError),
        (
            boto.CredentialRetrievalError(provider="p", error_msg="m"),
            Kind.REFUSED,
            CredentialsError,
        ),
        (boto.NoRegionError(), Kind.REFUSED, ConfigurationError),
        (boto.ProfileNotFound(profile="p"), Kind.REFUSED, ConfigurationError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_was_raised(error: Exception, kind: Kind, expected: type[SmsregError]) -> None:
    failure = failure_of(error, "Op", SMS)
    assert failure is not None
    assert failure.kind is kind
    assert isinstance(failure.error, expected)
    assert failure.hint is None


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyError("x"), asyncio.CancelledError()])
def test_exceptions_that_are_not_failures_of_a_call(error: BaseException) -> None:
    assert failure_of(error, "Op", SMS) is None
