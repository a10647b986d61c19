"""AWS Signature Version 4 of one request, at a time of our choosing.

botocore signs with the machine's clock. Where that clock is wrong, the services refuse the
signature and their ``Date`` header says what time it is; this signs again by that time.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_HEADERS = frozenset({
    "amz-sdk-invocation-id", "amz-sdk-request", "authorization", "expect", "transfer-encoding",
    "user-agent", "x-amz-date", "x-amzn-trace-id",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a signature is valid for, and the secret that makes it."""

    access_key: str
    secret_key: str = field(repr=False)
    region: str
    service: str


def sign(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    scope: Scope,
    now: dt.datetime,
) -> dict[str, str]:
    """Give the headers that sign a request, to be set in place of those it may have.

    Args:
        method: The HTTP method.
        url: The whole URL, its path and query encoded as they are sent.
        headers: The headers of the request, a session token included.
        body: The body of the request.
        scope: Who signs, and for what.
        now: The time of signing, in UTC.
    """
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    signed = {
        name.lower(): " ".join(value.split())
        for name, value in headers.items()
        if name.lower() not in UNSIGNED_HEADERS
    }
    signed["host"] = headers.get("Host") or _host(parts.scheme, parts.netloc)
    signed["x-amz-date"] = stamp
    names = ";".join(sorted(signed))
    canonical = "\n".join([
        method.upper(),
        quote(_path(parts.path), safe="/~"),
        _query(parts.query),
        *(f"{name}:{signed[name]}" for name in sorted(signed)),
        "",
        names,
        hashlib.sha256(body).hexdigest(),
    ])  # fmt: skip
    day = stamp[:8]
    where = f"{day}/{scope.region}/{scope.service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{stamp}\n{where}\n{digest}"
    key = _signing_key(scope.secret_key, day, scope.region, scope.service)
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = f"{scope.access_key}/{where}"
    return {
        "X-Amz-Date": stamp,
        "Authorization": (
            f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        ),
    }


@lru_cache(maxsize=16)
def _signing_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    """Derive the key of a day, which is the same for all its requests."""
    key = f"AWS4{secret_key}".encode()
    for step in (day, region, service, "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return key


def _host(scheme: str, netloc: str) -> str:
    default = ":443" if scheme == "https" else ":80"
    return netloc.removesuffix(default)


def _path(path: str) -> str:
    """Write a path without its empty and dot segments, as the signature needs it."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    return "/".join(["", *kept, *([""] if path.endswith("/") or not kept else [])])


def _query(query: str) -> str:
    """Write a query string in the order and encoding that the signature needs."""
    pairs = [part.partition("=") for part in query.split("&") if part]
    encoded = [
        (quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~"))
        for name, _, value in pairs
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))
