# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# botocore ships no types.
"""TLS contexts, created in a thread and shared by all clients with the same settings.

Reading all the certificates that a machine trusts is the slowest step of opening a client.
"""

from __future__ import annotations

import os
import ssl
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from botocore.httpsession import create_urllib3_context, get_cert_path

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 16
"""Most contexts that are kept for later clients."""


class TlsSettings(NamedTuple):
    """The settings that determine a TLS context.

    Attributes:
        verify: Whether to verify certificates, or the path of a CA bundle to verify them by.
        certificate: Path of a client certificate.
        key: Path of its key, where that is another file.
    """

    verify: bool | str
    certificate: str | None = None
    key: str | None = None


_Key = tuple[TlsSettings, str | None, tuple[object, ...]]

_contexts: dict[_Key, Future[ssl.SSLContext]] = {}
_making = threading.Lock()


def context_of(
    settings: TlsSettings, make: Callable[[TlsSettings], ssl.SSLContext] | None = None
) -> Future[ssl.SSLContext]:
    """Return a future of the context for settings.

    Files that have changed are read again. A context that could not be created is not kept.

    Args:
        settings: The settings.
        make: Creates a context; by default ``new_context``.
    """
    paths = (settings.verify, settings.certificate, settings.key)
    key = (settings, os.environ.get("SSLKEYLOGFILE"), tuple(map(_version, paths)))
    with _making:
        context = _contexts.get(key)
        if context is None or (context.done() and context.exception() is not None):
            thread = ThreadPoolExecutor(max_workers=1)
            context = _contexts[key] = thread.submit(make or new_context, settings)
            thread.shutdown(wait=False)
            for oldest in list(_contexts)[:-MOST]:
                del _contexts[oldest]
        return context


def new_context(settings: TlsSettings) -> ssl.SSLContext:
    """Create a context as aiobotocore does.

    Raises:
        OSError: A file cannot be read, or holds no certificate.
    """
    context: ssl.SSLContext = create_urllib3_context()
    if settings.verify:
        context.check_hostname = True
        context.load_verify_locations(get_cert_path(settings.verify))
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.certificate is not None:
        context.load_cert_chain(settings.certificate, settings.key)
    return context


def _version(path: object) -> tuple[int, int] | None:
    """Return a version stamp of a file or folder; None where there is no such path."""
    try:
        found = os.stat(path) if isinstance(path, str) else None  # noqa: PTH116 -- may be a folder
    except (OSError, ValueError):
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size)
