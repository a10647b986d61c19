"""AWS Signature Version 4 of one request, at a given time.

botocore signs with the machine's clock. Where that clock is wrong, the services reject the
signature, and their ``Date`` header has the right time, by which the retry is signed.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "AWS4-HMAC-SHA256"
TIME_HEADER = "x-amz-date"
_BLOCK = 64
"""Bytes of a block of SHA-256, to which HMAC pads its key."""
UNSIGNED_HEADERS = frozenset({
    "amz-sdk-invocation-id", "amz-sdk-request", "authorization", "expect", "transfer-encoding",
    "user-agent", "x-amz-date", "x-amzn-trace-id",
})  # fmt: skip


class Scope(NamedTuple):
    """The credential scope of a signature, with the keys that make it."""

    access_key: str
    secret_key: str
    region: str
    service: str

    def __repr__(self) -> str:
        return f"Scope({self.access_key!r}, '***', {self.region!r}, {self.service!r})"


class Form(NamedTuple):
    """The part of a request's canonical form besides its body and its time.

    Attributes:
        before: The canonical request up to the time.
        after: What follows the time, up to the hash of the body.
        names: The names of the headers that are signed.
    """

    before: str
    after: str
    names: str

    @classmethod
    def of(cls, method: str, url: str, headers: Mapping[str, str]) -> Form:
        """Return the form of a request.

        Args:
            method: The HTTP method.
            url: The whole URL, its path and query encoded as they are sent.
            headers: The headers of the request, a session token included.
        """
        parts = urlsplit(url)
        signed = {
            name.lower(): " ".join(value.split())
            for name, value in headers.items()
            if name.lower() not in UNSIGNED_HEADERS
        }
        signed["host"] = host_of(url, headers)
        signed[TIME_HEADER] = ""
        names = sorted(signed)
        lines = [f"{name}:{signed[name]}" for name in names]
        here = names.index(TIME_HEADER) + 1
        path = quote(_path(parts.path), safe="/~")
        before = [method.upper(), path, _query(parts.query), *lines[:here]]
        joined = ";".join(names)
        after = ["", *lines[here:], "", joined, ""]
        return cls("\n".join(before), "\n".join(after), joined)

    def sign(self, body: bytes, *, scope: Scope, now: float) -> tuple[str, str]:
        """Return the values of the headers ``X-Amz-Date`` and ``Authorization``.

        Args:
            body: The body of the request.
            scope: The credential scope, with the keys.
            now: The time of signing, in seconds since 1970.
        """
        stamp = _stamp(int(now))
        key, where = _key(scope, stamp[:8])
        canonical = f"{self.before}{stamp}{self.after}{hashlib.sha256(body).hexdigest()}"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"{ALGORITHM}\n{stamp}\n{where}\n{digest}"
        inner, outer = key[0].copy(), key[1].copy()
        inner.update(to_sign.encode())
        outer.update(inner.digest())
        signature = outer.hexdigest()
        return stamp, (
            f"{ALGORITHM} Credential={scope.access_key}/{where}, "
            f"SignedHeaders={self.names}, Signature={signature}"
        )


@lru_cache(maxsize=1)
def _stamp(seconds: int) -> str:
    """Format a time, cached because requests of the same second share it."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


@lru_cache(maxsize=16)
def _key(scope: Scope, day: str) -> tuple[tuple[Any, Any], str]:
    """Return the signing key of a day, which all its requests share, and its credential scope.

    The key is returned as HMAC's inner and outer hash states, which each signature copies.
    """
    key = f"AWS4{scope.secret_key}".encode()
    for step in (day, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    padded = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
    return (inner, outer), f"{day}/{scope.region}/{scope.service}/aws4_request"


def host_of(url: str, headers: Mapping[str, str]) -> str:
    """Return the value of the header ``Host``."""
    parts = urlsplit(url)
    default = ":443" if parts.scheme == "https" else ":80"
    return headers.get("Host") or parts.netloc.removesuffix(default)


def _path(path: str) -> str:
    """Return the canonical path, without empty and dot segments."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    return "/".join(["", *kept, *([""] if path.endswith("/") or not kept else [])])


def _query(query: str) -> str:
    """Return the canonical query string, sorted and encoded."""
    pairs = [part.partition("=") for part in query.split("&") if part]
    encoded = [
        (quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~"))
        for name, _, value in pairs
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))
