"""The settings of a client, and the check of its endpoint."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from types import NoneType
from typing import Any
from urllib.parse import urlsplit

from smsreg.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True, eq=False)
class Settings:
    """The settings that a client is opened with; secrets stay out of the representation."""

    service_name: str
    botocore_version: str
    region_name: str | None = None
    endpoint_url: str | None = None
    allow_http: bool = False
    profile_name: str | None = None
    aws_access_key_id: str | None = field(default=None, repr=False)
    aws_secret_access_key: str | None = field(default=None, repr=False)
    aws_session_token: str | None = field(default=None, repr=False)
    session: Any = field(default=None, repr=False)
    config: Any = field(default=None, repr=False)
    aws_client: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in _TEXTS:
            if not isinstance(getattr(self, name), (str, NoneType)):
                msg = f"{name} must be text, not {type(getattr(self, name)).__name__}"
                raise ConfigurationError(msg)
        if self.endpoint_url is not None:
            check_endpoint(self.endpoint_url, allow_http=self.allow_http)
        if self.session is not None and self.profile_name is not None:
            raise ConfigurationError("pass session or profile_name: a session has its profile")
        if self.aws_client is not None:
            self._check_borrowed()

    def _check_borrowed(self) -> None:
        names = ("region_name", "endpoint_url", "profile_name", "session", "config")
        extra = [name for name in (*names, "aws_access_key_id") if getattr(self, name) is not None]
        if extra:
            msg = f"aws_client comes with its own settings: leave out {', '.join(extra)}"
            raise ConfigurationError(msg)
        model = getattr(getattr(self.aws_client, "meta", None), "service_model", None)
        if model is None or not hasattr(self.aws_client, "__aenter__"):  # boto3's has none
            raise ConfigurationError(
                "aws_client must be an open client of aiobotocore: what entering "
                "session.create_client() returns"
            )
        service = model.service_name
        if service != self.service_name:
            msg = f"aws_client is a client of {service}, and {self.service_name} is needed"
            raise ConfigurationError(msg)


_TEXTS = (
    "region_name",
    "profile_name",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
)


def check_endpoint(url: str, *, allow_http: bool, source: str = "endpoint_url") -> None:
    """Reject an endpoint that would expose requests, or that is not a URL.

    Args:
        url: The endpoint.
        allow_http: Whether hosts other than this one may use http.
        source: Where the endpoint comes from, for messages. These omit the URL, which may contain a
            password.

    Raises:
        ConfigurationError: The URL is not https (loopback addresses may do without), or has a
            user, a query or a fragment.
    """
    problem = _problem_of(url, allow_http=allow_http)
    if problem is not None:
        msg = f"{source} {problem}"
        raise ConfigurationError(msg)


def _problem_of(url: str, *, allow_http: bool) -> str | None:
    try:
        # urlsplit drops line breaks and tabs, which would still be sent or signed.
        parts = urlsplit(url if url.isprintable() and " " not in url else "http://[")
        host = parts.hostname or ""
        _ = parts.port
    except (ValueError, AttributeError):
        return "is not a URL"
    if parts.scheme not in {"http", "https"} or not host:
        return "must look like https://host[:port]"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "must not have a user, a password, a query or a fragment in it"
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        return (
            "must be https, as messages and credentials travel there; "
            "loopback addresses may use http, others with allow_http=True"
        )
    return None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, judging only by its name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
