"""How a client is to be opened, and which endpoints it may use."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from smsreg.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a client is to be opened; secrets stay out of the representation."""

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
        if self.endpoint_url is not None:
            check_endpoint(self.endpoint_url, allow_http=self.allow_http)
        if self.session is not None and self.profile_name is not None:
            raise ConfigurationError("pass session or profile_name: a session has its profile")
        if self.aws_client is not None:
            self._check_borrowed()

    def _check_borrowed(self) -> None:
        ours = ("region_name", "endpoint_url", "profile_name", "session", "config")
        extra = [name for name in (*ours, "aws_access_key_id") if getattr(self, name) is not None]
        if extra:
            msg = f"aws_client comes with its own settings: leave out {', '.join(extra)}"
            raise ConfigurationError(msg)
        service = self.aws_client.meta.service_model.service_name
        if service != self.service_name:
            msg = f"aws_client is a client of {service}, and {self.service_name} is needed"
            raise ConfigurationError(msg)


def check_endpoint(url: str, *, allow_http: bool, source: str = "endpoint_url") -> None:
    """Refuse an endpoint that would expose what is sent to it, or that is none.

    Args:
        url: The endpoint.
        allow_http: Whether hosts other than this one may use http.
        source: What to name in errors, which leave out the URL, as a password may stand in it.

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
        # urlsplit leaves out line breaks and tabs, which would then be sent or signed.
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
    """Whether a host is this machine, by its name or address alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
