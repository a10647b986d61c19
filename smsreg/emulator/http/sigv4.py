"""AWS Signature Version 4, checked from its published description.

Implemented from the server's side, independent of botocore's signer, so that a wrong signature is
refused as by the real service.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from smsreg.emulator.core.errors import ServiceFault, common_error
from smsreg.emulator.core.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=([^/,\s]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request"
    r", *SignedHeaders=([a-z0-9;_-]+), *Signature=([0-9a-f]{64})"
)
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/")
_SERVICE = re.compile(r"Credential=[^/,\s]+/\d{8}/[a-z0-9-]+/([a-z0-9-]+)/")
_ACCOUNT_SUFFIX = re.compile(r"-([0-9]{12})$")
_SKEW = 300
_STAMP = "%Y%m%dT%H%M%SZ"


def claimed_scope(headers: Mapping[str, str], default: Scope) -> Scope:
    """The account and Region that a request names, whether or not its signature is right.

    A known access key with 12 digits behind a hyphen is one of that account's; without them it is
    of the default account.
    """
    parts = _CREDENTIAL.search(headers.get("authorization", ""))
    return default if parts is None else _scope_of(parts[1], parts[2], default.account_id)


@lru_cache(maxsize=64)
def _scope_of(key_id: str, region: str, default_account: str) -> Scope:
    account = _ACCOUNT_SUFFIX.search(key_id)
    try:
        return Scope.of(account[1] if account else default_account, region)
    except ValueError:
        raise common_error("InvalidSignatureException", "The Credential names no Region") from None


def claimed_service(headers: Mapping[str, str]) -> str | None:
    """The signing name of the service that a request is for; None without a signature."""
    parts = _SERVICE.search(headers.get("authorization", ""))
    return None if parts is None else parts[1]


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a signature covers."""

    method: str
    target: str
    headers: Mapping[str, str]
    """By lower-case name; values of a repeated name are joined with a comma."""
    body: bytes


class SignatureCheck:
    """Checks requests against known credentials and the machine's time."""

    def __init__(self, credentials: Mapping[str, str], wall_clock: Callable[[], float]) -> None:
        self._credentials = credentials
        self._wall_clock = wall_clock

    def verify(self, request: SignedRequest, service: str, *, rest: bool) -> None:
        """Refuse a request whose signature is missing, malformed, old or wrong."""
        # inferred: the JSON protocol refuses a signature with 400, the REST one with 403.
        status = 403 if rest else 400
        header = request.headers.get("authorization")
        if header is None:
            raise common_error(
                "MissingAuthenticationTokenException", "Missing Authentication Token", status
            )
        parts = _AUTHORIZATION.fullmatch(header.strip())
        if parts is None:
            raise common_error(
                "IncompleteSignatureException", "The Authorization header is not complete", status
            )
        key_id, date, region, scope, signed, signature = parts.groups()
        secret = self._credentials.get(_ACCOUNT_SUFFIX.sub("", key_id))
        secret = self._credentials.get(key_id, secret)
        if secret is None:
            raise common_error(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                status,
            )
        if scope != service:
            msg = f"Credential should be scoped to correct service: '{service}'."
            raise _invalid(msg, status)
        stamp = self._timely(request, date, status)
        place = f"{date}/{region}/{scope}/aws4_request"
        expected = _sign(secret, place, stamp, _canonical(request, signed, status))
        if not hmac.compare_digest(expected, signature):
            raise _invalid(
                "The request signature we calculated does not match the signature you provided.",
                status,
            )

    def _timely(self, request: SignedRequest, date: str, status: int) -> str:
        stamp = request.headers.get("x-amz-date", "")
        moment = _seconds(stamp)
        if moment is None:
            raise common_error(
                "IncompleteSignatureException", "X-Amz-Date is missing or malformed", status
            )
        if not stamp.startswith(date):
            raise _invalid("Date in Credential scope does not match X-Amz-Date", status)
        now = self._wall_clock()
        if abs(moment - now) > _SKEW:
            here = datetime.fromtimestamp(now, timezone.utc).strftime(_STAMP)
            word = "expired" if moment < now else "not yet current"
            msg = f"Signature {word}: {stamp} is too far from {here}"
            raise _invalid(msg, status)
        return stamp


@lru_cache(maxsize=64)
def _seconds(stamp: str) -> float | None:
    """The time of a timestamp; cached, as many requests share one."""
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


def _canonical(request: SignedRequest, signed: str, status: int) -> str:
    names = signed.split(";")
    if "host" not in names or any(name not in request.headers for name in names):
        raise _invalid("A signed header is missing from the request", status)
    path, _, query = request.target.partition("?")
    claimed = request.headers.get("x-amz-content-sha256")
    actual = hashlib.sha256(request.body).hexdigest()
    if claimed not in (None, "UNSIGNED-PAYLOAD", actual):
        raise _invalid("X-Amz-Content-SHA256 does not match the body", status)
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    path = path if path == "/" else quote(path, safe="/~")
    query = _query(query) if query else ""
    return "\n".join((request.method, path, query, headers, signed, claimed or actual))


def _query(raw: str) -> str:
    pairs = sorted(
        (quote(unquote(key), safe="-_.~"), quote(unquote(value), safe="-_.~"))
        for key, _, value in (part.partition("=") for part in raw.split("&") if part)
    )
    return "&".join(f"{key}={value}" for key, value in pairs)


def _sign(secret: str, place: str, stamp: str, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    signer = _signer(secret, place).copy()
    signer.update(f"AWS4-HMAC-SHA256\n{stamp}\n{place}\n{digest}".encode())
    return signer.hexdigest()


@lru_cache(maxsize=64)
def _signer(secret: str, place: str) -> hmac.HMAC:
    """An HMAC with the signing key of a day; copy it before use."""
    key = f"AWS4{secret}".encode()
    for part in place.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, digestmod="sha256")


def _invalid(message: str, status: int) -> ServiceFault:
    return common_error("InvalidSignatureException", message, status)
