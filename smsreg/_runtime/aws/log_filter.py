"""Keeps requests and responses of this package out of other libraries' debug logs.

At DEBUG, botocore logs parameters, bodies, headers and signatures. While a client of this package
is open, a filter on the loggers concerned withholds the contents of records from its calls; records
of all other calls pass unchanged.

botocore's records of how it finds and refreshes credentials stay readable, in safe text: they are
needed to find the cause of a CredentialsError.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING

from smsreg._runtime.aws.credential_errors import reason_of, safe
from smsreg._runtime.call import current_attempt

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

LIBRARIES = ("aiobotocore", "aiohttp", "asyncio", "botocore", "urllib3")
WITHHELD = "(withheld: a record of a call by smsreg)"

CREDENTIALS = frozenset({"credentials", "tokens"})
"""Modules of botocore and aiobotocore whose records report where credentials come from."""
SETUP = frozenset({"configprovider", "hooks", "loaders", "regions", "session"})
"""Modules whose records report how a client is set up; they contain no request or response."""

_fetching: ContextVar[bool] = ContextVar("smsreg_fetching", default=False)


class _Withhold(logging.Filter):
    """Keeps only the constant part of a record of this package's calls."""

    def filter(self, record: logging.LogRecord) -> bool:
        fetching = _fetching.get()
        if not fetching and current_attempt.get() is None:
            return True
        library, _, module = record.name.partition(".")
        if library in {"aiobotocore", "botocore"} and module in CREDENTIALS:
            _explain(record)
        elif not (fetching and module in SETUP):
            # With arguments the message is a constant template; without, it may hold anything.
            record.msg = f"{record.msg} {WITHHELD}" if record.args else WITHHELD
            record.args = ()
            record.exc_info = record.exc_text = record.stack_info = None
        return True


def _explain(record: logging.LogRecord) -> None:
    """Make a record about credentials safe; a traceback shrinks to the reason."""
    if isinstance(record.args, tuple):
        record.args = tuple(map(_argument, record.args))
    else:  # a mapping, whose values the template selects
        record.msg, record.args = f"{record.msg} {WITHHELD}", ()
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is not None:
        record.msg = f"{record.msg} %s"
        record.args = (*record.args, f"({reason_of(error)})")
    record.exc_info = record.exc_text = record.stack_info = None


def _argument(value: object) -> object:
    if value is None or isinstance(value, (int, float, dt.datetime)):
        return value
    if isinstance(value, BaseException):
        return reason_of(value)
    return safe(value) if isinstance(value, str) else "***"


@contextlib.contextmanager
def fetching() -> Generator[None]:
    """Withhold contents while credentials are fetched, by whatever client a provider uses."""
    token, attempt = _fetching.set(True), current_attempt.set(None)
    try:
        with quiet():
            yield
    finally:
        current_attempt.reset(attempt)
        _fetching.reset(token)


_filter = _Withhold()
_open = 0


def _loggers() -> Iterator[logging.Logger]:
    """A filter applies only to records of its own logger, so every logger needs it."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in LIBRARIES:
            yield logging.getLogger(name)


@contextlib.contextmanager
def quiet() -> Generator[None]:
    """Withhold contents for as long as the context lasts."""
    global _open  # noqa: PLW0603 -- loggers are per process, and so is this count
    for logger in _loggers():
        logger.addFilter(_filter)
    _open += 1
    try:
        yield
    finally:
        _open -= 1
        if not _open:
            for logger in _loggers():
                logger.removeFilter(_filter)
