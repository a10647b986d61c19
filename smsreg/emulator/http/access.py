"""Access control of the emulator: requests from web pages of other origins are refused.

A page in a developer's browser can reach 127.0.0.1: by a direct request, which carries the page's
`Origin`, or by a host name of its own that resolves there (DNS rebinding), which the `Host` header
shows.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,252}[a-z0-9_])?")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?")


class AccessRule:
    """The names under which one emulator can be reached.

    Args:
        host: The address that it listens on.
        allowed: Further names, without a port.

    Raises:
        ValueError: A further name is invalid.
    """

    def __init__(self, host: str, allowed: Iterable[str] = ()) -> None:
        self._names = {host.strip("[]").lower(), "localhost"}
        for name in allowed:
            plain = name.lower().strip("[]").rstrip(".")
            if not _NAME.fullmatch(plain) and not _is_address(plain):
                msg = f"allow_hosts: {name[:64]!r} is not a host's name without a port"
                raise ValueError(msg)
            self._names.add(plain)

    def refusal(self, headers: Mapping[str, str], *, own_page: bool) -> str | None:
        """Why a request is refused, or None if it is allowed.

        Args:
            headers: By lower-case name; values of a repeated name are joined.
            own_page: Whether the request is one that the emulator's own page sends. Browsers send
                the `Origin` of the page itself with those, too.
        """
        host = headers.get("host", "").strip().lower()
        if not self._knows(host):
            return "this Host is not one of the emulator's; --allow-host NAME adds a name"
        origin = headers.get("origin")
        if origin is not None and not (own_page and origin.lower() == f"http://{host}"):
            return "requests of web pages (with an Origin) are refused"
        return None

    def _knows(self, host: str) -> bool:
        parts = _HOST.fullmatch(host)
        if parts is None:
            return False
        name = parts[1].strip("[]").rstrip(".")
        return name in self._names or _is_loopback(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return _is_address(name) and ipaddress.ip_address(name).is_loopback


def is_local(host: str) -> bool:
    """Whether only this machine can reach an emulator that listens on this address."""
    return host.lower() == "localhost" or _is_loopback(host.strip("[]"))
